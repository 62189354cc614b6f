"""Tables of points with their answers, written to a file as they come."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from pyarrow import csv as arrow_csv

from gis.arrays import F64
from gis.errors import InvalidInput, TooLarge
from gis.points.arrow import pc
from gis.points.places import Geometry, Places

_DRIVERS = {".gpkg": "GPKG", ".fgb": "FlatGeobuf", ".geojson": "GeoJSON"}
_SHEET_ROWS = 1_048_576 - 1
_STORAGE = "EPSG:4490"

Tables = Iterable[Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """What is written: the Arrow schema of the tables, their geometries if they have any, how their places are read."""

    schema: Any
    geometry: Geometry | None
    places: Places


def writer_for(target: Path, schema: Shape, *, whole: bool) -> Callable[[Tables, Path], None]:
    """A function that writes tables to a path; the suffix of ``target`` says the format.

    Parameters
    ----------
    whole : whether every row has a place: FlatGeobuf has a spatial index only then.

    Raises
    ------
    InvalidInput
        For another suffix.
    """
    suffix = target.suffix.lower()
    if suffix == ".parquet":
        return lambda tables, path: _parquet(tables, path, schema)
    if suffix == ".geoparquet":
        drawn = _drawn(schema)
        return lambda tables, path: _parquet(map(drawn.draw, tables), path, drawn.shape)
    if suffix == ".csv":
        return lambda tables, path: _csv(tables, path, schema)
    if suffix == ".xlsx":
        return lambda tables, path: _xlsx(tables, path, schema)
    if suffix in _DRIVERS:
        return lambda tables, path: _by_driver(tables, path, schema, layer=target.stem, indexed=whole)
    known = ", ".join([".csv", ".parquet", ".geoparquet", ".xlsx", *_DRIVERS])
    raise InvalidInput(field=target.name, reason_zh=f"可写的格式：{known}", reason_en=f"can write {known}")


def needs_whole(target: Path) -> bool:
    """Whether the format must know all rows before the first is written."""
    return target.suffix.lower() == ".fgb"


# --- Parquet -----------------------------------------------------------------------------------------------


def _parquet(tables: Tables, path: Path, shape: Shape) -> None:
    """Numbers are written plain: dictionaries of coordinates cost time and save nothing."""
    repeated: Any = [f.name for f in shape.schema if _is_text(f.type) or pa.types.is_dictionary(f.type)]
    with pq.ParquetWriter(path, shape.schema, use_dictionary=repeated, compression="snappy") as file:
        for table in tables:
            file.write_table(table)


@dataclass(frozen=True, slots=True)
class _Drawn:
    shape: Shape
    draw: Callable[[Any], Any]


def _drawn(shape: Shape) -> _Drawn:
    """The tables with geometries: their own, or points in EPSG:4490 made of their coordinates."""
    if shape.geometry is not None and not shape.geometry.native:
        geometry = shape.geometry
    else:
        geometry = Geometry(_free("geometry", shape.schema.names), _STORAGE)
    about = {
        "version": "1.1.0",
        "primary_column": geometry.column,
        "columns": {geometry.column: {"encoding": "WKB", "geometry_types": [], "crs": _projjson(geometry.crs)}},
    }
    schema = shape.schema
    if geometry is not shape.geometry:
        schema = schema.append(pa.field(geometry.column, pa.binary()))
    schema = schema.with_metadata({**(schema.metadata or {}), b"geo": json.dumps(about).encode()})

    def draw(table: Any) -> Any:
        if geometry is not shape.geometry:
            table = table.append_column(geometry.column, _wkb(*_degrees(table, shape.places)))
        return table.replace_schema_metadata(schema.metadata)

    return _Drawn(Shape(schema, geometry, shape.places), draw)


def _degrees(table: Any, places: Places) -> tuple[F64, F64]:
    lon, lat, _ = places.of(table)
    wrong = table.column("problem").is_valid().to_numpy()
    lon[wrong] = lat[wrong] = np.nan
    return lon, lat


def _projjson(crs: str | None) -> Any:
    return None if crs is None else pyproj.CRS.from_user_input(crs).to_json_dict()


def _wkb(lon: F64, lat: F64) -> Any:
    shapes = np.full(lon.size, None, dtype=np.object_)
    there = ~np.isnan(lon)
    shapes[there] = shapely.points(lon[there], lat[there])
    return pa.array(shapely.to_wkb(shapes).tolist(), pa.binary())


def _free(name: str, taken: list[str]) -> str:
    folded = {one.casefold() for one in taken}
    while name in folded:
        name += "_"
    return name


# --- tables without geometries -----------------------------------------------------------------------------


def _flat(tables: Tables, shape: Shape) -> tuple[list[str], Iterator[Any]]:
    """Names and tables as texts and numbers: no geometries, but the coordinates that only they told."""
    geometry = None if shape.geometry is None else shape.geometry.column
    stays = [name for name in shape.schema.names if name != geometry]
    told = shape.places.kind in {"wkb", "native"} and not {"lon", "lat"} & {name.casefold() for name in stays}

    def flat() -> Iterator[Any]:
        for table in tables:
            columns = {name: _plain(table.column(name)) for name in stays}
            if told:
                lon, lat = _degrees(table, shape.places)
                columns |= {"lon": pa.array(lon, from_pandas=True), "lat": pa.array(lat, from_pandas=True)}
            yield pa.table(columns)

    return [*stays, *(["lon", "lat"] if told else [])], flat()


def _plain(column: Any) -> Any:
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    return column


def _csv(tables: Tables, path: Path, shape: Shape) -> None:
    """UTF-8 with the mark that spreadsheets look for; quotation marks in tables that need any."""
    names, flat = _flat(tables, shape)
    header = io.StringIO(newline="")
    csv.writer(header, lineterminator="\n").writerow(names)
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf" + header.getvalue().encode())
        for table in flat:
            style = "needed" if any(_needs_quotes(column) for column in table.columns) else "none"
            options = arrow_csv.WriteOptions(include_header=False, quoting_style=style)
            arrow_csv.write_csv(table, file, options)


def _needs_quotes(column: Any) -> bool:
    if not _is_text(column.type):
        return False
    return bool(pc.any(pc.match_substring_regex(column, '[",\r\n]')).as_py())


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _xlsx(tables: Tables, path: Path, shape: Shape) -> None:
    from openpyxl import Workbook  # heavy, and needed for nothing else here
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    names, flat = _flat(tables, shape)
    book: Any = Workbook(write_only=True)
    sheet = book.create_sheet("points")
    sheet.append(names)
    rows = 0
    for table in flat:
        rows += len(table)
        if rows > _SHEET_ROWS:
            raise TooLarge(what=path.name, limit=f"{_SHEET_ROWS:,} rows")
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            sheet.append([ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell for cell in row])
    book.save(path)


# --- GDAL --------------------------------------------------------------------------------------------------


def _by_driver(tables: Tables, path: Path, shape: Shape, *, layer: str, indexed: bool) -> None:
    drawn = _drawn(shape)
    geometry = drawn.shape.geometry
    assert geometry is not None  # noqa: S101 - what _drawn is for
    fields = [pa.field(f.name, _ogr_type(f.type)) for f in drawn.shape.schema]
    schema = pa.schema(fields)

    def batches() -> Iterator[Any]:
        for table in map(drawn.draw, tables):
            columns = [_plain(column) if name != geometry.column else column for name, column in _named(table)]
            yield from pa.table(columns, schema=schema).to_batches(max_chunksize=1 << 16)

    options: dict[str, Any] = {"SPATIAL_INDEX": "NO"} if path.suffix == ".fgb" and not indexed else {}
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, batches()),
        path,
        driver=_DRIVERS[path.suffix.lower()],
        layer=layer,
        geometry_name=geometry.column,
        geometry_type="Unknown",
        crs=geometry.crs or _STORAGE,
        **options,
    )


def _named(table: Any) -> Iterator[tuple[str, Any]]:
    yield from zip(table.column_names, table.columns, strict=True)


def _ogr_type(kind: Any) -> Any:
    if pa.types.is_dictionary(kind):
        return kind.value_type
    return pa.string() if pa.types.is_nested(kind) else kind
