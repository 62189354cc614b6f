"""How far units have drifted from what could be: the metres of a fresh division, kept until a grid changes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.arrays import I64
from gis.db import Connection, load_queries
from gis.partition import DEFAULT_POLICY, Effort, UnitPolicy
from gis.partition.graph import beside
from gis.unit_locks import locked_units
from gis.unit_measures import Members, counts_of, divided, measured, read_members
from gis.unit_policies import read_policies

_SQL = load_queries(Path(__file__).with_name("unit_drifts.sql"))
_SEARCH = 1
"""Counted on when the search finds other divisions, so that what an earlier one found is not kept."""
DRIFTED = 0.05
"""From this share of metres above a fresh division on, dividing a grid anew is offered."""


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


def drifts(connection: Connection, edition: int, grid: str) -> list[Drift]:
    """How far the units of each basic grid of a grid of any level are from a fresh division, the farthest first.

    Compared are divisions by the county's policy into **as many units in each hamlet**. Those are kept in the store until
    a grid's households, hamlets, numbers of units, barriers or policy change: some seconds for a county of 50,000
    households at first, then as long as its changed grids take.

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
    grids, standing = members.grids(), members.numbers()
    counts = [counts_of(members.hamlet[mine], units) for mine, units in zip(grids, standing, strict=True)]
    fresh = _fresh(connection, members, counts)
    found = [
        Drift(code, int(units.max()) + 1, _metres(members, mine, units), metres)
        for mine, units in zip(grids, standing, strict=True)
        for code in [str(members.grid[mine[0]])]
        for count, metres in [fresh[code]]
        if count == int(units.max()) + 1  # barriers may allow of another number only
    ]
    return sorted(found, key=lambda one: (-one.share, one.grid))


def _metres(members: Members, mine: I64, units: I64) -> float:
    return sum(length for length, _, _ in measured(members.xy[mine], units))


def _fresh(connection: Connection, members: Members, counts: Sequence[dict[int, int]]) -> dict[str, tuple[int, float]]:
    """Units and metres of a fresh division of each basic grid, by code: as kept, or found now and kept."""
    policies = read_policies(connection)
    keys = _keys(members, counts, policies)
    rows = connection.execute(_SQL["kept"], [list(keys)])
    found = {code: (units, metres) for code, key, units, metres in rows if bytes(key) == keys[code]}
    left = keys.keys() - found.keys()
    if not left:
        return found
    some = members.only_grids(left)
    wanted = [one for code, one in zip(keys, counts, strict=True) if code in left]
    divisions = divided(some, policies, Effort.THOROUGH, wanted)
    new = {
        str(some.grid[mine[0]]): (int(units.max()) + 1, _metres(some, mine, units))
        for mine, units in zip(some.grids(), divisions, strict=True)
    }
    codes = list(new)
    given = {"grids": codes, "keys": [keys[code] for code in codes]}
    given |= {"units": [new[code][0] for code in codes], "metres": [new[code][1] for code in codes]}
    connection.execute(_SQL["keep"], given)
    return found | new


def _keys(members: Members, counts: Sequence[dict[int, int]], policies: Mapping[str, UnitPolicy]) -> dict[str, bytes]:
    """A digest of all that a fresh division of each basic grid follows from, by code."""
    keys, following = dict[str, bytes](), iter(counts)
    for county, grids in members.counties():
        lines = members.barriers.get(county)
        tree = None if lines is None else shapely.STRtree(lines)
        rule = asdict(policies.get(county, DEFAULT_POLICY))
        for mine in grids:
            near = beside(tree, members.xy[mine])
            cuts = [] if near is None else sorted(shapely.to_wkb(near.geometries).tolist())
            told: list[Any] = [_SEARCH, rule, sorted(next(following).items()), members.ids[mine].tolist(), cuts]
            digest = hashlib.sha256(repr(told).encode())
            digest.update(members.xy[mine].tobytes())
            digest.update(members.hamlet[mine].tobytes())
            keys[str(members.grid[mine[0]])] = digest.digest()
    return keys
