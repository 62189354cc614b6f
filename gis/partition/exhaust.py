"""Kernels: every set of medoids of a small group, so that nothing shorter is missed.

The metres to the nearest medoid, sizes left aside, are a lower bound of a set's metres (the p-median relaxation; Garfinkel,
Neebe and Rao 1974): most sets are longer than what is known already and need no division.
"""

import numpy as np

from gis.arrays import F64, I64
from gis.partition.compiled import part
from gis.partition.descent import LEAST_M, descend
from gis.partition.flow import transport
from gis.partition.state import Problem, State, cost_of, load


@part
def few_sets(problem: Problem, p: int, most: float) -> bool:
    """Whether a group has at most ``most`` sets of p medoids, of single households that were in no unit."""
    n, sets = problem.weight.size, 1.0
    if p < 2 or p >= n:
        return False
    for k in range(p):
        sets *= (n - k) / (k + 1)
    return bool(sets <= most and problem.weight.max() == 1 and problem.home.max() < 0)


@part
def even_cost(problem: Problem, p: int) -> float:
    """What sizes cost at least: near-equal ones, as their cost is convex."""
    q, larger = problem.weight.size // p, problem.weight.size % p
    return (p - larger) * problem.size_cost[q] + larger * problem.size_cost[q + 1]


@part
def exhaust(problem: Problem, state: State, unit: I64, best: float) -> float:
    """Improve a division in ``unit`` that costs ``best`` by every set of medoids that could; returns the cost."""
    n, p = unit.size, state.atoms.size
    atoms, units, dirty = np.arange(n), np.arange(p), np.ones(p, np.bool_)
    chosen, medoids, least = np.empty(n, np.int64), np.full(p, -1, np.int64), np.full((p + 1, n), np.inf)
    sizes_m = even_cost(problem, p)
    depth = 0
    while depth >= 0:
        medoids[depth] += 1
        if medoids[depth] > n - p + depth:
            depth -= 1
            continue
        metres = nearer(least[depth], problem.distance[medoids[depth]], least[depth + 1])
        if depth < p - 1:
            depth += 1
            medoids[depth] = medoids[depth - 1]
            continue
        if metres + sizes_m >= best - LEAST_M:
            continue
        transport(problem, atoms, units, medoids, chosen)
        if transported(problem, medoids, chosen) >= best - LEAST_M:
            continue
        load(problem, state, chosen)
        dirty[:] = True
        descend(problem, state, dirty)
        cost = cost_of(problem, state)
        if cost < best - LEAST_M:
            best = cost
            unit[:] = state.unit
    return best


@part
def nearer(before: F64, row: F64, after: F64) -> float:
    """Metres of each atom to the nearest medoid, one more of them; returns their sum."""
    total = 0.0
    for i in range(before.size):
        after[i] = min(before[i], row[i])
        total += after[i]
    return total


@part
def transported(problem: Problem, medoids: I64, chosen: I64) -> float:
    """Metres to the medoids, and the prices of sizes."""
    total, sizes = 0.0, np.zeros(medoids.size, np.int64)
    for i in range(chosen.size):
        total += float(problem.distance[i, medoids[chosen[i]]])
        sizes[chosen[i]] += 1
    for k in range(medoids.size):
        total += float(problem.size_cost[sizes[k]])
    return total
