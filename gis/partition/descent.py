"""Kernels: local search. Two units after the other exchange atoms, one way or one for one, while that costs less."""

import numpy as np

from gis.arrays import F64, I64, Bools
from gis.partition.compiled import part
from gis.partition.state import Problem, State, leaving, move, parts_with, settle

LEAST_M = 1e-6
"""Metres: a gain below this is rounding."""


@part
def changed_best(distance: F64, pull: F64, row: F64, members: I64, out: int, into: int) -> float:
    """Metres to the medoid of a unit without one atom and with one of another unit (−1: none)."""
    best, own = np.inf, 0.0
    for j in members:
        if j == out:
            continue
        there = row[j]
        if out >= 0:
            there -= pull[out] * distance[j, out]
        if into >= 0:
            there += pull[into] * distance[j, into]
            own += pull[j] * distance[j, into]
        best = min(best, float(there))
    if into >= 0:
        best = min(best, float(own))
    return 0.0 if best == np.inf else best


@part
def gain(problem: Problem, state: State, a: int, b: int, i: int, j: int, delta: float) -> float:
    """Change of the cost if atom i of unit a and atom j of unit b change places (−1: none); infinite if of no use.

    ``delta`` is the change of all prices but those of parts.
    """
    limit = problem.part_cost * (state.parts[a] + state.parts[b]) - LEAST_M
    distance, pull, row = problem.distance, problem.pull, state.row
    delta += changed_best(distance, pull, row, state.member[a, : state.atoms[a]], i, j) - state.best[a]
    delta += changed_best(distance, pull, row, state.member[b, : state.atoms[b]], j, i) - state.best[b]
    if delta >= limit:
        return np.inf
    parts = parts_with(problem, state, a, i, j) + parts_with(problem, state, b, j, i)
    return delta + problem.part_cost * (parts - state.parts[a] - state.parts[b])


@part
def exchange(problem: Problem, state: State, a: int, b: int, i: int, j: int) -> None:
    """Let atom i of unit a and atom j of unit b change places (−1: none)."""
    if i >= 0:
        move(problem, state, i, b)
    if j >= 0:
        move(problem, state, j, a)
    settle(problem, state, a)
    settle(problem, state, b)


@part
def sums(distance: F64, pull: F64, row: F64, mine: I64, others: I64, bounds: F64) -> None:
    """For each atom of a unit: what is left without it; metres to the nearest atom of another unit and to all of it.

    They go into the rows of ``bounds``, (n, 3).
    """
    for i in mine:
        bounds[i, 0] = changed_best(distance, pull, row, mine, i, -1)
        close, own = np.inf, 0.0
        for j in others:
            close = min(close, distance[i, j])
            own += pull[j] * distance[i, j]
        bounds[i, 1], bounds[i, 2] = close * pull[i], own


@part
def least(bounds: F64, best: float, out: int, into: int, between: float) -> float:
    """A lower bound of `changed_best`: the medoid is one of the unit's atoms or the newcomer itself."""
    left = best if out < 0 else bounds[out, 0]
    if into < 0:
        return left
    return min(left + bounds[into, 1], bounds[into, 2] - between)


@part
def prices(problem: Problem, size_a: int, size_b: int, a: int, b: int, i: int, j: int) -> float:
    """Change of the prices of sizes and of homes if atoms i and j change places (−1: none)."""
    cost, moved, total = problem.size_cost, 0, 0.0
    if i >= 0:
        moved += problem.weight[i]
        total += leaving(problem.home, problem.weight, problem.move_cost, i, b)
        total -= leaving(problem.home, problem.weight, problem.move_cost, i, a)
    if j >= 0:
        moved -= problem.weight[j]
        total += leaving(problem.home, problem.weight, problem.move_cost, j, a)
        total -= leaving(problem.home, problem.weight, problem.move_cost, j, b)
    if moved != 0:
        total += cost[size_a - moved] - cost[size_a] + cost[size_b + moved] - cost[size_b]
    return total


@part
def hopeful(problem: Problem, state: State, a: int, b: int, i: int, j: int) -> float:
    """The change of prices of an exchange that may cost less; infinite if it cannot."""
    delta = prices(problem, state.size[a], state.size[b], a, b, i, j)
    between = 0.0
    if i >= 0 and j >= 0:
        between = problem.distance[i, j] * max(problem.pull[i], problem.pull[j])
    there = least(state.bounds, state.best[a], i, j, between) + least(state.bounds, state.best[b], j, i, between)
    limit = problem.part_cost * (state.parts[a] + state.parts[b]) - LEAST_M
    return delta if delta + there - state.best[a] - state.best[b] < limit else np.inf


@part
def exchanged(problem: Problem, state: State, a: int, b: int) -> bool:
    """Make the exchanges of two units that cost less, in one pass over all; False if there was none."""
    done, fresh, x = False, False, -1
    while x < state.atoms[a]:
        y = -1
        while y < state.atoms[b] and x < state.atoms[a]:
            if not fresh:
                mine, others = state.member[a, : state.atoms[a]], state.member[b, : state.atoms[b]]
                sums(problem.distance, problem.pull, state.row, mine, others, state.bounds)
                sums(problem.distance, problem.pull, state.row, others, mine, state.bounds)
                fresh = True
            i = -1 if x < 0 else state.member[a, x]
            j = -1 if y < 0 else state.member[b, y]
            y += 1
            if i < 0 and j < 0:
                continue
            delta = hopeful(problem, state, a, b, i, j)
            if delta < np.inf and gain(problem, state, a, b, i, j, delta) < -LEAST_M:
                exchange(problem, state, a, b, i, j)
                done, fresh = True, False
        x += 1
    return done


@part
def meet(problem: Problem, state: State, a: int, seen: Bools) -> None:
    """Mark the units that have an atom among those near to unit a's."""
    seen[:] = False
    for i in state.member[a, : state.atoms[a]]:
        for j in problem.near[i]:
            seen[state.unit[j]] = True
    seen[a] = False


@part
def descend(problem: Problem, state: State, dirty: Bools) -> None:
    """Exchange while that costs less, beginning with the units that are ``dirty``."""
    p = dirty.size
    seen = np.zeros(p, np.bool_)
    again = True
    while again:
        again = False
        for a in range(p):
            if not dirty[a]:
                continue
            dirty[a] = False
            meet(problem, state, a, seen)
            for b in range(p):
                while seen[b] and exchanged(problem, state, a, b):
                    dirty[a] = dirty[b] = again = True
