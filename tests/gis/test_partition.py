"""The partition into neighbour units: hamlets kept together, sizes in bounds, units in one piece, one answer for one input."""

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.arrays import F64
from gis.errors import InvalidInput
from gis.numbering import reading_order
from gis.partition import DEFAULT_POLICY, Effort, UnitPolicy, partition, partition_grids
from gis.partition.curve import cut, hilbert
from gis.partition.remarks import longest_edge_m, remarks

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
        if len({place for place in households if f"组{place[2]}" == label}) == households_there:  # no flats
            assert len(mine) == DEFAULT_POLICY.unit_count(households_there)
            assert _excess(sizes) == _excess([len(part) for part in np.array_split(range(households_there), len(mine))])


def _excess(sizes: list[int]) -> int:
    """Households beyond the bounds; an even cut has the fewest there are."""
    return sum(max(8 - size, size - 12, 0) + 100 * max(5 - size, size - 15, 0) for size in sizes)


@given(st.lists(places, min_size=1, max_size=150, unique_by=lambda place: place[:2]))
def test_units_hang_together(households: list[tuple[int, int, int]]) -> None:
    x, y, hamlet = _split(households)
    found = remarks(x, y, hamlet, partition(x, y, hamlet, effort=Effort.FAST))
    assert {one.rule for one in found} <= {"size", "far"}


@pytest.mark.parametrize("shape", ["one place", "line", "slanted line", "flats", "outlier", "two clusters", "circle"])
def test_shapes_that_break_triangulations(shape: str) -> None:
    k = np.arange(60.0)
    x, y = {
        "one place": (k * 0, k * 0),
        "line": (k * 7, k * 0),
        "slanted line": (k / 3, k / 7),
        "flats": (k // 20 * 40, k // 40 * 60),
        "outlier": (np.where(k == 59, 1e5, k % 8 * 20), k // 8 * 20),
        "two clusters": (k % 6 + np.where(k < 27, 0, 5e3), k // 6),
        "circle": (100 * np.cos(k * np.pi / 30), 100 * np.sin(k * np.pi / 30)),
    }[shape]
    unit = partition(x + 450_000, y + 2_710_000, [0] * 60)
    found = remarks(x + 450_000, y + 2_710_000, [0] * 60, unit)
    assert {one.rule for one in found} <= {"far"}
    assert ("far" in {one.rule for one in found}) == (shape == "outlier")  # clusters of 27 and 33 are three units each


def test_a_block_of_flats_stays_whole_unless_it_is_too_large() -> None:
    x = np.repeat([0.0, 30.0, 60.0, 200.0], [7, 7, 7, 30])
    unit = partition(x, x * 0, ["小区"] * x.size)
    # three units of 7 rather than 10 and 11
    assert all(len(set(unit[x == place].tolist())) == 1 for place in (0, 30, 60))
    assert list(Counter(unit[x == 200].tolist()).values()) == [10, 10, 10]


def test_no_unit_crosses_a_barrier_but_for_a_cut_off_farm() -> None:
    x, y = (values.ravel() for values in np.meshgrid(np.arange(8.0) * 10, np.arange(5.0) * 10))
    river = np.array([shapely.LineString([(35, -100), (35, 100)])], dtype=np.object_)
    unit = partition(x, y, x * 0, barriers=river)
    assert all(len(set((x[unit == one] < 35).tolist())) == 1 for one in set(unit.tolist()))
    assert remarks(x, y, x * 0, unit, barriers=river) == []
    farms = np.array(
        [shapely.LineString([(75 - 10, -100), (65, 35), (100, 35)])], dtype=np.object_
    )  # cuts 4 households off
    found = remarks(x, y, x * 0, partition(x, y, x * 0, barriers=farms), barriers=farms)
    assert {one.rule for one in found} == {"parts"}


def test_isolated_farms_join_the_nearest_unit_with_room() -> None:
    x = np.append(np.arange(24.0) * 10, [1000, 1010])
    hamlet = [1] * 24 + [-1] * 2
    unit = partition(x, x * 0, hamlet, unknown=-1)
    assert Counter(unit.tolist()) == {0: 12, 1: 14}
    assert [(one.rule, one.value) for one in remarks(x, x * 0, hamlet, unit)][:2] == [("size", 14), ("joined", 2)]
    assert Counter(partition(x, x * 0, [-1] * 26, unknown=-1).tolist()).total() == 26


def test_a_farm_whose_neighbours_are_full_is_a_unit_of_its_own() -> None:
    tight = UnitPolicy(10, 10, 10, 10, 10)
    unit = partition(np.append(np.arange(10.0), 50.0), np.zeros(11), [1] * 10 + [-1], tight, unknown=-1)
    assert Counter(unit.tolist()) == {0: 10, 1: 1}


def test_large_groups_are_divided_by_windows_into_whole_units_in_bounds() -> None:
    rng = np.random.default_rng(11)
    x, y = rng.uniform(0, 2000, (2, 900))
    unit = partition(x, y, np.zeros(900, dtype=int))
    assert [one for one in remarks(x, y, np.zeros(900), unit) if one.rule != "far"] == []
    along = np.empty(900, dtype=np.int64)
    along[np.argsort(hilbert(x, y), kind="stable")] = cut(np.ones(900, dtype=np.int64), 90)
    assert _length(x, y, unit) < 0.8 * _length(x, y, along)


def _length(x: F64, y: F64, unit: Any) -> float:
    """Metres of all households to the medoids of their units, by a plain loop."""
    total = 0.0
    for one in range(int(unit.max()) + 1):
        px, py = x[unit == one], y[unit == one]
        total += min(float(np.hypot(px - a, py - b).sum()) for a, b in zip(px, py, strict=True))
    return total


def test_more_effort_never_makes_units_longer_and_many_grids_are_as_one() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(0, 300, (2, 120)) + np.repeat(rng.uniform(0, 3000, (2, 4)), 30, axis=1)
    free = UnitPolicy(price_m=0)
    lengths = [_length(x, y, partition(x, y, [0] * 120, free, effort=effort)) for effort in Effort]
    assert lengths == sorted(lengths, reverse=True)
    halves = [np.arange(60), np.arange(60, 120)]
    many = partition_grids(x, y, halves, np.zeros(120), np.arange(120), policy=free)
    assert [one.tolist() for one in many] == [partition(x[m], y[m], [0] * 60, free, key=m).tolist() for m in halves]


def test_the_longest_edge_is_that_of_the_spanning_tree() -> None:
    assert longest_edge_m(np.array([[0.0, 0], [0, 0], [3, 4], [3, 5]])) == 5
    assert longest_edge_m(np.zeros((1, 2))) == 0


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
    side = 32
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    order = np.argsort(hilbert(column.ravel() / (side - 1), row.ravel() / (side - 1)))
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
    with pytest.raises(InvalidInput):
        UnitPolicy(price_m=-1)


def test_bad_households_are_refused() -> None:
    for x, y, hamlet, key in (
        ([np.nan], [0.0], ["a"], None),
        ([1.0], [np.inf], ["a"], None),
        ([1.0, 2.0], [1.0, 2.0], ["a"], None),
        ([1.0], [1.0], ["a"], [1, 2]),
    ):
        with pytest.raises(InvalidInput):
            partition(x, y, hamlet, key=key)
