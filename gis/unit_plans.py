"""Neighbour units of a store as a whole: a repair with its diff, and what other sizes would bring."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gis.arrays import F64, I64
from gis.assign import assign_edition
from gis.coverage import read_leaves
from gis.crs import from_storage, metric_crs
from gis.db import Connection, load_queries
from gis.errors import NotFound
from gis.locate import Locator
from gis.partition import DEFAULT_POLICY, Effort, UnitPolicy, partition_grids

_SQL = load_queries(Path(__file__).with_name("unit_plans.sql"))
_NO_HAMLET = -1
POLICIES = (
    UnitPolicy(price_m=0),
    DEFAULT_POLICY,
    UnitPolicy(price_m=60),
    UnitPolicy(low=5, high=15, price_m=0),
    UnitPolicy(low=5, high=15),
)
"""Settings that `compare` shows beside each other by default."""


@dataclass(frozen=True, slots=True)
class Move:
    """A household (its id) that changes its unit; the old one is None for a newcomer."""

    household: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a repair changes: units that stay, households that move, codes opened and closed."""

    kept: int
    moves: list[Move]
    opened: list[str]
    closed: list[str]


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


def repair_units(connection: Connection, edition: int, grid: str, policy: UnitPolicy = DEFAULT_POLICY) -> Plan:
    """Repair the units of a grid of any level in the current edition; undo the transaction to have the plan only.

    Raises
    ------
    NotFound
        If no household lives there.
    """
    before = _members(connection, edition, grid)
    codes, leaves = read_leaves(connection, edition)
    outlines = {code: leaf for code, leaf in zip(codes, leaves, strict=True) if code.startswith(grid)}
    if not before:
        raise NotFound(what_zh="有户的网格", what_en="grid with households", value=grid)
    assign_edition(
        connection, edition, Locator(codes, leaves), outlines, left=sorted(outlines), policy=policy, mend=True
    )
    after = _members(connection, edition, grid)
    moves = [Move(one, before.get(one), unit) for one, unit in after.items() if before.get(one) != unit]
    old, new = set(before.values()), set(after.values())
    return Plan(len(old & new), moves, sorted(new - old), sorted(old - new))


def compare(
    connection: Connection, edition: int, grid: str, policies: Sequence[UnitPolicy] = POLICIES
) -> list[Outcome]:
    """The units of a grid of any level as they stand and under each of some policies, on its own households.

    Raises
    ------
    NotFound
        If no household lives there.
    """
    rows = connection.execute(_SQL["homes"], {"edition": edition, "grid": grid}).fetchall()
    if not rows:
        raise NotFound(what_zh="有户的网格", what_en="grid with households", value=grid)
    ids, lon, lat, hamlet, code, unit = (np.array(column) for column in zip(*rows, strict=True))
    xy = np.column_stack(from_storage(lon, lat, metric_crs(float(lon.mean()))))
    starts = np.unique(code, return_index=True)[1]
    grids = [one.astype(np.int64) for one in np.split(np.arange(code.size), starts[1:])]
    found = [_outcome(None, xy, [np.flatnonzero(unit == one) for one in np.unique(unit)])]
    for policy in policies:
        options: dict[str, Any] = {"policy": policy, "unknown": _NO_HAMLET, "effort": Effort.FAST}
        numbers = partition_grids(xy[:, 0], xy[:, 1], grids, hamlet, ids, **options)
        units = [m[n == one] for m, n in zip(grids, numbers, strict=True) for one in range(int(n.max()) + 1)]
        found.append(_outcome(policy, xy, units))
    return found


def _members(connection: Connection, edition: int, grid: str) -> dict[str, str]:
    return {row[0]: row[5] for row in connection.execute(_SQL["homes"], {"edition": edition, "grid": grid})}


def _outcome(policy: UnitPolicy | None, xy: F64, units: Iterable[I64]) -> Outcome:
    metres, diameters, sizes = 0.0, list[float](), list[int]()
    for members in units:
        x, y = xy[members].T
        distance = np.hypot(x[:, None] - x, y[:, None] - y)
        metres += float(distance.sum(axis=1).min())
        diameters.append(float(distance.max()))
        sizes.append(members.size)
    counted = np.unique(np.array(sizes), return_counts=True)
    spread = (float(np.median(diameters)), max(diameters))
    return Outcome(policy, metres, spread, dict(zip(*(one.tolist() for one in counted), strict=True)))
