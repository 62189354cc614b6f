"""First partition into neighbour units: hamlets kept together, sizes in bounds, one answer for one input."""

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.arrays import F64
from gis.errors import InvalidInput
from gis.numbering import reading_order
from gis.partition import DEFAULT_POLICY, UnitPolicy, partition

places = st.tuples(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 3))
bounds = st.lists(st.integers(1, 30), min_size=5, max_size=5).map(sorted)


def _split(households: list[tuple[int, int, int]]) -> tuple[F64, F64, list[str]]:
    x, y = (np.array([place[axis] for place in households], dtype=np.float64) for axis in (0, 1))
    return 450_000 + x, 2_710_000 + y, [f"组{place[2]}" for place in households]


@given(st.lists(places, min_size=1, max_size=150))
def test_units_keep_hamlets_and_sizes(households: list[tuple[int, int, int]]) -> None:
    x, y, hamlet = _split(households)
    units = partition(x, y, hamlet)
    assert units.dtype == np.int32
    assert sorted(set(units.tolist())) == list(range(units.max() + 1))
    members = Counter(units.tolist())
    for label, households_there in Counter(hamlet).items():
        mine = {unit for unit, its in zip(units.tolist(), hamlet, strict=True) if its == label}
        sizes = [members[unit] for unit in mine]
        assert sum(sizes) == households_there  # nobody of another hamlet in these units
        assert max(sizes) - min(sizes) <= 1
        assert len(mine) == DEFAULT_POLICY.unit_count(households_there)


@given(st.lists(places, min_size=1, max_size=80, unique_by=lambda place: place[:2]), st.randoms(use_true_random=False))
def test_the_order_of_households_does_not_matter(households: list[tuple[int, int, int]], random: Any) -> None:
    shuffled = random.sample(households, len(households))
    one = dict(zip(households, partition(*_split(households)), strict=True))
    other = dict(zip(shuffled, partition(*_split(shuffled)), strict=True))
    assert one == other


@given(st.lists(places, min_size=16, max_size=60), st.randoms(use_true_random=False))
def test_ids_decide_in_a_block_of_flats(households: list[tuple[int, int, int]], random: Any) -> None:
    crowded = [(x // 1000, y // 1000, 0) for x, y, _ in households]
    ids = list(range(len(crowded)))
    order = random.sample(ids, len(ids))
    one = partition(*_split(crowded), key=ids)
    other = partition(*_split([crowded[k] for k in order]), key=order)
    assert one[order].tolist() == other.tolist()


@given(st.lists(places, min_size=1, max_size=150))
def test_units_are_numbered_in_reading_order_of_their_middles(households: list[tuple[int, int, int]]) -> None:
    x, y, hamlet = _split(households)
    units = partition(x, y, hamlet)
    members = np.bincount(units)
    middles = (np.bincount(units, values) / members for values in (x, y))  # whole metres: sums do not round
    assert reading_order(*middles).tolist() == list(range(members.size))


def test_a_village_street_is_cut_into_tens_along_its_length() -> None:
    x = np.arange(40.0) * 20
    units = partition(x, np.zeros(40), ["街"] * 40)
    assert units.tolist() == sorted(units.tolist())
    assert Counter(units.tolist()) == {0: 10, 1: 10, 2: 10, 3: 10}


def test_clusters_stay_whole() -> None:
    rng = np.random.default_rng(7)
    centres = np.array([(0, 0), (900, 0), (0, 900), (900, 900)])
    x, y = (np.repeat(centres, 10, axis=0) + rng.uniform(0, 30, (40, 2))).T
    units = partition(x, y, np.zeros(40, dtype=int))
    assert [set(part.tolist()) for part in np.split(units, 4)] == [{2}, {3}, {0}, {1}]


def test_the_curve_visits_neighbours_one_after_the_other() -> None:
    # With units of one household, numbered along the curve by the sort alone, each step is to a neighbour.
    from gis.partition import _hilbert  # pyright: ignore[reportPrivateUsage]  # the curve itself is the subject

    side = 32
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    order = np.argsort(_hilbert(column.ravel() / (side - 1), row.ravel() / (side - 1)))
    path = [(int(column.ravel()[k]), int(row.ravel()[k])) for k in order]
    assert len(set(path)) == side * side
    assert all(abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1 for a, b in pairwise(path))


def test_no_households_and_one() -> None:
    assert partition([], [], []).tolist() == []
    assert partition([1.0], [2.0], ["独户"]).tolist() == [0]


@pytest.mark.parametrize(
    ("households", "units"),
    [
        (0, 0),
        (1, 1),
        (7, 1),
        (8, 1),
        (12, 1),
        (13, 1),
        (14, 1),
        (15, 2),
        (16, 2),
        (24, 2),
        (25, 3),
        (100, 10),
        (999, 100),
    ],
)
def test_number_of_units(households: int, units: int) -> None:
    assert DEFAULT_POLICY.unit_count(households) == units


@given(bounds, st.integers(1, 400))
def test_number_of_units_is_the_best_of_all(limits: list[int], households: int) -> None:
    hard_low, low, target, high, hard_high = limits
    policy = UnitPolicy(target, low, high, hard_low, hard_high)

    def broken(count: int) -> tuple[int, int]:
        sizes = [len(part) for part in np.array_split(np.arange(households), count)]
        return (
            sum(max(hard_low - size, size - hard_high, 0) for size in sizes),
            sum(not low <= size <= high for size in sizes),
        )

    if households >= low:
        chosen = policy.unit_count(households)
        assert broken(chosen) == min(broken(count) for count in range(1, households + 1))
    else:
        assert policy.unit_count(households) == 1


@pytest.mark.parametrize("limits", [(10, 0, 12, 0, 15), (10, 11, 12, 5, 15), (13, 8, 12, 5, 15), (10, 8, 16, 5, 15)])
def test_a_policy_that_contradicts_itself_is_refused(limits: tuple[int, int, int, int, int]) -> None:
    with pytest.raises(InvalidInput):
        UnitPolicy(*limits)


def test_bad_households_are_refused() -> None:
    for x, y, hamlet, key in (
        ([np.nan], [0.0], ["a"], None),
        ([1.0], [np.inf], ["a"], None),
        ([1.0, 2.0], [1.0, 2.0], ["a"], None),
        ([1.0], [1.0], ["a"], [1, 2]),
    ):
        with pytest.raises(InvalidInput):
            partition(x, y, hamlet, key=key)
