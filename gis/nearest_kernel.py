"""The compiled loops of `gis.nearest`. Importing this module compiles them, or loads them from the cache beside it."""

import math

import numpy as np
from numba import njit
from numba.core import types

from gis.arrays import F64, I64
from gis.crs import ELLIPSOID

FAR_M = 1e6  # chords above are left to the caller: Vincenty's iteration is for nearer points
TIE_M = 1e-6  # distances this little apart are equal
FAR, NONE = -2, -1

_A, _B, _F, _ES = ELLIPSOID.a, ELLIPSOID.b, ELLIPSOID.f, ELLIPSOID.es
_FLATTEST_M = ELLIPSOID.a * (1 - ELLIPSOID.es)  # least radius of curvature: of the meridian at the equator
_RADIAN = math.pi / 180

_TABLE = types.Array(types.float64, 2, "C")
_NUMBERS = types.Array(types.int64, 1, "C")
_SHAPES = types.Array(types.int64, 2, "C")
_INDEX = (_TABLE, _NUMBERS, _TABLE, _SHAPES, _NUMBERS)
_GIVEN = (types.Array(types.float64, 1, "C", readonly=True),) * 2  # as numpy broadcasts them


_SPHERE = types.UniTuple(types.float64, 6)


@njit(_SPHERE(*[types.float64] * 7), cache=True, nogil=True)
def _turned(
    lam: float, turn: float, apart: float, sin1: float, cos1: float, sin2: float, cos2: float
) -> tuple[float, float, float, float, float, float]:
    """One round of Vincenty's inverse iteration.

    Returns
    -------
    The next ``lam``; then σ, sin σ, cos σ, cos 2σₘ and cos² α of this one.
    """
    half = math.sin(lam / 2)
    across, along = cos2 * math.sin(lam), apart + 2 * sin1 * cos2 * half * half
    sin_sigma = math.sqrt(across * across + along * along)
    if sin_sigma == 0.0:  # one place: a pole under two longitudes, or less apart than numbers tell
        return lam, 0.0, 0.0, 1.0, 0.0, 0.0
    cos_sigma = sin1 * sin2 + cos1 * cos2 * math.cos(lam)
    sigma = math.atan2(sin_sigma, cos_sigma)
    sin_alpha = cos1 * cos2 * math.sin(lam) / sin_sigma
    cos2_alpha = 1 - sin_alpha * sin_alpha
    middle = cos_sigma - 2 * sin1 * sin2 / cos2_alpha if cos2_alpha > 1e-12 else 0.0
    c = _F / 16 * cos2_alpha * (4 + _F * (4 - 3 * cos2_alpha))
    term = middle + c * cos_sigma * (2 * middle * middle - 1)
    return (
        turn + (1 - c) * _F * sin_alpha * (sigma + c * sin_sigma * term),
        sigma,
        sin_sigma,
        cos_sigma,
        middle,
        cos2_alpha,
    )


@njit(types.float64(*[types.float64] * 5), cache=True, nogil=True)
def _length(sigma: float, sin_sigma: float, cos_sigma: float, middle: float, cos2_alpha: float) -> float:
    """Metres of a geodesic from its arc on the auxiliary sphere."""
    root = math.sqrt(1 + cos2_alpha * (_A * _A - _B * _B) / (_B * _B))
    k = (root - 1) / (root + 1)
    big_a, big_b = (1 + k * k / 4) / (1 - k), k * (1 - 3 * k * k / 8)
    inner = cos_sigma * (2 * middle * middle - 1)
    inner -= big_b / 6 * middle * (4 * sin_sigma * sin_sigma - 3) * (4 * middle * middle - 3)
    return _B * big_a * (sigma - big_b * sin_sigma * (middle + big_b / 4 * inner))


@njit(types.float64(*[types.float64] * 4), cache=True, nogil=True)
def geodesic(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres between two points in degrees, at most `FAR_M` apart (Vincenty 1975, inverse formula; 1976, its series).

    The difference of reduced latitudes is formed without cancellation, so that points a millimetre apart are as
    exact as those a hundred kilometres apart.
    """
    turn = (lon2 - lon1) * _RADIAN
    turn += 2 * math.pi * ((turn < -math.pi) - (turn > math.pi))
    phi1, phi2 = lat1 * _RADIAN, lat2 * _RADIAN
    tan1, tan2 = (1 - _F) * math.tan(phi1), (1 - _F) * math.tan(phi2)
    cos1, cos2 = 1 / math.sqrt(1 + tan1 * tan1), 1 / math.sqrt(1 + tan2 * tan2)
    sin1, sin2 = tan1 * cos1, tan2 * cos2
    rise = math.sin((lat2 - lat1) * _RADIAN) / (math.cos(phi1) * math.cos(phi2))
    apart = (1 - _F) * rise * cos1 * cos2  # sin(U2 − U1)
    lam = turn
    for _ in range(30):
        before = lam
        lam, sigma, sin_sigma, cos_sigma, middle, cos2_alpha = _turned(before, turn, apart, sin1, cos1, sin2, cos2)
        if abs(lam - before) <= 1e-15:
            return _length(sigma, sin_sigma, cos_sigma, middle, cos2_alpha)
    return math.nan


@njit(types.float64(*[types.float64] * 3), cache=True, nogil=True)
def _sideways(axis_m: float, near: float, far: float) -> float:
    """The least chord, metres, to what lies ``near`` to ``far`` degrees east or west of a point.

    It is the way to the plane of that meridian; all the way round, nothing can be said.
    """
    if far > 180:
        return 0.0
    return axis_m * math.sin(min(max(near, 0.0), 90.0) * _RADIAN)


@njit(types.float64(*[types.float64] * 3, _TABLE, *[types.int64] * 6), cache=True, nogil=True)
def _beyond(
    lon: float, lat: float, axis_m: float, frames: F64, g: int, columns: int, rows: int, i: int, j: int, ring: int
) -> float:
    """The least chord, metres, to any point of group ``g`` outside the square of cells around (i, j); infinite if none."""
    west, south, wide, high = frames[g, 0], frames[g, 1], frames[g, 2], frames[g, 3]
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


@njit(types.float64(_TABLE, *[types.int64] * 2, *[types.float64] * 4), cache=True, nogil=True)
def _least2(points: F64, first: int, beyond: int, x: float, y: float, z: float, least2: float) -> float:
    """The least squared chord to points first … beyond − 1, or ``least2`` if that is less."""
    for p in range(first, beyond):
        dx, dy, dz = points[p, 0] - x, points[p, 1] - y, points[p, 2] - z
        least2 = min(least2, dx * dx + dy * dy + dz * dz)
    return least2


@njit(types.float64(types.float64), cache=True, nogil=True)
def _reach(least2: float) -> float:
    """How long a chord, metres, may be whose geodesic is as short as that of the least one.

    A chord c belongs to a geodesic c + c³ / 24 R², and R is known to 1 %.
    """
    chord = math.sqrt(least2)
    share = chord / _FLATTEST_M
    return chord * (1 + 1e-9 + 1e-3 * share * share) + 2 * TIE_M


_FOUND = types.UniTuple(types.float64, 2)


@njit(_FOUND(*[types.float64] * 6, _TABLE, _NUMBERS, _SHAPES, _NUMBERS, *[types.int64] * 4), cache=True, nogil=True)
def _ranked(
    lon: float, lat: float, x: float, y: float, z: float, least2: float,
    points: F64, rank: I64, shapes: I64, starts: I64, g: int, i: int, j: int, ring: int,
) -> tuple[float, float]:  # fmt: skip
    """The least geodesic among the points of a square of cells, and the lowest rank of those equally near."""
    first, columns, rows = shapes[g, 0], shapes[g, 1], shapes[g, 2]
    left, right = max(i - ring, 0), min(i + ring, columns - 1)
    reach = _reach(least2)
    chosen, least, seen = NONE, math.inf, 0
    for turn in range(2):
        for row in range(max(j - ring, 0), min(j + ring, rows - 1) + 1):
            base: int = first + row * columns
            for p in range(starts[base + left], starts[base + right + 1]):
                dx, dy, dz = points[p, 0] - x, points[p, 1] - y, points[p, 2] - z
                if dx * dx + dy * dy + dz * dz > reach * reach:
                    continue
                metres = geodesic(lon, lat, points[p, 3], points[p, 4])
                if turn == 0:
                    seen += 1
                    if metres < least:
                        chosen, least = rank[p], metres
                elif metres <= least + TIE_M and rank[p] < chosen:
                    chosen = rank[p]
        if seen == 1:
            break
    return chosen, least


@njit(types.float64(_TABLE, _NUMBERS, *[types.int64] * 6, *[types.float64] * 4), cache=True, nogil=True)
def _ring2(
    points: F64, starts: I64, first: int, columns: int, rows: int, i: int, j: int, ring: int,
    x: float, y: float, z: float, least2: float,
) -> float:  # fmt: skip
    """The least squared chord to the points of the cells ``ring`` cells away from (i, j), or ``least2`` if that is less."""
    left, right = max(i - ring, 0), min(i + ring, columns - 1)
    for row in range(max(j - ring, 0), min(j + ring, rows - 1) + 1):
        base: int = first + row * columns
        if row in (j - ring, j + ring):
            least2 = _least2(points, starts[base + left], starts[base + right + 1], x, y, z, least2)
            continue
        if i - ring >= 0:
            least2 = _least2(points, starts[base + left], starts[base + left + 1], x, y, z, least2)
        if i + ring < columns:
            least2 = _least2(points, starts[base + right], starts[base + right + 1], x, y, z, least2)
    return least2


@njit(_FOUND(types.float64, types.float64, types.int64, *_INDEX), cache=True, nogil=True)
def nearest_one(
    lon: float, lat: float, g: int, points: F64, rank: I64, frames: F64, shapes: I64, starts: I64
) -> tuple[float, float]:
    """The rank of the nearest point of group ``g`` (`NONE` if it has none, `FAR` if it is far) and its geodesic metres."""
    first: int = shapes[g, 0]
    columns: int = shapes[g, 1]
    rows: int = shapes[g, 2]
    if columns == 0:
        return NONE, math.nan
    sin_phi = math.sin(lat * _RADIAN)
    prime = _A / math.sqrt(1 - _ES * sin_phi * sin_phi)
    axis_m = prime * math.cos(lat * _RADIAN)
    x, y = axis_m * math.cos(lon * _RADIAN), axis_m * math.sin(lon * _RADIAN)
    z = prime * (1 - _ES) * sin_phi
    i = int(min(max((lon - frames[g, 0]) / frames[g, 2], 0.0), columns - 1.0))
    j = int(min(max((lat - frames[g, 1]) / frames[g, 3], 0.0), rows - 1.0))
    least2, ring = math.inf, 0
    while True:
        least2 = _ring2(points, starts, first, columns, rows, i, j, ring, x, y, z, least2)
        beyond = _beyond(lon, lat, axis_m, frames, g, columns, rows, i, j, ring)
        if beyond > _reach(least2) or beyond == math.inf:
            break
        ring += 1
    if least2 > FAR_M * FAR_M:
        return FAR, math.nan
    return _ranked(lon, lat, x, y, z, least2, points, rank, shapes, starts, g, i, j, ring)


@njit(
    types.void(*_GIVEN, _NUMBERS, *_INDEX, types.Array(types.int64, 1, "C"), types.Array(types.float64, 1, "C")),
    cache=True,
    nogil=True,
)
def nearest_many(
    lon: F64, lat: F64, group: I64, points: F64, rank: I64, frames: F64, shapes: I64, starts: I64,
    found: I64, metres: F64,
) -> None:  # fmt: skip
    """`nearest_one` for each point; group −1 has nothing. The answers go into ``found`` and ``metres``."""
    for n in range(lon.size):
        if group[n] < 0:
            found[n], metres[n] = NONE, np.nan
            continue
        place, metres[n] = nearest_one(lon[n], lat[n], group[n], points, rank, frames, shapes, starts)
        found[n] = int(place)
