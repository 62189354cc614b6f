"""Metres between two points on the ellipsoid of CGCS2000, inside kernels."""

import numpy as np

from gis.index.jit import part

A, F = 6_378_137.0, 1 / 298.257_222_101  # as of `gis.crs.ELLIPSOID`
_B = A * (1 - F)
_DEGREE = np.pi / 180


@part
def geodesic(lon: float, lat: float, lon2: float, lat2: float) -> float:
    """Metres between two points at most some hundred kilometres apart, by Vincenty's inverse formula."""
    across = (lon2 - lon) * _DEGREE
    u, u2 = np.arctan((1 - F) * np.tan(lat * _DEGREE)), np.arctan((1 - F) * np.tan(lat2 * _DEGREE))
    su, cu, su2, cu2 = np.sin(u), np.cos(u), np.sin(u2), np.cos(u2)
    lam, sine, cosine, sigma, c2, middle = across, 0.0, 1.0, 0.0, 1.0, 1.0
    for _ in range(20):
        sl, half = np.sin(lam), np.sin(lam / 2)
        sine = np.hypot(cu2 * sl, np.sin(u2 - u) + 2 * su * cu2 * half * half)
        if sine == 0.0:
            return 0.0
        cosine = su * su2 + cu * cu2 * (1 - 2 * half * half)
        sigma = np.arctan2(sine, cosine)
        alpha = cu * cu2 * sl / sine
        c2 = 1 - alpha * alpha
        middle = cosine - 2 * su * su2 / c2 if c2 > 0.0 else 0.0
        c = F / 16 * c2 * (4 + F * (4 - 3 * c2))
        before = lam
        lam = across + (1 - c) * F * alpha * (sigma + c * sine * (middle + c * cosine * (2 * middle**2 - 1)))
        if abs(lam - before) < 1e-14:
            break
    square = c2 * (A * A - _B * _B) / (_B * _B)
    big = 1 + square / 16384 * (4096 + square * (-768 + square * (320 - 175 * square)))
    small = square / 1024 * (256 + square * (-128 + square * (74 - 47 * square)))
    bend = small / 4 * (cosine * (2 * middle**2 - 1) - small / 6 * middle * (4 * sine**2 - 3) * (4 * middle**2 - 3))
    return _B * big * (sigma - small * sine * (middle + bend))
