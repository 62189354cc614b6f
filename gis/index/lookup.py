"""Kernels that find the grid of points. They take the address of a buffer (`gis.index.layout`), which costs nothing to pass."""

from typing import Any

import numpy as np
from numba import boolean, int32, int64

from gis.index import layout as at
from gis.index.exact import orient, orient_shifted
from gis.index.jit import DOUBLES, Whole, doubles, fetch, integers, kernel, longs, part
from gis.index.layout import AREA, CONVEX, LIST, ONE, REFLEX, SIDE

_BLOCK = 1024  # points that go through the steps together: what is between stays in the nearest cache


@part
def raster(address: Whole) -> Any:
    """What the look-up reads of a buffer: its arrays, cells a degree, first column and row, width and height in cells."""
    head = longs(address, at.HEAD)
    scale = doubles(address + 8 * at.H_SCALE, 1)[0]
    columns, bands = head[at.H_COLUMNS], head[at.H_BANDS]
    return (
        integers(address + head[at.S_COARSE], (columns + 2) * (bands + 2)),
        integers(address + head[at.S_BLOCKS], head[at.H_BLOCKS]),
        integers(address + head[at.S_LISTS], head[at.H_LISTS]),
        doubles(address + head[at.S_XY], 2 * head[at.H_ROWS]),
        integers(address + head[at.S_FACES], 2 * head[at.H_ROWS]),
        scale,
        np.float64(head[at.H_WEST]),
        np.float64(head[at.H_SOUTH]),
        np.float64(SIDE * columns),
        np.float64(SIDE * bands),
    )


@part
def side_of(xy: Any, e: Whole, lon: float, lat: float) -> float:
    """`orient` of a point to the edge from row ``e``."""
    k = np.uint64(2) * np.uint64(e)
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    return orient(xy[k], xy[k + one], xy[k + two], xy[k + three], lon, lat)


@part
def covers(
    lists: Any, place: Whole, count: Whole, inside: bool, xy: Any, lon: float, lat: float, x: float, y: float
) -> Any:
    """How a polygon of a list lies to a point: 0 outside, 1 inside, 2 on its border.

    ``place`` and ``count`` are those of its edges, ``inside`` tells whether it covers the centre (x, y).
    """
    for k in range(place, place + count):
        e = 2 * lists[k]
        ax, ay, bx, by = xy[e], xy[e + 1], xy[e + 2], xy[e + 3]
        level = min(ay, by) <= lat < max(ay, by)
        upright = min(ax, bx) <= x < max(ax, bx)
        box = (min(ax, bx) <= lon <= max(ax, bx)) & (min(ay, by) <= lat <= max(ay, by))
        if box and orient(ax, ay, bx, by, lon, lat) == 0.0:
            return 2
        if level or upright:
            corner = orient_shifted(ax, ay, bx, by, x, lat) > 0.0
            if level:
                inside ^= corner != (orient_shifted(ax, ay, bx, by, lon, lat) > 0.0)
            if upright:
                inside ^= corner != (orient_shifted(ax, ay, bx, by, x, y) > 0.0)
    return 1 if inside else 0


@part
def first_listed(lists: Any, place: Whole, but: Whole, xy: Any, lon: float, lat: float, scale: float) -> Whole:
    """The lowest polygon of a list that covers a point of its cell, ``but`` excepted; −1 for none."""
    x, y = (np.floor(lon * scale) + 0.5) * (1.0 / scale), (np.floor(lat * scale) + 0.5) * (1.0 / scale)
    left = lists[place]
    place += 1
    while left > 0:
        polygon, count = lists[place] >> 1, lists[place + 1]
        if polygon != but and covers(lists, place + 2, count, (lists[place] & 1) == 1, xy, lon, lat, x, y) > 0:
            return polygon
        place += 2 + count
        left -= 1
    return -1


@part
def _within(number: float, beyond: float) -> float:
    """A number of a column or row, −1 or ``beyond`` for all outside the raster, −1 for what is no number."""
    number = max(-1.0, number)
    return min(beyond, number)


@part
def cell_of(here: Any, lon: float, lat: float) -> Whole:
    """The value of a point's cell, as in `gis.index.raster.build`."""
    coarse, blocks, _, _, _, scale, west, south, width, height = here
    column = np.int64(_within(np.floor(lon * scale) - west, width))
    row = np.int64(_within(np.floor(lat * scale) - south, height))
    value = coarse[((row >> 2) + 1) * (np.int64(width) // SIDE + 2) + (column >> 2) + 1]
    if value < -1:
        value = blocks[AREA * (-2 - np.int64(value)) + (row & 3) * SIDE + (column & 3)]
    return value


@part
def settle(value: Whole, here: Any, lon: float, lat: float) -> Whole:
    """The polygon of a point, by the value of its cell."""
    if value >= -1:
        return value
    _, _, lists, xy, faces, scale, _, _, _, _ = here
    code = -2 - np.int64(value)
    form, e = code & 3, code >> 2
    if form == LIST:
        return first_listed(lists, e, -1, xy, lon, lat, scale)
    left = side_of(xy, e, lon, lat) >= 0.0
    if form != ONE:
        second = side_of(xy, e + 1, lon, lat) >= 0.0
        left = (left and second) if form == CONVEX else (left or second)
    return faces[2 * e] if left else faces[2 * e + 1]


@kernel("int64(int64, float64, float64)")
def locate_one(address: Whole, lon: float, lat: float) -> Whole:
    """The polygon of one point, −1 outside; −2 if the point is no degrees."""
    if not ((abs(lon) <= 180.0) & (abs(lat) <= 90.0)):
        return -2
    here = raster(address)
    return settle(cell_of(here, lon, lat), here, lon, lat)


@part
def _place(here: Any, lon: Any, lat: Any, blocks: Any, cells: Any) -> bool:
    """First step: each point's block, and its cell within; whether all points are degrees."""
    scale, west, south, width, height = here[5:]
    stride, good = np.int32(np.int32(width) // SIDE + 2), 0
    for i in range(lon.size):
        good += (abs(lon[i]) <= 180.0) & (abs(lat[i]) <= 90.0)
        column = np.int32(_within(np.floor(lon[i] * scale) - west, width))
        row = np.int32(_within(np.floor(lat[i] * scale) - south, height))
        blocks[i] = ((row >> np.int32(2)) + np.int32(1)) * stride + (column >> np.int32(2)) + np.int32(1)
        cells[i] = ((row & np.int32(3)) << np.int32(2)) | (column & np.int32(3))
    return good == lon.size


@part
def _by_block(coarse: Any, blocks: Any, found: Any, left: Any) -> Whole:
    """Second step: the value of the block; lists the points whose block has several."""
    todo = np.int64(0)
    for i in range(found.size):
        value = coarse[np.uint32(blocks[i])]
        found[i] = value
        left[np.uint64(todo)] = i
        todo += value < -1
    return todo


@part
def _by_cell(here: Any, found: Any, cells: Any, first: Any, count: Whole, edges: Any, lists: Any) -> Any:
    """Third step: the value of the cell; lists the points beside one or two edges, and those with a list."""
    blocks, address = here[1], here[1].ctypes.data
    for k in range(count):
        i = np.uint64(first[k])
        cells[i] += AREA * (-2 - found[i])
        fetch(address + 4 * np.int64(cells[i]))
    todo, listed = np.int64(0), np.int64(0)
    for k in range(count):
        i = np.uint64(first[k])
        value = blocks[np.uint32(cells[i])]
        found[i] = value
        border, has_list = value < -1, ((-2 - value) & 3) == LIST
        edges[np.uint64(todo)] = lists[np.uint64(listed)] = i
        todo += border & (not has_list)
        listed += border & has_list
    rows, faces = here[3].ctypes.data, here[4].ctypes.data
    for k in range(todo):
        e = (-2 - np.int64(found[np.uint64(edges[k])])) >> 2
        fetch(rows + 16 * e)
        fetch(rows + 16 * e + 32)
        fetch(faces + 8 * e)
    for k in range(listed):
        fetch(here[2].ctypes.data + 4 * ((-2 - np.int64(found[np.uint64(lists[k])])) >> 2))
    return todo, listed


@part
def _by_edges(here: Any, lon: Any, lat: Any, found: Any, left: Any, count: Whole) -> None:
    """Fourth step: sides of edges. Without branches: which form is next cannot be foreseen."""
    xy, faces = here[3], here[4]
    for k in range(count):
        i = np.uint64(left[k])
        code = np.uint32(-2 - found[i])
        form, e = code & np.uint32(3), np.uint64(code >> np.uint32(2))
        one = side_of(xy, e, lon[i], lat[i]) >= 0.0
        # Where there is one edge, this reads what follows, and its side is not used.
        two = (side_of(xy, e + np.uint64(1), lon[i], lat[i]) >= 0.0) | (form == ONE)
        left_of = ((form != REFLEX) & one & two) | ((form == REFLEX) & (one | two))
        found[i] = faces[np.uint64(2) * e + np.uint64(not left_of)]


@kernel(boolean(int64, DOUBLES, DOUBLES, int32[::1]))
def locate(address: Whole, lon: Any, lat: Any, out: Any) -> bool:
    """Write the polygon of each point, −1 outside; returns whether all points are degrees (if not, some are not written)."""
    here = raster(address)
    room = np.empty((5, _BLOCK), dtype=np.int32)
    for start in range(0, lon.size, _BLOCK):
        end = min(start + _BLOCK, lon.size)
        x, y, found = lon[start:end], lat[start:end], out[start:end]
        if not _place(here, x, y, room[0], room[1]):
            return False
        todo = _by_block(here[0], room[0], found, room[2])
        todo, listed = _by_cell(here, found, room[1], room[2], todo, room[3], room[4])
        _by_edges(here, x, y, found, room[3], todo)
        for k in range(listed):
            i = room[4][k]
            found[i] = settle(found[i], here, x[i], y[i])
    return True
