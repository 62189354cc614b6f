"""Neighbour units of the demonstration county beside k-means-constrained and a cut along the Hilbert curve.

All with sizes of 8–12 without a price and the same number of units in every basic grid, hamlets unknown (the harder
case); then the service's own way, by hamlet, and what moves when 2 % of the households leave and 2 % arrive.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gis.arrays import F64, I64
from gis.crs import from_storage, metric_crs
from gis.demo import build
from gis.partition import DEFAULT_POLICY, Effort, UnitPolicy, partition, partition_grids
from gis.partition.curve import cut, hilbert
from gis.partition.remarks import remarks
from gis.partition.repair import repair
from tests.benchmarks.measure import Figure, Report, check
from tests.gis.optima import frozen, total_m

FREE = UnitPolicy(price_m=0)
_LEAVE = _ARRIVE = 0.02
_TURNED = ((1, 0), (-1, 0), (0, 1), (0, -1))
"""Which way the map is turned for runs that shall differ: the search draws by the households' order."""


@dataclass(frozen=True, slots=True)
class Homes:
    """Households of the county: metres, hamlet, and the positions of each basic grid's."""

    xy: F64
    hamlet: I64
    grids: list[I64]

    def some(self, places: I64) -> list[I64]:
        """The positions of each grid's households, only those among ``places``."""
        chosen = np.zeros(len(self.xy), dtype=np.bool_)
        chosen[places] = True
        return [members[chosen[members]] for members in self.grids]


def run() -> Report:
    """Measure it."""
    homes = _homes()
    nobody = np.zeros(len(homes.xy), dtype=np.int64)
    partition([0.0, 1.0], [0.0, 1.0], [0, 0])  # compiled before it is measured
    best = np.min([_lengths(homes, _ours(homes, nobody, Effort.LONG, turn)[0]) for turn in _TURNED[:2]], axis=0)
    ours: dict[str, Callable[[], list[I64]]] = {
        "gis.partition, THOROUGH": lambda: _ours(homes, nobody, Effort.THOROUGH)[0],
        "gis.partition, FAST": lambda: _ours(homes, nobody, Effort.FAST)[0],
        "k-means-constrained, n_init 1": lambda: _k_means(homes, 1),
        "k-means-constrained, n_init 10": lambda: _k_means(homes, 10),
        "Hilbert": lambda: _along_the_curve(homes),
    }
    figures = [_figure(name, homes, nobody, best, divide) for name, divide in ours.items()]
    return Report("十联户单元", "neighbour units", [*figures, _optima(), _by_hamlet(homes), *_stability(homes)])


def _homes() -> Homes:
    people = build(county=0).households
    lon, lat = people["lon"].to_numpy(dtype=np.float64), people["lat"].to_numpy(dtype=np.float64)
    code = people["code"].to_numpy(dtype=np.str_)
    grids = np.split(np.argsort(code, kind="stable"), np.cumsum(np.unique(code, return_counts=True)[1])[:-1])
    return Homes(
        np.column_stack(from_storage(lon, lat, metric_crs(float(lon.mean())))),
        people["hamlet"].to_numpy(dtype=np.int64),
        [one.astype(np.int64) for one in grids],
    )


def _ours(
    homes: Homes,
    hamlet: I64,
    effort: int,
    turn: tuple[int, int] = (1, 0),
    policy: UnitPolicy = FREE,
    grids: list[I64] | None = None,
) -> tuple[list[I64], list[I64]]:
    """Units of each grid, and the positions of its households."""
    x = turn[0] * homes.xy[:, 0] - turn[1] * homes.xy[:, 1]
    y = turn[1] * homes.xy[:, 0] + turn[0] * homes.xy[:, 1]
    chosen = homes.grids if grids is None else grids
    found = partition_grids(x, y, chosen, hamlet, np.arange(x.size), policy=policy, effort=effort)
    return [one.astype(np.int64) for one in found], chosen


def _k_means(homes: Homes, starts: int) -> list[I64]:
    from k_means_constrained import KMeansConstrained  # brings OR-Tools: only where it is used

    found: list[I64] = []
    for members in homes.grids:
        count = FREE.unit_count(members.size)
        low, high = min(FREE.low, members.size // count), max(FREE.high, -(-members.size // count))
        clusters = KMeansConstrained(count, size_min=low, size_max=high, n_init=starts, random_state=0)
        found.append(np.asarray(clusters.fit_predict(homes.xy[members]), dtype=np.int64))
    return found


def _along_the_curve(homes: Homes) -> list[I64]:
    found: list[I64] = []
    for members in homes.grids:
        unit = np.empty(members.size, dtype=np.int64)
        order = np.argsort(hilbert(*homes.xy[members].T), kind="stable")
        unit[order] = cut(np.ones(members.size, dtype=np.int64), FREE.unit_count(members.size))
        found.append(unit)
    return found


def _lengths(homes: Homes, units: list[I64], grids: list[I64] | None = None) -> F64:
    """Metres of each grid's households to the medoids of their units."""
    pairs = zip(homes.grids if grids is None else grids, units, strict=True)
    return np.array([total_m(homes.xy[members, 0], homes.xy[members, 1], unit) for members, unit in pairs])


def _figure(name: str, homes: Homes, hamlet: I64, best: F64, divide: Callable[[], list[I64]]) -> Figure:
    started, spent = time.perf_counter(), time.process_time()
    units = divide()
    seconds, spent = time.perf_counter() - started, time.process_time() - spent
    lengths = _lengths(homes, units)
    counts = [int(unit.max()) + 1 for unit in units]
    check(counts == [FREE.unit_count(members.size) for members in homes.grids], f"{name}: units of each grid")
    note = f"{lengths.sum() / 1e3:,.1f} km, worst grid +{100 * ((lengths / best).max() - 1):.1f} %, CPU {spent:.2f} s"
    return Figure(
        name,
        name,
        seconds,
        len(homes.xy),
        "households",
        float(lengths.sum() / best.sum()),
        f"{note}; {_described(homes, hamlet, homes.grids, units)}",
    )


def _described(homes: Homes, hamlet: I64, grids: list[I64], units: list[I64]) -> str:
    """Number of units, how many are outside 8–12, have several parts, and the sizes."""
    rules = [
        one.rule
        for members, unit in zip(grids, units, strict=True)
        for one in remarks(homes.xy[members, 0], homes.xy[members, 1], hamlet[members], unit)
    ]
    sizes = np.bincount(np.concatenate([np.bincount(unit) for unit in units]))
    shown = " ".join(f"{size}:{count}" for size, count in enumerate(sizes.tolist()) if count)
    return f"{sizes.sum()} units, {rules.count('size')} outside 8–12, {rules.count('parts')} in parts; {shown}"


def _optima() -> Figure:
    """The frozen grids of the tests."""
    grids, started = frozen(), time.perf_counter()
    over = [
        total_m(
            np.array(one.x), np.array(one.y), partition(one.x, one.y, [0] * len(one.x), FREE, effort=Effort.THOROUGH)
        )
        / one.best_m
        for one in grids
    ]
    met = sum(share <= 1 + 1e-9 for share, one in zip(over, grids, strict=True) if one.proven)
    note = f"{met} / {sum(one.proven for one in grids)} proven optima met, worst +{100 * (max(over) - 1):.2f} %"
    return Figure("固定的小网格", "the frozen grids", time.perf_counter() - started, note=note)


def _by_hamlet(homes: Homes) -> Figure:
    """The service's own setting: by hamlet, ten the commonest size."""
    started = time.perf_counter()
    units, grids = _ours(homes, homes.hamlet, Effort.FAST, policy=DEFAULT_POLICY)
    seconds = time.perf_counter() - started
    note = f"{_lengths(homes, units).sum() / 1e3:,.1f} km; {_described(homes, homes.hamlet, grids, units)}"
    return Figure("按村民小组，默认设置", "by hamlet, default policy", seconds, len(homes.xy), "households", note=note)


def _stability(homes: Homes) -> list[Figure]:
    """2 % leave and 2 % arrive: a repair beside a fresh run."""
    rng = np.random.default_rng(1)
    arrive, leave = rng.random(len(homes.xy)) < _ARRIVE, rng.random(len(homes.xy)) < _LEAVE
    first, before = _ours(homes, homes.hamlet, Effort.THOROUGH, grids=homes.some(np.flatnonzero(~arrive)))
    home = np.full(len(homes.xy), -1, dtype=np.int64)
    home[np.concatenate(before)] = np.concatenate(first)
    after = homes.some(np.flatnonzero(~leave))
    same, _ = _repaired(homes, home, before)
    check(
        all((home[m] == u).all() for m, u in zip(before, same, strict=True)), "a repair without a change moves somebody"
    )
    units, seconds = _repaired(homes, home, after)
    fresh, _ = _ours(homes, homes.hamlet, Effort.THOROUGH, grids=after)
    stayed = [home[members] >= 0 for members in after]
    moved = sum(int((u != home[m])[s].sum()) for m, u, s in zip(after, units, stayed, strict=True))
    rerun = sum(_moved_at_least(home[m][s], u[s]) for m, u, s in zip(after, fresh, stayed, strict=True))
    total = sum(int(one.sum()) for one in stayed)
    compact = [np.unique(one, return_inverse=True)[1].astype(np.int64) for one in units]
    longer = _lengths(homes, compact, after).sum() / _lengths(homes, fresh, after).sum() - 1
    note = f"{100 * moved / total:.2f} % moved, {100 * longer:+.2f} % metres; {_described(homes, homes.hamlet, after, compact)}"
    again = f"{100 * rerun / total:.2f} % moved at least; {_described(homes, homes.hamlet, after, fresh)}"
    return [
        Figure("修补：2 % 迁出、2 % 迁入", "repair: 2 % leave, 2 % arrive", seconds, note=note),
        Figure("重新划分，尽量对应", "a fresh run, matched", 0.0, note=again),
    ]


def _repaired(homes: Homes, home: I64, grids: list[I64]) -> tuple[list[I64], float]:
    started = time.perf_counter()
    units = [repair(homes.xy[m, 0], homes.xy[m, 1], homes.hamlet[m], home[m], FREE, key=m) for m in grids]
    return units, time.perf_counter() - started


def _moved_at_least(old: I64, new: I64) -> int:
    """Households that change their unit if new units take the numbers of old ones as well as can be."""
    from scipy.optimize import linear_sum_assignment

    shared = np.zeros((int(old.max(initial=0)) + 1, int(new.max(initial=0)) + 1), dtype=np.int64)
    np.add.at(shared, (old, new), 1)
    return old.size - int(shared[linear_sum_assignment(-shared)].sum())
