"""Which edges touch a cell of the raster, and which are passed on the way along the centres of a row: exactly."""

from typing import Any

import numpy as np

from gis.index.exact import orient
from gis.index.jit import Whole, part
from gis.index.layout import SIDE

_ROUNDING = 2.0**-47  # of a coordinate: some 16 times all the roundings on the way to a column


@part
def _clip(xy: Any, e: Whole, row: Whole, scale: float, west: Whole, columns: Whole) -> Any:
    """First and last column, at least all, in which the edge touches a row of cells (closed)."""
    ax, ay, bx, by = xy[e, 0], xy[e, 1], xy[e + 1, 0], xy[e + 1, 1]
    low, high = min(ax, bx), max(ax, bx)
    slope = (bx - ax) / (by - ay)
    margin = _ROUNDING * 180.0 * (1.0 + abs(slope))
    if margin < 1.0:  # otherwise, or not a number: level, or almost
        one = ax + (max(row / scale, min(ay, by)) - ay) * slope
        other = ax + (min((row + 1) / scale, max(ay, by)) - ay) * slope
        low, high = max(low, min(one, other) - margin), min(high, max(one, other) + margin)
    first = np.int64(np.ceil(low * scale)) - 1 - west
    last = np.int64(np.floor(high * scale)) - west
    return max(first, 0), min(last, columns - 1)


@part
def _touches(xy: Any, e: Whole, x: float, y: float, cell: float) -> bool:
    """Whether an edge touches a closed square cell, exactly."""
    ax, ay, bx, by = xy[e, 0], xy[e, 1], xy[e + 1, 0], xy[e + 1, 1]
    x2, y2 = x + cell, y + cell  # without rounding: multiples of the cell
    if (max(ax, bx) < x) | (min(ax, bx) > x2) | (max(ay, by) < y) | (min(ay, by) > y2):
        return False
    # The corners farthest to the left and to the right of the line.
    upper, righter = by > ay, bx > ax
    left = orient(ax, ay, bx, by, x if upper else x2, y2 if righter else y)
    right = orient(ax, ay, bx, by, x2 if upper else x, y if righter else y2)
    return (left >= 0.0) & (right <= 0.0)


@part
def _passed(xy: Any, e: Whole, row: Whole, scale: float, west: Whole, columns: Whole) -> Whole:
    """The first column whose centre lies east of an edge that crosses the row's centre line; ``columns`` for none."""
    ax, ay, bx, by = xy[e, 0], xy[e, 1], xy[e + 1, 0], xy[e + 1, 1]
    y = (row + 0.5) / scale
    x = ax + (y - ay) * ((bx - ax) / (by - ay))
    x = min(max(x, min(ax, bx)), max(ax, bx)) if x == x else min(ax, bx)  # noqa: PLR0124 (not a number)
    column = min(max(np.int64(np.ceil(x * scale - 0.5)) - west, 0), columns)
    up = 1.0 if by > ay else -1.0
    while column > 0 and orient(ax, ay, bx, by, (west + column - 0.5) / scale, y) * up <= 0.0:
        column -= 1
    while column < columns and orient(ax, ay, bx, by, (west + column + 0.5) / scale, y) * up > 0.0:
        column += 1
    return column


@part
def span(xy: Any, e: Whole, scale: float, south: Whole, height: Whole) -> Any:
    """First and last row of cells that an edge touches."""
    ay, by = xy[e, 1], xy[e + 1, 1]
    first = np.int64(np.ceil(min(ay, by) * scale)) - 1 - south
    last = np.int64(np.floor(max(ay, by) * scale)) - south
    return max(first, 0), min(last, height - 1)


@part
def collect(
    xy: Any, edges: Any, band: Whole, scale: float, west: Whole, south: Whole, columns: Whole, height: Whole
) -> Any:
    """All (cell of the band, edge) that touch, and (cell, edge) where the edge is passed: four arrays."""
    room = 0
    for e in edges:
        first, last = span(xy, e, scale, south, height)
        for row in range(max(first, band * SIDE), min(last, band * SIDE + SIDE - 1) + 1):
            begin, end = _clip(xy, e, south + row, scale, west, columns)
            room += max(end - begin + 1, 0)
    cells, touching = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    passes, passing = np.empty(SIDE * edges.size, dtype=np.int32), np.empty(SIDE * edges.size, dtype=np.int32)
    touched, passed, side = 0, 0, 1.0 / scale
    for e in edges:
        first, last = span(xy, e, scale, south, height)
        low, high = min(xy[e, 1], xy[e + 1, 1]), max(xy[e, 1], xy[e + 1, 1])
        for row in range(max(first, band * SIDE), min(last, band * SIDE + SIDE - 1) + 1):
            base, y = (row - band * SIDE) * columns, (south + row) / scale
            begin, end = _clip(xy, e, south + row, scale, west, columns)
            for column in range(begin, end + 1):
                if _touches(xy, e, (west + column) / scale, y, side):
                    cells[touched], touching[touched] = base + column, e
                    touched += 1
            if low <= y + side / 2 < high:
                column = _passed(xy, e, south + row, scale, west, columns)
                if column < columns:
                    passes[passed], passing[passed] = base + column, e
                    passed += 1
    return cells[:touched], touching[:touched], passes[:passed], passing[:passed]


@part
def grouped(keys: Any, values: Any, count: Whole) -> Any:
    """Values sorted by key, stable: (count + 1) starts, and the values."""
    starts = np.zeros(count + 1, dtype=np.int32)
    for key in keys:
        starts[key + 1] += 1
    for key in range(count):
        starts[key + 1] += starts[key]
    places = starts[:-1].copy()
    found = np.empty(values.size, dtype=np.int32)
    for number in range(keys.size):
        found[places[keys[number]]] = values[number]
        places[keys[number]] += 1
    return starts, found
