"""Publishing on a small county of squares: atomic, validated, with lineage, assignments and no code used twice."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaries.drafts import Change, drop_draft, list_drafts, open_draft, put_changes, read_changes, read_draft
from boundaries.editions import activate, discard, prepared_edition
from boundaries.judging import validate
from boundaries.publish import prepare
from gis.clock import local_today
from gis.coverage import county_codes, current_edition, edition_on, load_coverage
from gis.db import Connection, Database
from gis.errors import CheckFailed, Conflict, InvalidInput, NotFound
from tests.boundaries.squares import COUNTY, DAY, SCOPE, first_changes, leaf, put, same_place, square, west
from tests.examples import examples


def test_a_draft_over_a_synthetic_edition_is_synthetic(empty_url: str) -> None:
    with Database(empty_url, size=1) as database, database.transaction(SCOPE) as connection:
        first = open_draft(connection, title="演示", author="test", synthetic=True)
        put_changes(connection, first, first_changes())
        activate(connection, prepare(connection, first, valid_from=DAY).edition)
        put(connection, [Change(leaf(1), "put", "改名", square(0, 1))])
        assert load_coverage(connection).edition.synthetic


@pytest.fixture
def store(empty_url: str) -> Iterator[Database]:
    """A published county of four squares with three households."""
    with Database(empty_url, size=2) as database:
        with database.transaction(SCOPE) as connection:
            for lon, lat, code in ((101.505, 24.515, leaf(1)), (101.506, 24.515, leaf(1)), (101.515, 24.505, leaf(4))):
                connection.execute(
                    "INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('示例', ST_Point(%s, %s, 4490), %s)",
                    [lon, lat, code],
                )
            put(connection, first_changes())
        yield database


def grids(connection: Connection, edition: int) -> dict[str, Any]:
    rows = connection.execute("SELECT code::text, ST_AsBinary(geom) FROM gis.grid_at(%s)", [edition]).fetchall()
    return {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}


def test_first_edition_derives_every_parent(store: Database) -> None:
    with store.transaction(SCOPE) as connection:
        found = grids(connection, 1)
        assert current_edition(connection) == 1
        assert county_codes(connection) == [COUNTY]
        row = connection.execute(
            "SELECT sum(area_m2) FILTER (WHERE level = 6), max(area_m2) FROM gis.grid_at(1)"
        ).fetchone()
    assert len(found) == 3 + 4 + 4
    assert same_place(found[COUNTY], shapely.union_all([found[leaf(n)] for n in (1, 2, 3, 4)]))
    assert row is not None
    assert row[0] == pytest.approx(row[1], rel=1e-12)


def test_every_household_has_one_grid_and_unit(store: Database) -> None:
    with store.transaction(SCOPE) as connection:
        rows = connection.execute("SELECT grid_code::text, unit_code::text FROM gis.assignment_at(1)").fetchall()
    assert sorted(rows) == [(leaf(1), leaf(1) + "001"), (leaf(1), leaf(1) + "001"), (leaf(4), leaf(4) + "001")]


def test_border_move_keeps_codes_and_moves_households(store: Database) -> None:
    with store.transaction(SCOPE) as connection:
        narrow, wide = square(0, 1, 0.55), square(0.55, 1, 1.45)
        prepared = put(connection, [Change(leaf(1), "put", "第1网格", narrow), Change(leaf(2), "put", "第2网格", wide)])
        before, after = grids(connection, 1), grids(connection, 2)
        moved = connection.execute(
            "SELECT a.grid_code::text, b.grid_code::text FROM gis.assignment_at(1) AS a"
            " JOIN gis.assignment_at(2) AS b USING (household_id) WHERE a.grid_code <> b.grid_code"
        ).fetchall()
        current = connection.execute("SELECT count(*) FROM gis.household WHERE grid_code = %s", [leaf(2)]).fetchone()
    assert prepared.edition == 2
    assert prepared.assigned.moved == 1
    assert moved == [(leaf(1), leaf(2))]
    assert current == (1,)
    assert before[leaf(1)].equals(square(0, 1))
    assert same_place(after[leaf(1)], narrow)
    assert same_place(after[COUNTY], before[COUNTY])
    assert shapely.coverage_is_valid([after[leaf(n)] for n in (1, 2, 3, 4)])
    passage = prepared.lineage[0]
    assert (passage.old_code, passage.new_code, passage.kind) == (leaf(1), leaf(2), "move")
    assert passage.area_share == pytest.approx(0.45, abs=1e-4)
    assert passage.household_share == pytest.approx(0.5)


def test_only_what_changed_is_written(store: Database) -> None:
    with store.transaction(SCOPE) as connection:
        put(connection, [Change(leaf(4), "put", "新名字", square(1, 0))])
        rows = connection.execute("SELECT code::text FROM gis.grid WHERE edition_from = 2").fetchall()
    assert rows == [(leaf(4),)]


def test_merge_retires_parent_without_children(store: Database) -> None:
    with store.transaction(SCOPE) as connection:
        prepared = put(connection, [Change(leaf(1), "retire"), Change(leaf(2), "put", "第2网格", square(0, 1, 2))])
        codes = grids(connection, 2)
        retired = connection.execute("SELECT code::text FROM gis.code WHERE retired_in = 2 ORDER BY 1").fetchall()
    assert leaf(1) not in codes
    assert leaf(1)[:15] not in codes
    assert retired == [(leaf(1)[:15],), (leaf(1),)]
    assert [(p.old_code, p.new_code, p.kind) for p in prepared.lineage] == [(leaf(1), leaf(2), "merge")]
    assert prepared.lineage[0].household_share == pytest.approx(1)


def test_retired_code_never_comes_back(store: Database) -> None:
    with store.transaction(SCOPE) as connection:
        put(connection, [Change(leaf(1), "retire"), Change(leaf(2), "put", "第2网格", square(0, 1, 2))])
        again = [
            Change(leaf(1)[:15], "put", "第1网格"),
            Change(leaf(1), "put", "第1网格", square(0, 1)),
            Change(leaf(2), "put", "第2网格", square(1, 1)),
        ]
        draft = open_draft(connection, title="再用旧码", author="test")
        put_changes(connection, draft, again)
        assert "reused" in {finding.rule for finding in validate(connection, draft).errors}
        with pytest.raises(CheckFailed):
            prepare(connection, draft, valid_from=DAY)


@pytest.mark.parametrize(
    ("changes", "rule", "size"),
    [
        ([Change(leaf(1), "put", "一", square(0, 1, 0.9))], "gap", 0.1),
        ([Change(leaf(1), "put", "一", square(0, 1, 1.1))], "overlap", 0.1),
        ([Change(leaf(1), "put", "一", square(-0.1, 1, 1.1))], "outside", 0.1),
        ([Change(leaf(1), "retire")], "gap", 1.0),
    ],
)
def test_findings_tell_the_area(store: Database, changes: list[Change], rule: str, size: float) -> None:
    with store.transaction(SCOPE) as connection:
        draft = open_draft(connection, title="有错", author="test")
        put_changes(connection, draft, changes)
        findings = validate(connection, draft).errors
    whole = 1_122_000  # m², a hundredth of a degree squared at 24.5° N
    assert [finding.rule for finding in findings if finding.rule != "stranded"] == [rule]
    assert findings[0].size == pytest.approx(size * whole, rel=0.01)


def test_invalid_polygon_and_missing_name_are_found(store: Database) -> None:
    bow = shapely.Polygon([(101.5, 24.51), (101.51, 24.52), (101.51, 24.51), (101.5, 24.52)])
    with store.transaction(SCOPE) as connection:
        draft = open_draft(connection, title="有错", author="test")
        put_changes(connection, draft, [Change(leaf(1), "put", "一", bow)])
        assert [finding.rule for finding in validate(connection, draft).errors] == ["invalid"]
        fresh = open_draft(connection, title="无名上级", author="test")
        changes = [
            Change(leaf(1), "put", "一", square(0, 1, 0.5)),
            Change(leaf(5), "put", "五", square(0.5, 1, 0.5)),
        ]
        put_changes(connection, fresh, changes)
        assert [f.codes for f in validate(connection, fresh).errors] == [(leaf(5)[:15],)]


def test_overtaken_draft_and_wrong_dates_are_refused(store: Database) -> None:
    change = [Change(leaf(4), "put", "新名字", square(1, 0))]
    with store.transaction(SCOPE) as connection:
        late = open_draft(connection, title="晚了", author="test")
        put_changes(connection, late, change)
        for day in (date(2022, 12, 31), date(local_today().year + 1, 1, 1)):
            with pytest.raises(InvalidInput):
                prepare(connection, late, valid_from=day)
        put(connection, [Change(leaf(3), "put", "别的", square(0, 0))])
        with pytest.raises(Conflict):
            prepare(connection, late, valid_from=DAY)


def test_draft_that_changes_nothing_is_refused(store: Database) -> None:
    with store.transaction(SCOPE) as connection:
        draft = open_draft(connection, title="空", author="test")
        with pytest.raises(Conflict):
            prepare(connection, draft, valid_from=DAY)


def test_discard_leaves_no_trace_but_the_draft(store: Database) -> None:
    with store.transaction(SCOPE) as connection:
        before = grids(connection, 1)
        draft = open_draft(connection, title="作废", author="test")
        put_changes(connection, draft, [Change(leaf(1), "retire"), Change(leaf(2), "put", "二", square(0, 1, 2))])
        edition = prepare(connection, draft, valid_from=DAY).edition
        assert prepared_edition(connection) == edition
        assert current_edition(connection) == 1
        discard(connection, edition)
        assert prepared_edition(connection) is None
        assert grids(connection, 1).keys() == before.keys()
        assert read_draft(connection, draft).state == "open"
        standing = connection.execute("SELECT count(*) FROM gis.assignment WHERE edition_to IS NULL").fetchone()
        assert standing == (3,)
        assert prepare(connection, draft, valid_from=DAY).edition == edition


def test_drafts_are_listed_dropped_and_overwritten(store: Database) -> None:
    with store.transaction(SCOPE) as connection:
        draft = open_draft(connection, title="草稿", author="test")
        put_changes(connection, draft, [Change(leaf(1), "put", "甲", square(0, 1))])
        put_changes(connection, draft, [Change(leaf(1), "put", name, square(0, 1)) for name in ("丙", "乙")])
        assert [change.name for change in read_changes(connection, draft)] == ["乙"]
        assert [d.id for d in list_drafts(connection)] == [draft]
        drop_draft(connection, draft)
        assert list_drafts(connection) == []
        with pytest.raises(Conflict):
            put_changes(connection, draft, [])
        with pytest.raises(NotFound):
            read_draft(connection, draft + 100)


def test_dates_choose_editions(store: Database) -> None:
    with store.transaction(SCOPE) as connection:
        put(connection, [Change(leaf(4), "put", "新名字", square(1, 0))], date(2024, 7, 1))
        assert edition_on(connection, date(2024, 6, 30)) == 1
        assert edition_on(connection, date(2024, 7, 1)) == 2
        assert load_coverage(connection, 1).names[leaf(4)] == "第4网格"
        assert load_coverage(connection, 2).names[leaf(4)] == "新名字"
        with pytest.raises(NotFound):
            edition_on(connection, date(2022, 12, 31))


@given(cuts=st.lists(st.floats(0.2, 1.8), min_size=2, max_size=4, unique=True))
@settings(max_examples=examples(4, 8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_chain_of_border_moves_keeps_the_contracts(store: Database, cuts: list[float]) -> None:
    """After each edition: valid coverage, unchanged county, each household in the grid that covers it."""
    with store.transaction(SCOPE) as connection:
        start = current_edition(connection) or 0
        for number, cut in enumerate(cuts, start):  # the name makes it a change even where the border stands so already
            put(
                connection,
                [
                    Change(leaf(1), "put", f"一 {number}", west(cut)),
                    Change(leaf(2), "put", f"二 {number}", shapely.difference(square(0, 1, 2), west(cut))),
                ],
            )
        for before, after in pairwise(range(start, start + len(cuts) + 1)):
            found = grids(connection, after)
            assert shapely.coverage_is_valid([found[leaf(n)] for n in (1, 2, 3, 4)])
            assert same_place(found[COUNTY], grids(connection, before)[COUNTY])
        coverage = load_coverage(connection)
        rows = connection.execute(
            "SELECT ST_X(geom), ST_Y(geom), grid_code::text FROM gis.household ORDER BY id"
        ).fetchall()
        assert coverage.locator.codes_at([r[0] for r in rows], [r[1] for r in rows]).tolist() == [r[2] for r in rows]
