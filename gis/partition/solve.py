"""One group of atoms divided: how many units, a start along the curve, the search; large groups window by window."""

import numpy as np

from gis.arrays import F64, I64
from gis.partition.curve import cut, hilbert
from gis.partition.graph import Graph
from gis.partition.policy import UnitPolicy
from gis.partition.state import Problem

PART_M = 1e5
"""Metres that a part of a unit beyond the first costs: more than distance, less than a household out of bounds."""
_NEAR = 10
_WHOLE = 160  # atoms that are divided at once; more are divided by windows
_WINDOW = 8  # units
_UNITS = 8  # a group with fewer gets the rounds of so many: its rounds are short
_VISITS = 3  # windows for each unit, at most


def problem_of(
    xy: F64,
    weight: I64,
    graph: Graph,
    policy: UnitPolicy,
    home: I64 | None = None,
    move_m: float = 0.0,
) -> Problem:
    """What the kernels take of (m, 2) atoms; ``home`` is the unit of each, −1 for none, ``move_m`` the price of leaving it."""
    distance = np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1])
    near = np.argsort(distance, axis=1, kind="stable")[:, 1 : _NEAR + 1]
    return Problem(
        distance,
        weight.astype(np.int64),
        weight.astype(np.float64),
        np.full(weight.size, -1, np.int64) if home is None else home.astype(np.int64),
        np.ascontiguousarray(near, dtype=np.int64),
        graph.start,
        graph.neighbour,
        policy.size_cost(int(weight.sum())),
        PART_M,
        float(move_m),
    )


def divide_group(xy: F64, weight: I64, graph: Graph, policy: UnitPolicy, rounds: int, wanted: int | None = None) -> I64:
    """Units 0, 1 … of (m, 2) atoms of one hamlet, metres in canonical order; ``rounds`` of the search for each unit.

    Blocks of flats may not fit into the usual number of units: then one more and one fewer are tried, unless a number
    is ``wanted``.
    """
    count = min(wanted or policy.unit_count(int(weight.sum())), weight.size)
    found = _divided(xy, weight, graph, policy, count, rounds)
    if wanted is not None or int(weight.max()) == 1:
        return found
    best = (_misfit(found, weight, policy), found)
    for other in (count + 1, count - 1, count + 2):
        if best[0] > 0 and 1 <= other <= weight.size:
            tried = _divided(xy, weight, graph, policy, other, rounds)
            best = min(best, (_misfit(tried, weight, policy), tried), key=lambda one: one[0])
    return best[1]


def _misfit(unit: I64, weight: I64, policy: UnitPolicy) -> float:
    """What sizes out of bounds cost, without the price of the usual ones."""
    sizes = np.bincount(unit, weight).astype(np.int64)
    cost = policy.size_cost(int(sizes.max())) - policy.price_m * np.abs(np.arange(int(sizes.max()) + 1) - policy.target)
    return float(cost[sizes].sum())


def _divided(xy: F64, weight: I64, graph: Graph, policy: UnitPolicy, count: int, rounds: int) -> I64:
    if count == 1:
        return np.zeros(weight.size, dtype=np.int64)
    if weight.size <= _WHOLE:
        unit = cut(weight, count)
        improve(problem_of(xy, weight, graph, policy), unit, count, rounds * max(count, _UNITS))
    else:
        unit = np.empty(weight.size, dtype=np.int64)
        along = np.lexsort((np.arange(weight.size), hilbert(xy[:, 0], xy[:, 1])))
        unit[along] = cut(weight[along], count)
        _by_windows(xy, weight, graph, policy, unit, rounds)
    return (np.cumsum(np.bincount(unit) > 0) - 1)[unit]


def improve(problem: Problem, unit: I64, count: int, rounds: int) -> float:
    """Divide anew, from the medoids of a division on, in place; returns the cost in metres."""
    return divide_by(problem, medoids_of(problem, unit, count), unit, rounds)


def divide_by(problem: Problem, medoids: I64, unit: I64, rounds: int, turns: int = 10) -> float:
    """Divide by medoids, which move in up to ``turns`` turns, and search on; units go into ``unit``, the cost is returned."""
    from gis.partition.search import search  # compiled, or loaded, on first use

    return float(search(problem, medoids.copy(), turns, rounds, unit.size, unit))


def medoids_of(problem: Problem, unit: I64, count: int) -> I64:
    """The medoid of each unit; one without members takes the atom farthest from all others'. −1 in ``unit`` is no unit."""
    from gis.partition.search import medoids

    return medoids(problem, unit, count)


def _by_windows(xy: F64, weight: I64, graph: Graph, policy: UnitPolicy, unit: I64, rounds: int) -> None:
    """Improve a division in place by improving each unit with its neighbours (POPMUSIC; Taillard and Voss 2002)."""
    from scipy.spatial import cKDTree

    count = int(unit.max()) + 1
    waiting = list(range(count))
    for _ in range(_VISITS * count):
        if not waiting:
            return
        sizes = np.bincount(unit, minlength=count)
        middles = np.column_stack([np.bincount(unit, xy[:, axis], count) / np.maximum(sizes, 1) for axis in (0, 1)])
        units = np.atleast_1d(cKDTree(middles).query(middles[waiting[0]], min(_WINDOW, count))[1])
        atoms = np.flatnonzero(np.isin(unit, units))
        inner = np.searchsorted(np.sort(units), unit[atoms])
        before = inner.copy()
        improve(
            problem_of(xy[atoms], weight[atoms], graph.within(atoms), policy), inner, units.size, rounds * units.size
        )
        changed = np.unique(
            np.sort(units)[np.unique(np.concatenate([inner[inner != before], before[inner != before]]))]
        )
        unit[atoms] = np.sort(units)[inner]
        waiting = [one for one in waiting[1:] if one not in changed] + changed.tolist()
