"""Neighbour units of the demonstration county beside k-means-constrained and a cut along the Hilbert curve.

All with sizes of 8–12 without a price and the same number of units in every basic grid, hamlets unknown (the harder
case); then the frozen optima, the service's own way, by hamlet, and what moves when households come and go.
"""

import time
from collections.abc import Callable

import numpy as np

from gis.arrays import F64, I64
from gis.partition import DEFAULT_POLICY, Effort, partition
from gis.partition.curve import cut, hilbert
from tests.benchmarks.measure import Figure, Report, check
from tests.benchmarks.unit_homes import FREE, Homes, described, divided, lengths, read_homes
from tests.benchmarks.unit_stability import stability
from tests.gis.optima import SMALL, Frozen, frozen, total_m

_TURNED = ((1, 0), (-1, 0), (0, 1), (0, -1))
"""Which way the map is turned for runs that shall differ: the search draws by the households' order."""


def run() -> Report:
    """Measure it."""
    homes = read_homes()
    nobody = np.zeros(len(homes.xy), dtype=np.int64)
    partition([0.0, 1.0], [0.0, 1.0], [0, 0])  # compiled before it is measured
    best = np.min([lengths(homes, divided(homes, nobody, Effort.LONG, turn)[0]) for turn in _TURNED[:2]], axis=0)
    ours: dict[str, Callable[[], list[I64]]] = {
        "gis.partition, DEEP": lambda: divided(homes, nobody, Effort.DEEP)[0],
        "gis.partition, THOROUGH": lambda: divided(homes, nobody, Effort.THOROUGH)[0],
        "gis.partition, FAST": lambda: divided(homes, nobody, Effort.FAST)[0],
        "k-means-constrained, n_init 1": lambda: _k_means(homes, 1),
        "k-means-constrained, n_init 10": lambda: _k_means(homes, 10),
        "Hilbert": lambda: _along_the_curve(homes),
    }
    figures = [_figure(name, homes, nobody, best, divide) for name, divide in ours.items()]
    return Report(
        "十联户单元", "neighbour units", [*figures, *_optima(), _by_hamlet(homes), _million(homes), *stability(homes)]
    )


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


def _figure(name: str, homes: Homes, hamlet: I64, best: F64, divide: Callable[[], list[I64]]) -> Figure:
    started, spent = time.perf_counter(), time.process_time()
    units = divide()
    seconds, spent = time.perf_counter() - started, time.process_time() - spent
    metres = lengths(homes, units)
    counts = [int(unit.max()) + 1 for unit in units]
    check(counts == [FREE.unit_count(members.size) for members in homes.grids], f"{name}: units of each grid")
    note = f"{metres.sum() / 1e3:,.1f} km, worst grid +{100 * ((metres / best).max() - 1):.1f} %, CPU {spent:.2f} s"
    return Figure(
        name,
        name,
        seconds,
        len(homes.xy),
        "households",
        float(metres.sum() / best.sum()),
        f"{note}; {described(homes, hamlet, homes.grids, units)}",
    )


def _optima() -> list[Figure]:
    """The frozen grids of the tests: small ones by which the search was tuned, others, grids of several hamlets."""
    grids = frozen()
    kinds = {
        ("固定的小网格", "frozen small grids"): [one for one in grids if len(one.x) <= SMALL and not one.held_out],
        ("未参与调参的小网格", "small grids held out"): [one for one in grids if one.held_out],
        ("多个村民小组的网格", "grids of several hamlets"): [one for one in grids if len(one.x) > SMALL],
    }
    return [_against(zh, en, some) for (zh, en), some in kinds.items()]


def _against(zh: str, en: str, grids: list[Frozen]) -> Figure:
    started = time.perf_counter()
    over = [
        total_m(
            np.array(one.x), np.array(one.y), partition(one.x, one.y, [0] * len(one.x), FREE, effort=Effort.THOROUGH)
        )
        / one.best_m
        for one in grids
    ]
    met = sum(share <= 1 + 1e-9 for share, one in zip(over, grids, strict=True) if one.proven)
    note = f"{met} / {sum(one.proven for one in grids)} proven optima met, worst of {len(grids)} +{100 * (max(over) - 1):.2f} %"
    return Figure(zh, en, time.perf_counter() - started, note=note)


def _by_hamlet(homes: Homes) -> Figure:
    """The service's own setting: by hamlet, ten the commonest size."""
    started = time.perf_counter()
    units, grids = divided(homes, homes.hamlet, Effort.FAST, policy=DEFAULT_POLICY)
    seconds = time.perf_counter() - started
    note = f"{lengths(homes, units).sum() / 1e3:,.1f} km; {described(homes, homes.hamlet, grids, units)}"
    return Figure("按村民小组，默认设置", "by hamlet, default policy", seconds, len(homes.xy), "households", note=note)


def _million(homes: Homes) -> Figure:
    """A million households in copies of the county, each turned another way, in the fast setting."""
    copies = -(-1_000_000 // len(homes.xy))
    started, spent, units = time.perf_counter(), time.process_time(), 0
    for number in range(copies):
        found, _ = divided(homes, homes.hamlet, Effort.FAST, _TURNED[number % len(_TURNED)], DEFAULT_POLICY)
        units += sum(int(one.max()) + 1 for one in found)
    seconds, spent = time.perf_counter() - started, time.process_time() - spent
    count = copies * len(homes.xy)
    note = f"{count:,} households, {units:,} units, CPU {spent:.1f} s: {spent / 2:.1f} s on two free cores"
    return Figure("一百万户", "a million households", seconds, count, "households", note=note)
