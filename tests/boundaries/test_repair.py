"""Repairs keep what was drawn: after any edit the coverage is valid, its outline as before, most of the edit there."""

from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from boundaries.coverage_change import apply
from boundaries.drafts import Change, put_changes, read_changes, read_draft
from boundaries.findings import read_findings
from boundaries.judging import validate
from boundaries.repair import accept, propose
from gis.coverage_check import area_m2
from gis.db import Connection, Database
from gis.errors import Conflict, NotFound
from tests.boundaries.edits import County, edit, saved, shares, turns, vertex
from tests.boundaries.squares import SCOPE, leaf, square
from tests.examples import examples

many = settings(
    max_examples=examples(8, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
kinds = st.sampled_from(["vertex", "shift", "grow", "shrink", "sloppy", "retire"])
SIZES = st.floats(0.5, 200)


@pytest.fixture
def county(connection: Connection) -> County:
    return County(connection)


def difference_m2(one: Any, other: Any) -> float:
    return sum(area_m2(part) for part in _polygons(shapely.symmetric_difference(one, other)))


def _polygons(geometry: Any) -> list[Any]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]


def check_whole(county: County, connection: Connection, draft: int) -> dict[str, Any]:
    """The county with the draft's changes: matched edge by edge, and its outline as before; the grids after."""
    after = apply(county.outlines, county.names, read_changes(connection, draft)).after
    assert shapely.coverage_is_valid(list(after.values()))
    outline = shapely.coverage_union_all(list(after.values()))
    assert difference_m2(outline, county.outline) < 0.01
    return after


@given(which=shares, kind=kinds, at=shares, metres=SIZES, turn=turns)
@example(which=0.0, kind="vertex", at=0.796875, metres=1.0, turn=1.0)  # the new border crosses the old one
@many
def test_one_edit(
    connection: Connection, county: County, which: float, kind: str, at: float, metres: float, turn: float
) -> None:
    code = county.code(which)
    change = edit(county, code, kind, at, metres, turn)
    assume(change is not None)
    assert change is not None
    draft = saved(connection, [change])
    proposal = propose(connection, draft)
    assert (proposal.questions, proposal.left) == ([], [])
    accept(connection, draft, rev=proposal.rev)
    assert validate(connection, draft).errors == []
    after = check_whole(county, connection, draft)
    if change.geometry is not None:
        given_up = shapely.get_parts(shapely.difference(county.outlines[code], change.geometry))
        nobodys = [piece for piece in given_up if county.bounding(piece) <= {code}]  # at the county's edge
        wanted = shapely.union_all([shapely.intersection(change.geometry, county.outline), *nobodys])
        assert difference_m2(after[code], wanted) <= 0.5 * difference_m2(wanted, county.outlines[code]) + 0.01
    again = propose(connection, draft)
    assert again.changes == []


@given(which=shares, first=kinds, second=kinds, at=shares, metres=SIZES, turn=turns)
@settings(many, max_examples=examples(5, 15))
def test_two_edits_beside_each_other(
    connection: Connection, county: County, which: float, first: str, second: str, at: float, metres: float, turn: float
) -> None:
    code = county.code(which)
    _, here, _ = vertex(county.outlines[code], at)
    other = county.sharing(here)[-1]
    assume(other != code)
    changes = [edit(county, code, first, at, metres, turn), edit(county, other, second, at, metres, turn + 2)]
    draft = saved(connection, [change for change in changes if change is not None])
    proposal = propose(connection, draft)
    winners = [question.codes[0] for question in proposal.questions]
    if winners:
        assert proposal.changes == []
        assert {code for question in proposal.questions for code in question.codes} <= {code, other}
        with pytest.raises(Conflict):
            accept(connection, draft, rev=proposal.rev)
    proposal = accept(connection, draft, rev=proposal.rev, winners=winners)
    assert proposal.left == []
    assert validate(connection, draft).errors == []
    check_whole(county, connection, draft)


def one(number: int, shape: Any) -> Change:
    return Change(leaf(number), "put", f"第{number}网格", shape)


def test_a_finding_is_repaired_by_itself(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        draft = saved(connection, [one(1, square(0, 1, 1.1)), one(4, square(1, 0.1, 1, 0.9))])
        validate(connection, draft)
        by_rule = {finding.rule: finding for finding in read_findings(connection, draft)}
        assert set(by_rule) >= {"overlap", "gap"}
        bow = shapely.Polygon([(101.5, 24.5), (101.51, 24.51), (101.51, 24.5), (101.5, 24.51)])
        put_changes(connection, draft, [one(4, square(1, 0)), one(3, bow)])
        validate(connection, draft)
        (invalid,) = [finding for finding in read_findings(connection, draft) if finding.rule == "invalid"]
        proposal = propose(connection, draft, finding=invalid.id)
        assert leaf(3) in proposal.edited
        with pytest.raises(NotFound):
            propose(connection, draft, finding=by_rule["gap"].id)


def test_a_repair_is_one_save_and_is_refused_when_the_draft_moved_on(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        draft = saved(connection, [one(1, square(0, 1, 1.1))])
        proposal = propose(connection, draft)
        assert [change.code for change in proposal.changes] == [leaf(2)]
        assert shapely.symmetric_difference(proposal.changes[0].geometry, square(1.1, 1, 0.9)).area < 1e-15
        put_changes(connection, draft, [one(1, square(0, 1, 1.2))])
        with pytest.raises(Conflict):
            accept(connection, draft, rev=proposal.rev)
        rev = read_draft(connection, draft).rev
        accept(connection, draft, rev=rev)
        assert validate(connection, draft).errors == []
        put_changes(connection, draft, [one(1, square(0, 1, 1.3))])
        assert propose(connection, draft).questions == []  # what a repair gave is nobody's edit


def test_a_retired_grid_goes_to_the_neighbour_with_the_longest_border(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        cut = square(0, 1, 0.9), square(0.9, 1, 1.1)
        draft = saved(connection, [one(1, cut[0]), one(2, cut[1]), Change(leaf(3), "retire")])
        proposal = accept(connection, draft, rev=read_draft(connection, draft).rev)
        assert [change.code for change in proposal.changes] == [leaf(4)]
        assert validate(connection, draft).errors == []
        alone = saved(connection, [one(1, square(0, 0, 2, 2))])
        swallowed = accept(connection, alone, rev=read_draft(connection, alone).rev)
        assert {(change.code, change.operation) for change in swallowed.changes} == {
            (leaf(number), "retire") for number in (2, 3, 4)
        }
        assert validate(connection, alone).errors == []
