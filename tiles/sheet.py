"""The tiles of one coverage, encoded from memory when they are asked for: of a draft, or of a part of an edition.

The same compiled functions as those of the stored pyramid make them, so an edition's sheet gives the bytes of its stored
tiles. What does not depend on the tile, arcs and their segments at a zoom, is made once and kept.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np

from gis.arrays import F64, I64
from gis.errors import NotFound
from tiles.arcs import Cells, Lines, cells, lines, segments
from tiles.encode import point_tiles
from tiles.features import Grids
from tiles.layers import deepest_level
from tiles.matrix import BUFFER, EXTENT, MAX_ZOOM, frame, ground_zoom, to_units
from tiles.pyramid import AREAS, coverage_layers, frame_of, tolerance

DRAWN = (*reversed(AREAS), "borders", "labels")
"""The layers that a sheet has."""
_ZOOMS = 4  # some megabytes each, made in as many milliseconds


class _Prepared:
    """What tiles of a coverage are made from, whatever part of it they show; any thread may use it."""

    def __init__(self, grids: Grids) -> None:
        self.grids = grids
        self.lines = lru_cache(maxsize=2)(self._lines)
        self.points = lru_cache(maxsize=2)(self._points)
        self.segments = lru_cache(maxsize=_ZOOMS)(self._segments)

    def _lines(self, tms: str) -> Lines:
        return lines(self.grids.arcs, tms)

    def _points(self, tms: str) -> F64:
        return to_units(tms, MAX_ZOOM, self.grids.points)

    def _segments(self, tms: str, zoom: int) -> tuple[I64, Cells]:
        found = segments(self.lines(tms), zoom, tolerance(zoom))
        return found, cells(found, BUFFER)


class Sheet:
    """The tiles of a coverage, or with ``code`` of a grid in it and those below; any thread may ask for them."""

    def __init__(self, grids: Grids, code: str = "", prepared: _Prepared | None = None) -> None:
        self._prepared = prepared or _Prepared(grids)
        self._grids = grids
        self._shown = np.char.startswith(grids.codes, code)
        self._table = grids.table._replace(shown=self._shown[grids.table.above[0]].astype(np.int64))
        top = int(grids.levels[self._shown].min(initial=7))
        self._levels = {name for name in AREAS if int(name[-1]) >= top}  # of a part none above its own level

    def within(self, code: str) -> "Sheet":
        """The tiles of a grid and of those below it, as the whole sheet draws them, and nothing of others.

        Raises
        ------
        NotFound
            If the coverage has no such grid.
        """
        if code not in self._grids.codes:
            raise NotFound(what_zh="网格", what_en="grid", value=code)
        return Sheet(self._grids, code, self._prepared)

    def tile(self, tms: str, layers: Sequence[str], z: int, x: int, y: int) -> bytes:
        """A tile with layers of `DRAWN`, in this order; not compressed, empty where nothing is.

        Parameters
        ----------
        z, x, y
            Zoom, column from the west and row from the north in the tile matrix set ``tms``.

        Raises
        ------
        NotFound
            If there is no such tile matrix set.
        InvalidInput
            If ``z/x/y`` is out of range.
        """
        frame(tms, z, x, y)
        deepest = deepest_level(ground_zoom(tms, z))
        found = self._areas(tms, z, x, y, layers, deepest)
        if "labels" in layers:
            found["labels"] = self._labels(tms, z, x, y, deepest)
        return b"".join(found.get(name, b"") for name in layers)

    def _areas(self, tms: str, z: int, x: int, y: int, layers: Collection[str], deepest: int) -> dict[str, bytes]:
        names = {name for name in layers if name in self._levels} | ({"borders"} & set(layers))
        if not names:
            return {}
        found, sorted_ = self._prepared.segments(tms, z)
        tiles = sorted_.among(np.array([[x, y]], dtype=np.int64))
        made = coverage_layers(found, sorted_, tiles, self._table, names, deepest)
        return {name: data.tobytes() for name, data, _ in made}

    def _labels(self, tms: str, z: int, x: int, y: int, deepest: int) -> bytes:
        grids = self._grids
        units = np.floor(self._prepared.points(tms) / (1 << (MAX_ZOOM - z))).astype(np.int64)
        here = (units >> 12 == (x, y)).all(axis=1) & (grids.levels <= deepest) & self._shown
        rows = np.flatnonzero(here)
        starts = np.array([0, rows.size], dtype=np.int64)
        return point_tiles(units[rows] % EXTENT, rows, starts, grids.labels, frame_of("labels"))[0].tobytes()
