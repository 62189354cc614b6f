"""The file of rejected rows: the input's own columns and a reason, to be mended and imported again.

Heavy libraries are imported where a file is written: most imports write none.
"""

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gis.errors import InvalidInput
from gis.importer.fields import IGNORED, REASON, ROW
from gis.importer.files import Format
from gis.importer.findings import Finding
from gis.importer.table import Table, text

_PRIVATE = 0o600  # the rows may name people


def suffix_for(form: Format) -> str:
    """The suffix of the file of rejected rows for an input of some format."""
    return {Format.CSV: ".csv", Format.XLSX: ".xlsx"}.get(form, ".gpkg")


def check_suffix(path: Path, form: Format) -> None:
    """Refuse a path whose suffix is not that of the kind that will be written.

    Raises
    ------
    InvalidInput
    """
    wanted = suffix_for(form)
    if path.suffix.lower() != wanted:
        raise InvalidInput(
            field="--rejects",
            reason_zh=f"{form} 的退回行写成 {wanted} 文件",
            reason_en=f"rejected rows of {form} are written as a {wanted} file",
        )


def write_rejects(table: Table, rows: Sequence[int], findings: Sequence[Finding], path: Path) -> None:
    """Write some rows as they were read, with the number of the row and why it was rejected.

    CSV in UTF-8 with a byte order mark (Excel opens it rightly), XLSX with codes and phones as text, everything else
    as a GeoPackage in the file's own coordinates. The file is replaced as a whole and readable by its owner only.

    Parameters
    ----------
    rows : positions in ``table``.
    """
    reasons: dict[int, list[str]] = {i: [] for i in rows}
    for finding in findings:
        if finding.position in reasons and finding.severity == "error":
            reasons[finding.position].append(f"{finding.reason('zh')} / {finding.reason('en')}")
    columns = {name: [values[i] for i in rows] for name, values in table.columns.items() if name not in IGNORED}
    columns[REASON] = ["；".join(reasons[i]) for i in rows]
    columns[ROW] = [table.rows[i] for i in rows]
    with TemporaryDirectory(prefix=".wangge-", dir=path.parent) as folder:
        made = Path(folder) / f"rejected{suffix_for(table.format)}"
        if table.format is Format.CSV:
            _csv(columns, made)
        elif table.format is Format.XLSX:
            _xlsx(columns, made)
        else:
            _gpkg(columns, table, rows, made)
        made.chmod(_PRIVATE)
        made.replace(path)


def _csv(columns: dict[str, list[Any]], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*([text(value) for value in values] for values in columns.values()), strict=True))


def _xlsx(columns: dict[str, list[Any]], path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("rejected")
    sheet.append(list(columns))
    for row in zip(*columns.values(), strict=True):
        sheet.append([_cell(sheet, value) for value in row])
    book.save(path)


def _cell(sheet: Any, value: Any) -> Any:
    """A cell that a spreadsheet takes for what it is: text never as a formula, no time zone."""
    from openpyxl.cell import WriteOnlyCell

    plain = text(value) if isinstance(value, datetime) and value.tzinfo else value
    if not isinstance(plain, str):
        return plain
    cell = WriteOnlyCell(sheet, plain)
    cell.data_type = "s"
    return cell


def _gpkg(columns: dict[str, list[Any]], table: Table, rows: Sequence[int], path: Path) -> None:
    import geopandas as gpd
    import pandas as pd
    import pyogrio

    frame = pd.DataFrame({_free(name): _series(values) for name, values in columns.items()})
    if table.geometry is None:
        pyogrio.write_dataframe(frame, path, layer="rejected", driver="GPKG")
        return
    shapes = gpd.GeoSeries(list(table.geometry[list(rows)]), crs=table.crs)
    gpd.GeoDataFrame(frame, geometry=shapes).to_file(path, layer="rejected", driver="GPKG", promote_to_multi=False)


def _free(name: str) -> str:
    """A name that a GeoPackage has no use for itself."""
    return f"{name}_" if name.lower() in {"fid", "geom", "geometry"} else name


def _series(values: list[Any]) -> Any:
    import pandas as pd

    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        return pd.array(values, dtype="Int64")
    if kinds == {float}:
        return pd.array(values, dtype="Float64")
    return pd.array([None if value is None else text(value) for value in values], dtype="string")
