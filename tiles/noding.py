"""Compiled: the segments of a coverage in one tile, cut at its buffer and parted wherever they meet.

Everything is whole numbers of the tile's own units (x right, y down, −64 … 4160), so every decision is exact. A segment
is a row of six: x, y of its start and its end, and what lies on its left and on its right, seen in the plane in which
both numbers grow to the right and upwards.
"""

import numpy as np

from gis.arrays import I64, Bools
from tiles.compiled import inner, order
from tiles.matrix import BUFFER, EXTENT

LOW, HIGH = -BUFFER, EXTENT + BUFFER
SIDE = 8192
"""A vertex is one number: (y − LOW) · SIDE + x − LOW."""
_STRIP = 7  # 128 units: segments are compared within strips of that height
_ROUNDS = 60  # two or three do; each moves a border by less than a unit, where borders cross


@inner
def clipped(x0: int, y0: int, x1: int, y1: int) -> tuple[bool, int, int, int, int]:
    """The part of a segment within the buffer, its new ends rounded (Liang and Barsky 1984); False if nothing is left."""
    dx, dy = x1 - x0, y1 - y0
    t0, t1 = 0.0, 1.0
    for along, room in ((dx, HIGH - x0), (-dx, x0 - LOW), (dy, HIGH - y0), (-dy, y0 - LOW)):
        if along > 0:
            t1 = min(t1, room / along)
        elif along < 0:
            t0 = max(t0, room / along)
        elif room < 0:
            return False, 0, 0, 0, 0
    if t0 > t1:
        return False, 0, 0, 0, 0
    ax, ay, bx, by = x0, y0, x1, y1
    if t0 > 0:
        ax, ay = _within(x0 + t0 * dx), _within(y0 + t0 * dy)
    if t1 < 1:
        bx, by = _within(x0 + t1 * dx), _within(y0 + t1 * dy)
    return not on_one_side(ax, ay, bx, by), ax, ay, bx, by


@inner
def _within(value: float) -> int:
    return min(max(int(np.floor(value + 0.5)), LOW), HIGH)


@inner
def on_one_side(ax: int, ay: int, bx: int, by: int) -> bool:
    """Whether a segment is a point or runs along one side of the buffer, where it parts nothing."""
    return (ax == bx and (ay == by or ax in (LOW, HIGH))) or (ay == by and ay in (LOW, HIGH))


@inner
def noded(segments: I64) -> I64:
    """Part segments where they cross or touch; crossings are rounded to whole numbers, so it goes on until none is left.

    What happens to a segment depends only on those it meets. Parts along the sides of the buffer are left out.
    """
    fresh = np.empty(len(segments), dtype=np.bool_)
    for k in range(fresh.size):
        fresh[k] = True
    for _ in range(_ROUNDS):
        found = _meetings(segments, fresh)
        if len(found) == 0:
            break
        segments, fresh = _parted(segments, found)
    return segments


@inner
def _meetings(segments: I64, fresh: Bools) -> I64:
    """Rows (segment, x, y) of points at which a segment must be parted; pairs without a ``fresh`` one are known."""
    which, boxes = _strips(segments)
    found, count = np.empty((16, 3), dtype=np.int64), 0
    for i in range(which.size):
        a, strip, east, south, north = which[i], boxes[i, 0], boxes[i, 2], boxes[i, 3], boxes[i, 4]
        for j in range(i + 1, which.size):
            if boxes[j, 0] != strip or boxes[j, 1] > east:
                break
            low = max(south, boxes[j, 3])
            if low > min(north, boxes[j, 4]) or low >> _STRIP != strip:  # apart, or met in a strip before
                continue
            b = which[j]
            if not (fresh[a] or fresh[b]):
                continue
            if count + 4 > len(found):
                grown = np.empty((2 * len(found), 3), dtype=np.int64)
                for k in range(count):
                    grown[k, 0], grown[k, 1], grown[k, 2] = found[k, 0], found[k, 1], found[k, 2]
                found = grown
            count = _meet(segments[a], segments[b], a, b, found, count)
    return found[:count]


@inner
def _strips(segments: I64) -> tuple[I64, I64]:
    """Segments in each strip of rows that they reach into, strip by strip, from the west: which, and their boxes.

    A box is a row of the strip, least and greatest x, least and greatest y.
    """
    size = 0
    for s in segments:
        size += (max(s[1], s[3]) >> _STRIP) - (min(s[1], s[3]) >> _STRIP) + 1
    keys, owner = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    size = 0
    for k in range(len(segments)):
        s = segments[k]
        for strip in range(min(s[1], s[3]) >> _STRIP, (max(s[1], s[3]) >> _STRIP) + 1):
            keys[size], owner[size] = (strip << 16) + min(s[0], s[2]), k
            size += 1
    which, boxes = order(keys), np.empty((size, 5), dtype=np.int64)
    for i in range(size):
        k = which[i]
        s = segments[owner[k]]
        boxes[i, 0], boxes[i, 1], boxes[i, 2] = (keys[k] - LOW) >> 16, min(s[0], s[2]), max(s[0], s[2])
        boxes[i, 3], boxes[i, 4] = min(s[1], s[3]), max(s[1], s[3])
        which[i] = owner[k]
    return which, boxes


@inner
def _turn(s: I64, x: int, y: int) -> int:
    """Sign of the side of a segment that a point is on: 1 left, −1 right, 0 on its line."""
    value = (s[2] - s[0]) * (y - s[1]) - (s[3] - s[1]) * (x - s[0])
    return 1 if value > 0 else -1 if value < 0 else 0


@inner
def _meet(a: I64, b: I64, at_a: int, at_b: int, found: I64, count: int) -> int:
    """Write down where two segments meet anywhere but in a common end; returns the number of rows found."""
    b0, b1 = _turn(a, b[0], b[1]), _turn(a, b[2], b[3])
    if b0 == b1 != 0:
        return count
    a0, a1 = _turn(b, a[0], a[1]), _turn(b, a[2], a[3])
    if a0 == a1 != 0:
        return count
    if b0 * b1 < 0 and a0 * a1 < 0:
        x, y = _crossing(a, b)
        count = _add(a, at_a, x, y, found, count)
        return _add(b, at_b, x, y, found, count)
    if b0 == 0:
        count = _add(a, at_a, b[0], b[1], found, count)
    if b1 == 0:
        count = _add(a, at_a, b[2], b[3], found, count)
    if a0 == 0:
        count = _add(b, at_b, a[0], a[1], found, count)
    if a1 == 0:
        count = _add(b, at_b, a[2], a[3], found, count)
    return count


@inner
def _crossing(a: I64, b: I64) -> tuple[int, int]:
    dx, dy, ex, ey = a[2] - a[0], a[3] - a[1], b[2] - b[0], b[3] - b[1]
    t = ((b[0] - a[0]) * ey - (b[1] - a[1]) * ex) / (dx * ey - dy * ex)
    return _within(a[0] + t * dx), _within(a[1] + t * dy)


@inner
def _add(s: I64, at: int, x: int, y: int, found: I64, count: int) -> int:
    """Write down a point that parts a segment, if it lies in its box and is not one of its ends."""
    if (x == s[0] and y == s[1]) or (x == s[2] and y == s[3]):
        return count
    if min(s[0], s[2]) <= x <= max(s[0], s[2]) and min(s[1], s[3]) <= y <= max(s[1], s[3]):
        found[count, 0], found[count, 1], found[count, 2] = at, x, y
        return count + 1
    return count


@inner
def _parted(segments: I64, found: I64) -> tuple[I64, Bools]:
    """The segments with those of ``found`` parted there, in the order along them; and which of them are new."""
    along = np.empty(len(found), dtype=np.int64)
    for k in range(len(found)):
        s = segments[found[k, 0]]
        way = (found[k, 1] - s[0]) * (s[2] - s[0]) + (found[k, 2] - s[1]) * (s[3] - s[1])
        along[k] = (found[k, 0] << 28) + way
    sequence = order(along)
    made = np.empty((len(segments) + len(found), 6), dtype=np.int64)
    fresh = np.empty(len(made), dtype=np.bool_)
    count = place = 0
    for i in range(len(segments)):
        s = segments[i]
        x, y = s[0], s[1]
        first = place
        while place <= len(found):
            last = place == len(found) or found[sequence[place], 0] != i
            nx, ny = (s[2], s[3]) if last else (found[sequence[place], 1], found[sequence[place], 2])
            if not on_one_side(x, y, nx, ny):
                made[count, 0], made[count, 1], made[count, 2], made[count, 3] = x, y, nx, ny
                made[count, 4], made[count, 5] = s[4], s[5]
                fresh[count] = last is False or place > first
                count += 1
            x, y = nx, ny
            if last:
                break
            place += 1
    return made[:count], fresh[:count]
