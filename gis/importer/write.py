"""Writes tables as people open them: CSV, XLSX, GeoPackage, Parquet, whole or not at all.

Heavy libraries are imported where a file is written: most commands write none.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from gis.arrays import Geometries
from gis.errors import FileUnreadable, InvalidInput
from gis.importer.table import text


@dataclass(frozen=True, slots=True)
class Columns:
    """What is written: columns by name, each (n,); geometries (n,) in ``crs``, for the formats that hold any."""

    values: Mapping[str, Sequence[Any]]
    geometry: Geometries | None = None
    crs: str | None = None


def write_table(table: Columns, path: Path, *, layer: str, mode: int | None = None) -> None:
    """Write a file in the format its suffix names; an earlier one is replaced as a whole.

    CSV in UTF-8 with a byte order mark (Excel opens it rightly); in XLSX texts are texts, so codes keep their digits.

    Parameters
    ----------
    layer : name of the layer or sheet.
    mode : permissions of the file, the usual ones if not given.

    Raises
    ------
    InvalidInput, FileUnreadable
        If the suffix is of no format that is written, or the folder does not exist.
    """
    check_target(path)
    with TemporaryDirectory(prefix=".wangge-", dir=path.parent) as folder:
        made = Path(folder) / f"table{path.suffix.lower()}"
        _WRITERS[path.suffix.lower()](table, made, layer)
        if mode is not None:
            made.chmod(mode)
        made.replace(path)


def check_target(path: Path) -> None:
    """Refuse a path that `write_table` would refuse, before any work is done for it.

    Raises
    ------
    InvalidInput, FileUnreadable
    """
    if path.suffix.lower() not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise InvalidInput(field=path.name, reason_zh=f"可写的格式：{known}", reason_en=f"can write {known}")
    if not path.parent.is_dir():
        raise FileUnreadable(path=path, reason_zh="文件夹不存在", reason_en="the folder does not exist")


def write_csv(table: Columns, file: IO[str]) -> None:
    """Write a header and the rows as text."""
    writer = csv.writer(file)
    writer.writerow(table.values)
    writer.writerows(zip(*([text(value) for value in values] for values in table.values.values()), strict=True))


def write_xlsx(table: Columns, target: Path | IO[bytes], sheet: str) -> None:
    """Write a workbook of one sheet."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page: Any = book.create_sheet(sheet)
    page.append([_cell(page, name) for name in table.values])
    for row in zip(*table.values.values(), strict=True):
        page.append([_cell(page, value) for value in row])
    book.save(target)


def _cell(sheet: Any, value: Any) -> Any:
    """A cell that a spreadsheet takes for what it is: text never as a formula, no time zone."""
    from openpyxl.cell import WriteOnlyCell

    plain = text(value) if isinstance(value, datetime) and value.tzinfo else value
    if not isinstance(plain, str):
        return plain
    cell = WriteOnlyCell(sheet, plain)
    cell.data_type = "s"
    return cell


def _csv(table: Columns, path: Path, _layer: str) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        write_csv(table, file)


def _gpkg(table: Columns, path: Path, layer: str) -> None:
    import geopandas as gpd
    import pyogrio

    frame = _frame({_free(name): values for name, values in table.values.items()})
    if table.geometry is None:
        pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG")
        return
    shapes = gpd.GeoSeries(list(table.geometry), crs=table.crs)
    gpd.GeoDataFrame(frame, geometry=shapes).to_file(path, layer=layer, driver="GPKG", promote_to_multi=False)


def _parquet(table: Columns, path: Path, _layer: str) -> None:
    import geopandas as gpd

    frame = _frame(table.values)
    if table.geometry is None:
        frame.to_parquet(path, index=False)
        return
    shapes = gpd.GeoSeries(list(table.geometry), crs=table.crs)
    gpd.GeoDataFrame(frame, geometry=shapes).to_parquet(path, index=False)


def _frame(columns: Mapping[str, Sequence[Any]]) -> Any:
    import pandas as pd

    return pd.DataFrame({name: _series(values) for name, values in columns.items()})


def _free(name: str) -> str:
    """A name that a GeoPackage has no use for itself."""
    return f"{name}_" if name.lower() in {"fid", "geom", "geometry"} else name


def _series(values: Sequence[Any]) -> Any:
    import pandas as pd

    kinds = {type(value) for value in values if value is not None}
    typed: dict[type, Any] = {int: "Int64", float: "Float64", bool: "boolean"}
    if len(kinds) == 1 and (dtype := typed.get(next(iter(kinds)))):
        return pd.array(list(values), dtype=dtype)
    return pd.array([None if value is None else text(value) for value in values], dtype="string")


_WRITERS: dict[str, Callable[[Columns, Path, str], None]] = {
    ".csv": _csv,
    ".xlsx": write_xlsx,
    ".gpkg": _gpkg,
    ".parquet": _parquet,
}
