"""Rows as Arrow batches, and GeoParquet made of them."""

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

from api.ogc.downloads.reading import Row, Table
from api.ogc.model import Field

GEOMETRY = "geometry"
_ROW_GROUP = 4000
KINDS = {"multipolygon": "MultiPolygon", "point": "Point"}
_TYPES: dict[str, Any] = {
    "string": pa.string(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "date-time": pa.timestamp("ms", tz="UTC"),
}


def type_of(field: Field) -> Any:
    """The Arrow type of a property; moments are in UTC, as GeoPackage wants them."""
    return _TYPES[field.format or field.kind]


def schema(table: Table) -> Any:
    """The columns in order, the geometry as WKB."""
    number = table.collection.identifier == "integer"
    columns = [("id", pa.int32() if number else pa.string()), *((f.name, type_of(f)) for f in table.fields)]
    return pa.schema([*columns, *([(GEOMETRY, pa.binary())] if table.shapes else [])])


def batches(columns: Any, blocks: Iterable[list[Row]]) -> Iterator[Any]:
    """Each block as a record batch of the schema ``columns``."""
    for block in blocks:
        arrays = [pa.array(values, field.type) for values, field in zip(zip(*block, strict=True), columns, strict=True)]
        yield pa.record_batch(arrays, schema=columns)


def parquet(table: Table, blocks: Iterable[list[Row]]) -> Iterator[bytes]:
    """GeoParquet 1.1, compressed by zstd, in row groups of some thousands."""
    columns = schema(table).with_metadata(_about(table))
    tape = _Tape()
    repeated: Any = [field.name for field in columns if field.type == pa.string() and field.name != "id"]
    with pq.ParquetWriter(tape, columns, compression="zstd", use_dictionary=repeated) as file:
        for batch in batches(columns, _grouped(blocks)):
            file.write_batch(batch)
            yield tape.taken()
    yield tape.taken()


def _grouped(blocks: Iterable[list[Row]]) -> Iterator[list[Row]]:
    """The same rows in larger blocks."""
    group: list[Row] = []
    for block in blocks:
        group += block
        if len(group) >= _ROW_GROUP:
            yield group
            group = []
    if group:
        yield group


def _about(table: Table) -> dict[bytes, bytes]:
    said = {b"edition": str(table.edition).encode()} | ({b"notice": table.notice.encode()} if table.notice else {})
    if not table.shapes:
        return said
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [KINDS[table.collection.geometry]],
        "orientation": "counterclockwise",
        "crs": pyproj.CRS.from_user_input(table.crs.name).to_json_dict(),
    }
    about = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
    return {**said, b"geo": json.dumps(about).encode()}


class _Tape(io.RawIOBase):
    """A file that only grows, and whose bytes are taken away as it does."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, piece: Any) -> int:
        data = bytes(piece)
        self._pieces.append(data)
        self._size += len(data)
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found
