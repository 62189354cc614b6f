"""Invented mountains, and points spread over them."""

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from gis.arrays import F64, I64

_PIXELS = 512
_PIXEL_M = 250.0
_LONGEST_M = 6_000.0  # longer waves would make regions of one level too different in size


class Terrain:
    """Heights over the plane: waves of every length up to 6 km, without end (the tile of 128 km repeats).

    Amplitudes fall with the wave number to the power 1.5; waves are stretched along north-west to
    south-east, as the ranges of central Yunnan run.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        noise = np.fft.rfft2(generator.standard_normal((_PIXELS, _PIXELS)))
        north = np.fft.fftfreq(_PIXELS)[:, None]
        east = np.fft.rfftfreq(_PIXELS)[None, :]
        along, across = (east - north) * np.sqrt(0.5), (east + north) * np.sqrt(0.5)
        wave = np.maximum(np.hypot(along * 1.6, across), _PIXEL_M / _LONGEST_M)
        raster = np.fft.irfft2(noise * wave**-1.5, s=(_PIXELS, _PIXELS))
        self._raster: F64 = (raster - raster.mean()) / raster.std()

    def heights(self, x: F64, y: F64, finer: float = 1.0) -> F64:
        """Heights (mean 0, deviation 1, no unit) at plane metres; all waves ``finer`` times shorter."""
        at = [y * (finer / _PIXEL_M), x * (finer / _PIXEL_M)]
        return map_coordinates(self._raster, at, order=1, mode="grid-wrap")


def nearest(points: F64, to: F64, limit: float = np.inf) -> tuple[F64, I64]:
    """Distance to and position of the nearest of ``points`` (n, 2) for each of ``to`` (m, 2).

    Beyond ``limit`` the distance is infinite and the position n.
    """
    away, position = cKDTree(points).query(to, distance_upper_bound=limit)
    return np.asarray(away, dtype=np.float64), np.asarray(position, dtype=np.int64)


def scatter(x: F64, y: F64, density: F64, count: int, generator: np.random.Generator) -> I64:
    """``count`` different points of (x, y), spread out, closer together where ``density`` is high.

    Drawn by weight without replacement (exponential races), then evened out by three rounds of
    density-weighted centroids (Lloyd).
    """
    race = generator.standard_exponential(x.size) / density
    points = np.column_stack([x, y])
    middle = points[np.argsort(race, kind="stable")[:count]]
    step = max(x.size // (count * 60), 1)  # 60 points for each one sought place it well enough
    some, weight = points[::step], density[::step]
    for _ in range(3):
        closest = nearest(middle, some)[1]
        mass = np.bincount(closest, weight, minlength=count)
        total = np.column_stack([np.bincount(closest, weight * axis, minlength=count) for axis in some.T])
        middle = np.where(mass[:, None] > 0, total / np.maximum(mass, 1e-300)[:, None], middle)
    place = nearest(points, middle)[1]
    free = np.ones(x.size, dtype=np.bool_)
    for position in range(count):
        if not free[place[position]]:
            away = np.hypot(x - middle[position, 0], y - middle[position, 1])
            place[position] = np.argmin(np.where(free, away, np.inf))
        free[place[position]] = False
    return place
