"""The editing views, used the way QGIS uses them: one statement at a time under a planner's own login."""

from collections.abc import Callable
from typing import Any

import pytest
import shapely
from psycopg import errors

from boundaries.drafts import Change, drop_draft, list_drafts, open_draft, put_changes, read_changes
from boundaries.editions import activate
from boundaries.publish import prepare
from gis.allocator import allocate
from gis.codes import RANGES, Kind
from gis.db import Connection, Database, as_multi, to_ewkb
from tests.boundaries.squares import COUNTY, DAY, SCOPE, VILLAGE, leaf, same_place, square

SignIn = Callable[..., Connection]


def ewkb(shape: Any) -> str:
    return to_ewkb(as_multi([shape]))[0]


def rows(planner: Connection) -> dict[str, tuple[Any, ...]]:
    found = planner.execute("SELECT code, fid, parent, name, state, ST_AsBinary(geom) FROM edit.leaf ORDER BY code")
    return {code: (*rest, shapely.from_wkb(bytes(wkb))) for code, *rest, wkb in found.fetchall()}


def fid(planner: Connection, code: str) -> int:
    return rows(planner)[code][0]


def move(planner: Connection, code: str, shape: Any) -> None:
    planner.execute("UPDATE edit.leaf SET geom = %s WHERE fid = %s", [ewkb(shape), fid(planner, code)])


def add(planner: Connection, code: str | None, shape: Any, parent: str | None = None) -> int:
    """Add a row as QGIS does: it asks for the key's default first; a part that was split off has the heir's attributes."""
    row = planner.execute("SELECT nextval('gis.code_fid_seq'::regclass)").fetchone()
    assert row is not None
    planner.execute(
        "INSERT INTO edit.leaf (fid, code, parent, name, geom) VALUES (%s, %s, %s, '第1网格', %s)",
        [row[0], code, parent, ewkb(shape)],
    )
    return row[0]


def changes(squares: Database) -> list[Change]:
    with squares.transaction() as connection:
        return read_changes(connection, list_drafts(connection)[0].id)


def publish(squares: Database) -> int:
    with squares.transaction(SCOPE) as connection:
        prepared = prepare(connection, list_drafts(connection)[0].id, valid_from=DAY)
        activate(connection, prepared.edition)
        return prepared.edition


def test_the_view_is_the_base_edition_until_something_changes(planner: Connection) -> None:
    found = rows(planner)
    assert [(code, row[2], row[3]) for code, row in found.items()] == [
        (leaf(n), f"第{n}网格", "kept") for n in (1, 2, 3, 4)
    ]
    assert len({row[0] for row in found.values()}) == 4


def test_a_moved_border_is_published(squares: Database, planner: Connection) -> None:
    move(planner, leaf(1), square(0, 1, 0.5))
    move(planner, leaf(2), square(0.5, 1, 1.5))
    assert {code: row[3] for code, row in rows(planner).items() if row[3] != "kept"} == {
        leaf(1): "changed",
        leaf(2): "changed",
    }
    assert publish(squares) == 2
    with squares.transaction() as connection:
        found = connection.execute("SELECT old_code::text, new_code::text, kind FROM gis.lineage WHERE edition = 2")
        assert found.fetchall() == [(leaf(1), leaf(2), "move")]


def test_a_part_that_is_split_off_gets_a_code_and_keeps_its_key(squares: Database, planner: Connection) -> None:
    move(planner, leaf(1), square(0, 1, 0.5))
    key = add(planner, leaf(1), square(0.5, 1, 0.5), parent=leaf(1)[:15])
    found = rows(planner)
    part = leaf(1)[:15] + "02"
    assert found[part][:4] == (key, leaf(1)[:15], "第1网格", "new")
    move(planner, part, square(0.5, 1, 0.5))
    assert publish(squares) == 2


def test_a_merge_as_qgis_saves_it_keeps_the_absorbing_code(squares: Database, planner: Connection) -> None:
    keys = [fid(planner, leaf(n)) for n in (1, 2)]
    planner.execute("DELETE FROM edit.leaf WHERE fid = ANY(%s)", [keys])
    key = add(planner, leaf(2), square(0, 1, 2), parent=leaf(2)[:15])
    assert rows(planner)[leaf(2)][0] == key
    assert [(c.code, c.operation) for c in changes(squares)] == [(leaf(1), "retire"), (leaf(2), "put")]
    publish(squares)
    with squares.transaction() as connection:
        found = connection.execute("SELECT old_code::text, new_code::text, kind FROM gis.lineage WHERE edition = 2")
        assert found.fetchall() == [(leaf(1), leaf(2), "merge")]


def test_a_leaf_moved_to_another_parent_gets_a_new_code_under_it(squares: Database, planner: Connection) -> None:
    key = fid(planner, leaf(1))
    planner.execute("UPDATE edit.leaf SET parent = %s WHERE fid = %s", [leaf(2)[:15], key])
    moved = leaf(2)[:15] + "02"
    assert rows(planner)[moved][:2] == (key, leaf(2)[:15])
    assert leaf(1) not in rows(planner)
    move(planner, moved, square(0, 1))
    publish(squares)
    with squares.transaction() as connection:
        found = connection.execute(
            "SELECT old_code::text, new_code::text, area_share FROM gis.lineage WHERE edition = 2"
        )
        assert found.fetchall() == [(leaf(1), moved, pytest.approx(1))]


def test_under_a_village_a_leaf_gets_a_level_5_grid_of_its_own(squares: Database, planner: Connection) -> None:
    move(planner, leaf(1), square(0, 1, 0.5))
    add(planner, None, square(0.5, 1, 0.5), parent=VILLAGE)
    names = {c.code: c.name for c in changes(squares)}
    assert names[VILLAGE + "005"] == "第1网格"
    assert rows(planner)[leaf(5)][1] == VILLAGE + "005"
    publish(squares)


def test_a_drawing_without_parent_belongs_where_it_lies(planner: Connection) -> None:
    add(planner, None, square(1.1, 0.1, 0.2, 0.2))
    assert leaf(4)[:15] + "02" in rows(planner)


def test_codes_of_views_and_service_never_meet(squares: Database, planner: Connection) -> None:
    issued: list[str] = []
    for _ in range(3):
        with squares.transaction() as connection:
            issued += allocate(connection, Kind.BASIC, {leaf(1)[:15]: 1})[leaf(1)[:15]]
        before = set(rows(planner))
        add(planner, leaf(1), square(0, 1), parent=leaf(1)[:15])
        (new,) = set(rows(planner)) - before
        issued.append(new)
        planner.execute("DELETE FROM edit.leaf WHERE code = %s", [new])
    assert issued == [f"{leaf(1)[:15]}{n:02}" for n in range(2, 8)]


def test_a_code_that_another_draft_brought_from_a_file_is_passed_over(squares: Database, planner: Connection) -> None:
    with squares.transaction() as connection:
        other = open_draft(connection, title="导入", author="test")
        put_changes(connection, other, [Change(leaf(1)[:15] + "02", "put", "二", square(0, 1))])
    add(planner, leaf(1), square(0, 1), parent=leaf(1)[:15])
    assert leaf(1)[:15] + "03" in rows(planner)


@pytest.mark.parametrize(("kind", "parent"), [(Kind.BASIC, leaf(1)[:15]), (Kind.GRID, VILLAGE)])
def test_codes_end_where_the_grammar_says(squares: Database, planner: Connection, kind: Kind, parent: str) -> None:
    with squares.transaction() as connection:
        connection.execute(
            "UPDATE gis.code_counter SET last = %s WHERE parent = %s AND series = %s",
            [RANGES[kind].last - 1, parent, kind],
        )
    add(planner, None, square(0, 1), parent=parent)
    with pytest.raises(errors.ProgramLimitExceeded, match="已用尽"):
        add(planner, None, square(0, 1), parent=parent)


@pytest.mark.parametrize(
    "statement", ["UPDATE edit.leaf SET name = 'x' WHERE fid = %s", "DELETE FROM edit.leaf WHERE fid = %s"]
)
def test_a_row_that_is_gone_is_an_error_with_a_hint(planner: Connection, statement: Any) -> None:
    key = fid(planner, leaf(1))
    planner.execute("DELETE FROM edit.leaf WHERE fid = %s", [key])
    with pytest.raises(errors.NoDataFound, match="已不在草稿中") as caught:
        planner.execute(statement, [key])
    assert "刷新" in str(caught.value.diag.message_hint)


def test_a_draft_that_ended_is_an_error_with_a_hint(squares: Database, planner: Connection) -> None:
    key = fid(planner, leaf(1))
    with squares.transaction() as connection:
        drop_draft(connection, list_drafts(connection)[0].id)
    assert rows(planner) == {}
    for statement in ("UPDATE edit.leaf SET name = 'x' WHERE fid = %s", "DELETE FROM edit.leaf WHERE fid = %s"):
        with pytest.raises(errors.ObjectNotInPrerequisiteState, match="没有打开的草稿") as caught:
            planner.execute(statement, [key])
    assert "请打开新草稿" in str(caught.value.diag.message_hint)
    with pytest.raises(errors.ObjectNotInPrerequisiteState):
        add(planner, None, square(0, 1), parent=VILLAGE)


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ("SRID=4490;MULTIPOLYGON EMPTY", errors.CheckViolation),
        (None, errors.CheckViolation),
        ("SRID=4326;MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", errors.InvalidParameterValue),
        ("SRID=4490;POINT(101 24)", errors.InvalidParameterValue),
    ],
)
def test_only_what_is_no_polygon_is_refused(planner: Connection, shape: str | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        planner.execute("UPDATE edit.leaf SET geom = %s::geometry WHERE code = %s", [shape, leaf(1)])


def test_whatever_else_is_drawn_is_saved(planner: Connection) -> None:
    bow = shapely.Polygon([(101.5, 24.51), (101.51, 24.52), (101.51, 24.51), (101.5, 24.52)])
    move(planner, leaf(1), bow)
    move(planner, leaf(2), square(-5, 7, 9))
    planner.execute("UPDATE edit.leaf SET name = NULL WHERE code = %s", [leaf(3)])
    add(planner, None, bow)
    assert rows(planner)[leaf(1)][4].equals_exact(as_multi([bow])[0])
    assert rows(planner)[leaf(3)][2] == ""
    assert planner.execute("SELECT count(*) FROM edit.parent").fetchone() == (7,)


def test_the_only_basic_grid_takes_its_level_5_name_along(squares: Database, planner: Connection) -> None:
    planner.execute("UPDATE edit.leaf SET name = '新名' WHERE code = %s", [leaf(1)])
    assert {c.code: c.name for c in changes(squares)} == {leaf(1): "新名", leaf(1)[:15]: "新名"}
    add(planner, leaf(2), square(1.5, 1, 0.5), parent=leaf(2)[:15])
    planner.execute("UPDATE edit.leaf SET name = '东段' WHERE code = %s", [leaf(2)])
    assert leaf(2)[:15] not in {c.code for c in changes(squares)}


def test_parents_follow_the_draft(planner: Connection) -> None:
    def outline(code: str) -> Any:
        row = planner.execute("SELECT ST_AsBinary(geom) FROM edit.parent WHERE code = %s", [code]).fetchone()
        return None if row is None else shapely.from_wkb(bytes(row[0]))

    whole = outline(COUNTY)
    move(planner, leaf(1), square(0, 1, 0.5))
    move(planner, leaf(2), square(0.5, 1, 1.5))
    planner.execute("DELETE FROM edit.leaf WHERE code = %s", [leaf(3)])
    assert same_place(outline(leaf(1)[:15]), square(0, 1, 0.5))
    assert outline(leaf(3)[:15]) is None
    assert same_place(outline(VILLAGE), shapely.difference(whole, square(0, 0)))
    with pytest.raises(errors.ObjectNotInPrerequisiteState):
        planner.execute("DELETE FROM edit.parent")
