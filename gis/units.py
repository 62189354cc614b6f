"""The neighbour unit of a point: that of the nearest household of the same basic grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from psycopg.rows import class_row

from gis.arrays import F64, Numbers, Texts
from gis.db import Connection, load_queries
from gis.listing import Page, from_cursor, to_cursor
from gis.nearest import Nearest

_SQL = load_queries(Path(__file__).with_name("units.sql"))


class UnitIndex:
    """Index over households and their units. Immutable, so that threads may share it.

    Attributes
    ----------
    units
        (n,) the unit of each household, ascending.
    """

    def __init__(self, grids: Sequence[str] | Texts, lon: Numbers, lat: Numbers, units: Sequence[str] | Texts) -> None:
        """Build the index.

        Parameters
        ----------
        grids, units
            (n,) basic grid and unit of each household.
        lon, lat
            (n,) its position, degrees EPSG:4490.

        Raises
        ------
        InvalidInput
            If positions are not finite degrees.
        """
        names = np.asarray(units, dtype=np.str_)
        order = np.argsort(names, kind="stable")
        self.units: Texts = names[order]
        self._grids, place = np.unique(np.asarray(grids, dtype=np.str_)[order], return_inverse=True)
        self._place = {grid: number for number, grid in enumerate(self._grids.tolist())}
        lons, lats = np.asarray(lon, dtype=np.float64).ravel(), np.asarray(lat, dtype=np.float64).ravel()
        self._nearest = Nearest(lons[order], lats[order], place, groups=self._grids.size)

    def nearest(self, grids: Sequence[str] | Texts, lon: Numbers, lat: Numbers) -> tuple[list[str | None], F64]:
        """The unit of each point, and how far its nearest household is.

        Of households that are equally near (to a micrometre), the one whose unit has the lowest code counts.

        Parameters
        ----------
        grids
            (m,) basic grid that each point lies in; an empty text for none.
        lon, lat
            (m,) degrees EPSG:4490.

        Returns
        -------
        units
            (m,) codes, ``None`` where the grid has no household.
        distance_m
            (m,) geodesic metres, NaN where there is no unit.

        Raises
        ------
        InvalidInput
            If positions are not finite degrees.
        """
        wanted = np.asarray(grids, dtype=np.str_)
        place = np.searchsorted(self._grids, wanted)
        place = np.where(np.append(self._grids, "")[place] == wanted, place, -1)
        place[wanted == ""] = -1
        found, distance_m = self._nearest.nearest(lon, lat, place)
        units: list[str | None] = np.append(self.units, "")[found].tolist()
        return [unit or None for unit in units], distance_m

    def nearest_one(self, grid: str, lon: float, lat: float) -> int:
        """The place in `units` of the unit of one point, −1 where its basic grid has no household; within microseconds.

        Parameters
        ----------
        grid
            The basic grid that the point lies in.
        lon, lat
            Finite degrees EPSG:4490; not checked.
        """
        place = self._place.get(grid, -1)
        return -1 if place < 0 else self._nearest.nearest_one(lon, lat, place)[0]


def load_units(connection: Connection, edition: int, grid: str) -> UnitIndex:
    """The index over all households of a grid (of any level) that the transaction's scope shows, in an edition.

    A request loads its own basic grid, some thirty rows, so that it sees what is stored now; a job loads a county.
    """
    rows = connection.execute(_SQL["members"], {"edition": edition, "grid": grid}).fetchall()
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return UnitIndex(columns[0], np.array(columns[1]), np.array(columns[2]), columns[3])


def unit_names(connection: Connection, edition: int, codes: Sequence[str]) -> dict[str, str]:
    """The names of units by code."""
    return dict(connection.execute(_SQL["names"], {"edition": edition, "codes": list(codes)}).fetchall())


@dataclass(frozen=True, slots=True)
class Unit:
    """A neighbour unit: code, name, basic grid, number of households."""

    code: str
    name: str
    grid: str
    size: int


def list_units(
    connection: Connection, edition: int, grid: str, *, limit: int = 50, cursor: str | None = None
) -> Page[Unit]:
    """The units of a grid of any level, by code.

    Raises
    ------
    InvalidInput
        If the cursor is none of this list's.
    """
    (after,) = from_cursor(cursor, (str,))
    given = {"edition": edition, "grid": grid}
    with connection.cursor(row_factory=class_row(Unit)) as rows:
        found = rows.execute(_SQL["page"], given | {"after": after, "limit": limit + 1}).fetchall()
    total = connection.execute(_SQL["count"], given).fetchone()
    return Page(found[:limit], total[0] if total else 0, to_cursor(found[limit - 1].code) if found[limit:] else None)
