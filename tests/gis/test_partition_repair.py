"""Repair of units: nothing without need, as few moves as possible, pinned units as they are."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.arrays import I64
from gis.partition import DEFAULT_POLICY, partition
from gis.partition.remarks import remarks
from gis.partition.repair import kept_count, repair

XY = np.random.default_rng(5).uniform(0, 900, (2, 80))
X, Y = XY[0], XY[1]
UNIT: I64 = partition(X, Y, [1] * 80).astype(np.int64)


def test_nothing_moves_without_a_change() -> None:
    assert repair(X, Y, [1] * 80, UNIT).tolist() == UNIT.tolist()


@given(st.sets(st.integers(0, 79), max_size=30), st.sets(st.integers(0, 79), max_size=30), st.randoms())
def test_sizes_stay_in_bounds_and_order_does_not_matter(gone: set[int], fresh: set[int], random: Any) -> None:
    here = [k for k in range(80) if k not in gone]
    home = np.array([-1 if k in fresh else UNIT[k] for k in here])
    x, y = XY[:, here]
    found = repair(x, y, [1] * len(here), home)
    assert {one.rule for one in remarks(x, y, [1] * len(here), np.unique(found, return_inverse=True)[1])} <= {"far"}
    assert all(one in set(home.tolist()) or one > home.max() for one in found.tolist())
    order = random.sample(range(len(here)), len(here))
    assert repair(x[order], y[order], [1] * len(here), home[order], key=order).tolist() == found[order].tolist()


def test_one_household_more_moves_nobody() -> None:
    home = UNIT.copy()
    place = int(np.flatnonzero(np.bincount(UNIT)[UNIT] == 10)[0])
    home[place] = -1
    found = repair(X, Y, [1] * 80, home)
    assert np.delete(found, place).tolist() == np.delete(UNIT, place).tolist()


def test_a_unit_that_became_too_small_gets_one_household() -> None:
    first = np.flatnonzero(UNIT == 0)
    here = np.setdiff1d(np.arange(80), first[: first.size - 7])  # seven are left of it
    x, y = XY[:, here]
    found = repair(x, y, [1] * here.size, UNIT[here])
    assert (found != UNIT[here]).sum() == 1
    assert Counter(found.tolist())[0] == 8


def test_pinned_units_keep_their_members_and_get_no_others() -> None:
    pinned = 0
    home = UNIT.copy()
    home[np.flatnonzero(pinned != UNIT)[::3]] = -1
    found = repair(X, Y, [1] * 80, home, pinned=[pinned])
    assert ((found == pinned) == (pinned == UNIT)).all()


def test_units_are_opened_and_closed_with_numbers_of_their_own() -> None:
    x = np.arange(45.0) * 10
    home = np.append(np.arange(20) // 10, [-1] * 25)
    more = repair(x, x * 0, [1] * 45, home)
    assert more[:20].tolist() == home[:20].tolist()
    assert set(more.tolist()) - {0, 1} == {2, 3}
    fewer = repair(x[:12], x[:12] * 0, [1] * 12, np.arange(12) // 6)
    assert len(set(fewer.tolist())) == 1
    assert set(fewer.tolist()) <= {0, 1}


def test_a_farm_without_hamlet_joins_the_nearest_open_unit() -> None:
    x = np.append(np.arange(20.0) * 10, [400.0])
    home = np.append(np.arange(20) // 10, [-1])
    labels = [1] * 20 + [-1]
    assert repair(x, x * 0, labels, home, unknown=-1)[-1] == 1
    assert repair(x, x * 0, labels, home, unknown=-1, pinned=[1])[-1] == 0
    settled = np.append(np.arange(20) // 10, [0])
    assert repair(x, x * 0, labels, settled, unknown=-1).tolist() == settled.tolist()  # stays where people put it


@pytest.mark.parametrize(("households", "units", "kept"), [(30, 3, 3), (37, 3, 4), (23, 3, 2), (13, 2, 1), (5, 1, 1)])
def test_number_of_units_kept(households: int, units: int, kept: int) -> None:
    assert kept_count(households, units, DEFAULT_POLICY) == kept
