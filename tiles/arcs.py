"""A coverage as arcs: each piece of border between two areas once, simplified by itself and so for both of them alike."""

from dataclasses import dataclass

import numpy as np
import shapely

from gis.arrays import F64, I64, Geometries
from tiles.compiled import filled, inner, outer, place
from tiles.matrix import EXTENT, MAX_ZOOM, to_units
from tiles.simplify import weights


@dataclass(frozen=True, slots=True)
class Arcs:
    """Lines between the points at which more than two areas meet.

    Attributes
    ----------
    points : (n, 2) degrees EPSG:4490, longitude first.
    starts : (a + 1,) where in ``points`` each arc starts.
    left, right : (a,) the area on either side, −1 for none.
    """

    points: F64
    starts: I64
    left: I64
    right: I64


@dataclass(frozen=True, slots=True)
class Lines:
    """Arcs in a tile matrix set.

    Attributes
    ----------
    points : (n, 2) tile units of the finest zoom from the set's north-west corner, x east, y south, not rounded.
    weights : (n,) by how much a vertex matters, square units; see `tiles.simplify`.
    arc : (n,) which arc a vertex belongs to.
    left, right : (a,) the areas on either side where x grows to the right and y upwards: so mirrored.
    """

    points: F64
    weights: F64
    arc: I64
    left: I64
    right: I64


def arcs(areas: Geometries) -> Arcs:
    """The arcs of (n,) (Multi)Polygons in degrees EPSG:4490; what is not edge-matched has −1 on its other side."""
    if not areas.size:
        nothing = np.empty(0, dtype=np.int64)
        return Arcs(np.empty((0, 2)), np.zeros(1, dtype=np.int64), nothing, nothing)
    polygons, area = shapely.get_parts(shapely.orient_polygons(areas), return_index=True)
    lines, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(lines, return_index=True)
    points, vertex = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)
    inner = (ring[:-1] == ring[1:]) & (vertex[:-1] != vertex[1:])
    start, end, owner = vertex[:-1][inner], vertex[1:][inner], area[polygon[ring[:-1][inner]]]
    kept, other = _once(start, end, owner, points.size)
    order = kept[np.lexsort((end[kept], start[kept]))]
    left, right = owner[order], other[order]
    degree = np.bincount(start[order], minlength=points.size) + np.bincount(end[order], minlength=points.size)
    joined, starts, first = _walked(start[order], end[order], left, right, degree)
    found = points[joined]
    return Arcs(np.column_stack([found.real, found.imag]), starts, left[first], right[first])


def _once(start: I64, end: I64, owner: I64, count: int) -> tuple[I64, I64]:
    """Positions of edges met from one side only, or the first of the two; and the area on the other side by position."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((owner, low * count + high))
    key = (low * count + high)[order]
    pair = (key[1:] == key[:-1]) & (start[order[1:]] == end[order[:-1]]) & (owner[order[1:]] != owner[order[:-1]])
    pair[1:] &= ~(pair[:-1] & (key[2:] == key[:-2]))
    second = np.flatnonzero(pair) + 1
    other = np.full(order.size, -1, dtype=np.int64)
    other[order[second - 1]] = owner[order[second]]
    kept = np.ones(order.size, dtype=bool)
    kept[order[second]] = False
    return np.flatnonzero(kept), other


@outer
def _walked(start: I64, end: I64, left: I64, right: I64, degree: I64) -> tuple[I64, I64, I64]:
    """Edges, sorted by their start, joined to arcs: vertices, where each arc starts, and its first edge."""
    used = filled(start.size, 0)
    joined, starts = np.empty(2 * start.size, dtype=np.int64), filled(start.size + 1, 0)
    firsts = np.empty(start.size, dtype=np.int64)
    count = size = 0
    for closed in range(2):
        for first in range(start.size):
            if used[first] == 1 or (closed == 0 and degree[start[first]] == 2):
                continue
            firsts[count] = at = first
            joined[size] = start[at]
            size += 1
            going = True
            while going:
                used[at] = 1
                joined[size] = end[at]
                size += 1
                following = place(start, end[at]) if degree[end[at]] == 2 else start.size
                going = following < start.size and start[following] == end[at] and used[following] == 0
                going = going and left[following] == left[first] and right[following] == right[first]
                at = following
            count += 1
            starts[count] = size
    return joined[:size], starts[: count + 1], firsts[:count]


def lines(found: Arcs, tms: str) -> Lines:
    """Arcs in the units of a tile matrix set."""
    points = to_units(tms, MAX_ZOOM, found.points)
    arc = np.repeat(np.arange(found.left.size), np.diff(found.starts))
    return Lines(points, weights(points, found.starts), arc, found.right, found.left)


def segments(found: Lines, zoom: int, tolerance: float) -> I64:
    """Segments of a zoom, simplified: rows of start, end (whole units from the north-west corner), left and right.

    ``tolerance``: tile units; vertices whose triangle is smaller than its square are left out.
    """
    coarser = float(1 << (MAX_ZOOM - zoom))
    least = (tolerance * coarser) ** 2
    return _segments(found.points, found.weights, found.arc, found.left, found.right, coarser, least)


@outer
def _segments(points: F64, weight: F64, arc: I64, left: I64, right: I64, coarser: float, least: float) -> I64:
    made, count, last = np.empty((arc.size, 6), dtype=np.int64), 0, -1
    x = y = np.int64(0)
    for k in range(arc.size):
        if weight[k] < least:
            continue
        nx, ny = int(np.floor(points[k, 0] / coarser + 0.5)), int(np.floor(points[k, 1] / coarser + 0.5))
        if arc[k] == last and (nx != x or ny != y):
            made[count, 0], made[count, 1], made[count, 2], made[count, 3] = x, y, nx, ny
            made[count, 4], made[count, 5] = left[last], right[last]
            count += 1
        x, y, last = nx, ny, arc[k]
    return made[:count]


@dataclass(frozen=True, slots=True)
class Cells:
    """The tiles that a zoom's segments concern: columns from ``west``, rows from ``north``.

    Attributes
    ----------
    starts : (rows · columns + 1,) where in ``items`` the segments of each tile start, row by row.
    items : numbers of segments that may reach into a tile's buffer.
    background : (rows · columns,) the area at each tile's north-western corner of the buffer, −1 for none.
    """

    west: int
    north: int
    columns: int
    rows: int
    starts: I64
    items: I64
    background: I64

    def tiles(self) -> I64:
        """Every tile that anything reaches into: (t, 3) column, row, cell."""
        cell = np.flatnonzero((np.diff(self.starts) > 0) | (self.background >= 0))
        row, column = np.divmod(cell, max(self.columns, 1))
        return np.column_stack([column + self.west, row + self.north, cell])

    def among(self, places: I64) -> I64:
        """These tiles, (t, 2) columns and rows: (t, 3) column, row, cell; cell −1 where nothing is."""
        column, row = places[:, 0] - self.west, places[:, 1] - self.north
        inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        return np.column_stack([places, np.where(inside, row * self.columns + column, -1)])


def cells(found: I64, reach: int) -> Cells:
    """Sort segments into the tiles that they come within ``reach`` units of."""
    if not len(found):
        nothing = np.zeros(1, dtype=np.int64)
        return Cells(0, 0, 0, 0, nothing, nothing[:0], nothing[:0])
    west, east, north, south = _extent(found, reach)
    columns, rows = east - west + 1, south - north + 1
    starts, items = _sorted(found, west, north, columns, rows, reach)
    background = _background(found, west, north, columns, rows, reach)
    return Cells(west, north, columns, rows, starts, items, background)


@outer
def _extent(found: I64, reach: int) -> tuple[int, int, int, int]:
    """First and last column, first and last row that segments come within ``reach`` units of."""
    west, east, north, south = _reached(found[0], reach)
    for k in range(1, len(found)):
        first, last, top, bottom = _reached(found[k], reach)
        west, east, north, south = min(west, first), max(east, last), min(north, top), max(south, bottom)
    return west, east, north, south


@outer
def _sorted(found: I64, west: int, north: int, columns: int, rows: int, reach: int) -> tuple[I64, I64]:
    starts = filled(columns * rows + 2, 0)
    for k in range(len(found)):
        first, last, top, bottom = _reached(found[k], reach)
        for row in range(top - north, bottom - north + 1):
            for column in range(first - west, last - west + 1):
                starts[row * columns + column + 2] += 1
    for cell in range(1, starts.size):
        starts[cell] += starts[cell - 1]
    items = np.empty(starts[-1], dtype=np.int64)
    for k in range(len(found)):
        first, last, top, bottom = _reached(found[k], reach)
        for row in range(top - north, bottom - north + 1):
            for column in range(first - west, last - west + 1):
                cell = row * columns + column + 1
                items[starts[cell]] = k
                starts[cell] += 1
    return starts[:-1], items


@inner
def _reached(s: I64, reach: int) -> tuple[int, int, int, int]:
    """First and last column, first and last row that a segment comes within ``reach`` units of."""
    low_x, high_x, low_y, high_y = min(s[0], s[2]), max(s[0], s[2]), min(s[1], s[3]), max(s[1], s[3])
    return (low_x - reach) >> 12, (high_x + reach) >> 12, (low_y - reach) >> 12, (high_y + reach) >> 12


@outer
def _background(found: I64, west: int, north: int, columns: int, rows: int, reach: int) -> I64:
    """What lies at the corners of tiles: the sum of what changes along a row from the far west to there.

    Where areas lie over each other sums may name none that there is: nothing is taken to lie there then.
    """
    change, most = filled(rows * columns, 0), np.int64(-1)
    for row in range(rows):
        change[row * columns] = -1
    for k in range(len(found)):
        x0, y0, x1, y1 = found[k, 0], found[k, 1], found[k, 2], found[k, 3]
        low, high, most = min(y0, y1), max(y0, y1), max(most, found[k, 4], found[k, 5])
        # Half a unit inside the corner, where no vertex is.
        first = max((low + reach) // EXTENT, north)
        for row in range(first, min((high + reach) // EXTENT, north + rows - 1) + 1):
            y = row * EXTENT - reach + 0.5
            if not low < y < high:
                continue
            x = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
            column = max(int(np.floor((x + reach - 0.5) / EXTENT)) + 1 - west, 0)
            if column < columns:
                change[(row - north) * columns + column] += (
                    found[k, 4] - found[k, 5] if y1 < y0 else found[k, 5] - found[k, 4]
                )
    for row in range(rows):
        for column in range(1, columns):
            change[row * columns + column] += change[row * columns + column - 1]
    for cell in range(change.size):
        if not -1 <= change[cell] <= most:
            change[cell] = -1
    return change
