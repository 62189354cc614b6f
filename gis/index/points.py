"""Kernels for the nearest of many points, behind `gis.nearest`.

An index is handed over as the address of eight numbers, those of its arrays and their lengths: handing over the arrays
one by one would take longer than a search. The arrays:

points
    (n, 5) earth-centred metres, longitude and latitude; sorted by cell.
rank
    (n,) the place of each among those that were given.
frames
    (groups, 4) west, south, width and height of a cell of each group's raster, degrees.
shapes
    (groups, 3) number of its first cell, columns, rows.
starts
    (cells + 1,) first point of each cell.
"""

import math
from typing import Any

from numba import float64, int64, void

from gis.crs import ELLIPSOID
from gis.index.geodesic import geodesic
from gis.index.jit import DOUBLES, LONGS, doubles, kernel, longs, part

FAR_M = 2e5  # chords above are left to the caller: the geodesic here is for nearer points
TIE_M = 1e-6  # distances this little apart are equal
FAR, NONE = -2, -1

_A, _ES = ELLIPSOID.a, ELLIPSOID.es
_FLATTEST_M = ELLIPSOID.a * (1 - ELLIPSOID.es)  # least radius of curvature: of the meridian at the equator
_RADIAN = math.pi / 180


@part
def _tables(address: int) -> Any:
    """The arrays of an index, flat."""
    head = longs(address, 8)
    return (
        doubles(head[0], 5 * head[5]),
        longs(head[1], head[5]),
        doubles(head[2], 4 * head[6]),
        longs(head[3], 3 * head[6]),
        longs(head[4], head[7]),
    )


@part
def _sideways(axis_m: float, near: float, far: float) -> float:
    """The least chord, metres, to what lies ``near`` to ``far`` degrees east or west of a point.

    It is the way to the plane of that meridian; all the way round, nothing can be said.
    """
    if far > 180.0:
        return 0.0
    return axis_m * math.sin(min(max(near, 0.0), 90.0) * _RADIAN)


@part
def _beyond(frames: Any, shapes: Any, g: int, here: Any, i: int, j: int, ring: int) -> float:
    """The least chord, metres, to any point of group ``g`` outside the square of cells around (i, j); infinite if none."""
    lon, lat, axis_m = here[0], here[1], here[2]
    west, south, wide, high = frames[4 * g], frames[4 * g + 1], frames[4 * g + 2], frames[4 * g + 3]
    columns, rows = shapes[3 * g + 1], shapes[3 * g + 2]
    least = math.inf
    if i - ring > 0:
        least = min(least, _sideways(axis_m, lon - (west + (i - ring) * wide), lon - west))
    if i + ring < columns - 1:
        least = min(least, _sideways(axis_m, west + (i + ring + 1) * wide - lon, west + columns * wide - lon))
    if j - ring > 0:
        below = max(lat - (south + (j - ring) * high), 0.0)
        least = min(least, 2 * _FLATTEST_M * math.sin(below * _RADIAN / 2))
    if j + ring < rows - 1:
        above = max(south + (j + ring + 1) * high - lat, 0.0)
        least = min(least, 2 * _FLATTEST_M * math.sin(above * _RADIAN / 2))
    return least


@part
def _chord2(points: Any, p: int, here: Any) -> float:
    """The squared chord, metres, from a place to point ``p``."""
    dx, dy, dz = points[5 * p] - here[3], points[5 * p + 1] - here[4], points[5 * p + 2] - here[5]
    return dx * dx + dy * dy + dz * dz


@part
def _least2(points: Any, first: int, beyond: int, here: Any, least2: float) -> float:
    """The least squared chord to points first … beyond − 1, or ``least2`` if that is less."""
    for p in range(first, beyond):
        least2 = min(least2, _chord2(points, p, here))
    return least2


@part
def _ring2(points: Any, starts: Any, shapes: Any, g: int, here: Any, i: int, j: int, ring: int, least2: float) -> float:
    """The least squared chord to the points of the cells ``ring`` cells away from (i, j), or ``least2`` if that is less."""
    columns, rows = shapes[3 * g + 1], shapes[3 * g + 2]
    left, right = max(i - ring, 0), min(i + ring, columns - 1)
    for row in range(max(j - ring, 0), min(j + ring, rows - 1) + 1):
        base = shapes[3 * g] + row * columns
        if row == j - ring or row == j + ring:
            least2 = _least2(points, starts[base + left], starts[base + right + 1], here, least2)
            continue
        if i - ring >= 0:
            least2 = _least2(points, starts[base + left], starts[base + left + 1], here, least2)
        if i + ring < columns:
            least2 = _least2(points, starts[base + right], starts[base + right + 1], here, least2)
    return least2


@part
def _reach(least2: float) -> float:
    """How long a chord, metres, may be whose geodesic is as short as that of the least one.

    A chord c belongs to a geodesic c + c³ / 24 R², and R is known to 1 %.
    """
    chord = math.sqrt(least2)
    share = chord / _FLATTEST_M
    return chord * (1 + 1e-9 + 1e-3 * share * share) + 2 * TIE_M


@part
def _ranked(tables: Any, g: int, here: Any, i: int, j: int, ring: int, least2: float) -> Any:
    """The lowest rank among the points of a square of cells whose geodesic is the least, and its metres."""
    points, rank, _, shapes, starts = tables
    columns, rows = shapes[3 * g + 1], shapes[3 * g + 2]
    left, right = max(i - ring, 0), min(i + ring, columns - 1)
    reach2 = _reach(least2) ** 2
    chosen, least, seen = NONE, math.inf, 0
    for turn in range(2):
        for row in range(max(j - ring, 0), min(j + ring, rows - 1) + 1):
            base = shapes[3 * g] + row * columns
            for p in range(starts[base + left], starts[base + right + 1]):
                if _chord2(points, p, here) > reach2:
                    continue
                metres = geodesic(here[0], here[1], points[5 * p + 3], points[5 * p + 4])
                seen += 1 - turn
                if turn == 0 and metres < least:
                    chosen, least = rank[p], metres
                elif turn == 1 and metres <= least + TIE_M and rank[p] < chosen:
                    chosen = rank[p]
        if seen == 1:
            break
    return chosen, least


@part
def _search(tables: Any, lon: float, lat: float, g: int) -> Any:
    """As `nearest_one`."""
    points, _, frames, shapes, starts = tables
    columns, rows = shapes[3 * g + 1], shapes[3 * g + 2]
    if columns == 0:
        return NONE, math.nan
    sine, cosine = math.sin(lat * _RADIAN), math.cos(lat * _RADIAN)
    prime_m = _A / math.sqrt(1 - _ES * sine * sine)
    axis_m = prime_m * cosine
    east, north = axis_m * math.cos(lon * _RADIAN), axis_m * math.sin(lon * _RADIAN)
    here = (lon, lat, axis_m, east, north, prime_m * (1 - _ES) * sine)
    i = int(min(max((lon - frames[4 * g]) / frames[4 * g + 2], 0.0), columns - 1.0))
    j = int(min(max((lat - frames[4 * g + 1]) / frames[4 * g + 3], 0.0), rows - 1.0))
    least2, ring = math.inf, 0
    while True:
        least2 = _ring2(points, starts, shapes, g, here, i, j, ring, least2)
        beyond = _beyond(frames, shapes, g, here, i, j, ring)
        if beyond > _reach(least2) or beyond == math.inf:
            break
        ring += 1
    if least2 > FAR_M * FAR_M:
        return FAR, math.nan
    return _ranked(tables, g, here, i, j, ring, least2)


@kernel("Tuple((int64, float64))(int64, float64, float64, int64)")
def nearest_one(address: int, lon: float, lat: float, g: int) -> Any:
    """The rank of the nearest point of group ``g`` (`NONE` if it has none, `FAR` if it is far) and its geodesic metres."""
    return _search(_tables(address), lon, lat, g)


@kernel(void(int64, DOUBLES, DOUBLES, LONGS, int64[::1], float64[::1]))
def nearest_many(address: int, lon: Any, lat: Any, group: Any, found: Any, metres: Any) -> None:
    """`nearest_one` for each point; group −1 has nothing. The answers go into ``found`` and ``metres``."""
    tables = _tables(address)
    for n in range(lon.size):
        found[n], metres[n] = NONE, math.nan
        if group[n] >= 0:
            found[n], metres[n] = _search(tables, lon[n], lat[n], group[n])
