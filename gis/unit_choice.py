"""Which unit each household belongs to: kept, repaired or divided anew, under the rules of its county."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from gis.allocator import allocate
from gis.arrays import F64, I32, I64, Geometries, Texts
from gis.barriers import barriers_near
from gis.codes import Kind
from gis.crs import from_storage, metric_crs
from gis.db import Connection, load_queries
from gis.partition import DEFAULT_POLICY, Effort, UnitPolicy, partition_grids
from gis.partition.graph import beside
from gis.partition.matching import matched
from gis.partition.repair import repair
from gis.unit_policies import COUNTY_DIGITS, read_policies

_SQL = load_queries(Path(__file__).with_name("assign.sql"))
NO_HAMLET = -1
Numbers = dict[str, tuple[Texts, I64 | I32]]
"""By grid: codes of standing units, and for each household the place of its unit there, new ones behind the last."""


@dataclass
class Homes:
    """Households as columns of equal length; empty texts where there is no grid or unit yet."""

    ids: list[UUID]
    lon: F64
    lat: F64
    hamlet: I64
    old_grid: Texts
    old_unit: Texts
    grid: Texts = field(default_factory=lambda: np.empty(0, dtype="U17"))
    unit: Texts = field(default_factory=lambda: np.empty(0, dtype="U20"))
    on_border: Any = None

    def by_grid(self) -> Iterator[tuple[str, I64]]:
        """The positions of each grid's households, by code."""
        order = np.argsort(self.grid, kind="stable")
        codes, starts = np.unique(self.grid[order], return_index=True)
        yield from zip(codes.tolist(), np.split(order, starts)[1:], strict=True)


@dataclass(frozen=True)
class Plane:
    """The households of one county in metres, and the rules there."""

    xy: F64
    hamlet: I64
    keys: Texts
    policy: UnitPolicy
    barriers: Geometries | None


def choose_units(
    connection: Connection, homes: Homes, policy: UnitPolicy | None, *, mend: bool = False, anew: bool = False
) -> None:
    """Keep units inside their grid, repair those of grids that gained or lost households, divide grids that have none.

    Parameters
    ----------
    policy : in place of what the counties decided.
    mend : look at the units of all grids, not only of those that gained or lost households.
    anew : divide all grids anew, locked units apart; units keep as many of their members as a fresh division allows.
    """
    homes.unit = np.where(homes.old_unit.astype("U17") == homes.grid, homes.old_unit, "").astype("U20")
    if not homes.ids:
        return
    changed = np.ones(len(homes.ids), dtype=np.bool_) if mend or anew else homes.unit == ""
    touched = {*homes.grid[changed].tolist(), *homes.old_grid[changed].tolist()}
    cut = {grid: members for grid, members in homes.by_grid() if grid in touched}
    locked = {row[0] for row in connection.execute(_SQL["locked_units"], [sorted(cut)])}
    decided, numbers = read_policies(connection), Numbers()
    for county in sorted({grid[:COUNTY_DIGITS] for grid in cut}):
        mine = {grid: members for grid, members in cut.items() if grid.startswith(county)}
        plane = _plane(connection, homes, county, policy or decided.get(county, DEFAULT_POLICY))
        numbers |= _numbers(plane, homes, mine, locked, anew=anew)
    opened = {grid: int(units.max()) + 1 - names.size for grid, (names, units) in numbers.items()}
    issued = allocate(connection, Kind.UNIT, {grid: count for grid, count in opened.items() if count > 0})
    for grid, (names, units) in numbers.items():
        homes.unit[cut[grid]] = np.array([*names.tolist(), *issued.get(grid, [])], dtype="U20")[units]


def _plane(connection: Connection, homes: Homes, county: str, policy: UnitPolicy) -> Plane:
    """A county in the zone of its households: a store may span several zones."""
    mine = homes.grid.astype(f"U{COUNTY_DIGITS}") == county
    lon, lat = homes.lon[mine], homes.lat[mine]
    system, xy = metric_crs(float(lon.mean())), np.zeros((mine.size, 2))
    xy[mine] = np.column_stack(from_storage(lon, lat, system))
    keys = np.array([str(one) for one in homes.ids])
    return Plane(xy, homes.hamlet, keys, policy, barriers_near(connection, lon, lat, system))


def _numbers(plane: Plane, homes: Homes, cut: Mapping[str, I64], locked: set[str], *, anew: bool) -> Numbers:
    free = {grid: m[~np.isin(homes.unit[m], list(locked))] for grid, m in cut.items()} if anew else cut
    fresh = [grid for grid, m in free.items() if m.size and (anew or (homes.unit[m] == "").all())]
    effort = Effort.DEEP if anew else Effort.FAST
    options: dict[str, Any] = {
        "policy": plane.policy,
        "unknown": NO_HAMLET,
        "barriers": plane.barriers,
        "effort": effort,
    }
    parts = [free[grid] for grid in fresh]
    found = dict(
        zip(
            fresh,
            partition_grids(plane.xy[:, 0], plane.xy[:, 1], parts, plane.hamlet, plane.keys, **options),
            strict=True,
        )
    )
    lines = None if plane.barriers is None else shapely.STRtree(plane.barriers)
    numbers = Numbers()
    for grid in sorted(cut):
        names, home = _standing(homes.unit[cut[grid]])
        if grid in found:
            chosen = np.isin(cut[grid], free[grid])
            home[chosen] = matched(home[chosen], found[grid], names.size)
        elif not anew:
            home = _repaired(plane, cut[grid], names, home, locked, lines)
        numbers[grid] = names, home
    return numbers


def _standing(codes: Texts) -> tuple[Texts, I64]:
    """The units that stand in a grid, and for each household the place of its unit there, −1 for none."""
    names = np.unique(codes[codes != ""])
    return names, np.where(codes == "", -1, np.searchsorted(names, codes)).astype(np.int64)


def _repaired(
    plane: Plane, members: I64, names: Texts, home: I64, locked: set[str], lines: shapely.STRtree | None
) -> I64:
    pinned = [place for place, name in enumerate(names.tolist()) if name in locked]
    xy = plane.xy[members]
    near = beside(lines, xy)
    return repair(
        xy[:, 0],
        xy[:, 1],
        plane.hamlet[members],
        home,
        plane.policy,
        key=plane.keys[members],
        unknown=NO_HAMLET,
        pinned=pinned,
        barriers=None if near is None else near.geometries,
    )
