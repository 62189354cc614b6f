"""Units changed by hand: whatever is painted, each household is in one unit of its grid or in none, and outlines tile the grid."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Rollback

from gis.clock import local_today
from gis.db import Connection, Database
from gis.errors import Conflict, Forbidden, InvalidInput, PreconditionFailed
from gis.scope import Scope
from gis.unit_board import Board, read_board
from gis.unit_heads import NewHead, UnitChange
from gis.unit_journal import read_changes, read_moves
from gis.unit_painting import Painted, Saved, divided, save
from gis.unit_proposals import judge, neighbourhood, suggest
from tests.conftest import COUNTY
from tests.examples import examples

SCOPE = Scope((COUNTY,), "test", "grid_staff")


def a_grid(connection: Connection) -> str:
    row = connection.execute(
        "SELECT grid_code FROM gis.unit_at(1) GROUP BY 1 HAVING count(*) BETWEEN 3 AND 5 ORDER BY 1 LIMIT 1"
    ).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def board(connection: Connection) -> Board:
    return read_board(connection, 1, a_grid(connection))


def paint(connection: Connection, board: Board, moves: dict[UUID, str | None], **units: UnitChange) -> Saved:
    named = {key.replace("_", ":").removeprefix("u"): one for key, one in units.items()}
    return save(connection, SCOPE, 1, board.grid, Painted(moves, named, "测试"), seen=board.tag)


def check(connection: Connection, before: Board) -> Board:
    """What must hold after any save."""
    after = read_board(connection, 1, before.grid)
    assert after.households.keys() == before.households.keys()
    sizes = dict.fromkeys(after.units, 0)
    for one in after.households.values():
        assert one.unit is None or one.unit.startswith(before.grid)
        if one.unit is not None:
            sizes[one.unit] += 1
    assert sizes == {code: one.size for code, one in after.units.items()}
    assert all(sizes.values())
    if after.units:
        shapes = np.array([one.geom for one in after.units.values()])
        assert shapely.is_valid(shapes).all()
        whole = shapely.area(shapely.union_all(shapes))
        assert whole == pytest.approx(shapely.area(before.outline), rel=1e-9)
        assert shapely.area(shapes).sum() == pytest.approx(whole, rel=1e-9)
    open_rows = connection.execute(
        "SELECT count(*), count(DISTINCT household_id) FROM gis.assignment WHERE grid_code = %s AND edition_to IS NULL",
        [before.grid],
    ).fetchone()
    assert open_rows == (len(before.households), len(before.households))
    return after


@settings(max_examples=examples(10, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_painting_leaves_each_household_in_one_unit_or_in_none(database: Database, data: st.DataObject) -> None:
    with database.transaction(SCOPE) as connection:
        before = read_board(connection, 1, a_grid(connection))
        for _ in range(data.draw(st.integers(1, 3))):
            keys = [None, *before.units, "new:1", "new:7"]
            moves = data.draw(st.dictionaries(st.sampled_from(sorted(before.households)), st.sampled_from(keys)))
            saved = paint(connection, before, moves)
            after = check(connection, before)
            wanted = {one: saved.issued.get(unit or "", unit) for one, unit in divided(before, moves).items()}
            assert {one.id: one.unit for one in after.households.values()} == wanted
            (last,) = read_changes(connection, before.grid, limit=1)
            moved = read_moves(connection, [last], before.grid).get(last.id, [])
            assert {UUID(move.household): move.new for move in moved} == {
                one: unit for one, unit in wanted.items() if unit != before.households[one].unit
            }
            before = after
        raise Rollback


def test_new_units_get_codes_that_were_never_used(connection: Connection, board: Board) -> None:
    one, two = list(board.households)[:2]
    saved = paint(connection, board, {one: "new:1", two: "new:2"})
    assert sorted(saved.issued) == ["new:1", "new:2"]
    fresh = sorted(saved.issued.values())
    assert min(fresh) > max(board.units)
    after = read_board(connection, 1, board.grid)
    back = paint(connection, after, board.assigned())
    assert back.closed == fresh
    again = paint(connection, read_board(connection, 1, board.grid), {one: "new:1"})
    assert again.issued["new:1"] > max(fresh)


def test_an_older_view_is_refused_and_nothing_is_written(connection: Connection, board: Board) -> None:
    one = next(iter(board.households))
    paint(connection, board, {one: None})
    with pytest.raises(PreconditionFailed):
        paint(connection, board, {one: "new:1"})
    assert len(read_changes(connection, board.grid)) == 1


def test_units_never_straddle_a_grid(connection: Connection, board: Board) -> None:
    one = next(iter(board.households))
    other = connection.execute(
        "SELECT household_id, unit_code::text FROM gis.assignment_at(1) WHERE grid_code <> %s ORDER BY 1 LIMIT 1",
        [board.grid],
    ).fetchone()
    assert other is not None
    wrong: list[dict[UUID, str | None]] = [{one: other[1]}, {other[0]: next(iter(board.units))}, {uuid4(): None}]
    for moves in wrong:
        with pytest.raises(InvalidInput):
            paint(connection, board, moves)
    with pytest.raises(Forbidden):
        save(connection, Scope(("532322999",), "x", "grid_staff"), 1, board.grid, Painted({}, {}, "x"), seen=board.tag)
    check(connection, board)


def test_a_locked_unit_keeps_its_members(connection: Connection, board: Board) -> None:
    one = next(iter(board.households.values()))
    assert one.unit is not None
    code = one.unit
    paint(connection, board, {}, **{f"u{code}": UnitChange(locked=True)})
    locked = read_board(connection, 1, board.grid)
    assert locked.units[code].locked_by == "test"
    assert locked.tag != board.tag
    with pytest.raises(Conflict):
        paint(connection, locked, {one.id: None})
    paint(connection, locked, {one.id: None}, **{f"u{code}": UnitChange(locked=False, name="溪边组")})
    free = read_board(connection, 1, board.grid)
    assert (free.units[code].locked_by, free.units[code].name) == (None, "溪边组")


def test_heads_follow_each_other_and_leave_with_their_household(connection: Connection, board: Board) -> None:
    code = next(iter(board.units))
    first, second, *_ = (one.id for one in board.households.values() if one.unit == code)
    stranger = next(one.id for one in board.households.values() if one.unit != code)
    today = local_today()

    def head(household: UUID | None, since: date) -> Board:
        now = read_board(connection, 1, board.grid)
        paint(connection, now, {}, **{f"u{code}": UnitChange(head=NewHead(household, since))})
        return read_board(connection, 1, board.grid)

    with pytest.raises(InvalidInput):
        head(stranger, today)
    head(first, today - timedelta(days=30))
    with pytest.raises(InvalidInput):
        head(second, today - timedelta(days=40))
    now = head(second, today - timedelta(days=3))
    assert [(one.household, one.until) for one in now.units[code].heads] == [
        (second, None), (first, today - timedelta(days=3))
    ]  # fmt: skip
    paint(connection, now, {second: None})
    gone = read_board(connection, 1, board.grid)
    assert gone.units[code].head() is None
    assert gone.units[code].heads[0].until == today
    assert read_changes(connection, board.grid)[0].units == [{"unit": code, "head": None, "since": str(today)}]


def test_a_proposal_leaves_fixed_units_alone_and_gives_everybody_a_unit(board: Board) -> None:
    fixed, *others = board.units
    free = {one.id: None for one in board.households.values() if one.unit in others[:2]}
    division = divided(board, free)
    found = suggest(board, division, {fixed, *others[2:]})
    assert found.keys() == board.households.keys()
    assert {one for one in found if found[one] == fixed} == {
        one.id for one in board.households.values() if one.unit == fixed
    }
    assert {found[one] for one in free} <= {*others[:2], *(f"new:{n}" for n in range(1, 99))}
    nobody: dict[UUID, str | None] = dict.fromkeys(board.households)
    whole = suggest(board, nobody, ())
    assert whole == board.assigned()  # what was published is what is proposed, by the same codes
    assert suggest(board, board.assigned(), ()) == board.assigned()


def test_a_river_parts_neighbours_while_painting(connection: Connection, board: Board) -> None:
    lon, lat = board.lonlat
    among = np.sort(lon)[len(lon) // 4 : -len(lon) // 4]  # enough households on either side for units of their own
    widest = int(np.argmax(np.diff(among)))
    middle = float(among[widest : widest + 2].mean())
    connection.execute(
        "INSERT INTO gis.barrier (source, kind, geom) VALUES"
        " ('rivers', 'river', ST_Multi(ST_SetSRID(ST_MakeLine(ST_Point(%s, %s), ST_Point(%s, %s)), 4490)))",
        [middle, float(lat.min()) - 0.001, middle, float(lat.max()) + 0.001],
    )
    west = {int(place): bool(x < middle) for place, x in zip(neighbourhood(board).place, lon, strict=True)}

    def crossing(one: Board) -> int:
        return sum(west[a] != west[b] for a, b in neighbourhood(one).edges.tolist())

    beside = read_board(connection, 1, board.grid)
    assert crossing(board) > 0
    assert crossing(beside) == 0
    whole: dict[UUID, str | None] = dict.fromkeys(board.households, next(iter(board.units)))
    assert "parts" in {remark.rule for unit in judge(beside, whole) for remark in unit.remarks}
    proposed = suggest(beside, dict.fromkeys(board.households), ())
    sides: dict[str, set[bool]] = defaultdict(set)
    for one, x in zip(board.households, lon.tolist(), strict=True):
        sides[proposed[one]].add(x < middle)
    assert all(len(side) == 1 for side in sides.values())


def test_the_graph_tells_what_the_remarks_tell(board: Board) -> None:
    """Parts counted along the edges that clients get are those of `judge`: an independent count."""
    rng = np.random.default_rng(1)
    keys = ["a", "b", "c", None]
    near = neighbourhood(board)
    places = dict(zip(board.households, near.place.tolist(), strict=True))
    for _ in range(30):
        division = {one: keys[int(rng.integers(4))] for one in board.households}
        for unit in judge(board, division):
            members = [board.households[one] for one, key in division.items() if key == unit.key]
            told = {remark.rule: remark.value for remark in unit.remarks}
            assert unit.size == len(members)
            assert told.get("parts", 1) == parts(members, places, near.edges.tolist())


def parts(members: list[Any], places: dict[UUID, int], edges: list[list[int]]) -> int:
    hamlets = sorted(one.hamlet for one in members)
    main = max(dict.fromkeys(hamlets), key=hamlets.count)
    left = {places[one.id] for one in members if one.hamlet == main}
    count = 0
    while left:
        count, reached = count + 1, {left.pop()}
        while reached:
            place = reached.pop()
            near = {b if a == place else a for a, b in edges if place in {a, b}} & left
            left -= near
            reached |= near
    return count
