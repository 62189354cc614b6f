"""Every error of 0.01 m² is found and none on a clean county; each rule tells what it should."""

from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings

from boundaries.drafts import Change, open_draft, put_changes, read_draft
from boundaries.findings import read_findings, store
from boundaries.judging import validate
from boundaries.rules import RULES
from boundaries.shape_rules import Limits
from gis.db import Connection, Database
from gis.errors import Conflict
from tests.boundaries.edits import County, between, displaced, distances, moved, saved, shares, turns, vertex
from tests.boundaries.squares import COUNTY, SCOPE, TOWN, VILLAGE, leaf, put, square
from tests.boundaries.test_publish import store as squares
from tests.examples import examples

__all__ = ["squares"]

AREAS = {"gap", "overlap", "outside"}
many = settings(
    max_examples=examples(15, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def county(connection: Connection) -> County:
    return County(connection)


# --- the exact tests, against areas computed by hand ---------------------------------------------------------


@given(which=shares, at=shares, metres=distances, turn=turns)
@many
def test_a_border_moved_on_one_side_only_is_found(
    connection: Connection, county: County, which: float, at: float, metres: float, turn: float
) -> None:
    code = county.code(which)
    before, here, after = vertex(county.outlines[code], at)
    there = displaced(here, metres, turn)
    drawn = moved(county.outlines[code], here, there)
    assume(drawn.is_valid)
    findings = validate(connection, saved(connection, [county.put(code, drawn)])).errors
    areas = between(before, here, after, there)
    thin = {"unmatched"} if max(areas, default=0) < 0.01 else set[str]()  # two sides that differ by less than an area
    assert {finding.rule for finding in findings} <= AREAS | {"stranded"} | thin
    sizes = [finding.size or 0.0 for finding in findings if finding.rule in AREAS]
    pieces = len(areas) * len(county.sharing(here)) + 1  # of which each may be cut off below 0.01 m²
    assert min(sizes, default=1) >= 0.01
    assert sum(sizes) == pytest.approx(sum(areas), rel=2e-3, abs=0.01 * pieces)
    # Where a third grid is near, what is taken from two of them is two findings.
    if all(len(county.sharing(corner)) == 2 for corner in (before, here, after)) and metres < 1:
        clear = sorted(area for area in areas if not 0.0099 < area < 0.0101)
        assert [pytest.approx(area, rel=0.02) for area in clear if area >= 0.01] == [
            size for size in sorted(sizes) if not 0.0099 < size < 0.0101
        ]


@given(which=shares, at=shares, metres=distances, turn=turns)
@many
def test_a_border_moved_on_both_sides_is_no_error(
    connection: Connection, county: County, which: float, at: float, metres: float, turn: float
) -> None:
    _, here, _ = vertex(county.outlines[county.code(which)], at)
    there = displaced(here, metres, turn)
    codes = county.sharing(here)
    drawn = {code: moved(county.outlines[code], here, there) for code in codes}
    old, new = (shapely.union_all([side[code] for code in codes]) for side in (county.outlines, drawn))
    assume(all(shape.is_valid for shape in drawn.values()))
    assume(shapely.symmetric_difference(old, new).area == 0)  # the vertex is not on the county's outline
    assume(shapely.coverage_is_valid(list(drawn.values())))
    judgement = validate(connection, saved(connection, [county.put(code, drawn[code]) for code in codes]))
    assert judgement.errors == []


@pytest.mark.parametrize("start", range(0, 1500, 300))
def test_a_clean_county_has_no_finding(connection: Connection, county: County, start: int) -> None:
    """Grids put as they stand, under another name, are judged with all their neighbours."""
    changes = [Change(code, "put", "改名", county.outlines[code]) for code in county.codes[start : start + 40]]
    assert validate(connection, saved(connection, changes)).findings == []


# --- one rule after the other --------------------------------------------------------------------------------


def rules(squares: Database, changes: list[Change], *, scope: str = "", limits: Limits | None = None) -> set[str]:
    with squares.transaction(SCOPE) as connection:
        draft = open_draft(connection, title="有错", author="test", scope=scope)
        put_changes(connection, draft, changes)
        return {finding.rule for finding in validate(connection, draft, limits or Limits()).findings}


def one(number: int, shape: Any) -> Change:
    return Change(leaf(number), "put", f"第{number}网格", shape)


def halves(number: int, first: Any, second: Any) -> list[Change]:
    """Grid 1 divided, its second part a new grid."""
    return [one(1, first), one(number, second), Change(leaf(number)[:15], "put", "新网格")]


def test_each_rule_tells_what_it_should(squares: Database) -> None:
    wide, narrow = square(0, 1, 1.45), square(1.45, 1, 0.55)
    strip = square(0.99999, 1, 0.00001)
    left = shapely.difference(square(0, 1), strip)
    assert rules(squares, [one(1, wide), one(2, narrow)]) == set()
    assert rules(squares, [one(1, wide)]) == {"overlap"}
    assert rules(squares, [Change(leaf(1), "retire")]) == {"gap", "stranded"}
    assert rules(squares, [one(1, shapely.union(square(0, 1), square(-0.1, 1, 0.1)))]) == {"outside"}
    assert rules(squares, [one(1, square(0, 1, 0.55)), one(2, square(0.55, 1, 1.45))]) == {"cut_unit"}
    assert rules(squares, halves(5, square(0.3, 1, 0.7), square(0, 1, 0.3))) == {"no_household"}
    assert rules(squares, halves(801, square(0.3, 1, 0.7), square(0, 1, 0.3))) == set()
    assert rules(squares, halves(5, left, strip)) == {"sliver", "small", "no_household"}
    assert rules(squares, [one(2, square(1, 1))], limits=Limits(min_area_m2=2e6)) == set()
    limits = Limits(min_area_m2=4e5)
    assert rules(squares, [one(1, square(0, 1, 1.7)), one(2, square(1.7, 1, 0.3))], limits=limits) == {"small"}


def test_codes_names_and_scope_are_judged(squares: Database) -> None:
    bad = Change("53232210120100001", "put", "零", square(0, 1, 0.3))
    assert "grammar" in rules(squares, [bad])
    assert rules(squares, [Change(TOWN, "put", "新镇名")]) == set()
    assert rules(squares, [Change(TOWN, "put", "")]) == {"nameless"}
    assert rules(squares, [Change(TOWN, "put", "新镇名")], scope=VILLAGE) == {"scope"}
    assert rules(squares, [one(1, square(0, 1))], scope=COUNTY) == set()
    away = [one(1, square(0, 1, 0.3)), Change("53232210120200101", "put", "飞地", square(0.3, 1, 0.7))]
    assert rules(squares, away) == {"nameless", "no_household"}


def test_parts_and_places_apart_are_warned_of(squares: Database) -> None:
    corner = square(1.8, 0.8, 0.2, 0.2)
    apart = [
        one(1, shapely.union(square(0, 1), square(1.8, 1.8, 0.2, 0.2))),
        one(2, shapely.difference(square(1, 1), square(1.8, 1.8, 0.2, 0.2))),
    ]
    assert rules(squares, apart) == {"multipart"}
    with squares.transaction(SCOPE) as connection:
        other = "532322101202"
        named = [Change(code, "put", "邻村") for code in (other, f"{other}001", f"{other}002")]
        rest = [one(4, shapely.difference(square(1, 0), shapely.union(corner, square(1, 0, 0.2, 0.2))))]
        first = Change(f"{other}00101", "put", "邻村一", square(1.8, 0.8, 0.2, 0.2))
        put(connection, [*named[:2], first, one(4, shapely.difference(square(1, 0), corner))])
        draft = saved(connection, [*named[2:], *rest, Change(f"{other}00201", "put", "二", square(1, 0, 0.2, 0.2))])
        found = validate(connection, draft).findings
    assert {(finding.rule, finding.codes) for finding in found} >= {("nesting", (f"{other}00201",))}


# --- findings as rows ----------------------------------------------------------------------------------------


def test_findings_are_kept_for_the_save_they_judge(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        draft = saved(connection, [one(1, square(0, 1, 1.1))])
        validate(connection, draft)
        (kept,) = read_findings(connection, draft)
        assert (kept.rule, kept.severity, kept.unit) == ("overlap", "error", "m2")
        assert kept.codes == [leaf(1), leaf(2)]
        assert kept.action_en == RULES["overlap"].action_en
        assert kept.geometry.area == pytest.approx(square(1, 1, 0.1).area, rel=1e-6)
        judged = read_draft(connection, draft)
        put_changes(connection, draft, [one(1, square(0, 1))])
        with pytest.raises(Conflict):
            store(connection, judged, [])
        validate(connection, draft)
        assert read_findings(connection, draft) == []
        row = connection.execute("SELECT rev, validated_rev FROM boundaries.draft WHERE id = %s", [draft]).fetchone()
        assert row is not None
        assert row[0] == row[1] > kept.rev


def test_a_neighbour_that_gains_no_vertex_is_not_changed(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        draft = saved(connection, [one(1, square(0, 1, 1.2)), one(2, square(1.2, 1, 0.8))])
        assert validate(connection, draft).change.changed == {leaf(1), leaf(2), leaf(4)}
