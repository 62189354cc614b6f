"""What units come to: metres to medoids, diameters, sizes, parts; as they stand, or beside a fresh division."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.arrays import F64, I64, Bools, Geometries, Texts
from gis.barriers import barriers_near
from gis.crs import from_storage, metric_crs
from gis.db import Connection, load_queries
from gis.errors import NotFound
from gis.partition import Effort, UnitPolicy, partition_grids
from gis.partition.graph import beside
from gis.partition.remarks import remarks
from gis.unit_choice import NO_HAMLET
from gis.unit_locks import locked_units
from gis.unit_policies import policy_of

_SQL = load_queries(Path(__file__).with_name("unit_plans.sql"))
DRIFTED = 0.05
"""From this share of metres above a fresh division on, dividing a grid anew is offered."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Units under a policy (None: as they stand).

    Attributes
    ----------
    metres : of all households to the medoids of their units. diameter_m : median and largest of the units.
    sizes : number of units of each size.
    """

    policy: UnitPolicy | None
    metres: float
    diameter_m: tuple[float, float]
    sizes: dict[int, int]

    @property
    def units(self) -> int:
        """How many there are."""
        return sum(self.sizes.values())


@dataclass(frozen=True, slots=True)
class Drift:
    """A grid's units, their metres, and those of a fresh division into as many units in each hamlet; locked ones apart."""

    grid: str
    units: int
    metres: float
    fresh_m: float

    @property
    def share(self) -> float:
        """How much longer the units are than they could be."""
        return max(self.metres / self.fresh_m - 1, 0.0) if self.fresh_m > 0 else 0.0


@dataclass(frozen=True)
class Members:
    """The households of a grid of any level that have a unit, (n,) each, by basic grid; ``xy`` in metres."""

    ids: Texts
    xy: F64
    hamlet: I64
    grid: Texts
    unit: Texts
    barriers: Geometries | None

    def only(self, chosen: Bools) -> "Members":
        """Some of them."""
        return Members(
            self.ids[chosen],
            self.xy[chosen],
            self.hamlet[chosen],
            self.grid[chosen],
            self.unit[chosen],
            self.barriers,
        )

    def only_grids(self, grids: set[str]) -> "Members":
        """Those of some basic grids."""
        return self.only(np.isin(self.grid, sorted(grids)))

    def grids(self) -> list[I64]:
        """The positions of each basic grid's households."""
        starts = np.unique(self.grid, return_index=True)[1]
        return [one.astype(np.int64) for one in np.split(np.arange(self.grid.size), starts[1:])]

    def numbers(self) -> list[I64]:
        """The units of each basic grid's households, 0, 1 … by code."""
        return [np.unique(self.unit[m], return_inverse=True)[1].ravel().astype(np.int64) for m in self.grids()]


def read_members(connection: Connection, edition: int, grid: str) -> Members:
    """The households of a grid of any level.

    Raises
    ------
    NotFound
        If no household lives there.
    """
    rows = connection.execute(_SQL["homes"], {"edition": edition, "grid": grid}).fetchall()
    if not rows:
        raise NotFound(what_zh="有户的网格", what_en="grid with households", value=grid)
    ids, lon, lat, hamlet, code, unit = (np.array(column) for column in zip(*rows, strict=True))
    system = metric_crs(float(lon.mean()))
    xy = np.column_stack(from_storage(lon, lat, system))
    return Members(ids, xy, hamlet, code, unit, barriers_near(connection, lon, lat, system))


def outcome(members: Members, units: Sequence[I64], policy: UnitPolicy | None = None) -> Outcome:
    """What a division comes to; ``units`` as `Members.numbers` gives them."""
    metres, diameters, sizes = 0.0, list[float](), list[int]()
    for mine, numbers in zip(members.grids(), units, strict=True):
        for length, diameter, size in measured(members.xy[mine], numbers):
            metres += length
            diameters.append(diameter)
            sizes.append(size)
    spread = (float(np.median(diameters)), max(diameters))
    return Outcome(policy, metres, spread, dict(sorted(Counter(sizes).items())))


def count_parts(members: Members, units: Sequence[I64]) -> int:
    """Units that do not hang together in the Delaunay graph of their hamlet, barriers heeded."""
    lines = None if members.barriers is None else shapely.STRtree(members.barriers)
    found = 0
    for mine, numbers in zip(members.grids(), units, strict=True):
        xy = members.xy[mine]
        near = beside(lines, xy)
        cuts = None if near is None else near.geometries
        rules = remarks(xy[:, 0], xy[:, 1], members.hamlet[mine], numbers, barriers=cuts)
        found += sum(one.rule == "parts" for one in rules)
    return found


def measured(xy: F64, units: I64) -> Iterator[tuple[float, float, int]]:
    """Metres to the medoid, diameter and size of each unit of (n, 2) households."""
    for one in range(int(units.max()) + 1):
        x, y = xy[units == one].T
        distance = np.hypot(x[:, None] - x, y[:, None] - y)
        yield float(distance.sum(axis=1).min()), float(distance.max()), x.size


def divided(
    members: Members, policy: UnitPolicy, effort: int = Effort.FAST, counts: Sequence[Any] | None = None
) -> list[I64]:
    """A fresh division of each basic grid, ``counts`` as for `partition_grids`."""
    options: dict[str, Any] = {"policy": policy, "unknown": NO_HAMLET, "effort": effort, "barriers": members.barriers}
    x, y = members.xy.T
    found = partition_grids(x, y, members.grids(), members.hamlet, members.ids, counts=counts, **options)
    return [one.astype(np.int64) for one in found]


def plain(policy: UnitPolicy) -> UnitPolicy:
    """The policy without a price of sizes: divisions into as many units are then compared by their ways only."""
    return replace(policy, price_m=0.0)


def drifts(connection: Connection, edition: int, grid: str) -> list[Drift]:
    """How far the units of each basic grid of a grid of any level are from a fresh division, the farthest first.

    Compared are divisions into **as many units in each hamlet**, without a price of sizes: so the share tells of ways
    only. Some seconds for a county of 50,000 households.

    Raises
    ------
    NotFound
        If no household lives there.
    """
    whole = read_members(connection, edition, grid)
    locked = np.array(sorted(locked_units(connection, grid)), dtype=whole.unit.dtype)
    free = ~np.isin(whole.unit, locked)
    if not free.any():
        return []
    members = whole.only(free)
    standing = members.numbers()
    counts = [counts_of(members.hamlet[m], numbers) for m, numbers in zip(members.grids(), standing, strict=True)]
    fresh = divided(members, plain(policy_of(connection, grid)), Effort.THOROUGH, counts)
    found = [
        Drift(
            str(members.grid[mine[0]]),
            int(numbers.max()) + 1,
            sum(length for length, _, _ in measured(members.xy[mine], numbers)),
            sum(length for length, _, _ in measured(members.xy[mine], other)),
        )
        for mine, numbers, other in zip(members.grids(), standing, fresh, strict=True)
        if int(numbers.max()) == int(other.max())
    ]
    return sorted(found, key=lambda one: (-one.share, one.grid))


def counts_of(hamlet: I64, units: I64) -> dict[int, int]:
    """How many units each hamlet has, a unit counting for the hamlet of most of its members."""
    mains = [np.bincount(hamlet[units == one] + 1).argmax() - 1 for one in range(int(units.max()) + 1)]
    return dict(Counter(int(one) for one in mains))
