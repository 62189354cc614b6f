"""Codes: grammar, parents, ranges, the rule that no code is ever used twice, and first numbering."""

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis import codes
from gis.codes import RANGES, WIDTHS, Kind
from gis.errors import CodesExhausted, InvalidCode, InvalidInput
from gis.numbering import first_numbers, reading_order

LEAF = "53232210120200701"
UNIT = LEAF + "003"
PARTS = (
    st.integers(100_000, 999_999).map(str),
    *(st.integers(1, 10**digits - 1).map(lambda n, d=digits: f"{n:0{d}}") for digits in (3, 3, 3, 2, 3)),
)
some_codes = st.tuples(st.tuples(*PARTS), st.integers(1, 6)).map(lambda t: "".join(t[0][: t[1]]))


def test_the_chain_of_the_domain_example() -> None:
    assert codes.chain(UNIT) == ["532322", "532322101", "532322101202", "532322101202007", LEAF, UNIT]
    assert codes.ancestors(LEAF) == ["532322", "532322101", "532322101202", "532322101202007"]
    assert codes.ancestors("532322") == []
    assert codes.parent("532322") is None
    assert codes.parent(UNIT) == LEAF
    assert codes.ancestor(UNIT, 4) == "532322101202"
    assert [codes.level_of(code) for code in codes.chain(UNIT)] == [2, 3, 4, 5, 6, codes.UNIT_LEVEL]


def test_reading_forms() -> None:
    assert codes.grouped(LEAF) == "532322 101 202 007 01"
    assert codes.grouped(UNIT) == "532322 101 202 007 01 003"
    assert codes.grouped("532322") == codes.short("532322") == "532322"
    assert codes.short(LEAF) == "01"
    assert codes.number_of("532322101202007") == 7


@given(some_codes)
def test_parent_and_number_make_the_code_again(code: str) -> None:
    assert codes.is_code(code)
    assert codes.check_code(code) == code
    assert codes.grouped(code).replace(" ", "") == code
    upper = codes.parent(code)
    if upper is not None:
        assert code.startswith(upper)
        assert codes.child(upper, codes.number_of(code)) == code
        assert codes.chain(code) == [*codes.chain(upper), code]


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "53232",
        "5323221",
        "532322101202007010",
        UNIT + "1",
        "032322",
        "532322000",
        "532322101202000",
        "53232210120200700",
        "53232210a",
        " 532322",
        "532322\n",
        "５３２３２２",
        "532322١٠١",
        532322,
        None,
        True,
        b"532322",
    ],
)
def test_what_is_no_code(wrong: object) -> None:
    assert not codes.is_code(wrong)
    with pytest.raises(InvalidCode):
        codes.check_code(wrong)


@given(st.text(alphabet="0123456789", max_size=24))
def test_digits_are_codes_by_length_and_no_zero_part(text: Any) -> None:
    starts = [0, 6, 9, 12, 15, 17]
    expected = len(text) in WIDTHS.values() and text[0] != "0"
    expected = expected and all(
        int(text[a:b]) > 0 for a, b in zip(starts, [*starts[1:], 20], strict=True) if b <= len(text)
    )
    assert codes.is_code(text) == expected


def test_check_code_names_the_levels_wanted() -> None:
    assert codes.check_code(LEAF, 5, 6) == LEAF
    with pytest.raises(InvalidCode):
        codes.check_code(LEAF, 3)


@pytest.mark.parametrize("level", [1, 5, 8])
def test_no_ancestor_of_another_level(level: int) -> None:
    with pytest.raises(InvalidInput):
        codes.ancestor("532322101202", level)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("532322001", Kind.STREET),
        ("532322099", Kind.STREET),
        ("532322100", Kind.TOWN),
        ("532322199", Kind.TOWN),
        ("532322200", Kind.TOWNSHIP),
        ("532322399", Kind.TOWNSHIP),
        ("532322400", None),
        ("532322101199", Kind.COMMUNITY),
        ("532322101200", Kind.VILLAGE),
        ("532322101498", None),
        ("532322101202799", Kind.GRID),
        ("532322101202800", Kind.SPECIAL),
        ("532322101202900", Kind.RESERVED),
        (LEAF, Kind.BASIC),
        (UNIT, Kind.UNIT),
        ("532322", None),
    ],
)
def test_kind_by_number(code: str, kind: Any) -> None:
    assert codes.kind_of(code) == kind


@given(st.sampled_from([kind for kind in Kind if kind is not Kind.RESERVED]))
def test_every_number_is_given_once_then_an_error(kind: Any) -> None:
    span = RANGES[kind]
    parent = UNIT[: WIDTHS[span.level - 1]]
    given_out, highest = [], 0
    for _ in range(len(span)):
        highest = codes.next_number(parent, kind, highest)
        given_out.append(highest)
        assert codes.kind_of(codes.child(parent, highest)) == kind
    assert given_out == list(range(span.first, span.last + 1))
    with pytest.raises(CodesExhausted):
        codes.next_number(parent, kind, highest)


def test_next_number_after_deletions_never_comes_back() -> None:
    # Number 7 was given and its grid has gone: the counter still says 7.
    assert codes.next_number("532322101202", Kind.GRID, 7) == 8


def test_next_number_refuses_other_ranges_and_levels() -> None:
    with pytest.raises(InvalidInput):
        codes.next_number("532322", Kind.TOWN, 205)
    with pytest.raises(InvalidCode):
        codes.next_number("532322", Kind.VILLAGE, 0)


@pytest.mark.parametrize("number", [-1, 0, 100, 1000])
def test_a_code_is_never_widened(number: int) -> None:
    with pytest.raises(CodesExhausted):
        codes.child(LEAF[:15], number)
    with pytest.raises(InvalidCode):
        codes.child(UNIT, 1)


@given(st.lists(some_codes | st.just("")))
def test_parents_of_many_equal_parents_of_each(many: list[str]) -> None:
    assert codes.parents(many).tolist() == [codes.parent(code) or "" if code else "" for code in many]


@given(st.lists(some_codes.filter(lambda code: len(code) >= 12) | st.just("")))
def test_at_level_of_many_equals_ancestor_of_each(many: list[str]) -> None:
    assert codes.at_level(many, 4).tolist() == [codes.ancestor(code, 4) if code else "" for code in many]


def test_many_refuses_what_one_refuses() -> None:
    with pytest.raises(InvalidCode):
        codes.parents(["532322", "5323"])
    with pytest.raises(InvalidInput):
        codes.at_level([LEAF, "532322"], 4)
    with pytest.raises(InvalidInput):
        codes.at_level([LEAF], 1)


def test_reading_order_is_rows_from_the_north_each_from_the_west() -> None:
    x = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    y = np.array([2, 2, 2, 1, 1, 1, 0, 0, 0])
    mixed = np.random.default_rng(1).permutation(9)
    assert reading_order(x[mixed], y[mixed]).tolist() == np.argsort(mixed).tolist()


def test_reading_order_forgives_points_off_their_row() -> None:
    # Two rows of three; a north-to-south sort alone would weave them.
    x = [101.1, 101.2, 101.3, 101.12, 101.22, 101.31]
    y = [24.52, 24.50, 24.53, 24.41, 24.44, 24.40]
    assert reading_order(x, y).tolist() == [0, 1, 2, 3, 4, 5]


def test_a_point_between_two_rows_belongs_to_the_northern() -> None:
    assert reading_order([1.5, 0, 0.5], [2, 1, 0]).tolist() == [1, 0, 2]


def test_reading_order_of_lines_and_single_points() -> None:
    assert reading_order([3, 1, 2], [5, 5, 5]).tolist() == [1, 2, 0]
    assert reading_order([7, 7, 7], [1, 3, 2]).tolist() == [1, 2, 0]
    assert reading_order([1], [1]).tolist() == [0]
    assert reading_order([], []).tolist() == []
    assert reading_order([1, 1], [2, 2]).tolist() == [0, 1]
    with pytest.raises(InvalidInput):
        reading_order([1, 2], [np.nan, 0])


@given(
    st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), unique=True, min_size=1, max_size=50),
    st.randoms(use_true_random=False),
)
def test_first_numbering_does_not_depend_on_the_order_given(points: Any, random: Random) -> None:
    shuffled = random.sample(points, len(points))
    numbers = first_numbers("532322101202", Kind.GRID, *np.array(points).T)
    again = first_numbers("532322101202", Kind.GRID, *np.array(shuffled).T)
    assert sorted(numbers.tolist()) == list(range(1, len(points) + 1))
    assert dict(zip(points, numbers, strict=True)) == dict(zip(shuffled, again, strict=True))


def test_first_numbering_starts_with_its_range_and_ends_with_it() -> None:
    assert first_numbers("532322101", Kind.VILLAGE, [2, 1], [1, 1]).tolist() == [201, 200]
    with pytest.raises(CodesExhausted):
        first_numbers(LEAF[:15], Kind.BASIC, np.arange(100), np.arange(100))
    with pytest.raises(InvalidCode):
        first_numbers("532322", Kind.BASIC, [1], [1])
