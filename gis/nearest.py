"""The nearest of many points by geodesic metres, of all or of those of a group (a basic grid)."""

from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.arrays import F64, I64, Numbers, lonlat
from gis.crs import geocentric, geodesic_m
from gis.errors import InvalidInput

_PER_CELL = 2  # points in a cell, on average
_METRES = 1e-9  # degrees that count as no extent at all


@cache
def _kernel() -> ModuleType:
    """The compiled loops: numba takes a while to import, and a worker starts without it."""
    from gis.index import points

    return points


class Nearest:
    """Index over points. Immutable, so that threads may share it; searches hold no lock of the interpreter.

    Each group has a raster of its own over its extent, with about two points a cell. A search goes outwards ring by
    ring until what lies beyond is farther than the best chord through the earth; whatever is about as near as that
    is ranked again by geodesics, exact to a tenth of a micrometre or 1e-11 of the distance. Of points whose distances are less
    than a micrometre apart, the one given first counts.
    """

    def __init__(
        self, lon: Numbers, lat: Numbers, group: NDArray[np.integer[Any]] | None = None, *, groups: int = 1
    ) -> None:
        """Build the index.

        Parameters
        ----------
        lon, lat
            (n,) degrees EPSG:4490.
        group
            (n,) group of each point, 0 … ``groups`` − 1; all are in group 0 if not given.

        Raises
        ------
        InvalidInput
            If positions are not finite degrees, or groups do not match them.
        """
        lons, lats = (values.ravel() for values in lonlat(lon, lat))
        place = np.zeros(lons.size, np.int64) if group is None else _groups(group, lons.size, groups, 0)
        order = np.argsort(place, kind="stable")
        lons, lats, place = lons[order], lats[order], place[order]
        count = np.bincount(place, minlength=groups)
        self._frames, self._shapes = _rasters(lons, lats, count)
        first, columns, rows = self._shapes.T
        i = ((lons - self._frames[place, 0]) / self._frames[place, 2]).astype(np.int64)
        j = ((lats - self._frames[place, 1]) / self._frames[place, 3]).astype(np.int64)
        cell = first[place] + np.minimum(j, rows[place] - 1) * columns[place] + np.minimum(i, columns[place] - 1)
        by_cell = np.argsort(cell, kind="stable")
        lons, lats = lons[by_cell], lats[by_cell]
        self._points: F64 = np.column_stack([geocentric(lons, lats), lons, lats])
        self._rank: I64 = order[by_cell]
        self._starts: I64 = np.zeros(int((columns * rows).sum()) + 1, dtype=np.int64)
        np.cumsum(np.bincount(cell, minlength=self._starts.size - 1), out=self._starts[1:])
        arrays = (self._points, self._rank, self._frames, self._shapes, self._starts)
        lengths = (len(self._points), groups, self._starts.size)
        self._head: I64 = np.array([*(one.ctypes.data for one in arrays), *lengths], dtype=np.int64)
        self._address: int = self._head.ctypes.data

    def nearest(self, lon: Numbers, lat: Numbers, group: NDArray[np.integer[Any]] | None = None) -> tuple[I64, F64]:
        """The nearest point of the index to each of many.

        Parameters
        ----------
        lon, lat
            (m,) degrees EPSG:4490.
        group
            (m,) the group to search, −1 for none; group 0 if not given.

        Returns
        -------
        index
            (m,) place of the nearest point among those the index was built from, −1 where the group is empty.
        distance_m
            (m,) geodesic metres, NaN where there is none.

        Raises
        ------
        InvalidInput
            As for building it.
        """
        lons, lats = (np.ascontiguousarray(values.ravel()) for values in lonlat(lon, lat))
        groups = len(self._shapes)
        place = np.zeros(lons.size, np.int64) if group is None else _groups(group, lons.size, groups, -1)
        found, metres = np.empty(lons.size, dtype=np.int64), np.empty(lons.size)
        kernel = _kernel()
        kernel.nearest_many(self._address, lons, lats, place, found, metres)
        for n in np.flatnonzero(found == kernel.FAR).tolist():
            found[n], metres[n] = self._far(float(lons[n]), float(lats[n]), int(place[n]))
        return found, metres

    def nearest_one(self, lon: float, lat: float, group: int = 0) -> tuple[int, float]:
        """One point, within microseconds: the same answer as `nearest`.

        Parameters
        ----------
        lon, lat
            Finite degrees EPSG:4490; not checked.
        group
            One of the index's groups; not checked.
        """
        kernel = _kernel()
        found, metres = kernel.nearest_one(self._address, lon, lat, group)
        return self._far(lon, lat, group) if found == kernel.FAR else (found, metres)

    def _far(self, lon: float, lat: float, group: int) -> tuple[int, float]:
        """The nearest of a group that is more than two hundred kilometres away, by measuring every way."""
        first, columns, rows = self._shapes[group].tolist()
        part = slice(self._starts[first], self._starts[first + columns * rows])
        metres = geodesic_m(lon, lat, self._points[part, 3], self._points[part, 4])
        least = float(metres.min())
        return int(self._rank[part][metres <= least + _kernel().TIE_M].min()), least


def _groups(group: NDArray[np.integer[Any]], size: int, groups: int, least: int) -> I64:
    found = np.ascontiguousarray(group, dtype=np.int64).ravel()
    if found.size != size or bool(((found < least) | (found >= groups)).any()):
        raise InvalidInput(
            field="group", reason_zh="与点不对应", reason_en="does not match the points and groups of the index"
        )
    return found


def _rasters(lons: F64, lats: F64, count: I64) -> tuple[F64, I64]:
    """A raster for each group of points sorted by group.

    Returns
    -------
    frames
        (groups, 4) west, south, width and height of a cell, degrees.
    shapes
        (groups, 3) number of the first cell, columns, rows; no columns and rows where a group has no points.
    """
    frames, shapes = np.ones((count.size, 4)), np.zeros((count.size, 3), dtype=np.int64)
    filled = np.flatnonzero(count)
    if filled.size:
        starts = (np.cumsum(count) - count)[filled]
        west, south = np.minimum.reduceat(lons, starts), np.minimum.reduceat(lats, starts)
        east, north = np.maximum.reduceat(lons, starts), np.maximum.reduceat(lats, starts)
        wide = np.maximum((east - west) * np.cos(np.radians((south + north) / 2)), _METRES)
        high = np.maximum(north - south, _METRES)
        cells = np.maximum(count[filled] / _PER_CELL, 1)
        columns = np.clip(np.sqrt(cells * wide / high), 1, cells).astype(np.int64)
        rows = np.maximum(cells / columns, 1).astype(np.int64)
        frames[filled] = np.column_stack([
            west, south, np.maximum(east - west, _METRES) / columns, np.maximum(high, _METRES) / rows
        ])  # fmt: skip
        shapes[filled, 1], shapes[filled, 2] = columns, rows
    shapes[:, 0] = np.cumsum(shapes[:, 1] * shapes[:, 2]) - shapes[:, 1] * shapes[:, 2]
    return frames, shapes
