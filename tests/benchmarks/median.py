"""Capacitated p-median instances: the search of neighbour units held against best-known values.

A file's first line is ``n p``, then one line ``x y capacity demand`` for each of n customers.
"""

import time
from pathlib import Path

import numpy as np

from gis.arrays import F64, I64
from gis.partition.graph import graph_of
from gis.partition.policy import DEFAULT_POLICY, HARD_M
from gis.partition.solve import improve, problem_of
from tests.benchmarks.measure import Figure, Report, check

_ROUNDS = 400  # for each median


def run_instance(path: Path) -> Report:
    """Solve one instance; a capacity that is exceeded is a wrong answer."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    medians = int(lines[0][1])
    x, y, capacity, demand = np.array(lines[1 : int(lines[0][0]) + 1], dtype=np.float64).T
    started = time.perf_counter()
    length, fullest = solve(np.column_stack([x, y]), demand.astype(np.int64), int(capacity.min()), medians)
    check(fullest <= capacity.min(), f"{fullest} beyond the capacity of {capacity.min():.0f}")
    note = f"{length:,.2f}; n {x.size}, p {medians}, {fullest} of {capacity.min():.0f}"
    figure = Figure(path.name, path.name, time.perf_counter() - started, note=note)
    return Report("有容量的 p-中位问题", "capacitated p-median", [figure])


def solve(xy: F64, demand: I64, capacity: int, medians: int) -> tuple[float, int]:
    """The sum of distances to the medians, each counted once whatever the demand, and the largest sum of demands of one."""
    nothing = np.empty((0, 2), dtype=np.int64)
    problem = problem_of(xy, demand, graph_of(nothing, len(xy)), DEFAULT_POLICY)._replace(
        pull=np.ones(len(xy)),
        size_cost=HARD_M * np.maximum(np.arange(int(demand.sum()) + 1) - capacity, 0.0),
        part_cost=0.0,
    )
    unit = np.arange(len(xy)) * medians // len(xy)
    length = improve(problem, unit, medians, _ROUNDS * medians)
    return length, int(np.bincount(unit, demand).max())
