"""Where the rows of an Arrow table lie: coordinates from columns, WKT or geometries, and why a row has none."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import shapely

from gis.arrays import F64, I8, Bools
from gis.crs import Crs
from gis.datum import Datum
from gis.errors import InvalidInput
from gis.importer.evidence import Reading
from gis.importer.fields import Kind
from gis.importer.files import Format
from gis.importer.mapping import map_columns
from gis.importer.places import reference_system
from gis.importer.table import Table
from gis.importer.values import number
from gis.points.arrow import pc

FINE, NO_NUMBER, OUT_OF_REACH, NO_POINT, BROKEN = -1, 0, 1, 2, 3
REASONS = (
    "缺少坐标，或不是有限的数字 / a coordinate is missing or no finite number",
    "超出坐标系的范围（坐标轴可能写反了） / beyond the reach of its reference system (are the axes flipped?)",
    "图形不是点 / the geometry is no point",
    "单元格多于表头 / more cells than the header has",
)
"""What stands in the column ``problem``, by number; the first two as ``POST /locate`` tells them."""

_POINT_BYTES = 21  # byte order, type, two doubles
_SRID = re.compile(r"^\s*SRID\s*=\s*[0-9]+\s*;", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Geometry:
    """A column of geometries: WKB, or GeoArrow's native points (a struct of x and y); its CRS as the file states it."""

    column: str
    crs: str | None = None
    native: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """How the place of a row is read.

    Attributes
    ----------
    kind, columns : two columns of numbers (x or longitude first), one of WKT, or one of geometries.
    reading : reference system and datum of these coordinates.
    """

    kind: Literal["numbers", "wkt", "wkb", "native"]
    columns: tuple[str, ...]
    reading: Reading

    def of(self, table: Any, broken: Bools | None = None) -> tuple[F64, F64, I8]:
        """Longitude and latitude (EPSG:4490) of each row of an Arrow table, and `FINE` or why there are none.

        Parameters
        ----------
        table : with the columns named here.
        broken : (n,) rows whose cells stand in the wrong columns; they have no place.

        Returns
        -------
        lon, lat : (n,) NaN where there is no usable place.
        reason : (n,) int8 index in `REASONS`, or `FINE`.
        """
        columns = [table.column(name) for name in self.columns]
        if self.kind in {"numbers", "native"}:
            x, y = (_numbers(column) for column in (columns if self.kind == "numbers" else _struct(columns[0])))
            there, point = np.isfinite(x) & np.isfinite(y), None
        else:
            x, y, there, point = _from_wkb(columns[0]) if self.kind == "wkb" else _from_wkt(columns[0])
        lon, lat = self.reading.degrees(x, y)
        reason = np.full(x.size, FINE, dtype=np.int8)
        reason[np.isnan(lon)] = OUT_OF_REACH
        reason[~there] = NO_NUMBER
        if point is not None:
            reason[there & ~point] = NO_POINT
        if broken is not None:
            reason[broken] = BROKEN
            lon[broken] = lat[broken] = np.nan
        return lon, lat, reason


def find_places(
    names: Sequence[str],
    geometry: Geometry | None,
    *,
    lon: str | None = None,
    lat: str | None = None,
    crs: str | Crs | None = None,
    datum: Datum = "cgcs2000",
) -> Places:
    """How to read the places of a table with the columns ``names``: as said, else its geometries, else by their names.

    Parameters
    ----------
    lon, lat : the columns of longitude or easting and of latitude or northing; both or none.
    crs : of the coordinates; by default the geometries' own, else EPSG:4490.

    Raises
    ------
    InvalidInput
        If a column named is not there, or nothing says where the rows lie.
    InvalidCrs
        For a system that is not understood.
    """
    stated = geometry.crs if geometry is not None and not lon else None
    system = crs if isinstance(crs, Crs) else reference_system(crs, stated)
    if system.kind != "geographic" and datum != "cgcs2000":
        raise InvalidInput(field="datum", reason_zh="只用于经纬度坐标", reason_en="is for longitude and latitude only")
    reading = Reading(system, datum)
    if bool(lon) != bool(lat):
        raise InvalidInput(
            field="--lon, --lat", reason_zh="两列应一起指定", reason_en="both columns are needed, or none"
        )
    if geometry is not None and not lon:
        return Places("native" if geometry.native else "wkb", (geometry.column,), reading)
    given = {str(lon): "lon", str(lat): "lat"} if lon else {}
    missing = [name for name in given if name not in names]
    if missing:
        listed = ", ".join(names)
        raise InvalidInput(
            field="--lon, --lat",
            reason_zh=f"文件没有“{missing[0]}”列，有：{listed}",
            reason_en=f'the file has no column "{missing[0]}", only: {listed}',
        )
    mapped = map_columns(Table({name: [] for name in names}, [], None, None, Format.CSV), Kind.POINTS, given)
    if mapped.has("lon") and mapped.has("lat"):
        return Places("numbers", (mapped.columns["lon"], mapped.columns["lat"]), reading)
    return Places("wkt", (mapped.columns["wkt"],), reading)


def geometry_of(schema: Any) -> Geometry | None:
    """The main geometry column of a GeoParquet file by its Arrow schema; None for plain Parquet."""
    geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    column = geo.get("primary_column")
    if column is None or column not in schema.names:
        return None
    about = geo.get("columns", {}).get(column, {})
    crs = about.get("crs", "OGC:CRS84")  # absent: longitude and latitude; null: unknown
    stated = json.dumps(crs) if isinstance(crs, dict) else crs
    return Geometry(column, stated, native=about.get("encoding") == "point")


def _numbers(column: Any) -> F64:
    """A column of numbers or texts as doubles, NaN where there is none."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _parsed(column)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type) or pa.types.is_decimal(column.type)):
        return np.full(len(column), np.nan)
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def _parsed(column: Any) -> F64:
    """Texts as doubles: plain numbers by Arrow, the rest (degrees and minutes, full-width digits) one by one."""
    trimmed = pc.utf8_trim_whitespace(column)
    plain = pc.fill_null(pc.match_substring_regex(trimmed, r"^-?[0-9]+(\.[0-9]+)?$"), False)
    values = pc.cast(pc.if_else(plain, trimmed, None), pa.float64()).to_numpy(zero_copy_only=False)
    found: F64 = np.array(values, dtype=np.float64)
    for row in np.flatnonzero(~plain.to_numpy(zero_copy_only=False)).tolist():
        text = trimmed[row].as_py()
        value = number(text) if text else None
        found[row] = np.nan if value is None else value
    return found


def _struct(column: Any) -> list[Any]:
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    rows = flat if isinstance(flat, pa.Array) else pa.concat_arrays(flat.chunks)
    return [pc.struct_field(rows, name) for name in ("x", "y")]


def _from_wkb(column: Any) -> tuple[F64, F64, Bools, Bools | None]:
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [_plain_points(chunk) for chunk in chunks]
    if parts and all(part is not None for part in parts):
        xy = np.concatenate([part for part in parts if part is not None])
        finite: Bools = np.asarray(np.isfinite(xy).all(axis=1), dtype=np.bool_)
        return xy[:, 0], xy[:, 1], finite, None
    values = np.array(column.to_pylist(), dtype=np.object_)
    return _points(shapely.from_wkb(values, on_invalid="ignore"))


def _plain_points(chunk: Any) -> F64 | None:
    """Coordinates of a chunk that holds nothing but little-endian two-dimensional points; None for any other."""
    if chunk.null_count or not pa.types.is_binary(chunk.type) or not len(chunk):
        return None
    offsets = np.frombuffer(chunk.buffers()[1], dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    if not (np.diff(offsets) == _POINT_BYTES).all():
        return None
    rows = np.frombuffer(chunk.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]].reshape(-1, _POINT_BYTES)
    if not (rows[:, :5] == np.array([1, 1, 0, 0, 0], dtype=np.uint8)).all():
        return None
    return np.ascontiguousarray(rows[:, 5:]).view("<f8").astype(np.float64, copy=False)


def _from_wkt(column: Any) -> tuple[F64, F64, Bools, Bools]:
    texts = [None if text is None else _SRID.sub("", text).strip() or None for text in column.to_pylist()]
    return _points(shapely.from_wkt(np.array(texts, dtype=np.object_), on_invalid="ignore"))


def _points(shapes: Any) -> tuple[F64, F64, Bools, Bools]:
    """Coordinates, whether there is a geometry at all, and whether it is a point; a multipoint of one is."""
    single = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(shapes) == 1
    )
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    there: Bools = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    point: Bools = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    return shapely.get_x(shapes), shapely.get_y(shapes), there, point
