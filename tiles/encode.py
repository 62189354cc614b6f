"""Compiled: tiles of a coverage, layer by layer; and of points."""

from typing import NamedTuple

import numpy as np

from gis.arrays import I64
from tiles.compiled import filled, inner, outer
from tiles.faces import clockwise, labelled, net_edges, with_rim
from tiles.matrix import EXTENT
from tiles.mvt import (
    Bytes,
    Frame,
    Page,
    Values,
    add_feature,
    finished,
    new_page,
    put_path,
    put_rings,
    turned,
)
from tiles.noding import LOW, SIDE, clipped, noded
from tiles.rings import border_groups, chains, rings

_FEATURE = 160  # bytes of a feature besides its geometry, at most
_VERTEX = 16  # bytes of a vertex, at most, with its share of the commands
_LINE, _AREA = 2, 3


class Table(NamedTuple):
    """What features carry. Row g is one grid, of whatever level.

    Attributes
    ----------
    above : (levels, n) row of the grid of each level that each area of the coverage is in, finest level first.
    tags : (g, keys) value of each property, −1 for none; 0 is the code, 2 the level.
    fids : (g,) feature ids.
    values : the values themselves.
    shown : (n,) 1 for the areas that are drawn, and their borders; 0 for those that are only there to bound them.
    """

    above: I64
    tags: I64
    fids: I64
    values: Values
    shown: I64


class Arranged(NamedTuple):
    """The faces of tiles, see `tiles.faces`.

    Attributes
    ----------
    labels, origin, turn : (h,) of each half-edge, those of the first tile first; within a tile numbered from 0.
    vertices : (v,) as numbers, tile by tile.
    halves, corners : (t + 1,) where in those the half-edges and the vertices of each tile start.
    inner : (t,) edges of each tile that do not run along its buffer.
    """

    labels: I64
    origin: I64
    turn: I64
    vertices: I64
    halves: I64
    corners: I64
    inner: I64


@outer
def arranged(found: I64, starts: I64, items: I64, background: I64, tiles: I64) -> Arranged:
    """Find the faces of tiles and what they belong to.

    Parameters
    ----------
    found, starts, items, background
        Segments of the zoom and their tiles, see `tiles.arcs`.
    tiles
        (t, 3) column, row and cell (−1 where no segment can be) of each tile.
    """
    labels, origin, turn = filled(1024, 0), filled(1024, 0), filled(1024, 0)
    vertices = filled(1024, 0)
    halves, corners, inner_edges = filled(len(tiles) + 1, 0), filled(len(tiles) + 1, 0), filled(len(tiles), 0)
    for t in range(len(tiles)):
        x, y, cell = tiles[t]
        mine = items[starts[cell] : starts[cell + 1]] if cell >= 0 else items[:0]
        edges = net_edges(noded(_local(found, mine, x * EXTENT, y * EXTENT)))
        inner_edges[t] = len(edges)
        edges = with_rim(edges)
        own, begins, turns = clockwise(edges)
        named = labelled(edges, own, begins, turns, background[cell] if cell >= 0 else -1)
        labels, origin = _longer(labels, halves[t], named), _longer(origin, halves[t], begins)
        turn, vertices = _longer(turn, halves[t], turns), _longer(vertices, corners[t], own)
        halves[t + 1], corners[t + 1] = halves[t] + named.size, corners[t] + own.size
    size = halves[-1]
    return Arranged(labels[:size], origin[:size], turn[:size], vertices[: corners[-1]], halves, corners, inner_edges)


@inner
def _longer(numbers: I64, size: int, more: I64) -> I64:
    """Numbers behind the first ``size``, in the same array or, if it is full, in one twice as long."""
    if size + more.size > numbers.size:
        grown = np.empty(2 * (size + more.size), dtype=np.int64)
        for k in range(size):
            grown[k] = numbers[k]
        numbers = grown
    for k in range(more.size):
        numbers[size + k] = more[k]
    return numbers


@outer
def areas(faces: Arranged, table: Table, level: int, frame: Frame) -> tuple[Bytes, I64]:
    """The layer of areas of a row of ``table.above``: of one tile after another, and where each tile's ends."""
    page = new_page(table.values)
    data, size, ends = np.empty(1 << 16, dtype=np.uint8), 0, np.empty(faces.inner.size, dtype=np.int64)
    for t in range(ends.size):
        first, last = faces.halves[t], faces.halves[t + 1]
        vertices = faces.vertices[faces.corners[t] : faces.corners[t + 1]]
        labels, origin, turn = faces.labels[first:last], faces.origin[first:last], faces.turn[first:last]
        page, made = _areas(labels, origin, turn, vertices, table, level, frame, page)
        data, size = _appended(data, size, made)
        ends[t] = size
    return data[:size], ends


@outer
def borders(faces: Arranged, table: Table, frame: Frame, deepest: int) -> tuple[Bytes, I64]:
    """The layer of borders between grids of the levels 2 … ``deepest``: as `areas`."""
    page = new_page(table.values)
    data, size, ends = np.empty(1 << 16, dtype=np.uint8), 0, np.empty(faces.inner.size, dtype=np.int64)
    for t in range(ends.size):
        first, last = faces.halves[t], faces.halves[t + 1]
        vertices = faces.vertices[faces.corners[t] : faces.corners[t + 1]]
        labels, origin = faces.labels[first:last], faces.origin[first:last]
        page, made = _borders(labels, faces.inner[t], origin, vertices, table, frame, deepest, page)
        data, size = _appended(data, size, made)
        ends[t] = size
    return data[:size], ends


@inner
def _appended(data: Bytes, size: int, made: Bytes) -> tuple[Bytes, int]:
    """Bytes behind the first ``size`` of ``data``, which is made longer if need be."""
    if size + made.size > data.size:
        grown = np.empty(2 * (size + made.size), dtype=np.uint8)
        for k in range(size):
            grown[k] = data[k]
        data = grown
    for k in range(made.size):
        data[size + k] = made[k]
    return data, size + made.size


@inner
def _local(found: I64, mine: I64, west: int, north: int) -> I64:
    """Segments in a tile's own units, cut at its buffer."""
    local, count = np.empty((mine.size, 6), dtype=np.int64), 0
    for k in mine:
        s = found[k]
        kept, ax, ay, bx, by = clipped(s[0] - west, s[1] - north, s[2] - west, s[3] - north)
        if kept:
            row = local[count]
            row[0], row[1], row[2], row[3], row[4], row[5] = ax, ay, bx, by, s[4], s[5]
            count += 1
    return local[:count]


@inner
def _areas(
    labels: I64, origin: I64, turn: I64, vertices: I64, table: Table, level: int, frame: Frame, page: Page
) -> tuple[Page, Bytes]:
    """The areas of one level as a layer, in the order of their rows."""
    owners = np.empty(labels.size, dtype=np.int64)
    for h in range(owners.size):
        owners[h] = table.above[level, labels[h]] if labels[h] >= 0 and table.shown[labels[h]] == 1 else -1
    owner, starts, points = rings(owners, origin, turn, vertices)
    page = turned(page, _VERTEX * owners.size + _FEATURE * owner.size)
    geometry, first = np.empty(_VERTEX * points.size + 16, dtype=np.uint8), 0
    while first < owner.size:
        last = first + 1
        while last < owner.size and owner[last] == owner[first]:
            last += 1
        row, cursor = owner[first], filled(2, 0)
        size = put_rings(geometry, starts[first : last + 1], points, cursor)
        add_feature(page, table.values, _AREA, table.fids[row], table.tags[row], geometry[:size])
        first = last
    return page, finished(page, frame)


@inner
def _borders(
    labels: I64, inner: int, origin: I64, vertices: I64, table: Table, frame: Frame, deepest: int, page: Page
) -> tuple[Page, Bytes]:
    """The borders down to a level as a layer: each once, by level and codes."""
    half, starts, names = border_groups(labels, inner, table.above, table.shown, deepest)
    page = turned(page, _VERTEX * half.size + _FEATURE * len(names))
    geometry = np.empty(_VERTEX * half.size + 16, dtype=np.uint8)
    tags = np.empty(3, dtype=np.int64)
    for g in range(len(names)):
        lines, points = chains(half[starts[g] : starts[g + 1]], origin, vertices)
        cursor, at = filled(2, 0), 0
        for k in range(lines.size - 1):
            at = put_path(geometry, at, points[lines[k] : lines[k + 1]], cursor, False)
        tags[0], tags[1] = table.tags[names[g, 1], 2], table.tags[names[g, 1], 0]
        tags[2] = table.tags[names[g, 2], 0] if names[g, 2] >= 0 else -1
        add_feature(page, table.values, _LINE, -1, tags, geometry[:at])
    return page, finished(page, frame)


@outer
def point_tiles(places: I64, rows: I64, starts: I64, table: Table, frame: Frame) -> tuple[Bytes, I64]:
    """Encode tiles of points.

    Parameters
    ----------
    places
        (p, 2) units in the tile, x right, y down; sorted by tile.
    rows
        (p,) row of ``table`` that each is.
    starts
        (t + 1,) where each tile's points start.

    Returns
    -------
    The tiles one after another, and where each ends.
    """
    page = new_page(table.values)
    data, ends = np.empty(1 << 16, dtype=np.uint8), np.empty(starts.size - 1, dtype=np.int64)
    geometry, point, length = np.empty(16, dtype=np.uint8), np.empty(1, dtype=np.int64), 0
    for t in range(ends.size):
        page = turned(page, (_FEATURE + _VERTEX) * (starts[t + 1] - starts[t]))
        for k in range(starts[t], starts[t + 1]):
            point[0] = (places[k, 1] - LOW) * SIDE + places[k, 0] - LOW
            size = put_path(geometry, 0, point, filled(2, 0), False)
            add_feature(page, table.values, 1, table.fids[rows[k]], table.tags[rows[k]], geometry[:size])
        data, length = _appended(data, length, finished(page, frame))
        ends[t] = length
    return data[:length], ends
