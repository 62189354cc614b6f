"""The shifted datums of Chinese maps: GCJ-02 (Amap, Tencent, WeChat) and BD-09 (Baidu) to and from CGCS2000.

The shifts are the publicly known functions; in Shuangbai they move a point by some 350 m (GCJ-02), more
than a neighbour unit is wide. They have no closed inverse: it is found here by fixed-point iteration,
which gains two digits or more a round and ends at the rounding of doubles (far below 1 µm).

Inside China only: coordinates outside 72.004–137.8347° E, 0.8293–55.8271° N pass unchanged, in both
directions, decided on the coordinates as given. So a round trip is exact everywhere but within a
kilometre of that box's edge, which runs through other countries and the sea.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from gis.arrays import F64, Bools, Numbers, lonlat
from gis.errors import InvalidInput

Datum = Literal["cgcs2000", "wgs84", "gcj02", "bd09"]
DATUMS: tuple[Datum, ...] = ("cgcs2000", "wgs84", "gcj02", "bd09")

Shift = Callable[[F64, F64], tuple[F64, F64]]

_AXIS_M = 6_378_245.0  # Krassowsky's ellipsoid
_ECCENTRICITY2 = 0.006_693_421_622_965_943_23
_BD_WAVE = np.pi * 3000 / 180
_ROUNDS = 20
_STILL = 3e-14  # degrees, one or two units in the last place of a longitude in China


def to_cgcs2000(lon: Numbers, lat: Numbers, datum: Datum = "cgcs2000") -> tuple[F64, F64]:
    """Degrees of ``datum`` as degrees of CGCS2000 (EPSG:4490), longitude first, arrays of one shape.

    WGS 84 passes unchanged (see `gis.crs`). The error of the inverse shifts is below 1e-11 degrees (1 µm).

    Raises
    ------
    InvalidInput
        For an unknown datum, NaN, infinity and degrees beyond ±180 / ±90.
    """
    lons, lats = lonlat(lon, lat)
    shift = _shift_of(datum)
    if shift is None:
        return lons, lats
    inside = in_china(lons, lats)
    back_lon, back_lat = _undo(shift, lons[inside], lats[inside])
    return _filled(lons, inside, back_lon), _filled(lats, inside, back_lat)


def from_cgcs2000(lon: Numbers, lat: Numbers, datum: Datum) -> tuple[F64, F64]:
    """Degrees of CGCS2000 as degrees of ``datum``: what a client whose map is shifted has to draw.

    Raises
    ------
    InvalidInput
        As for `to_cgcs2000`.
    """
    lons, lats = lonlat(lon, lat)
    shift = _shift_of(datum)
    if shift is None:
        return lons, lats
    inside = in_china(lons, lats)
    new_lon, new_lat = shift(lons[inside], lats[inside])
    return _filled(lons, inside, new_lon), _filled(lats, inside, new_lat)


def in_china(lon: F64, lat: F64) -> Bools:
    """Whether points in degrees lie in the box inside which the shifts apply (its edge included)."""
    return (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)


def _shift_of(datum: str) -> Shift | None:
    if datum not in DATUMS:
        raise InvalidInput(
            field="datum",
            reason_zh=f"“{datum}”不是 {'、'.join(DATUMS)} 之一",
            reason_en=f'"{datum}" is none of {", ".join(DATUMS)}',
        )
    return {"gcj02": _gcj02, "bd09": _bd09}.get(datum)


def _filled(values: F64, where: Bools, new: F64) -> F64:
    result = np.array(values, dtype=np.float64)
    result[where] = new
    return result


def _undo(shift: Shift, lon: F64, lat: F64) -> tuple[F64, F64]:
    """The points that ``shift`` moves to (lon, lat): correct by what is missing until nothing changes.

    A shift differs from the identity by a function whose slope is below 0.02, so each round cuts the error
    by 50 or more. Where the slope is not bounded (a square root at 105° E), the error stays below 1e-12.
    """
    back_lon, back_lat = lon, lat
    for _ in range(_ROUNDS):
        there_lon, there_lat = shift(back_lon, back_lat)
        miss_lon, miss_lat = lon - there_lon, lat - there_lat
        back_lon, back_lat = back_lon + miss_lon, back_lat + miss_lat
        if np.abs(miss_lon).max(initial=0) <= _STILL and np.abs(miss_lat).max(initial=0) <= _STILL:
            break
    return back_lon, back_lat


def _gcj02(lon: F64, lat: F64) -> tuple[F64, F64]:
    """CGCS2000 to GCJ-02: polynomial and waves in metres around 105° E, 35° N, turned into degrees."""
    x, y = lon - 105.0, lat - 35.0
    root, px, py = np.sqrt(np.abs(x)), np.pi * x, np.pi * y
    common = 20 * np.sin(6 * px) + 20 * np.sin(2 * px)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += 2 / 3 * (common + 20 * np.sin(py) + 40 * np.sin(py / 3) + 160 * np.sin(py / 12) + 320 * np.sin(py / 30))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += 2 / 3 * (common + 20 * np.sin(px) + 40 * np.sin(px / 3) + 150 * np.sin(px / 12) + 300 * np.sin(px / 30))
    phi = np.radians(lat)
    flat = 1 - _ECCENTRICITY2 * np.sin(phi) ** 2
    meridian_m = _AXIS_M * (1 - _ECCENTRICITY2) / flat**1.5
    parallel_m = _AXIS_M / np.sqrt(flat) * np.cos(phi)
    return lon + np.degrees(east / parallel_m), lat + np.degrees(north / meridian_m)


def _bd09(lon: F64, lat: F64) -> tuple[F64, F64]:
    """CGCS2000 to BD-09: GCJ-02, then a ripple in polar coordinates of degrees and a constant."""
    x, y = _gcj02(lon, lat)
    radius = np.hypot(x, y) + 0.000_02 * np.sin(y * _BD_WAVE)
    angle = np.arctan2(y, x) + 0.000_003 * np.cos(x * _BD_WAVE)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
