"""One index: a buffer, the kernels that read it, and how it is built, brought up to date, saved and opened."""

import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from gis.arrays import F64, I32, I64, Bools, Numbers, Texts, lonlat
from gis.index.buffer import Bytes, Parts, load, metadata, pack, save, unpack

_ALONE = 1 << 16  # fewer points than this are not worth a second thread


def prepare() -> None:
    """Compile every kernel, or find it compiled: once after an installation, so that nobody waits for it later."""
    for name in ("lookup", "match", "nearest", "raster", "splice"):
        import_module(f"gis.index.{name}")  # compiles when imported


class GridIndex:
    """Polygons by number, ascending by code. Immutable; its first use in a process loads the kernels.

    Attributes
    ----------
    buffer
        All of it; see `gis.index.layout`.
    parts
        The arrays, views of the buffer.
    meta
        What was given to `save`; empty if it was not opened from a file.
    address
        Where the buffer stands in memory: what the kernels take.
    one
        ``one(address, lon, lat)``: the polygon of a point, −1 outside, −2 if the numbers are no degrees.
    """

    def __init__(self, buffer: Bytes) -> None:
        from gis.index.lookup import locate, locate_one  # compiles kernels, or loads them

        self.buffer = buffer
        self.parts: Parts = unpack(buffer)
        self.meta: dict[str, Any] = metadata(buffer)
        self.address: int = buffer.ctypes.data
        self.one: Callable[[int, float, float], int] = locate_one
        self._many = locate

    @classmethod
    def build(cls, codes: Texts, polygons: NDArray[Any]) -> Self:
        """The index of (N,) ascending codes and their polygons; errors as of `gis.index.build.build`."""
        from gis.index.build import build

        return cls(pack(build(codes, polygons)))

    def updated(self, codes: Texts, polygons: NDArray[Any], gone: Texts) -> Self:
        """The index with some polygons new and some gone; parameters and errors as of `gis.index.build.update`."""
        from gis.index.build import update

        if self.parts.codes.size == 0:
            return self.build(codes, polygons)
        return type(self)(pack(update(self.parts, codes, polygons, gone)))

    @classmethod
    def open(cls, path: Path) -> Self:
        """A saved index, mapped; errors as of `gis.index.buffer.load`."""
        return cls(load(path))

    def save(self, path: Path, meta: Mapping[str, Any] | None) -> None:
        """Write it to a file with ``meta``, its own if None."""
        save(self.buffer, path, self.meta if meta is None else meta)

    def __reduce__(self) -> tuple[type[Self], tuple[Bytes]]:
        return type(self), (np.array(self.buffer),)

    @property
    def nbytes(self) -> int:
        """Bytes of memory, or of the file."""
        return self.buffer.nbytes

    def same_as(self, other: "GridIndex") -> bool:
        """Whether two indexes are the same, array by array."""
        return np.array_equal(self.buffer, other.buffer)

    def locate_into(self, lon: F64, lat: F64, out: I32, threads: int) -> None:
        """Write the polygon of each point to ``out``; contiguous arrays of one length.

        Raises
        ------
        InvalidInput
            For what is no degrees.
        """
        parts = max(1, min(threads, lon.size // _ALONE))
        bounds = [lon.size * k // parts for k in range(parts + 1)]
        good = [True] * parts

        def work(k: int) -> None:
            share = slice(bounds[k], bounds[k + 1])
            good[k] = self._many(self.address, lon[share], lat[share], out[share])

        others = [threading.Thread(target=work, args=(k,)) for k in range(1, parts)]
        for other in others:
            other.start()
        work(0)
        for other in others:
            other.join()
        if not all(good):
            lonlat(lon, lat)

    def border(self, lon: F64, lat: F64, polygons: I64) -> tuple[F64, I32]:
        """Metres to the border of each point's polygon and the polygon behind; see `gis.locate.Locator.border`."""
        from gis.index.nearest import border

        nearest, behind = np.empty((lon.size, 3)), np.empty(lon.size, dtype=np.int32)
        border(self.address, lon, lat, polygons, nearest, behind)
        distance_m = nearest[:, 0].copy()
        far = np.flatnonzero(np.isnan(distance_m) & (polygons >= 0))
        if far.size:
            distance_m[far] = _geodesic_m(lon[far], lat[far], nearest[far, 1], nearest[far, 2])
        return distance_m, behind

    def on_border(self, lon: F64, lat: F64, polygons: I64) -> Bools:
        """Whether each point lies on the border of its polygon, false where that is −1."""
        from gis.index.nearest import on_border

        found = np.empty(lon.size, dtype=np.bool_)
        on_border(self.address, lon, lat, polygons, found)
        return found

    def place(self, lon: float, lat: float) -> tuple[int, bool, float | None, int]:
        """Everything about one point.

        Returns
        -------
        polygon
            −1 outside.
        on_border
            Whether the point lies on its border.
        distance_m
            To the border of it, outside to that of the nearest; None if there are no polygons.
        other
            The polygon behind that border, or the nearest; −1 for none.

        Raises
        ------
        InvalidInput
            For what is no degrees.
        """
        polygon, on_border, metres, near_lon, near_lat, other = self._place(self.address, lon, lat)
        if polygon < -1:
            lonlat(lon, lat)
        if polygon < 0 and other < 0:
            if self.parts.codes.size == 0:
                return -1, False, None, -1
            from gis.index.far import nearest_far

            other, metres = nearest_far(self.address, self._balls, lon, lat)
        elif metres != metres:  # noqa: PLR0124 (not a number: left to PROJ)
            metres = float(_geodesic_m(lon, lat, near_lon, near_lat))
        return polygon, on_border, metres, other

    @cached_property
    def _place(self) -> Callable[[int, float, float], tuple[int, bool, float, float, float, int]]:
        from gis.index.nearest import place

        return place

    @cached_property
    def _balls(self) -> tuple[F64, F64]:
        from gis.index.far import balls

        return balls(self.parts)


def _geodesic_m(lon: Numbers, lat: Numbers, lon2: Numbers, lat2: Numbers) -> F64:
    from gis.crs import geodesic_m  # PROJ takes its time to load and is seldom needed

    return geodesic_m(lon, lat, lon2, lat2)
