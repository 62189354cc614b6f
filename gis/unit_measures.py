"""What units come to: metres to medoids, diameters, sizes, parts; as they stand, or divided anew."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.arrays import F64, I64, Bools, Geometries, Texts
from gis.barriers import barriers_near
from gis.crs import from_storage, metric_crs
from gis.db import Connection, load_queries
from gis.errors import NotFound
from gis.partition import DEFAULT_POLICY, Effort, UnitPolicy, partition_grids
from gis.partition.graph import beside
from gis.partition.remarks import remarks
from gis.unit_choice import NO_HAMLET
from gis.unit_policies import COUNTY_DIGITS

_SQL = load_queries(Path(__file__).with_name("unit_plans.sql"))


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


@dataclass(frozen=True)
class Members:
    """The households of a grid of any level that have a unit, (n,) each, by basic grid.

    ``xy`` and ``barriers`` (by county) are in metres of the zone of each household's county.
    """

    ids: Texts
    xy: F64
    hamlet: I64
    grid: Texts
    unit: Texts
    barriers: Mapping[str, Geometries]

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

    def counties(self) -> Iterator[tuple[str, list[I64]]]:
        """The basic grids of each county, as `grids` gives them."""
        for county, grids in groupby(self.grids(), lambda mine: str(self.grid[mine[0]])[:COUNTY_DIGITS]):
            yield county, list(grids)

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
    xy, barriers, counties = np.empty((lon.size, 2)), dict[str, Geometries](), code.astype(f"U{COUNTY_DIGITS}")
    for county in np.unique(counties).tolist():
        mine = counties == county
        system = metric_crs(float(lon[mine].mean()))
        xy[mine] = np.column_stack(from_storage(lon[mine], lat[mine], system))
        lines = barriers_near(connection, lon[mine], lat[mine], system)
        if lines is not None:
            barriers[county] = lines
    return Members(ids, xy, hamlet, code, unit, barriers)


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
    found, following = 0, iter(units)
    for county, grids in members.counties():
        lines = members.barriers.get(county)
        tree = None if lines is None else shapely.STRtree(lines)
        for mine in grids:
            xy = members.xy[mine]
            near = beside(tree, xy)
            cuts = None if near is None else near.geometries
            rules = remarks(xy[:, 0], xy[:, 1], members.hamlet[mine], next(following), barriers=cuts)
            found += sum(one.rule == "parts" for one in rules)
    return found


def measured(xy: F64, units: I64) -> Iterator[tuple[float, float, int]]:
    """Metres to the medoid, diameter and size of each unit of (n, 2) households."""
    for one in range(int(units.max()) + 1):
        x, y = xy[units == one].T
        distance = np.hypot(x[:, None] - x, y[:, None] - y)
        yield float(distance.sum(axis=1).min()), float(distance.max()), x.size


def divided(
    members: Members,
    policy: UnitPolicy | Mapping[str, UnitPolicy],
    effort: int = Effort.FAST,
    counts: Sequence[Any] | None = None,
) -> list[I64]:
    """A fresh division of each basic grid, ``counts`` as for `partition_grids`.

    ``policy`` holds everywhere, or for each county that decided on one (`read_policies`), the default in others.
    """
    found, wanted = list[I64](), None if counts is None else iter(counts)
    for county, grids in members.counties():
        mine = policy if isinstance(policy, UnitPolicy) else policy.get(county, DEFAULT_POLICY)
        options: dict[str, Any] = {"policy": mine, "unknown": NO_HAMLET, "effort": effort}
        options |= {"barriers": members.barriers.get(county)}
        options |= {"counts": None if wanted is None else [next(wanted) for _ in grids]}
        units = partition_grids(members.xy[:, 0], members.xy[:, 1], grids, members.hamlet, members.ids, **options)
        found += [one.astype(np.int64) for one in units]
    return found


def plain(policy: UnitPolicy) -> UnitPolicy:
    """The policy without a price of sizes: divisions into as many units are then compared by their ways only."""
    return replace(policy, price_m=0.0)


def counts_of(hamlet: I64, units: I64) -> dict[int, int]:
    """How many units each hamlet has, a unit counting for the hamlet of most of its members."""
    mains = [np.bincount(hamlet[units == one] + 1).argmax() - 1 for one in range(int(units.max()) + 1)]
    return dict(Counter(int(one) for one in mains))
