"""A table of points in, the same table with each point's grid out: CSV, XLSX, GeoPackage, FlatGeobuf, GeoJSON, Parquet."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gis.arrays import Bools
from gis.coverage import Coverage
from gis.datum import Datum
from gis.errors import FileUnreadable, InvalidInput
from gis.importer.county import Named
from gis.importer.evidence import Reading
from gis.importer.fields import Kind
from gis.importer.files import opened
from gis.importer.mapping import map_columns
from gis.importer.places import Placed, place, reference_system
from gis.importer.read import read
from gis.importer.table import Table

Frame = gpd.GeoDataFrame
_DRIVERS = {".gpkg": "GPKG", ".fgb": "FlatGeobuf", ".geojson": "GeoJSON"}


def _csv(frame: Frame, path: Path) -> None:
    frame.drop(columns="geometry").to_csv(path, index=False, encoding="utf-8-sig")


def _xlsx(frame: Frame, path: Path) -> None:
    frame.drop(columns="geometry").to_excel(path, index=False)


def _parquet(frame: Frame, path: Path) -> None:
    frame.to_parquet(path, index=False)


def _by_driver(frame: Frame, path: Path) -> None:
    # FlatGeobuf keeps rows without a place only without its spatial index.
    options: dict[str, Any] = {"SPATIAL_INDEX": "NO"} if path.suffix == ".fgb" and frame.geometry.isna().any() else {}
    frame.to_file(path, driver=_DRIVERS[path.suffix], engine="pyogrio", **options)


_WRITERS: dict[str, Callable[[Frame, Path], None]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
    **dict.fromkeys(_DRIVERS, _by_driver),
}


@dataclass(frozen=True, slots=True)
class AssignedFile:
    """What was written: rows in all, without a usable place, outside every grid."""

    rows: int
    unplaced: int
    outside: int


def assign_file(
    source: Path, target: Path, coverage: Coverage, *, crs: str | None, datum: Datum, level: int
) -> AssignedFile:
    """Write the rows of a file with the columns ``grid_code`` and ``grid_name`` added.

    Parameters
    ----------
    source : any format the importer reads; points, columns of coordinates, or WKT.
    target : written whole or not at all; its suffix says the format. Points are written in EPSG:4490.
    crs, datum : of the points; the file's own reference system where it states one.
    level : level of the grids wanted, 2 to 6; rows without a place or outside get empty texts.

    Raises
    ------
    FileUnreadable, InvalidInput, InvalidCrs
        If the source cannot be read or the target not be written.
    """
    if target.suffix not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise InvalidInput(field=str(target.name), reason_zh=f"可写的格式：{known}", reason_en=f"can write {known}")
    with opened(source) as file:
        table = read(file)
    placed = _place(table, crs, datum)
    known = ~np.isnan(placed.lon)
    codes = np.full(len(table), "", dtype="U17")
    codes[known] = coverage.locator.codes_at(placed.lon[known], placed.lat[known], level)
    names = [coverage.names.get(code, "") for code in codes.tolist()]
    columns: dict[str, Any] = {**table.columns, "grid_code": codes.tolist(), "grid_name": names}
    shapes: list[Any] = [None] * len(table)
    for row, point in zip(np.flatnonzero(known).tolist(), _points(placed, known), strict=True):
        shapes[row] = point
    _write(gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs="EPSG:4490")), target)
    return AssignedFile(len(table), int((~known).sum()), int((known & (codes == "")).sum()))


def _points(placed: Placed, known: Bools) -> list[Any]:
    return list(np.atleast_1d(np.asarray(shapely.points(placed.lon[known], placed.lat[known]), dtype=np.object_)))


def _place(table: Table, crs: str | None, datum: Datum) -> Placed:
    mapped = map_columns(table, Kind.POINTS, {})
    reading = Reading(reference_system(crs, table.crs), datum)
    return place(mapped, [Named()] * len(table), reading, None)


def _write(frame: Frame, target: Path) -> None:
    if not target.parent.is_dir():
        raise FileUnreadable(path=target, reason_zh="文件夹不存在", reason_en="the folder does not exist")
    with TemporaryDirectory(prefix=".wangge-", dir=target.parent) as folder:
        made = Path(folder) / target.name
        _WRITERS[target.suffix](frame, made)
        made.replace(target)
