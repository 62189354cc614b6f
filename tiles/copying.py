"""Rows of tiles and parts as PostgreSQL's binary COPY wants them (documentation of COPY, "Binary Format"), many at once.

One row at a time through a driver costs more than encoding what is in it.
"""

from collections.abc import Iterable
from struct import Struct
from typing import Any, NamedTuple

import numpy as np

from gis.arrays import I64
from tiles.layers import GROUPS
from tiles.parts import Part

START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""What a copy begins with."""
END = b"\xff\xff"
"""What it ends with."""
_INT4 = 23  # the type of an array's elements
_PART_HEAD = Struct(">hiii16si")
_PART_TAIL = Struct(">iqii")
_LAYERS = max(map(len, GROUPS))
_SIZES = Struct(f">{6 + 2 * _LAYERS}i")


class PartRows(NamedTuple):
    """Rows of ``tiles.part`` without number and edition: the digest of each, all rows, and where each ends."""

    digests: list[bytes]
    rows: bytes
    ends: I64


def part_rows(parts: Iterable[Part]) -> PartRows:
    """Rows of number, digest, deflated, crc, edition_from, sizes (with zeros to the largest group's)."""
    made: list[bytes] = []
    digests: list[bytes] = []
    for part in parts:
        digests.append(part.digest)
        sizes = part.sizes + (0,) * (_LAYERS - len(part.sizes))
        listed = _SIZES.pack(20 + 8 * _LAYERS, 1, 0, _INT4, _LAYERS, 1, *(n for size in sizes for n in (4, size)))
        head = _PART_HEAD.pack(6, 4, 0, 16, part.digest, len(part.deflated))
        made.append(b"".join((head, part.deflated, _PART_TAIL.pack(8, part.crc, 4, 0), listed)))
    return PartRows(digests, b"".join(made), np.cumsum([len(row) for row in made], dtype=np.int64))


def numbered(found: PartRows, numbers: I64, wanted: Any, edition: int) -> bytes:
    """Those of the rows that are ``wanted``, with their numbers and edition."""
    rows: Any = np.frombuffer(found.rows, dtype=np.uint8).copy()
    starts = np.r_[0, found.ends[:-1]][: len(numbers)]
    for first, values in ((starts + 6, numbers), (found.ends - _SIZES.size - 4, np.full(len(numbers), edition))):
        rows[first[:, np.newaxis] + np.arange(4)] = values.astype(">i4").view(np.uint8).reshape(-1, 4)
    return rows.tobytes() if wanted.all() else rows[np.repeat(wanted, found.ends - starts)].tobytes()


def tile_rows(places: I64, parts: I64, edition: int) -> bytes:
    """Rows of ``tiles.tile``: tms, z, x, y, parts, edition_from; of (t, 4) places and (t, groups) numbers of parts."""
    groups = parts.shape[1]
    rows: Any = np.zeros(len(places), dtype=_tile_row(groups))
    rows["fields"] = 6
    for k, (name, size) in enumerate((("tms", 2), ("z", 2), ("x", 4), ("y", 4))):
        rows[f"{name}_size"], rows[name] = size, places[:, k]
    rows["array_size"], rows["dimensions"], rows["type"] = 20 + 8 * groups, 1, _INT4
    rows["length"], rows["first"] = groups, 1
    rows["parts"]["size"], rows["parts"]["number"] = 4, parts
    rows["edition_size"], rows["edition"] = 4, edition
    return rows.tobytes()


def _tile_row(groups: int) -> Any:
    places = [
        (f"{name}{part}", kind)
        for name, size in (("tms", 2), ("z", 2), ("x", 4), ("y", 4))
        for part, kind in (("_size", ">i4"), ("", f">i{size}"))
    ]
    array = [(name, ">i4") for name in ("array_size", "dimensions", "nulls", "type", "length", "first")]
    items = ("parts", [("size", ">i4"), ("number", ">i4")], (groups,))
    return np.dtype([("fields", ">i2"), *places, *array, items, ("edition_size", ">i4"), ("edition", ">i4")])
