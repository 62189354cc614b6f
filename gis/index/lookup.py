"""Kernels that find the grid of points. They take the address of a buffer (`gis.index.layout`), which costs nothing to pass."""

from typing import Any

import numpy as np

from gis.index import layout as at
from gis.index.exact import orient, orient_shifted
from gis.index.jit import doubles, integers, kernel, longs, part
from gis.index.raster import AREA, CONVEX, LIST, ONE, SIDE

_BLOCK = 4096  # points that go through the steps together: what is between stays in the nearest cache


@part
def raster(address: int) -> Any:
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
def side_of(xy: Any, e: int, lon: float, lat: float) -> float:
    """`orient` of a point to the edge from row ``e``."""
    k = np.uint64(2 * e)
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    return orient(xy[k], xy[k + one], xy[k + two], xy[k + three], lon, lat)


@part
def covers(
    lists: Any, place: int, count: int, inside: bool, xy: Any, lon: float, lat: float, x: float, y: float
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
def first_listed(lists: Any, place: int, but: int, xy: Any, lon: float, lat: float, scale: float) -> int:
    """The lowest polygon of a list that covers a point of its cell, ``but`` excepted; −1 for none."""
    x, y = (np.floor(lon * scale) + 0.5) / scale, (np.floor(lat * scale) + 0.5) / scale
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
def cell_of(here: Any, lon: float, lat: float) -> int:
    """The value of a point's cell, as in `gis.index.raster.build`."""
    coarse, blocks, _, _, _, scale, west, south, width, height = here
    column = np.int64(min(max(np.floor(lon * scale) - west, -1.0), width))
    row = np.int64(min(max(np.floor(lat * scale) - south, -1.0), height))
    value = coarse[((row >> 2) + 1) * (np.int64(width) // SIDE + 2) + (column >> 2) + 1]
    if value < -1:
        value = blocks[AREA * (-2 - np.int64(value)) + (row & 3) * SIDE + (column & 3)]
    return value


@part
def settle(value: int, here: Any, lon: float, lat: float) -> int:
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
def locate_one(address: int, lon: float, lat: float) -> int:
    """The polygon of one point, −1 outside; −2 if the point is no degrees."""
    if not ((abs(lon) <= 180.0) & (abs(lat) <= 90.0)):
        return -2
    here = raster(address)
    return settle(cell_of(here, lon, lat), here, lon, lat)


@part
def _by_block(here: Any, lon: Any, lat: Any, found: Any, sub: Any, left: Any) -> Any:
    """First step: the value of each point's block; lists the points whose block has several."""
    coarse, _, _, _, _, scale, west, south, width, height = here
    stride = np.uint64(np.int64(width) // SIDE + 2)
    good, todo = True, 0
    for i in range(lon.size):
        good &= (abs(lon[i]) <= 180.0) & (abs(lat[i]) <= 90.0)
        column = np.int64(min(max(np.floor(lon[i] * scale) - west, -1.0), width))
        row = np.int64(min(max(np.floor(lat[i] * scale) - south, -1.0), height))
        value = coarse[np.uint64((row >> 2) + 1) * stride + np.uint64((column >> 2) + 1)]
        found[i] = value
        sub[i] = (row & 3) * SIDE + (column & 3)
        left[todo] = i
        todo += value < -1
    return good, todo


@part
def _by_cell(here: Any, found: Any, sub: Any, first: Any, count: int, left: Any) -> int:
    """Second step: the value of the cell; lists the points whose cell has several answers."""
    blocks, todo = here[1], 0
    for k in range(count):
        i = first[k]
        value = blocks[np.uint64(AREA * (-2 - np.int64(found[i])) + sub[i])]
        found[i] = value
        left[todo] = i
        todo += value < -1
    return todo


@kernel("boolean(int64, float64[::1], float64[::1], int32[::1])")
def locate(address: int, lon: Any, lat: Any, out: Any) -> bool:
    """Write the polygon of each point, −1 outside; returns whether all points are degrees (if not, some are not written)."""
    here = raster(address)
    sub, first, second = (
        np.empty(_BLOCK, dtype=np.uint8),
        np.empty(_BLOCK, dtype=np.int64),
        np.empty(_BLOCK, dtype=np.int64),
    )
    for start in range(0, lon.size, _BLOCK):
        count = min(_BLOCK, lon.size - start)
        x, y, found = lon[start : start + count], lat[start : start + count], out[start : start + count]
        good, todo = _by_block(here, x, y, found, sub, first)
        if not good:
            return False
        todo = _by_cell(here, found, sub, first, todo, second)
        for k in range(todo):
            i = second[k]
            found[i] = settle(found[i], here, x[i], y[i])
    return True
