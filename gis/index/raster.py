"""Kernels that build the raster: which edges touch a cell, and what a cell needs to answer for its points.

Cells are squares of 2^-k degrees counted from 0°, so that the cell of a double is found without rounding, and the
corners and centres of cells are doubles. A cell that no edge touches lies in the same polygons everywhere. For the others:

- *one edge*: its sides are the polygons left and right of it;
- *two edges* that follow each other in a ring and have the same polygons on their sides: left is what lies left
  of both (a left turn) or of one of them (a right turn);
- *list*: for each polygon that covers a point of the cell or has an edge in it, ascending, whether it covers the cell's
  centre, and its edges in the cell. It covers another point if the path from the centre (level, then upright)
  crosses its edges an even or odd number of times. The centre is taken as moved by (ε, ε²), ε infinitely
  small, so that the path meets no vertex.

An edge whose ends both lie outside a cell that it touches cuts it in two, as cells are convex; an end inside brings
the next edge of its ring into the list. So the first two forms are right without any tolerance. They are used only
where the polygons around the centre, counted along the row, are those the form says: overlaps, gaps and invalid
polygons come into the list.
"""

from typing import Any

import numpy as np

from gis.index.exact import orient, orient_shifted
from gis.index.jit import Whole, kernel, part
from gis.index.layout import AREA, CONVEX, LIST, ONE, REFLEX, SIDE
from gis.index.match import CANONICAL, IRREGULAR
from gis.index.touch import collect, grouped, span


@part
def _toggle(active: Any, count: Whole, polygon: Whole) -> Whole:
    for place in range(count):
        if active[place] == polygon:
            active[place] = active[count - 1]
            return count - 1
    active[count] = polygon
    return count + 1


@part
def _form(edges: Any, active: Any, xy: Any, faces: Any, kind: Any, x: float, y: float) -> Whole:
    """The form of a cell with one or two edges and centre (x, y), `LIST` if it is no simple one."""
    e = edges[0]
    left, right = faces[e, 0], faces[e, 1]
    if edges.size > 2 or kind[e] != CANONICAL:
        return LIST
    inside = orient_shifted(xy[e, 0], xy[e, 1], xy[e + 1, 0], xy[e + 1, 1], x, y) > 0.0
    form = ONE
    if edges.size == 2:
        if edges[1] != e + 1 or kind[e + 1] != CANONICAL or faces[e + 1, 1] != right:
            return LIST
        ux, uy, vx, vy, wx, wy = xy[e, 0], xy[e, 1], xy[e + 1, 0], xy[e + 1, 1], xy[e + 2, 0], xy[e + 2, 1]
        turn = orient(ux, uy, vx, vy, wx, wy)
        if turn == 0.0 and (((ux <= vx) != (vx <= wx)) or ((uy <= vy) != (vy <= wy))):
            return LIST  # there and back
        second = orient_shifted(vx, vy, wx, wy, x, y) > 0.0
        form = CONVEX if turn >= 0.0 else REFLEX
        inside = (inside and second) if turn >= 0.0 else (inside or second)
    face = left if inside else right
    as_said = active.size == 0 if face < 0 else (active.size == 1 and active[0] == face)
    return form if as_said else LIST


@part
def _enlarged(values: Any, need: Whole) -> Any:
    if need <= values.size:
        return values
    larger = np.empty(max(need, 2 * values.size), dtype=np.int32)
    for place in range(values.size):
        larger[place] = values[place]
    return larger


@part
def _candidates(edges: Any, active: Any, faces: Any, kind: Any) -> Any:
    """Every polygon with an edge in a cell or around its centre, ascending."""
    found = np.empty(2 * edges.size + active.size, dtype=np.int32)
    count = 0
    for e in edges:
        found[count] = faces[e, 0]
        count += 1
        if kind[e] == CANONICAL and faces[e, 1] >= 0:
            found[count] = faces[e, 1]
            count += 1
    for polygon in active:
        found[count] = polygon
        count += 1
    kept = 0
    for place in range(count):  # sorted by insertion: there are few
        polygon, k = found[place], kept
        while k > 0 and found[k - 1] > polygon:
            k -= 1
        if k == 0 or found[k - 1] != polygon:
            for other in range(kept, k, -1):
                found[other] = found[other - 1]
            found[k] = polygon
            kept += 1
    return found[:kept]


@part
def _write_list(lists: Any, used: Whole, edges: Any, active: Any, faces: Any, kind: Any) -> Any:
    """Append a list: number of polygons; of each 2 × polygon + (covers the centre), number of edges, the edges."""
    candidates = _candidates(edges, active, faces, kind)
    lists = _enlarged(lists, used + 1 + candidates.size * (2 + edges.size))
    lists[used] = candidates.size
    used += 1
    for polygon in candidates:
        covers = 0
        for other in active:
            if other == polygon:
                covers = 1
        lists[used] = 2 * polygon + covers
        head = used + 1
        used += 2
        for e in edges:
            if faces[e, 0] == polygon or (kind[e] == CANONICAL and faces[e, 1] == polygon):
                lists[used] = e
                used += 1
        lists[head] = used - head - 1
    return lists, used


@part
def _band(
    xy: Any,
    faces: Any,
    kind: Any,
    edges: Any,
    band: Whole,
    grid: Any,
    scale: float,
    cells: Any,
    lists: Any,
    used: Whole,
) -> Any:
    """Write the values of the cells of a band, and its lists after the first ``used`` numbers of ``lists``."""
    west, south, columns, height = grid[0], grid[1], SIDE * grid[2], SIDE * grid[3]
    cell, touching, passes, passing = collect(xy, edges, band, scale, west, south, columns, height)
    starts, touching = grouped(cell, touching, SIDE * columns)
    pass_starts, passing = grouped(passes, passing, SIDE * columns)
    active, count, label = np.empty(2 * passing.size + 2, dtype=np.int32), 0, np.int32(-1)
    plain = -1
    for place in range(SIDE * columns):
        if place % columns == 0:
            count, label, plain = 0, np.int32(-1), -1
        if pass_starts[place] < pass_starts[place + 1]:
            for k in range(pass_starts[place], pass_starts[place + 1]):
                e = passing[k]
                count = _toggle(active, count, faces[e, 0])
                if kind[e] == CANONICAL and faces[e, 1] >= 0:
                    count = _toggle(active, count, faces[e, 1])
            label, plain = active[0] if count > 0 else np.int32(-1), -1
        alone = starts[place] == starts[place + 1]
        if alone and count <= 1:
            cells[place] = label
            continue
        if alone and plain >= 0:
            cells[place] = -2 - (4 * plain + LIST)
            continue
        mine, around, form = touching[starts[place] : starts[place + 1]], active[:count], LIST
        if not alone:
            x = (west + place % columns + 0.5) / scale
            form = _form(mine, around, xy, faces, kind, x, (south + band * SIDE + place // columns + 0.5) / scale)
        if form != LIST:
            cells[place] = -2 - (4 * mine[0] + form)
        else:
            cells[place] = -2 - (4 * used + LIST)
            plain = used if alone else plain
            lists, used = _write_list(lists, used, mine, around, faces, kind)
    return lists, used


@part
def _blocks(cells: Any, columns: Whole, coarse: Any, blocks: Any, used: Whole) -> Any:
    """Sum up the cells of a band: one number for a block that has one answer, else the number of its 16 cells."""
    for column in range(columns):
        first, same = cells[SIDE * column], True
        for k in range(AREA):
            same &= cells[(k // SIDE) * SIDE * columns + SIDE * column + k % SIDE] == first
        if same and first >= -1:
            coarse[column] = first
            continue
        blocks = _enlarged(blocks, used + AREA)
        for k in range(AREA):
            blocks[used + k] = cells[(k // SIDE) * SIDE * columns + SIDE * column + k % SIDE]
        coarse[column] = -2 - used // AREA
        used += AREA
    return blocks, used


@kernel(
    "Tuple((int32[:, ::1], int32[::1], int32[::1], int32[::1], int32[::1]))"
    "(float64[:, ::1], int32[:, ::1], uint8[::1], int32[::1], int32[::1], int64[::1], float64)"
)
def build(xy: Any, faces: Any, kind: Any, rows: Any, bands: Any, grid: Any, scale: float) -> Any:
    """Build some bands of the raster: rows of blocks of cells, from south to north.

    Parameters
    ----------
    xy, faces, kind
        As of `match`.
    rows
        All rows whose edges may touch the bands, ascending.
    bands
        Numbers of the bands, ascending.
    grid
        First column and row of cells, number of blocks in a row, number of bands.
    scale
        Cells a degree, a power of two.

    Returns
    -------
    coarse
        (bands, blocks) int32: polygon or −1 of the block, or −2 − number of the block in ``blocks``.
    blocks
        Sixteen numbers each: polygon or −1 of the cell, or −2 − (4 × payload + form); the payload is
        the row of the (first) edge, or the place of the list.
    lists
        See `_write_list`.
    band_blocks, band_lists
        (bands + 1,) where the blocks (counted in blocks) and the lists of a band begin.
    """
    height = SIDE * grid[3]
    number = np.full(grid[3] + 1, -1, dtype=np.int32)
    for place in range(bands.size):
        number[bands[place]] = place
    pairs = 0
    for e in rows:
        if kind[e] == CANONICAL or kind[e] == IRREGULAR:
            first, last = span(xy, e, scale, grid[1], height)
            pairs += last // SIDE - first // SIDE + 1
    keys, values = np.empty(pairs, dtype=np.int32), np.empty(pairs, dtype=np.int32)
    pairs = 0
    for e in rows:
        if kind[e] == CANONICAL or kind[e] == IRREGULAR:
            first, last = span(xy, e, scale, grid[1], height)
            for band in range(first // SIDE, last // SIDE + 1):
                if number[band] >= 0:
                    keys[pairs], values[pairs] = number[band], e
                    pairs += 1
    starts, edges = grouped(keys[:pairs], values[:pairs], bands.size)
    coarse = np.empty((bands.size, grid[2]), dtype=np.int32)
    band_blocks, band_lists = np.zeros(bands.size + 1, dtype=np.int32), np.zeros(bands.size + 1, dtype=np.int32)
    cells = np.empty(AREA * grid[2], dtype=np.int32)
    blocks, lists = np.empty(AREA * 1024, dtype=np.int32), np.empty(1 << 16, dtype=np.int32)
    block_end, list_end = np.int64(0), np.int64(0)
    for place in range(bands.size):
        mine = edges[starts[place] : starts[place + 1]]
        lists, list_end = _band(xy, faces, kind, mine, bands[place], grid, scale, cells, lists, list_end)
        blocks, block_end = _blocks(cells, grid[2], coarse[place], blocks, block_end)
        band_blocks[place + 1], band_lists[place + 1] = block_end // AREA, list_end
    return coarse, blocks[:block_end].copy(), lists[:list_end].copy(), band_blocks, band_lists
