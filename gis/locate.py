"""Point → grid: the one implementation of the exactly-one contract.

Every point of a gap-free coverage belongs to exactly one grid of each level. A grid *covers* its inside and
its border; a point that several grids cover belongs to the one with the lowest code. Whether a grid covers a
point is decided exactly on the doubles given, so no rounding can put a point into two grids or none. As a
code begins with its parent's, the grid of a higher level is the prefix, and the levels agree.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from gis import codes as grammar
from gis.arrays import F64, I32, Bools, Numbers, Texts, lonlat
from gis.errors import InvalidInput, NotFound
from gis.index.checks import check_arrays, check_codes, matched, plain
from gis.index.grid_index import GridIndex


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
    """Index over the grids of one level. Immutable, so that threads may share it; `gis.index` tells how it works.

    Attributes
    ----------
    index
        What finds the numbers of grids: its arrays, its size.
    codes
        (N,) the codes, ascending: entry i names the grid of index i.
    level
        Their level; 6 without grids.
    meta
        What was given to `save`; empty for an index that was not opened from a file.
    """

    codes: Texts
    level: int
    meta: dict[str, Any]

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
        check_codes(codes, len(geometries))
        names = np.array(codes, dtype=np.str_)
        order = np.argsort(names)
        polygons = np.empty(len(geometries), dtype=object)
        polygons[:] = geometries
        self._take(GridIndex.build(names[order], polygons[order]))

    @classmethod
    def over(cls, index: GridIndex) -> Self:
        """A locator that asks an index that exists."""
        locator = cls.__new__(cls)
        locator._take(index)  # noqa: SLF001 (its own)
        return locator

    def _take(self, index: GridIndex) -> None:
        self.index = index
        self._one, self._address = index.one, index.address
        self.codes, self.meta = index.parts.codes, index.meta
        self.level = grammar.level_of(str(self.codes[0])) if self.codes.size else 6
        self._names: dict[int, Texts] = {}

    def __reduce__(self) -> tuple[Callable[[GridIndex], Self], tuple[GridIndex]]:
        return self.over, (self.index,)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """The index in a file of `save`, mapped read-only: processes that open the same file share its memory.

        Raises
        ------
        InvalidInput
            If the file cannot be read, is no index, has another format or is damaged.
        """
        return cls.over(GridIndex.open(Path(path)))

    def save(self, path: str | Path, meta: Mapping[str, Any] | None = None) -> None:
        """Write the index to one file, whole or not at all.

        ``meta`` is what JSON can hold, number and date of the edition, names of grids …: `meta` of those who open it.
        Raises OSError if the file cannot be written.
        """
        self.index.save(Path(path), meta)

    def updated(self, changed: Mapping[str, Any]) -> Self:
        """The index after some grids changed: the same as one built of all grids anew, in a small part of the time.

        ``changed`` gives the new polygon by code, of grids of the index or new ones; None for those that are no more.

        Raises
        ------
        InvalidCode, InvalidInput
            As for the constructor.
        NotFound
            If a grid that is to go is not in the index.
        """
        gone = np.array([code for code, polygon in changed.items() if polygon is None], dtype=np.str_)
        for code in gone[~np.isin(gone, self.codes)].tolist() if gone.size else []:
            raise NotFound(what_zh="网格", what_en="grid", value=code)
        codes = np.array(sorted(code for code, polygon in changed.items() if polygon is not None), dtype=np.str_)
        polygons = np.empty(codes.size, dtype=object)
        polygons[:] = [changed[code] for code in codes.tolist()]
        same_level = {*self.codes[:1].tolist(), *codes.tolist()}
        check_codes(list(same_level), len(same_level))
        return self.over(self.index.updated(codes, polygons, gone))

    def locate(self, lon: Numbers, lat: Numbers, threads: int = 1) -> I32:
        """The index in `codes` of the grid of each point, −1 outside all; int32 of the points' shape.

        Parameters
        ----------
        lon, lat
            Degrees EPSG:4490, any one shape.
        threads
            How many share the work, the interpreter's lock released.

        Raises
        ------
        InvalidInput
            For NaN, infinity and degrees beyond ±180 / ±90.
        """
        lons, lats = (lon, lat) if plain(lon) and plain(lat) and lon.shape == lat.shape else lonlat(lon, lat)
        found = np.empty(lons.shape, dtype=np.int32)
        self.locate_into(np.ascontiguousarray(lons).ravel(), np.ascontiguousarray(lats).ravel(), found.ravel(), threads)
        return found

    def locate_into(self, lon: F64, lat: F64, out: I32, threads: int = 1) -> None:
        """`locate` without a new array: the answers are written to ``out``.

        Parameters
        ----------
        lon, lat, out
            (n,) contiguous float64 degrees EPSG:4490, and int32.
        threads
            As for `locate`.

        Raises
        ------
        InvalidInput
            As for `locate`, what is in ``out`` then is not said; also for other arrays than these.
        """
        check_arrays(lon, lat, out)
        self.index.locate_into(lon, lat, out, threads)

    def index_of(self, lon: float, lat: float) -> int:
        """`locate` for one point, at the least cost.

        Raises
        ------
        InvalidInput
            As for `locate`.
        """
        found = self._one(self._address, lon, lat)
        if found < -1:
            lonlat(lon, lat)
        return found

    def codes_at(self, lon: Numbers, lat: Numbers, level: int | None = None) -> Texts:
        """The code of the grid of ``level`` (the index's own if not given) at each point, an empty text outside.

        Parameters as for `locate`.

        Raises
        ------
        InvalidInput
            As for `locate`; also if ``level`` is not one of 2 … the index's own.
        """
        names = self.names(self.level if level is None else level)
        if isinstance(lon, float) and isinstance(lat, float):
            return names[self.index_of(lon, lat)]
        return names[self.locate(lon, lat)]

    def names(self, level: int) -> Texts:
        """(N + 1,) the code of ``level`` of each grid; the last, of index −1, is empty: ``names(level)[locate(…)]``.

        Raises
        ------
        InvalidInput
            If ``level`` is not one of 2 … the index's own.
        """
        if not 2 <= level <= self.level:
            raise InvalidInput(
                field="level", reason_zh=f"应在 2–{self.level} 之间", reason_en=f"must be within 2–{self.level}"
            )
        if level not in self._names:
            self._names[level] = np.append(grammar.at_level(self.codes, level), "")
        return self._names[level]

    def ancestors(self, level: int) -> tuple[I32, Texts]:
        """For encoding answers as numbers of a short table of codes.

        Returns (N + 1,) int32, the place in ``codes`` of the grid of ``level`` above each grid, −1 in the last, and
        ``codes``, the M codes of ``level``, ascending; errors as for `names`.
        """
        codes, place = np.unique(self.names(level)[:-1], return_inverse=True)
        return np.append(place, -1).astype(np.int32), codes

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
        behind = np.unique(self.index.parts.faces[self.index.parts.first[first] : self.index.parts.first[beyond], 1])
        outside = behind[(behind >= beyond) | ((behind >= 0) & (behind < first))]
        return np.unique(self.names(level)[outside]).tolist()

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
        lons, lats, grids = matched(lon, lat, index, self.codes.size)
        return self.index.border(lons, lats, grids)

    def on_border(self, lon: Numbers, lat: Numbers, index: NDArray[np.integer[Any]]) -> Bools:
        """Whether each point lies exactly on the border of its grid: (n,), parameters and errors as for `border`.

        Quick, as opposed to `border`: no distance is computed. False where ``index`` is −1.
        """
        lons, lats, grids = matched(lon, lat, index, self.codes.size)
        return self.index.on_border(lons, lats, grids)

    def locate_one(self, lon: float, lat: float) -> Place:
        """One point with everything that tells how sure the answer is; degrees EPSG:4490.

        Raises
        ------
        InvalidInput
            As for `locate`.
        """
        if not isinstance(lon, float) or not isinstance(lat, float):
            (lon,), (lat,) = (values.reshape(1).tolist() for values in lonlat(lon, lat))
        grid, on_border, distance_m, other = self.index.place(lon, lat)
        neighbour = str(self.codes[other]) if other >= 0 else None
        if grid < 0:
            return Place(None, "outside", distance_m, neighbour)
        return Place(str(self.codes[grid]), "border" if on_border else "inside", distance_m, neighbour)
