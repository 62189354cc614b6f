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
from gis.index.jit import kernel, part

CLOSER, CANONICAL, SILENT, IRREGULAR = 0, 1, 2, 3  # kinds of rows
ONE, CONVEX, REFLEX, LIST = 0, 1, 2, 3  # forms of cells
SIDE = 4  # cells of a block in a row
AREA = SIDE * SIDE
_ROUNDING = 2.0**-47  # of a coordinate: some 16 times all the roundings on the way to a column


@part
def _slot(heads: Any, rows: Any, bits: Any, row: int) -> int:
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
def _judge(head: int, after: Any, rows: Any, xy: Any, faces: Any, kind: Any) -> None:
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


@part
def _clip(xy: Any, e: int, row: int, scale: float, west: int, columns: int) -> Any:
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
def _touches(xy: Any, e: int, x: float, y: float, cell: float) -> bool:
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
def _passed(xy: Any, e: int, row: int, scale: float, west: int, columns: int) -> int:
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
def _span(xy: Any, e: int, scale: float, south: int, height: int) -> Any:
    """First and last row of cells that an edge touches."""
    ay, by = xy[e, 1], xy[e + 1, 1]
    first = np.int64(np.ceil(min(ay, by) * scale)) - 1 - south
    last = np.int64(np.floor(max(ay, by) * scale)) - south
    return max(first, 0), min(last, height - 1)


@part
def _collect(xy: Any, edges: Any, band: int, scale: float, west: int, south: int, columns: int, height: int) -> Any:
    """All (cell of the band, edge) that touch, and (cell, edge) where the edge is passed: four arrays."""
    room = 0
    for e in edges:
        first, last = _span(xy, e, scale, south, height)
        for row in range(max(first, band * SIDE), min(last, band * SIDE + SIDE - 1) + 1):
            begin, end = _clip(xy, e, south + row, scale, west, columns)
            room += max(end - begin + 1, 0)
    cells, touching = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    passes, passing = np.empty(SIDE * edges.size, dtype=np.int32), np.empty(SIDE * edges.size, dtype=np.int32)
    touched, passed, side = 0, 0, 1.0 / scale
    for e in edges:
        first, last = _span(xy, e, scale, south, height)
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
def _grouped(keys: Any, values: Any, count: int) -> Any:
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


@part
def _toggle(active: Any, count: int, polygon: int) -> int:
    for place in range(count):
        if active[place] == polygon:
            active[place] = active[count - 1]
            return count - 1
    active[count] = polygon
    return count + 1


@part
def _form(edges: Any, active: Any, xy: Any, faces: Any, kind: Any, x: float, y: float) -> int:
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
def _enlarged(values: Any, need: int) -> Any:
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
def _write_list(lists: Any, used: int, edges: Any, active: Any, faces: Any, kind: Any) -> Any:
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
    xy: Any, faces: Any, kind: Any, edges: Any, band: int, grid: Any, scale: float, cells: Any, lists: Any, used: int
) -> Any:
    """Write the values of the cells of a band, and its lists after the first ``used`` numbers of ``lists``."""
    west, south, columns, height = grid[0], grid[1], SIDE * grid[2], SIDE * grid[3]
    cell, touching, passes, passing = _collect(xy, edges, band, scale, west, south, columns, height)
    starts, touching = _grouped(cell, touching, SIDE * columns)
    pass_starts, passing = _grouped(passes, passing, SIDE * columns)
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
def _blocks(cells: Any, columns: int, coarse: Any, blocks: Any, used: int) -> Any:
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
            first, last = _span(xy, e, scale, grid[1], height)
            pairs += last // SIDE - first // SIDE + 1
    keys, values = np.empty(pairs, dtype=np.int32), np.empty(pairs, dtype=np.int32)
    pairs = 0
    for e in rows:
        if kind[e] == CANONICAL or kind[e] == IRREGULAR:
            first, last = _span(xy, e, scale, grid[1], height)
            for band in range(first // SIDE, last // SIDE + 1):
                if number[band] >= 0:
                    keys[pairs], values[pairs] = number[band], e
                    pairs += 1
    starts, edges = _grouped(keys[:pairs], values[:pairs], bands.size)
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
