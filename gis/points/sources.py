"""Files of points as a stream of Arrow tables of `PART_ROWS` rows, whatever their format."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from gis.arrays import Bools
from gis.importer.files import opened, unreadable
from gis.importer.gdal import open_arrow
from gis.importer.read import read
from gis.importer.table import Table, text
from gis.points.csv_source import csv_rows, open_csv, sniff
from gis.points.places import Geometry, geometry_of

PART_ROWS = 1 << 19
"""Rows that are looked up, and kept for a resumed run, in one go."""

_PARQUET = (".parquet", ".geoparquet")
_BY_GDAL = (".gpkg", ".fgb", ".geojson")
_CSV = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows, about `PART_ROWS`, by their number in the file's order; ``broken`` are those whose cells stand in wrong columns."""

    number: int
    table: Any
    broken: Bools | None = None


Skip = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class PointSource:
    """A file that has been opened.

    Attributes
    ----------
    schema : Arrow schema of its tables.
    geometry : its column of geometries, None where there is none.
    rows : how many there are, None where only reading all of it would tell.
    parts : its rows in order; parts that the function given says may be skipped are left out.
    share : how much of the file has been read, 0 to 1; None where the rows tell.
    """

    schema: Any
    geometry: Geometry | None
    rows: int | None
    parts: Callable[[Skip], Iterator[Part]]
    share: Callable[[], float] | None = None


@contextmanager
def opened_points(
    path: Path, *, layer: str | None = None, sheet: str | None = None, encoding: str | None = None
) -> Generator[PointSource]:
    """Open a file of points: CSV, Parquet, GeoPackage, FlatGeobuf and GeoJSON are streamed, the importer's rest is read.

    Parameters
    ----------
    layer, sheet, encoding : which layer or sheet; the encoding of the text, found out where not given.

    Raises
    ------
    FileUnreadable, InvalidInput, TooLarge
        Also while the parts are read.
    """
    suffix = path.suffix.lower()
    there = path.is_file() and path.stat().st_size > 0
    form = sniff(path, encoding) if there and suffix in _CSV else None
    # Arrow splits at one byte only; the Chinese comma is left to the importer.
    streamed = suffix in (*_PARQUET, *_BY_GDAL) if form is None else form.separator.isascii()
    if not (there and streamed):
        with opened(path, layer) as file:  # tells what is wrong with it, or unpacks it
            yield _whole(read(file, layer=layer, sheet=sheet, encoding=encoding))
        return
    try:
        if suffix in _PARQUET:
            with pq.ParquetFile(path, pre_buffer=True) as file:
                yield _parquet(file)
        elif form is not None:
            with open_csv(path, form) as table:
                yield PointSource(table.schema, None, None, lambda skip: _numbered(csv_rows(table), skip), table.share)
        else:
            with _layer(path, layer) as source:
                yield source
    except (pa.ArrowException, DataSourceError, DataLayerError) as error:
        detail = str(error).replace(str(path), path.name)[:200].splitlines()[0]
        raise unreadable(path.name, f"文件已损坏（{detail}）", f"it is damaged ({detail})") from error


def _parquet(file: Any) -> PointSource:
    schema = file.schema_arrow

    def parts(skip: Skip) -> Iterator[Part]:
        number = 0
        for groups, rows in _units(file.metadata):
            count = max(1, rows // PART_ROWS)
            if not all(skip(number + i) for i in range(count)):
                size = -(-rows // count)
                batches = file.iter_batches(batch_size=size, row_groups=groups)
                tables = ((pa.Table.from_batches([batch]), None) for batch in batches)
                yield from _numbered(tables, skip, number, size)
            number += count

    return PointSource(schema, geometry_of(schema), file.metadata.num_rows, parts)


def _units(metadata: Any) -> Iterator[tuple[list[int], int]]:
    """Runs of row groups that fill at least one part together, with their rows: what a resumed run may pass over."""
    groups: list[int] = []
    rows = 0
    for group in range(metadata.num_row_groups):
        groups.append(group)
        rows += metadata.row_group(group).num_rows
        if rows >= PART_ROWS:
            yield groups, rows
            groups, rows = [], 0
    if rows:
        yield groups, rows


@contextmanager
def _layer(path: Path, layer: str | None) -> Generator[PointSource]:
    with open_arrow(path, layer=layer, batch_size=1 << 16, use_pyarrow=True) as (meta, reader):
        column = (meta["geometry_name"] or "wkb_geometry") if meta["geometry_type"] is not None else None
        geometry = None if column is None else Geometry(column, meta["crs"])
        rows = pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]
        tables = ((pa.Table.from_batches([batch]), None) for batch in reader)
        yield PointSource(reader.schema, geometry, rows, lambda skip: _numbered(tables, skip))


def _whole(table: Table) -> PointSource:
    """A table that was read as a whole; cells of mixed kinds become texts."""
    columns = {name: _column(values) for name, values in table.columns.items()}
    geometry = None
    if table.geometry is not None:
        name = "geometry" if "geometry" not in columns else "geometry_1"
        geometry = Geometry(name, table.crs)
        columns[name] = pa.array(shapely.to_wkb(table.geometry).tolist(), pa.binary())
    content = pa.table(columns)
    return PointSource(content.schema, geometry, len(table), lambda skip: _numbered([(content, None)], skip))


def _column(values: list[Any]) -> Any:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([text(value) or None for value in values], pa.string())


def _numbered(
    rows: Iterable[tuple[Any, Bools | None]], skip: Skip, first: int = 0, size: int | None = None
) -> Iterator[Part]:
    """Tables of any sizes, with their broken rows, as parts of ``size`` rows; the last may be smaller."""
    size = size or PART_ROWS
    waiting: list[tuple[Any, Bools]] = []
    held, number = 0, first
    for table, broken in rows:
        waiting.append((table, np.zeros(len(table), dtype=np.bool_) if broken is None else broken))
        held += len(table)
        while held >= size:
            part, waiting = _cut(waiting, number, size)
            held -= size
            if not skip(number):
                yield part
            number += 1
    if held and not skip(number):
        yield _cut(waiting, number, size)[0]


def _cut(waiting: list[tuple[Any, Bools]], number: int, size: int) -> tuple[Part, list[tuple[Any, Bools]]]:
    table = pa.concat_tables([one for one, _ in waiting])
    broken = np.concatenate([mask for _, mask in waiting])
    rest = table.slice(size)
    wrong = broken[:size]
    part = Part(number, table.slice(0, size), wrong if wrong.any() else None)
    return part, [(rest, broken[size:])] if len(rest) else []
