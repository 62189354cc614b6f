"""Kernels: the search. Several starts, then rounds that draw medoids anew and keep what costs no more."""

import numpy as np

from gis.arrays import I64
from gis.partition.compiled import kernel, part
from gis.partition.descent import LEAST_M, descend
from gis.partition.exhaust import exhaust, few_sets
from gis.partition.flow import transport
from gis.partition.state import Problem, State, cost_of, empty_state, load

_TURNS = 10  # of assigning and finding medoids, at most
_SETS = 20_000.0  # of medoids, at most, that are all looked at: three of 50 atoms
_PROMISING = 0.01  # of the metres: what is farther from the best known is not searched further


@part
def below(draw: I64, limit: int) -> int:
    """A random number from 0 to limit − 1 (linear congruential, Knuth's MMIX)."""
    draw[0] = draw[0] * np.int64(6364136223846793005) + np.int64(1442695040888963407)
    return ((draw[0] >> np.int64(33)) & np.int64(0x3FFFFFFF)) % limit


@part
def seeds(problem: Problem, atoms: I64, medoids: I64, first: int, draw: I64) -> None:
    """Draw medoids from ``first`` on among the atoms, farther ones rather (k-means++; Arthur and Vassilvitskii 2007)."""
    reach = np.full(atoms.size, np.inf)
    for k in range(medoids.size):
        if k >= first:
            total = 0.0
            for at in range(atoms.size):
                total += 0.0 if reach[at] == np.inf else reach[at]
            wanted = total * below(draw, 1 << 20) / float(1 << 20)
            at = 0
            if total == 0.0:
                at = below(draw, atoms.size)
            else:
                while at < atoms.size - 1 and wanted >= reach[at]:
                    wanted -= reach[at]
                    at += 1
            medoids[k] = atoms[at]
        for at in range(atoms.size):
            away = problem.distance[atoms[at], medoids[k]]
            reach[at] = min(reach[at], problem.pull[atoms[at]] * away * away)


@part
def middles(problem: Problem, atoms: I64, chosen: I64, medoids: I64) -> bool:
    """Find the medoid of each unit; False if they are what they were."""
    changed = False
    best = np.full(medoids.size, np.inf)
    before = medoids.copy()
    for x in range(atoms.size):
        k, total = chosen[x], 0.0
        for y in range(atoms.size):
            if chosen[y] == k:
                total += problem.pull[atoms[y]] * problem.distance[atoms[x], atoms[y]]
        if total < best[k]:
            best[k], medoids[k] = total, atoms[x]
    for k in range(medoids.size):
        changed = changed or medoids[k] != before[k]
    return changed


@part
def settle_medoids(problem: Problem, atoms: I64, units: I64, medoids: I64, chosen: I64, turns: int) -> None:
    """Divide by medoids and find medoids in turn (balanced Lloyd), at most ``turns`` times."""
    for _ in range(turns):
        transport(problem, atoms, units, medoids, chosen)
        if not middles(problem, atoms, chosen, medoids):
            break


@part
def window(problem: Problem, state: State, count: int, draw: I64) -> I64:
    """A unit drawn at random and the ``count`` − 1 whose medoids are nearest to its own."""
    first = below(draw, state.atoms.size)
    away = np.empty(state.atoms.size)
    for k in range(away.size):
        away[k] = problem.distance[state.medoid[first], state.medoid[k]]
    away[first] = -1.0
    return np.argsort(away, kind="mergesort")[:count]


@part
def members_of(state: State, units: I64) -> I64:
    """The atoms of some units."""
    total = 0
    for k in units:
        total += state.atoms[k]
    atoms, at = np.empty(total, np.int64), 0
    for k in units:
        for i in state.member[k, : state.atoms[k]]:
            atoms[at] = i
            at += 1
    return atoms


@part
def redraw(problem: Problem, state: State, draw: I64) -> I64:
    """New medoids for a few neighbouring units, or one of all units moved elsewhere; returns the units divided anew."""
    p = state.atoms.size
    kind = below(draw, 4)
    if p > 3 and kind > 0:
        units = window(problem, state, 2 + below(draw, 3), draw)
        medoids = np.empty(units.size, np.int64)
        atoms = members_of(state, units)
        seeds(problem, atoms, medoids, 0, draw)
    else:
        units = np.arange(p)
        atoms = np.arange(state.unit.size)
        medoids = state.medoid.copy()
        if kind == 0 and p > 2:
            medoids[below(draw, p)] = below(draw, atoms.size)
        else:
            seeds(problem, atoms, medoids, 0, draw)
    chosen = np.empty(atoms.size, np.int64)
    settle_medoids(problem, atoms, units, medoids, chosen, _TURNS)
    unit = state.unit.copy()
    for at in range(atoms.size):
        unit[atoms[at]] = units[chosen[at]]
    load(problem, state, unit)
    return units


@kernel
def medoids(problem: Problem, unit: I64, count: int) -> I64:
    """The medoid of each unit; one without members takes the atom farthest from all others'. −1 in ``unit`` is no unit."""
    found, best = np.full(count, -1), np.full(count, np.inf)
    for i in range(unit.size):
        total = 0.0
        for j in range(unit.size):
            if unit[j] == unit[i]:
                total += problem.pull[j] * problem.distance[i, j]
        if unit[i] >= 0 and total < best[unit[i]]:
            best[unit[i]], found[unit[i]] = total, i
    for k in np.flatnonzero(found < 0):
        known, farthest = found[found >= 0], -np.inf
        for i in range(unit.size):
            away = -problem.distance[i].sum() if known.size == 0 else np.inf
            for medoid in known:
                away = min(away, problem.distance[i, medoid])
            if away > farthest:
                farthest, found[k] = away, i
    return found


@kernel
def search(problem: Problem, medoids: I64, turns: int, rounds: int, seed: int, unit: I64) -> float:
    """Divide by medoids, with up to ``turns`` turns, then search on; units go into ``unit``, the cost is returned."""
    p = medoids.size
    state, dirty = empty_state(unit.size, p), np.ones(p, np.bool_)
    settle_medoids(problem, np.arange(unit.size), np.arange(p), medoids, unit, turns)
    load(problem, state, unit)
    descend(problem, state, dirty)
    best = cost_of(problem, state)
    unit[:] = state.unit
    if few_sets(problem, p, _SETS):
        return exhaust(problem, state, unit, best)
    near = _PROMISING * state.best.sum()
    draw = np.array([seed], np.int64)
    for _ in range(rounds):
        units = redraw(problem, state, draw)
        cost = cost_of(problem, state)
        if cost - problem.part_cost * state.parts.sum() < best + near and cost != best:
            dirty[:] = False
            for k in units:
                dirty[k] = True
            descend(problem, state, dirty)
            cost = cost_of(problem, state)
        if cost < best - LEAST_M:
            best, near = cost, _PROMISING * state.best.sum()
            unit[:] = state.unit
        elif cost > best:
            load(problem, state, unit)
    return best
