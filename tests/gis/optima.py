"""Divisions whose optimum is proven (scipy's HiGHS), and the frozen grids of `tests/data/unit_optima.json`.

``python -m tests.gis.optima`` makes the file anew from the demonstration county: 52 small grids with proven optima, by
which the search was tuned (12 of them were held out until one was missed), 12 others by which it was not, and 10 large ones
of several hamlets, with the best of four long runs, which is proven where the solver can within some minutes.
"""

import json
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from gis.arrays import F64, I32, I64
from gis.partition import UnitPolicy, partition

FILE = Path(__file__).parents[1] / "data" / "unit_optima.json"
FREE = UnitPolicy(price_m=0)
SMALL = 40
"""Most households of a small grid."""
_SMALL, _LATER, _HELD_OUT, _LARGE = 40, 12, 12, 10
_SMALL_S, _LARGE_S = 60, 240


@dataclass(frozen=True)
class Frozen:
    """Households of one grid, metres; the least sum of metres to the medoids of ``units`` units of 8–12.

    ``held_out`` grids had no say when the search was tuned.
    """

    x: list[float]
    y: list[float]
    units: int
    best_m: float
    proven: bool
    held_out: bool = False


def frozen() -> list[Frozen]:
    """The grids of the file."""
    return [Frozen(**one) for one in json.loads(FILE.read_text(encoding="utf-8"))]


def total_m(x: F64, y: F64, unit: I32 | I64) -> float:
    """Metres of all households to the medoids of their units, by a plain loop."""
    total = 0.0
    for one in range(int(unit.max()) + 1):
        px, py = x[unit == one], y[unit == one]
        total += min(float(np.hypot(px - a, py - b).sum()) for a, b in zip(px, py, strict=True))
    return total


def optimum_m(
    x: F64, y: F64, units: int, low: int = 8, high: int = 12, *, most: float = np.inf, seconds: float = _SMALL_S
) -> float | None:
    """The least sum of metres to ``units`` medoids with ``low`` … ``high`` households each; None if not proven in time.

    The p-median programme: z[i, j] = 1 if household i belongs to the unit with medoid j. ``most`` metres are known to do,
    so that the solver need not look at what is longer.
    """
    n = x.size
    distance = np.hypot(x[:, None] - x, y[:, None] - y)
    i, j = (one.ravel() for one in np.indices((n, n)))
    cell = i * n + j
    once = _rows(i, cell, np.ones(n * n), n)
    sizes = _rows(j, cell, np.ones(n * n), n)
    medoid = _rows(np.arange(n), np.arange(n) * (n + 1), np.ones(n), n, n * n)
    beside = _rows(cell, cell, np.ones(n * n), n * n) - _rows(cell, j * (n + 1), np.ones(n * n), n * n, n * n)
    count = _rows(np.zeros(n, dtype=int), np.arange(n) * (n + 1), np.ones(n), 1, n * n)
    rules: list[Any] = [
        LinearConstraint(once, 1, 1),
        LinearConstraint(csr_array(distance.ravel()[None]), 0, most),
        LinearConstraint(count, units, units),
        LinearConstraint(beside, -np.inf, 0),
        LinearConstraint(sizes - low * medoid, 0, np.inf),
        LinearConstraint(sizes - high * medoid, -np.inf, 0),
    ]
    whole, options = np.ones(n * n, dtype=np.int64), {"time_limit": seconds, "mip_rel_gap": 1e-9}
    solver: Any = milp
    found = solver(distance.ravel(), integrality=whole, bounds=Bounds(0, 1), constraints=rules, options=options)
    return float(found.fun) if found.status == 0 else None


def _rows(row: Any, column: Any, value: Any, rows: int, columns: int | None = None) -> csr_array[Any]:
    return csr_array(coo_array((value, (row, column)), shape=(rows, columns or row.size)))


def _make() -> list[Frozen]:
    from gis.crs import from_storage, metric_crs
    from gis.demo import build

    homes = build(county=0).households
    lon, lat = homes["lon"].to_numpy(float), homes["lat"].to_numpy(float)
    xy = np.round(np.column_stack(from_storage(lon, lat, metric_crs(float(lon.mean())))), 1)
    code, hamlet = homes["code"].to_numpy(str), homes["hamlet"].to_numpy(int)
    grids = [np.flatnonzero(code == grid) for grid in np.unique(code)]
    large = [mine for mine in grids if mine.size > SMALL and np.unique(hamlet[mine]).size > 1]
    chosen = large[:: len(large) // _LARGE][:_LARGE]
    tuned = [*_small(xy, grids[::9], _SMALL), *_small(xy, grids[4::9], _LATER)]
    return [*tuned, *_held_out(xy, grids), *(_searched(*xy[mine].T) for mine in chosen)]


def _held_out(xy: F64, grids: list[I64]) -> list[Frozen]:
    return [replace(one, held_out=True) for one in _small(xy, grids[7::9], _HELD_OUT)]


def _small(xy: F64, grids: list[I64], count: int) -> list[Frozen]:
    tried = (_proven(*xy[mine].T) for mine in grids if 16 <= mine.size <= SMALL)
    return list(islice((one for one in tried if one is not None), count))


def _proven(x: F64, y: F64) -> Frozen | None:
    units = FREE.unit_count(x.size)
    best = optimum_m(x, y, units)
    return None if best is None else Frozen(x.tolist(), y.tolist(), units, round(best, 6), proven=True)


def _searched(x: F64, y: F64) -> Frozen:
    runs = [total_m(x, y, partition(*turned, x * 0, FREE, effort=300)) for turned in ((x, y), (-x, y), (y, x), (-y, x))]
    units, best = FREE.unit_count(x.size), min(runs)
    proof = optimum_m(x, y, units, most=best * (1 + 1e-7), seconds=_LARGE_S)
    proven = proof is not None and proof >= best * (1 - 1e-7)
    return Frozen(x.tolist(), y.tolist(), units, round(best if proof is None else min(best, proof), 6), proven=proven)


if __name__ == "__main__":
    FILE.write_text(json.dumps([asdict(one) for one in _make()]) + "\n", encoding="utf-8")
