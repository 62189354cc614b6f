"""Old codes in bulk over five editions: every kind, weights, foreign codes, and the single answer as the oracle."""

from collections import defaultdict
from collections.abc import Iterator

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.db import Connection, Database
from gis.errors import InvalidInput
from gis.history import lineage, versions
from gis.recode import LOST_DIGITS, NEVER, NO_CODE, NOT_A_CODE, Question, Recoded, recode
from gis.successors import Heir, successors, without_people
from tests.boundaries.squares import COUNTY, TOWN, VILLAGE, leaf, square
from tests.conftest import Templates
from tests.gis.five_editions import five_editions

OTHER = "532322101202"
"""A village that never was."""
ALL = [leaf(n)[:width] for n in range(1, 9) for width in (17, 15)] + [COUNTY, TOWN, VILLAGE, OTHER]


@pytest.fixture(scope="module")
def store(templates: Templates) -> Iterator[Database]:
    with five_editions(templates) as url, Database(url, size=1) as database:
        yield database


@pytest.fixture
def work(store: Database) -> Iterator[Connection]:
    with store.transaction() as connection:
        yield connection


def told(answer: Recoded) -> list[tuple[str, float]]:
    return [(heir.code, round(heir.weight, 6)) for heir in answer.heirs]


@pytest.mark.parametrize(
    ("number", "kind", "heirs"),
    [
        (1, "split", {5: 0.6, 2: 0.4}),
        (2, "unchanged", {2: 1}),
        (3, "merged", {2: 1}),
        (4, "renamed", {7: 1}),
        (5, "unchanged", {5: 1}),
        (6, "merged", {2: 1}),
        (7, "unchanged", {7: 1}),
    ],
)
def test_each_code_as_it_last_stood(work: Connection, number: int, kind: str, heirs: dict[int, float]) -> None:
    for width in (17, 15):
        code = leaf(number)[:width]
        answer = recode(work, [code], Question(last=5))[code]
        assert answer.kind == kind
        assert {heir.code: heir.weight for heir in answer.heirs} == pytest.approx(
            {leaf(n)[:width]: share for n, share in heirs.items()}, abs=1e-4
        )


def test_codes_of_an_edition(work: Connection) -> None:
    answers = recode(work, [leaf(n) for n in range(1, 8)], Question(last=5, first=2))
    kinds = {code[12:15]: answer.kind for code, answer in answers.items()}
    assert kinds == {
        "001": "unknown", "002": "unchanged", "003": "merged", "004": "renamed", "005": "moved", "006": "merged",
        "007": "unknown",
    }  # fmt: skip
    assert [(h.code, h.name) for h in answers[leaf(5)].heirs] == [(leaf(5), "新名字"), (leaf(2), "第2网格")]
    assert answers[leaf(5)].heirs[0].weight == pytest.approx(6 / 7, abs=1e-4)
    assert answers[leaf(1)].reason == ("版本 2 中没有它", "it did not stand in edition 2")
    assert answers[leaf(7)].reason == ("版本 2 中没有它", "it did not stand in edition 2")
    assert recode(work, [leaf(5)], Question(last=5, first=4))[leaf(5)].kind == "renamed"
    assert {a.kind for a in recode(work, [COUNTY, TOWN, VILLAGE], Question(last=5, first=1)).values()} == {"unchanged"}
    assert recode(work, [leaf(7)], Question(last=3))[leaf(7)].reason == NEVER


def test_weights_by_households(work: Connection) -> None:
    code = leaf(1)
    by_people = recode(work, [code], Question(last=2, weights="households"))[code]
    assert [(h.code, h.weight) for h in by_people.heirs] == [
        (leaf(5), pytest.approx(2 / 3)),
        (leaf(6), pytest.approx(1 / 3)),
    ]
    later = recode(work, [code], Question(last=5, weights="households"))[code]
    assert [(h.code, h.weight) for h in later.heirs] == [(leaf(2), 1.0)]
    # One household went to 006: those who may not know get shares of the area.
    public = recode(work, [code], Question(last=2, weights="households", sees=lambda _: False, k=3))[code]
    assert [h.weight for h in public.heirs] == pytest.approx([0.7, 0.3], abs=1e-4)
    # No household was ever in 004.
    assert recode(work, [leaf(4)], Question(last=5, weights="households"))[leaf(4)].heirs[0].weight == 1


def test_texts_that_are_no_code_say_why(work: Connection) -> None:
    texts = {
        "": NO_CODE,
        "abc": NOT_A_CODE,
        "5.32322101201001E+16": LOST_DIGITS,
        "53232210120100100": LOST_DIGITS,
        leaf(1) + "001": NOT_A_CODE,
        "532322101201099": NEVER,
    }
    answers = recode(work, texts, Question(last=5))
    assert {text: answer.reason for text, answer in answers.items()} == texts
    assert {answer.kind for answer in answers.values()} == {"unknown"}
    spaced = "532322 101 201 004 01"
    assert recode(work, [spaced, f"'{leaf(4)}"], Question(last=5))[spaced].heirs[0].code == leaf(7)


def test_foreign_codes(work: Connection) -> None:
    answers = recode(work, ["A", " A", "B", "C", "D", ""], Question(last=5, system="mca"))
    assert answers["A"] == answers[" A"]
    assert (answers["A"].kind, len(answers["A"].heirs)) == ("split", 2)
    shares = {heir.code: heir.weight for heir in answers["B"].heirs}
    assert shares == pytest.approx({leaf(7): 0.75, leaf(5): 0.15, leaf(2): 0.1}, abs=1e-4)
    assert (answers["C"].kind, [h.code for h in answers["C"].heirs]) == ("merged", [leaf(2)])
    assert answers["D"].reason == ("编码体系 mca 中没有它", "the system mca has no such code")
    assert answers[""].reason == NO_CODE
    with pytest.raises(InvalidInput):
        recode(work, ["A"], Question(last=5, system="klingon"))
    with pytest.raises(InvalidInput):
        recode(work, [leaf(1)], Question(last=1, first=2))


@given(codes=st.lists(st.sampled_from(ALL), max_size=20), last=st.integers(1, 5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_table_agrees_with_single_codes(store: Database, codes: list[str], last: int) -> None:
    """The oracle for retired codes is `successors`, which asks the database for each; weights add up to one."""
    with store.transaction() as connection:
        answers = recode(connection, codes, Question(last=last))
        assert list(answers) == list(dict.fromkeys(codes))
        for code, answer in answers.items():
            row = connection.execute("SELECT retired_in FROM gis.code WHERE code = %s", [code]).fetchone()
            if answer.kind != "unknown":
                assert sum(heir.weight for heir in answer.heirs) == pytest.approx(1)
            if row is not None and row[0] is not None and row[0] <= last:
                single = [(heir.code, round(heir.area_share, 6)) for heir in successors(connection, code, row[0], last)]
                assert told(answer) == single
            elif answer.kind != "unknown":
                assert told(answer) == [(code, 1)]


@given(first=st.integers(1, 5), middle=st.integers(1, 5), last=st.integers(1, 5))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_steps_are_one(store: Database, first: int, middle: int, last: int) -> None:
    """Recoding to an edition in between and on from there gives the same codes with the same weights."""
    first, middle, last = sorted((first, middle, last))
    with store.transaction() as connection:
        direct = recode(connection, ALL, Question(last=last, first=first))
        halfway = recode(connection, ALL, Question(last=middle, first=first))
        onward = recode(connection, ALL, Question(last=last, first=middle))
    for code in ALL:
        weights: dict[str, float] = defaultdict(float)
        for heir in halfway[code].heirs:
            for end in onward[heir.code].heirs:
                weights[end.code] += heir.weight * end.weight
        assert {heir.code: heir.weight for heir in direct[code].heirs} == pytest.approx(weights, abs=1e-6)


@given(counts=st.lists(st.integers(0, 40), min_size=1, max_size=5).filter(any), k=st.integers(1, 5))
def test_public_shares_of_households_tell_no_small_count(counts: list[int], k: int) -> None:
    total = sum(counts)
    heirs = [Heir(leaf(n), 1 / len(counts), count / total) for n, count in enumerate(counts, start=1)]
    shown = without_people(heirs, total, k)
    assert [(h.code, h.area_share) for h in shown] == [(h.code, h.area_share) for h in heirs]
    if any(0 < count < k for count in counts):
        assert {h.household_share for h in shown} == {None}
    else:
        assert [h.household_share for h in shown] == pytest.approx([n / total for n in counts], abs=0.0051)


def test_history_tells_what_changed(work: Connection) -> None:
    changes = {n: [(v.edition, *v.changes) for v in versions(work, leaf(n), 5)] for n in range(1, 8)}
    assert changes == {
        1: [(1, "created"), (2, "retired")],
        2: [(1, "created"), (3, "geometry")],
        3: [(1, "created"), (3, "retired")],
        4: [(1, "created"), (4, "retired")],
        5: [(2, "created"), (3, "geometry"), (5, "name")],
        6: [(2, "created"), (3, "retired")],
        7: [(4, "created")],
    }
    assert [(v.edition, *v.changes) for v in versions(work, COUNTY, 5)] == [(1, "created")]
    assert [v.edition for v in versions(work, leaf(1), 1)] == [1]
    moved = versions(work, leaf(5), 5)[1]
    before, after = (shapely.area(square(0, 1, width)) for width in (0.7, 0.6))
    assert moved.moved_m2 / moved.area_m2 == pytest.approx((before - after) / after, rel=1e-3)


@pytest.mark.parametrize("width", [17, 15])
def test_lineage_in_both_directions(work: Connection, width: int) -> None:
    def rows(number: int) -> list[tuple[int, int, int, str]]:
        found = lineage(work, leaf(number)[:width], 5)
        return [(p.edition, int(p.old[12:15]), int(p.new[12:15]), p.kind) for p in found]

    assert rows(1) == [(2, 1, 5, "split"), (2, 1, 6, "split")]
    assert rows(2) == [(3, 3, 2, "merge"), (3, 5, 2, "move"), (3, 6, 2, "merge")]
    assert rows(5) == [(2, 1, 5, "split"), (3, 5, 2, "move")]
    assert rows(7) == [(4, 4, 7, "replace")]
    shares = {p.new[12:15]: (p.area_share, p.household_share) for p in lineage(work, leaf(1)[:width], 5)}
    assert shares["005"] == (pytest.approx(0.7, abs=1e-4), pytest.approx(2 / 3))
    assert shares["006"] == (pytest.approx(0.3, abs=1e-4), pytest.approx(1 / 3))
    assert lineage(work, VILLAGE, 5) == []
    assert lineage(work, leaf(2)[:width], 2) == []
