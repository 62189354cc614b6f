"""The neighbour unit of a point: that of the nearest household of the same basic grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import class_row

from gis.arrays import F64, I64, Numbers, Texts, lonlat
from gis.crs import ELLIPSOID, geodesic_m
from gis.db import Connection, load_queries
from gis.listing import Page, from_cursor, to_cursor

_SQL = load_queries(Path(__file__).with_name("units.sql"))
_APART_M = 1e9  # between grids in the tree's fourth dimension: farther than anything on earth
_SLACK = 1e-3  # a chord is shorter than its geodesic by 1e-7 of 10 km and 1e-4 of 300 km


class UnitIndex:
    """Index over households and their units. Immutable, so that threads may share it.

    The tree holds earth-centred metres, whose chords rank almost like geodesics anywhere on earth, and the grid
    as a fourth dimension; all that it finds about as near as the nearest is ranked again by geodesic metres.
    """

    def __init__(self, grids: Sequence[str], lon: Numbers, lat: Numbers, units: Sequence[str]) -> None:
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
        self._lon, self._lat = (values.ravel() for values in lonlat(lon, lat))
        order = np.argsort(np.asarray(units, dtype=np.str_), kind="stable")
        self._lon, self._lat = self._lon[order], self._lat[order]
        self._units: Texts = np.asarray(units, dtype=np.str_)[order]
        self._grids: Texts = np.unique(np.asarray(grids, dtype=np.str_))
        places = np.searchsorted(self._grids, np.asarray(grids, dtype=np.str_)[order])
        from scipy.spatial import cKDTree  # slow to import, and a worker starts without it

        self._tree = cKDTree(_metres(self._lon, self._lat, places))

    def nearest(self, grids: Sequence[str] | Texts, lon: Numbers, lat: Numbers) -> tuple[list[str | None], F64]:
        """The unit of each point, and how far its nearest household is.

        Of households that are equally near, the one whose unit has the lowest code counts.

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
        lons, lats = (values.ravel() for values in lonlat(lon, lat))
        wanted = np.asarray(grids, dtype=np.str_)
        units: list[str | None] = [None] * wanted.size
        distance_m = np.full(wanted.size, np.nan)
        place = np.searchsorted(self._grids, wanted)
        known = np.flatnonzero(np.append(self._grids, "")[place] == wanted)
        known = known[wanted[known] != ""]
        near = self._near(_metres(lons[known], lats[known], place[known]))
        for point, households in zip(known.tolist(), near, strict=True):
            metres = geodesic_m(lons[point], lats[point], self._lon[households], self._lat[households])
            best = int(np.argmin(metres))
            units[point], distance_m[point] = str(self._units[households[best]]), metres[best]
        return units, distance_m

    def _near(self, points: F64) -> list[list[int]]:
        """The households about as near to each point as the nearest one, in order of their units."""
        if not len(points):
            return []
        nearest_m = np.asarray(self._tree.query(points)[0], dtype=np.float64)
        near = self._tree.query_ball_point(points, nearest_m * (1 + _SLACK) + 1e-6, return_sorted=True)
        return list(near)


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


def _metres(lon: F64, lat: F64, place: I64 | NDArray[np.integer[Any]]) -> F64:
    """Earth-centred x, y, z in metres (EPSG:4479) and the grid's number times `_APART_M`: (n, 4)."""
    lam, phi = np.radians(lon), np.radians(lat)
    normal = ELLIPSOID.a / np.sqrt(1 - ELLIPSOID.es * np.sin(phi) ** 2)
    x, y = normal * np.cos(phi) * np.cos(lam), normal * np.cos(phi) * np.sin(lam)
    z = normal * (1 - ELLIPSOID.es) * np.sin(phi)
    return np.stack([x, y, z, place * _APART_M], axis=-1).astype(np.float64)
