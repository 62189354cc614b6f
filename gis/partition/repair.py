"""Units kept as they are while households come and go: as few as possible change their unit."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.arrays import F64, I64, Geometries, Numbers, coordinates
from gis.partition.atoms import Atoms, atoms_of
from gis.partition.graph import beside
from gis.partition.policy import DEFAULT_POLICY, UnitPolicy
from gis.partition.solve import divide_by, medoids_of, problem_of

MOVE_M = 50.0
"""Metres of distance that it must save to move a household from its unit."""
_NONE = -1
_ROUNDS = 4  # of the search for each unit


def repair(
    x: Numbers,
    y: Numbers,
    hamlet: Sequence[Any] | NDArray[Any],
    home: I64,
    policy: UnitPolicy = DEFAULT_POLICY,
    *,
    key: Sequence[Any] | NDArray[Any] | None = None,
    unknown: Any = None,
    pinned: Collection[int] = (),
    barriers: Geometries | None = None,
    move_m: float = MOVE_M,
) -> I64:
    """Units of the households of **one** basic grid after some came or went.

    A hamlet that nobody came to, and whose units have sizes as good as its number of households allows, is left as it
    is. Elsewhere arrivals are placed and sizes mended at the least cost, where each household that leaves its unit
    costs ``move_m`` metres. A unit that a barrier cuts stays on the side with most of its members; the others count as
    arrivals on theirs.

    Parameters
    ----------
    x, y, hamlet, policy, key, unknown, barriers
        As for `gis.partition.partition`; households of no hamlet stay with the hamlet of their unit.
    home
        (n,) unit of each household, any numbers from 0 on; −1 for arrivals.
    pinned
        Units that keep their members and get no others.

    Returns
    -------
    (n,) int64 units: numbers of ``home``, and new ones from ``home.max() + 1`` on for units that are opened.

    Raises
    ------
    InvalidInput
        If a coordinate is not finite or the lengths differ.
    """
    east, north = (values.ravel() for values in coordinates(x, y))
    ids = np.arange(east.size) if key is None else np.asarray(key)
    order = np.lexsort((ids, north, east))
    xy, old = np.column_stack([east, north])[order], np.asarray(home, dtype=np.int64)[order]
    group = _groups(np.asarray(hamlet)[order], old, unknown)
    free = ~np.isin(old, np.array(list(pinned), dtype=np.int64))
    found = old.copy()
    lines = None if barriers is None else beside(shapely.STRtree(barriers), xy)
    following = int(old.max(initial=_NONE)) + 1
    for one in range(int(group.max(initial=-1)) + 1):
        mine = np.flatnonzero((group == one) & free)
        if not mine.size or (lines is None and not needed(old[mine], policy)):
            continue
        atoms = atoms_of(xy[mine], policy, lines)
        home = _on_one_side(old[mine], atoms.part[atoms.of])
        for part in range(int(atoms.part.max()) + 1):
            here, some = atoms.within(part)
            if needed(home[here], policy):
                found[mine[here]] = _mended(some, home[here], policy, move_m, following)
                following = max(following, int(found[mine[here]].max()) + 1)
    _place_farms(xy, found, free, policy)
    units = np.empty(east.size, dtype=np.int64)
    units[order] = found
    return units


def needed(home: I64, policy: UnitPolicy) -> bool:
    """Whether the units of a hamlet must change: somebody arrived, or sizes could be better for so many households."""
    if (home < 0).any():
        return True
    sizes = np.bincount(home)
    sizes = sizes[sizes > 0]
    count = policy.unit_count(home.size)
    even = np.bincount(np.arange(home.size) * count // home.size)
    cost = policy.size_cost(home.size) - policy.price_m * np.abs(np.arange(home.size + 1) - policy.target)
    return float(cost[sizes].sum()) > float(cost[even].sum())


def kept_count(households: int, units: int, policy: UnitPolicy) -> int:
    """The number of units nearest to ``units`` with which all have usual sizes; if there is none, as for a first division."""
    fewest, most = -(-households // policy.high), households // policy.low
    return min(max(units, fewest), most) if fewest <= most else policy.unit_count(households)


def _groups(labels: NDArray[Any], home: I64, unknown: Any) -> I64:
    """The hamlet of each household as a number; those of no hamlet take that of most of their unit, arrivals −1."""
    number = np.unique(labels, return_inverse=True)[1].ravel().astype(np.int64)
    if unknown is None or not (labels == unknown).any() or (labels == unknown).all():
        return number
    homeless = labels == unknown
    for place in np.flatnonzero(homeless).tolist():
        beside = number[(home == home[place]) & ~homeless & (home >= 0)]
        if home[place] < 0:
            number[place] = _NONE
        elif beside.size:
            number[place] = np.bincount(beside).argmax()
    return number


def _on_one_side(old: I64, part: I64) -> I64:
    """The unit of each household, −1 in all parts but the one with most of its members (of equals the first)."""
    home = old.copy()
    if not part.any():
        return home
    for unit in np.unique(old[old >= 0]).tolist():
        members = np.flatnonzero(old == unit)
        home[members[part[members] != np.bincount(part[members]).argmax()]] = _NONE
    return home


def _mended(atoms: Atoms, old: I64, policy: UnitPolicy, move_m: float, following: int) -> I64:
    """Units of the households of one hamlet, or of a part of it."""
    home = _homes(atoms, old)
    names, sizes = np.unique(old[old >= 0], return_counts=True)
    count = min(kept_count(old.size, names.size, policy), atoms.weight.size)
    kept = np.sort(names[np.argsort(-sizes, kind="stable")[:count]])
    number = np.searchsorted(kept, home)
    number = np.where((home >= 0) & (np.append(kept, -2)[number] == home), number, _NONE)
    codes = np.append(kept, following + np.arange(count - kept.size))
    problem = problem_of(atoms.xy, atoms.weight, atoms.graph, policy, number, move_m)
    unit = np.empty(atoms.weight.size, dtype=np.int64)
    divide_by(problem, medoids_of(problem, number, count), unit, _ROUNDS * count, turns=1)
    return codes[unit][atoms.of]


def _homes(atoms: Atoms, old: I64) -> I64:
    """The unit that most households of each atom were in; −1 only if none was in any."""
    home = np.full(atoms.weight.size, _NONE, dtype=np.int64)
    for atom in range(home.size):
        members = old[atoms.of == atom]
        if (members >= 0).any():
            home[atom] = np.bincount(members[members >= 0]).argmax()
    return home


def _place_farms(xy: F64, units: I64, free: NDArray[np.bool_], policy: UnitPolicy) -> None:
    """Let arrivals without a hamlet join the units of the nearest households that have room and are not pinned."""
    for farm in np.flatnonzero(units < 0).tolist():
        sizes = np.bincount(units[units >= 0])
        open_to = np.flatnonzero((units >= 0) & free)
        open_to = open_to[sizes[units[open_to]] < policy.hard_high]
        if open_to.size:
            units[farm] = units[open_to[np.argmin(np.hypot(*(xy[open_to] - xy[farm]).T))]]
        else:
            units[farm] = sizes.size
