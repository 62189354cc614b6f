"""Kernels: what is to be divided, a division of it, and what a division costs.

An atom is a place with one or more households that stay together. The cost of a division is, in metres, the sum over
units of the distances of the households to the unit's medoid, plus prices: of sizes, of parts beyond the first
(contiguity), of households that leave their home unit.
"""

from typing import NamedTuple

import numpy as np

from gis.arrays import F64, I64
from gis.partition.compiled import part


class Problem(NamedTuple):
    """Atoms of one group, of which each unit is made.

    Attributes
    ----------
    distance : (n, n) metres.
    weight : (n,) households of each atom, which its unit's size counts. pull : (n,) how often its distance counts.
    home : (n,) unit that it was in, −1 for none.
    near : (n, k) its nearest atoms.
    start, neighbour : adjacency of atoms, rows of ``neighbour`` from ``start[i]`` to ``start[i + 1]``.
    size_cost : metres for each number of households of a unit, convex.
    part_cost, move_cost : metres for each part of a unit beyond the first; for each household that leaves home.
    """

    distance: F64
    weight: I64
    pull: F64
    home: I64
    near: I64
    start: I64
    neighbour: I64
    size_cost: F64
    part_cost: float
    move_cost: float


class State(NamedTuple):
    """A division into p units and what follows from it.

    Attributes
    ----------
    unit, place : (n,) unit of each atom, its place in the row of ``member``.
    member, atoms, size : (p, n) atoms of each unit; (p,) numbers of atoms and households.
    row : (n,) metres of all households of its unit to each atom.
    medoid, best : (p,) the atom of the least ``row``, and it.
    parts : (p,) parts beyond the first.
    mark, stack : (n,) scratch.
    bounds : (n, 3) scratch of two units that exchange atoms.
    """

    unit: I64
    place: I64
    member: I64
    atoms: I64
    size: I64
    row: F64
    medoid: I64
    best: F64
    parts: I64
    mark: I64
    stack: I64
    bounds: F64


@part
def empty_state(n: int, p: int) -> State:
    """Room for a division of n atoms into p units."""
    return State(
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros((p, n), np.int64),
        np.zeros(p, np.int64),
        np.zeros(p, np.int64),
        np.zeros(n),
        np.zeros(p, np.int64),
        np.zeros(p),
        np.zeros(p, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros((n, 3)),
    )


@part
def load(problem: Problem, state: State, unit: I64) -> None:
    """Take a division over."""
    state.atoms[:] = 0
    state.size[:] = 0
    for i in range(unit.size):
        put(problem, state, i, unit[i])
    for k in range(state.atoms.size):
        settle(problem, state, k)


@part
def put(problem: Problem, state: State, i: int, k: int) -> None:
    """Enter atom i, which is in no unit, in unit k."""
    state.unit[i] = k
    state.place[i] = state.atoms[k]
    state.member[k, state.atoms[k]] = i
    state.atoms[k] += 1
    state.size[k] += problem.weight[i]


@part
def move(problem: Problem, state: State, i: int, k: int) -> None:
    """Move atom i to unit k; both units are to be settled after it."""
    old = state.unit[i]
    last = state.member[old, state.atoms[old] - 1]
    state.member[old, state.place[i]] = last
    state.place[last] = state.place[i]
    state.atoms[old] -= 1
    state.size[old] -= problem.weight[i]
    put(problem, state, i, k)


@part
def settle(problem: Problem, state: State, k: int) -> None:
    """Find a unit's medoid and parts anew."""
    members = state.member[k, : state.atoms[k]]
    state.best[k] = 0.0 if members.size == 0 else np.inf
    for i in members:
        total = 0.0
        for j in members:
            total += problem.pull[j] * problem.distance[i, j]
        state.row[i] = total
        if total < state.best[k]:
            state.best[k], state.medoid[k] = total, i
    state.parts[k] = parts_with(problem, state, k, -1, -1)


@part
def parts_with(problem: Problem, state: State, k: int, without: int, extra: int) -> int:
    """Parts beyond the first of unit k without one atom and with another of another unit (−1: none)."""
    mark, stack = state.mark, state.stack
    mine = 0
    for i in state.member[k, : state.atoms[k]]:
        if i != without:
            mark[i] = 1
            mine += 1
    if extra >= 0:
        mark[extra] = 1
        mine += 1
    parts = 0
    for place in range(-1, state.atoms[k]):
        first = extra if place < 0 else state.member[k, place]
        if first < 0 or mark[first] == 0:
            continue
        parts += 1
        stack[0], height = first, 1
        mark[first] = 0
        while height > 0:
            height -= 1
            at = stack[height]
            for edge in range(problem.start[at], problem.start[at + 1]):
                other = problem.neighbour[edge]
                if mark[other] == 1:
                    mark[other] = 0
                    stack[height] = other
                    height += 1
    return max(parts - 1, 0)


@part
def cost_of(problem: Problem, state: State) -> float:
    """The whole cost."""
    total = 0.0
    for k in range(state.atoms.size):
        total += state.best[k] + problem.size_cost[state.size[k]] + problem.part_cost * state.parts[k]
    for i in range(state.unit.size):
        total += leaving(problem.home, problem.weight, problem.move_cost, i, state.unit[i])
    return total


@part
def leaving(home: I64, weight: I64, move_cost: float, i: int, k: int) -> float:
    """The price of atom i being in unit k."""
    if home[i] < 0 or home[i] == k:
        return 0.0
    return move_cost * weight[i]
