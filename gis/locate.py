"""Point → grid: the one implementation of the exactly-one contract.

Every point of a gap-free coverage belongs to exactly one grid of each level. A grid *covers* its inside and
its border; a point that several grids cover belongs to the one with the lowest code. Whether a grid covers a
point is decided exactly on the doubles given, so no rounding can put a point into two grids or none. As a
code begins with its parent's, the grid of a higher level is the prefix, and the levels agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gis import codes as grammar
from gis.arrays import F64, I32, I64, Bools, Numbers, Texts, lonlat
from gis.border import nearest_polygon, to_border
from gis.cells import Cells
from gis.edges import BORDER, Edges
from gis.errors import InvalidInput, NotFound

_BLOCK = 1 << 16  # points looked up in one go: keeps the intermediate arrays in the processor's cache


@dataclass(frozen=True, slots=True)
class Place:
    """Where a point lies, and how sure that is.

    Attributes
    ----------
    code
        The grid, ``None`` outside all.
    how
        ``inside`` the grid, on its ``border`` (shared: the lowest code has it) or ``outside`` all grids.
    border_m
        Geodesic metres to the nearest border: of the grid, or outside of the nearest grid. 0 on the border;
        ``None`` only if there are no grids.
    neighbour
        The grid behind that border, ``None`` where nothing is behind; outside: the nearest grid.
    """

    code: str | None
    how: Literal["inside", "border", "outside"]
    border_m: float | None
    neighbour: str | None


class Locator:
    """Index over the grids of one level. Immutable, so that threads may share it.

    Attributes
    ----------
    codes
        (N,) the codes, ascending: entry i names the grid of index i.
    level
        Their level; 6 without grids.
    """

    def __init__(self, codes: Sequence[str], geometries: NDArray[Any] | Sequence[Any]) -> None:
        """Build the index.

        Parameters
        ----------
        codes
            N different codes of one level, in any order.
        geometries
            Their shapely polygons or multipolygons, degrees EPSG:4490, longitude first. Valid ones; holes, islands,
            gaps between them and overlaps are allowed.

        Raises
        ------
        InvalidCode
            If a code breaks the grammar.
        InvalidInput
            If codes repeat, their levels differ, or a geometry is missing, no polygon or not in degrees.
        """
        levels = {grammar.level_of(code) for code in codes}
        if len(levels) > 1 or len(set(codes)) < len(codes) or len(codes) != len(geometries):
            raise InvalidInput(
                field="codes",
                reason_zh="需要同一级、互不相同、与图形一一对应的编码",
                reason_en="different codes of one level are needed, one for each geometry",
            )
        self.level = levels.pop() if levels else 6
        names = np.array(codes, dtype=np.str_)
        order = np.argsort(names)
        self.codes: Texts = names[order]
        # One table of names a level; index −1, outside, is the last entry.
        above = range(2, self.level + 1)
        self._names = {level: np.append(grammar.at_level(self.codes, level), "") for level in above}
        polygons = np.empty(len(geometries), dtype=object)
        polygons[:] = geometries
        self._edges = Edges(polygons[order])
        self._cells = Cells(self._edges)

    def locate(self, lon: Numbers, lat: Numbers) -> I32:
        """The index in `codes` of the grid of each point, −1 outside all; int32 of the points' shape.

        Parameters
        ----------
        lon, lat
            Degrees EPSG:4490, any one shape.

        Raises
        ------
        InvalidInput
            For NaN, infinity and degrees beyond ±180 / ±90.
        """
        lons, lats = lonlat(lon, lat)
        shape = lons.shape
        lons, lats = lons.ravel(), lats.ravel()
        found = np.empty(lons.size, dtype=np.int32)
        for start in range(0, lons.size, _BLOCK):
            part = slice(start, start + _BLOCK)
            found[part] = self._cells.first(lons[part], lats[part])
        return found.reshape(shape)

    def codes_at(self, lon: Numbers, lat: Numbers, level: int | None = None) -> Texts:
        """The code of the grid of ``level`` (the index's own if not given) at each point, an empty text outside.

        Parameters as for `locate`.

        Raises
        ------
        InvalidInput
            As for `locate`; also if ``level`` is not one of 2 … the index's own.
        """
        names = self._names.get(self.level if level is None else level)
        if names is None:
            raise InvalidInput(
                field="level", reason_zh=f"应在 2–{self.level} 之间", reason_en=f"must be within 2–{self.level}"
            )
        return names[self.locate(lon, lat)]

    def chain(self, code: str) -> list[str]:
        """The codes from the county down to ``code``, a grid of the index or an ancestor of one.

        Raises
        ------
        InvalidCode, NotFound
            If ``code`` is no code, or not in the index.
        """
        chain = grammar.chain(code)
        place = int(np.searchsorted(self.codes, code))
        if place == self.codes.size or not str(self.codes[place]).startswith(code):
            raise NotFound(what_zh="网格", what_en="grid", value=code)
        return chain

    def neighbours(self, code: str) -> list[str]:
        """The grids of the level of ``code`` that share a piece of border with it, a corner is none; ascending.

        Known where both grids have the same edge, as those of an edge-matched coverage do.

        Raises
        ------
        InvalidCode, NotFound
            As for `chain`.
        """
        level = len(self.chain(code)) + 1
        first, beyond = np.searchsorted(self.codes, [code, code + ":"])
        behind = np.unique(self._edges.behind[self._edges.first[first] : self._edges.first[beyond]])
        outside = behind[(behind >= beyond) | ((behind >= 0) & (behind < first))]
        return np.unique(self._names[level][outside]).tolist()

    def border(self, lon: Numbers, lat: Numbers, index: NDArray[np.integer[Any]]) -> tuple[F64, I32]:
        """Distance to the nearest border of each point's grid, and the grid behind it.

        Parameters
        ----------
        lon, lat
            (n,) degrees EPSG:4490.
        index
            (n,) the points' grids as answered by `locate`.

        Returns
        -------
        distance_m
            (n,) geodesic metres, exactly 0 on the border; NaN where ``index`` is −1.
        neighbour
            (n,) int32 index of the grid behind, −1 where there is none or ``index`` is −1.

        Raises
        ------
        InvalidInput
            As for `locate`; also if an index is not one of the N or the numbers of points and indexes differ.
        """
        lons, lats, grids = self._matched(lon, lat, index)
        distance_m, neighbour = np.full(lons.size, np.nan), np.full(lons.size, -1, dtype=np.int32)
        inside = np.flatnonzero(grids >= 0)
        for start in range(0, inside.size, _BLOCK):
            part = inside[start : start + _BLOCK]
            distance_m[part], neighbour[part] = to_border(self._edges, lons[part], lats[part], grids[part])
        distance_m[self.on_border(lons, lats, grids)] = 0.0
        return distance_m, neighbour

    def on_border(self, lon: Numbers, lat: Numbers, index: NDArray[np.integer[Any]]) -> Bools:
        """Whether each point lies exactly on the border of its grid: (n,), parameters and errors as for `border`.

        Quick, as opposed to `border`: no distance is computed. False where ``index`` is −1.
        """
        lons, lats, grids = self._matched(lon, lat, index)
        on_border = np.zeros(lons.size, dtype=np.bool_)
        inside = np.flatnonzero(grids >= 0)
        for start in range(0, inside.size, _BLOCK):
            part = inside[start : start + _BLOCK]
            on_border[part] = self._edges.relation(lons[part], lats[part], grids[part]) == BORDER
        return on_border

    def locate_one(self, lon: float, lat: float) -> Place:
        """One point with everything that tells how sure the answer is; degrees EPSG:4490.

        Raises
        ------
        InvalidInput
            As for `locate`.
        """
        lons, lats = (np.atleast_1d(values) for values in lonlat(lon, lat))
        grid = self.locate(lons, lats)
        if grid[0] < 0:
            return self._outside(lons, lats)
        (distance,), (neighbour,) = self.border(lons, lats, grid)
        (on_border,) = self.on_border(lons, lats, grid)
        return Place(
            code=str(self.codes[grid[0]]),
            how="border" if on_border else "inside",
            border_m=float(distance),
            neighbour=str(self.codes[neighbour]) if neighbour >= 0 else None,
        )

    def _matched(self, lon: Numbers, lat: Numbers, index: NDArray[np.integer[Any]]) -> tuple[F64, F64, I64]:
        lons, lats = (values.ravel() for values in lonlat(lon, lat))
        grids = np.asarray(index, dtype=np.int64).ravel()
        if grids.size != lons.size or bool(((grids < -1) | (grids >= self.codes.size)).any()):
            raise InvalidInput(field="index", reason_zh="与点不对应", reason_en="does not match the points and grids")
        return lons, lats, grids

    def _outside(self, lons: F64, lats: F64) -> Place:
        nearest = nearest_polygon(self._edges, float(lons[0]), float(lats[0]))
        if nearest < 0:
            return Place(None, "outside", None, None)
        distance = to_border(self._edges, lons, lats, np.array([nearest]))[0]
        return Place(None, "outside", float(distance[0]), str(self.codes[nearest]))
