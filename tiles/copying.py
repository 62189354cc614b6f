"""Rows of tiles and parts as PostgreSQL's binary COPY wants them (documentation of COPY, "Binary Format"), many at once.

One row at a time through a driver costs more than encoding what is in it.
"""

from collections.abc import Iterable
from struct import Struct
from typing import Any

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


def part_rows(numbered: Iterable[tuple[int, Part]], edition: int) -> bytes:
    """Rows of ``tiles.part``: number, digest, deflated, crc, edition_from, sizes (with zeros to the largest group's)."""
    made: list[bytes] = []
    for number, part in numbered:
        made.append(_PART_HEAD.pack(6, 4, number, 16, part.digest, len(part.deflated)))
        made.append(part.deflated)
        made.append(_PART_TAIL.pack(8, part.crc, 4, edition))
        sizes = part.sizes + (0,) * (_LAYERS - len(part.sizes))
        made.append(_SIZES.pack(20 + 8 * _LAYERS, 1, 0, _INT4, _LAYERS, 1, *(n for size in sizes for n in (4, size))))
    return b"".join(made)


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
