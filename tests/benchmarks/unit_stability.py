"""Units kept through change: nothing, 2 % leaving and arriving, borders moved by a tenth of a grid, ten years of it.

Each repair stands beside a fresh run with **the same number of units in every hamlet of every grid**, so that the metres
can be compared, and beside the fewest moves with which that run could be had (its units matched to the old ones).
"""

import time
from collections import Counter
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from gis.arrays import I64
from gis.partition import Effort
from gis.partition.repair import repair
from tests.benchmarks.measure import Figure, check
from tests.benchmarks.unit_homes import FREE, Homes, described, divided, lengths

_SHARE, _STRIP, _YEARS = 0.02, 0.1, 10
_NONE = -1


@dataclass(frozen=True, slots=True)
class Change:
    """Households of each grid after a change, their units before it (−1: none), after a repair and in a fresh run."""

    grids: list[I64]
    before: list[I64]
    repaired: list[I64]
    seconds: float


def stability(homes: Homes) -> list[Figure]:
    """All of it."""
    rng = np.random.default_rng(1)
    everybody = np.arange(len(homes.xy))
    arrive, leave = (rng.random(everybody.size) < _SHARE for _ in range(2))
    first, home = _settled(homes, np.flatnonzero(~arrive))
    same = _repaired(homes, home, first)
    check(all((a == b).all() for a, b in zip(same.before, same.repaired, strict=True)), "no change, and somebody moves")
    churned = _repaired(homes, home, homes.some(np.flatnonzero(~leave)))
    figures = [Figure("没有变化", "no change", same.seconds, note="0 % moved")]
    figures += _figures(homes, churned, ("修补：2 % 迁出、2 % 迁入", "repair: 2 % leave, 2 % arrive"))
    _, home = _settled(homes, everybody)
    figures += _figures(
        homes, _repaired(homes, *_moved_borders(homes, home)), ("修补：界线移动一成", "repair: borders move by a tenth")
    )
    return [*figures, *_decade(homes)]


def _settled(homes: Homes, places: I64) -> tuple[list[I64], I64]:
    """Grids with some of the households, and the unit of each household there, −1 of the others."""
    units, grids = divided(homes, homes.hamlet, Effort.THOROUGH, grids=homes.some(places))
    return grids, _home(len(homes.xy), grids, units)


def _home(count: int, grids: list[I64], units: list[I64]) -> I64:
    home = np.full(count, _NONE, dtype=np.int64)
    home[np.concatenate(grids)] = np.concatenate(units)
    return home


def _repaired(homes: Homes, home: I64, grids: list[I64]) -> Change:
    started = time.perf_counter()
    units = [repair(homes.xy[m, 0], homes.xy[m, 1], homes.hamlet[m], home[m], FREE, key=m) for m in grids]
    return Change(grids, [home[m] for m in grids], units, time.perf_counter() - started)


def _moved_borders(homes: Homes, home: I64) -> tuple[I64, list[I64]]:
    """Every grid with its nearest free neighbour: the tenth of its households nearest to it go over there."""
    middles = np.array([homes.xy[members].mean(axis=0) for members in homes.grids])
    beside = np.asarray(cKDTree(middles).query(middles, 8)[1], dtype=np.int64)
    after, home, used = list(homes.grids), home.copy(), set[int]()
    for one, others in enumerate(beside):
        other = next((k for k in others.tolist() if k != one and k not in used), None)
        if one in used or other is None:
            continue
        used |= {one, other}
        members = homes.grids[one]
        away = np.hypot(*(homes.xy[members] - middles[other]).T)
        over = members[np.argsort(away, kind="stable")[: round(_STRIP * members.size)]]
        home[over] = _NONE
        after[one] = np.setdiff1d(members, over)
        after[other] = np.union1d(homes.grids[other], over)
    chosen = sorted(used)
    return home, [after[k] for k in chosen]


def _decade(homes: Homes) -> list[Figure]:
    """Ten years, of which each takes 2 % away for ever and brings as many to houses that stood empty so far."""
    rng = np.random.default_rng(2)
    here = rng.random(len(homes.xy)) >= _SHARE * _YEARS
    waiting = rng.permutation(np.flatnonzero(~here))
    _, home = _settled(homes, np.flatnonzero(here))
    moved, total, seconds, change = 0, 0, 0.0, None
    for newcomers in np.array_split(waiting, _YEARS):
        here[rng.choice(np.flatnonzero(here), newcomers.size, replace=False)] = False
        here[newcomers] = True
        change = _repaired(homes, home, homes.some(np.flatnonzero(here)))
        moves, stayed = _moves(change)
        moved, total, seconds = moved + moves, total + stayed, seconds + change.seconds
        home = _home(len(homes.xy), change.grids, change.repaired)
    if change is None:
        return []
    note = f"{100 * moved / total:.2f} % moved a year, {_beside(homes, change)[0]}"
    return [Figure("十年，每年 2 % 迁出迁入", "ten years of 2 %", seconds, note=note)]


def _figures(homes: Homes, change: Change, name: tuple[str, str]) -> list[Figure]:
    moves, stayed = _moves(change)
    beside, rerun = _beside(homes, change)
    counted = described(homes, homes.hamlet, change.grids, [_compact(one) for one in change.repaired])
    again = f"{100 * rerun / stayed:.2f} % moved at least"
    return [
        Figure(*name, change.seconds, note=f"{100 * moves / stayed:.2f} % moved, {beside}; {counted}"),
        Figure("重新划分，单元数相同，尽量对应", "a fresh run with as many units, matched", 0.0, note=again),
    ]


def _moves(change: Change) -> tuple[int, int]:
    """Households that had a unit and got another, and those that had one."""
    pairs = list(zip(change.before, change.repaired, strict=True))
    stayed = sum(int((old >= 0).sum()) for old, _ in pairs)
    return sum(int(((old >= 0) & (old != new)).sum()) for old, new in pairs), stayed


def _beside(homes: Homes, change: Change) -> tuple[str, int]:
    """Metres over a fresh run with as many units, and what that run moves if matched."""
    counts = [_counts(homes.hamlet[m], unit) for m, unit in zip(change.grids, change.repaired, strict=True)]
    fresh, _ = divided(homes, homes.hamlet, Effort.THOROUGH, grids=change.grids, counts=counts)
    compact = [_compact(one) for one in change.repaired]
    check([int(one.max()) for one in compact] == [int(one.max()) for one in fresh], "as many units in every grid")
    longer = lengths(homes, compact, change.grids).sum() / lengths(homes, fresh, change.grids).sum() - 1
    rerun = sum(_moved_at_least(old, new) for old, new in zip(change.before, fresh, strict=True))
    return f"{100 * longer:+.2f} % metres", rerun


def _counts(hamlet: I64, unit: I64) -> dict[int, int]:
    return dict(Counter(one for one, _ in set(zip(hamlet.tolist(), unit.tolist(), strict=True))))


def _compact(unit: I64) -> I64:
    return np.unique(unit, return_inverse=True)[1].astype(np.int64)


def _moved_at_least(old: I64, new: I64) -> int:
    """Households that change their unit if new units take the numbers of old ones as well as can be."""
    settled = old >= 0
    old, new = _compact(old[settled]), _compact(new[settled])
    shared = np.zeros((int(old.max(initial=0)) + 1, int(new.max(initial=0)) + 1), dtype=np.int64)
    np.add.at(shared, (old, new), 1)
    return old.size - int(shared[linear_sum_assignment(-shared)].sum())
