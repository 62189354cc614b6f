"""The kernel that finds out which polygons have an edge in common."""

from typing import Any

import numpy as np

from gis.index.jit import Whole, kernel, part

CLOSER, CANONICAL, SILENT, IRREGULAR = 0, 1, 2, 3  # kinds of rows


@part
def _slot(heads: Any, rows: Any, bits: Any, row: Whole) -> Whole:
    """The slot of the edge from a row, the same in both directions: with an equal edge in it, or free."""
    a, b, c, d = bits[row, 0], bits[row, 1], bits[row + 1, 0], bits[row + 1, 1]
    mixed = np.uint64((a + c) * 0x2545F4914F6CDD1D ^ (b + d) * 0x1B873593CC9E2D51 ^ (a ^ c) * 31)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    slot = np.int64(mixed & np.uint64(heads.size - 1))
    while heads[slot] >= 0:
        other = rows[heads[slot]]
        e, f, g, h = bits[other, 0], bits[other, 1], bits[other + 1, 0], bits[other + 1, 1]
        if ((a == e) & (b == f) & (c == g) & (d == h)) | ((a == g) & (b == h) & (c == e) & (d == f)):
            return slot
        slot = (slot + 1) & (heads.size - 1)
    return slot


@part
def _judge(head: Whole, after: Any, rows: Any, xy: Any, faces: Any, kind: Any) -> None:
    """Kinds and neighbours of the copies of one edge."""
    copies, low, next_low = 0, np.int32(2**31 - 1), np.int32(2**31 - 1)
    place = head
    while place >= 0:
        who = faces[rows[place], 0]
        if who < low:
            low, next_low = who, low
        elif low < who < next_low:
            next_low = who
        copies += 1
        place = after[place]
    one, other = rows[head], rows[after[head]] if copies == 2 else rows[head]
    against = (xy[one, 0] == xy[other + 1, 0]) & (xy[one, 1] == xy[other + 1, 1])
    regular = copies == 1 or (copies == 2 and faces[one, 0] != faces[other, 0] and against)
    place = head
    while place >= 0:
        row = rows[place]
        behind = next_low if faces[row, 0] == low else low
        faces[row, 1] = -1 if behind == 2**31 - 1 else behind
        kind[row] = (CANONICAL if faces[row, 0] == low else SILENT) if regular else IRREGULAR
        place = after[place]


@kernel("void(float64[:, ::1], int64[:, ::1], int32[::1], int32[:, ::1], uint8[::1])")
def match(xy: Any, bits: Any, rows: Any, faces: Any, kind: Any) -> None:
    """Find the edges that several polygons have.

    Parameters
    ----------
    xy, bits
        (R, 2) vertices, and the same memory as int64.
    rows
        The rows to look at: all edges that may be equal to one of them, too.
    faces
        (R, 2) in: the owner, −1 in the last row of a ring. Out, of the rows looked at: beside it the lowest other
        polygon with the same edge, −1 if none.
    kind
        (R,) out, of the rows looked at: `CANONICAL` the only copy of an edge or the lower of the two copies of neighbours, `SILENT` the
        higher one, `IRREGULAR` any other copy, `CLOSER` no edge.
    """
    size = 16
    while size < 2 * rows.size:
        size *= 2
    heads = np.full(size, -1, dtype=np.int32)
    after = np.full(rows.size, -1, dtype=np.int32)
    for place in range(rows.size):
        row = rows[place]
        faces[row, 1] = -1
        kind[row] = CLOSER
        if faces[row, 0] >= 0:
            slot = _slot(heads, rows, bits, row)
            after[place] = heads[slot]
            heads[slot] = place
    for slot in range(size):
        if heads[slot] >= 0:
            _judge(heads[slot], after, rows, xy, faces, kind)
