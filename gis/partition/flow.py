"""Kernels: the best division for given medoids.

With atoms of one household it is a transport problem with convex prices of sizes, solved exactly: every atom goes to
its nearest medoid, then households are passed along the cheapest chain of units, from one that is too large to one that
is too small, while that costs less (successive shortest paths; Ahuja, Magnanti and Orlin 1993, chapter 14).
"""

import numpy as np

from gis.arrays import F64, I64
from gis.partition.compiled import part
from gis.partition.state import Problem, leaving


@part
def transport(problem: Problem, atoms: I64, units: I64, medoids: I64, chosen: I64) -> None:
    """Choose for each of (m,) atoms one of (q,) units with their medoids; places in ``units`` go into ``chosen``.

    Chains of several units are only looked for where every atom is one household: else sizes would change on the way.
    """
    m, q = atoms.size, units.size
    cost, sizes = np.empty((m, q)), np.zeros(q, np.int64)
    single = True
    for at in range(m):
        i = atoms[at]
        single = single and problem.weight[i] == 1
        for k in range(q):
            cost[at, k] = problem.pull[i] * problem.distance[i, medoids[k]] + leaving(
                problem.home, problem.weight, problem.move_cost, i, units[k]
            )
        chosen[at] = np.argmin(cost[at])
        sizes[chosen[at]] += problem.weight[i]
    step, carrier, via = np.empty((q, q)), np.empty((q, q), np.int64), np.empty((q, q), np.int64)
    for _ in range(4 * m):
        steps(problem, atoms, cost, chosen, sizes, single, step, carrier)
        chains(step, via, single)
        a, b = cheapest(problem, step, sizes, single)
        if a < 0:
            break
        passed_on(problem, atoms, chosen, sizes, carrier, via, a, b)


@part
def steps(
    problem: Problem, atoms: I64, cost: F64, chosen: I64, sizes: I64, single: bool, step: F64, carrier: I64
) -> None:
    """What the cheapest move of one atom from each unit to each other costs, and which atom it is."""
    step[:] = np.inf
    prices = problem.size_cost
    for at in range(atoms.size):
        a, weight = chosen[at], problem.weight[atoms[at]]
        for b in range(sizes.size):
            if b == a:
                continue
            delta = cost[at, b] - cost[at, a]
            if not single:
                delta += prices[sizes[a] - weight] - prices[sizes[a]] + prices[sizes[b] + weight] - prices[sizes[b]]
            if delta < step[a, b]:
                step[a, b], carrier[a, b] = delta, at


@part
def chains(step: F64, via: I64, single: bool) -> None:
    """Shortest chains between all units (Floyd and Warshall); ``via[a, b]`` is the unit before b."""
    q = step.shape[0]
    for a in range(q):
        for b in range(q):
            via[a, b] = a
    if not single:
        return
    for c in range(q):
        for a in range(q):
            if a == c:
                continue
            for b in range(q):
                if b not in (a, c) and step[a, c] + step[c, b] < step[a, b] - 1e-9:
                    step[a, b], via[a, b] = step[a, c] + step[c, b], via[c, b]


@part
def cheapest(problem: Problem, step: F64, sizes: I64, single: bool) -> tuple[int, int]:
    """The two ends of the chain that gains most, prices of sizes included; (−1, −1) if none gains."""
    best, first, last = -1e-7, -1, -1
    prices, q = problem.size_cost, sizes.size
    for a in range(q):
        for b in range(q):
            if a == b or step[a, b] == np.inf:
                continue
            delta = step[a, b]
            if single:
                delta += prices[sizes[a] - 1] - prices[sizes[a]] + prices[sizes[b] + 1] - prices[sizes[b]]
            if delta < best:
                best, first, last = delta, a, b
    return first, last


@part
def passed_on(problem: Problem, atoms: I64, chosen: I64, sizes: I64, carrier: I64, via: I64, a: int, b: int) -> None:
    """Move one atom along each step of the chain from a to b."""
    weight = problem.weight[atoms[carrier[via[a, b], b]]]
    sizes[a] -= weight
    sizes[b] += weight
    while b != a:
        before = via[a, b]
        chosen[carrier[before, b]] = b
        b = before
