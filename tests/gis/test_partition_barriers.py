"""Barriers in divisions and repairs; divisions into given numbers of units; a new division under old numbers."""

from collections import Counter

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from gis.arrays import I64, Bools
from gis.partition import DEFAULT_POLICY, UnitPolicy, partition, partition_grids
from gis.partition.matching import matched
from gis.partition.repair import repair

X, Y = np.random.default_rng(7).uniform(0, 800, (2, 60))
RIVER = np.array([shapely.LineString([(400, -100), (400, 900)])], dtype=object)
FAR_RIVER = np.array([shapely.LineString([(5000, -100), (5000, 900)])], dtype=object)
EAST = X > 400
UNIT: I64 = partition(X, Y, [1] * 60).astype(np.int64)


def straddling(unit: I64, east: Bools) -> set[int]:
    return set(unit[east].tolist()) & set(unit[~east].tolist())


def test_a_repair_takes_units_off_a_new_barrier_and_no_more() -> None:
    cut = straddling(UNIT, EAST)
    assert cut  # else the river tells nothing
    found = repair(X, Y, [1] * 60, UNIT, barriers=RIVER)
    assert straddling(found, EAST) == set()
    assert set(np.bincount(found)[np.unique(found)].tolist()) <= set(range(8, 13))
    kept = [one for one in set(UNIT.tolist()) - cut if (found[one == UNIT] == one).all()]
    assert kept
    again = repair(X, Y, [1] * 60, found, barriers=RIVER)
    assert again.tolist() == found.tolist()
    assert repair(X, Y, [1] * 60, UNIT, barriers=FAR_RIVER).tolist() == UNIT.tolist()


@given(st.sets(st.integers(0, 59), max_size=20), st.sets(st.integers(0, 59), max_size=20), st.sets(st.integers(0, 6)))
def test_pinned_units_stay_and_no_other_crosses(gone: set[int], fresh: set[int], pinned: set[int]) -> None:
    here = np.array([k for k in range(60) if k not in gone])
    home = np.array([-1 if k in fresh else UNIT[k] for k in here])
    found = repair(X[here], Y[here], [1] * here.size, home, pinned=pinned, barriers=RIVER)
    for one in pinned & set(home.tolist()):
        assert ((found == one) == (home == one)).all()
    assert (found >= 0).all()
    east, free = EAST[here], ~np.isin(home, list(pinned))
    sides = [int((free & side).sum()) for side in (east, ~east)]
    if min(sides) >= DEFAULT_POLICY.hard_low:  # fewer may cross, as they do in a division
        assert straddling(found[free], east[free]) == set()


def test_a_unit_that_a_barrier_cuts_stays_where_most_of_it_is() -> None:
    x = np.append(np.arange(10.0), 100 + np.arange(6.0))
    home = np.array([0] * 10 + [0] * 2 + [1] * 4)
    fence = np.array([shapely.LineString([(50, -50), (50, 50)])], dtype=object)
    found = repair(x, x * 0, [1] * 16, home, UnitPolicy(low=5), barriers=fence)
    assert found.tolist() == [0] * 10 + [1] * 6


def test_grids_get_the_barriers_near_them() -> None:
    halves = [np.flatnonzero(EAST), np.flatnonzero(~EAST)]
    x, y = X, Y
    line = np.array([shapely.LineString([(200, -100), (200, 900)])], dtype=object)
    together = partition_grids(x, y, halves, np.zeros(60), np.arange(60), barriers=line)
    one_by_one = [partition(x[m], y[m], np.zeros(m.size), key=m, barriers=line) for m in halves]
    assert [one.tolist() for one in together] == [one.tolist() for one in one_by_one]


@pytest.mark.parametrize("count", [4, 5, 6, 7, 8])
def test_a_hamlet_is_divided_into_as_many_units_as_are_asked_for(count: int) -> None:
    unit = partition(X, Y, ["一组"] * 60, UnitPolicy(low=5, high=15, price_m=0), counts={"一组": count, "二组": 1})
    assert int(unit.max()) + 1 == count


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_matching_moves_the_fewest(pairs: list[tuple[int, int]]) -> None:
    old, new = (np.array(one, dtype=np.int64) for one in zip(*pairs, strict=True))
    found = matched(old, new, 10)
    assert len(set(zip(new.tolist(), found.tolist(), strict=True))) == len(set(new.tolist()))
    assert len(set(found.tolist())) == len(set(new.tolist()))
    assert all(one in set(old.tolist()) or one >= 10 for one in found.tolist())
    shared = Counter(pair for pair in pairs if pair[0] >= 0)
    table = np.array([[shared[code, one] for code in range(5)] for one in range(5)])
    most = int(table[linear_sum_assignment(-table)].sum())
    assert int((found == old).sum()) == most
