"""The neighbour units of one basic grid with their households, as people see them while they change them by hand."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from psycopg.rows import class_row
from shapely.geometry.base import BaseGeometry

from gis.arrays import F64, I64, Geometries
from gis.barriers import barriers_near
from gis.clock import local_today
from gis.crs import from_storage, metric_crs
from gis.db import Connection, load_queries
from gis.errors import NotFound
from gis.partition import UnitPolicy
from gis.unit_policies import policy_of

_SQL = load_queries(Path(__file__).with_name("unit_board.sql"))


@dataclass(frozen=True, slots=True)
class Member:
    """A household of the grid; ``unit`` is None without one, ``hamlet`` −1; the phone number is masked. Degrees EPSG:4490."""

    id: UUID
    unit: str | None
    lon: float
    lat: float
    hamlet: int
    hamlet_name: str | None
    head_name: str
    phone: str | None
    members: int
    address: str


@dataclass(frozen=True, slots=True)
class Head:
    """Who heads a unit (联户长), from when; ``until`` is the first day on which they no longer do."""

    household: UUID
    since: date
    until: date | None

    def on(self, day: date) -> bool:
        """Whether they head it on a day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class BoardUnit:
    """A unit of the grid: its row and outline (degrees EPSG:4490), its lock, its heads, the latest first."""

    code: str
    name: str
    size: int
    geom: BaseGeometry
    edition_from: int
    locked_by: str | None
    locked_since: datetime | None
    heads: tuple[Head, ...]

    def head(self, day: date | None = None) -> Head | None:
        """Who heads it on a day, today by default."""
        day = day or local_today()
        return next((one for one in self.heads if one.on(day)), None)


@dataclass(frozen=True)
class Board:
    """The units and households of one basic grid in an edition, by code and by id, and the rules there.

    ``barriers`` are lines near the households, in metres of their zone; None if there are none.
    """

    grid: str
    edition: int
    policy: UnitPolicy
    barriers: Geometries | None
    outline: BaseGeometry
    units: Mapping[str, BoardUnit]
    households: Mapping[UUID, Member]

    @cached_property
    def tag(self) -> str:
        """Changes whenever members, names, locks or heads do, whoever changed them."""
        members = [(str(one.id), one.unit) for one in self.households.values()]
        units = [
            (one.code, one.name, one.locked_by, [(str(head.household), head.since, head.until) for head in one.heads])
            for one in self.units.values()
        ]
        text = json.dumps([self.grid, self.edition, members, units], default=str)
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    @cached_property
    def xy(self) -> F64:
        """(n, 2) metres of the households in their order: easting and northing in the grid's zone."""
        lon, lat = self.lonlat
        return np.column_stack(from_storage(lon, lat, metric_crs(float(lon.mean())))) if lon.size else np.empty((0, 2))

    @cached_property
    def lonlat(self) -> tuple[F64, F64]:
        """(n,) longitudes and latitudes of the households in their order."""
        found = np.array([(one.lon, one.lat) for one in self.households.values()], dtype=np.float64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    @cached_property
    def hamlets(self) -> I64:
        """(n,) hamlets of the households in their order."""
        return np.array([one.hamlet for one in self.households.values()], dtype=np.int64)

    @cached_property
    def keys(self) -> Any:
        """(n,) ids of the households in their order, as texts."""
        return np.array([str(one) for one in self.households])

    def assigned(self) -> dict[UUID, str | None]:
        """The unit of each household."""
        return {one.id: one.unit for one in self.households.values()}


def read_board(connection: Connection, edition: int, grid: str, *, people: bool = True) -> Board:
    """The units of a basic grid, with households, locks and heads as far as the transaction's scope shows them.

    Parameters
    ----------
    people : without, only what everybody may know is read, and no scope is needed.

    Raises
    ------
    NotFound
        If the edition has no such basic grid.
    """
    given = {"edition": edition, "grid": grid}
    row = connection.execute(_SQL["outline"], given).fetchone()
    if row is None:
        raise NotFound(what_zh="基础网格", what_en="basic grid", value=grid)
    members: list[Member] = []
    heads: dict[str, list[Head]] = {}
    if people:
        with connection.cursor(row_factory=class_row(Member)) as cursor:
            members = cursor.execute(_SQL["households"], given).fetchall()
        for code, *head in connection.execute(_SQL["heads"], given):
            heads.setdefault(code, []).append(Head(*head))
    units = [
        BoardUnit(code, name, size, shapely.from_wkb(bytes(wkb)), since, by, locked, tuple(heads.get(code, ())))
        for code, name, size, wkb, since, by, locked in connection.execute(
            _SQL["units" if people else "outlines"], given
        )
    ]
    outline = shapely.from_wkb(bytes(row[0]))
    return Board(
        grid,
        edition,
        policy_of(connection, grid),
        _barriers(connection, members),
        outline,
        {one.code: one for one in units},
        {one.id: one for one in members},
    )


def _barriers(connection: Connection, members: Sequence[Member]) -> Geometries | None:
    lon, lat = np.array([(one.lon, one.lat) for one in members], dtype=np.float64).reshape(-1, 2).T
    return barriers_near(connection, lon, lat, metric_crs(float(lon.mean()))) if members else None


def numbered(keys: Iterable[str | None]) -> tuple[list[str], I64]:
    """Unit keys as numbers: the different keys, ascending, and for each its place among them, −1 for None."""
    given = list(keys)
    names = sorted({key for key in given if key is not None})
    place = {name: number for number, name in enumerate(names)}
    return names, np.array([-1 if key is None else place[key] for key in given], dtype=np.int64)
