"""A real QGIS, driven without windows in a process of its own: what planners do, and what QGIS makes of the answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from boundaries.drafts import drop_draft, list_drafts, open_draft, read_changes
from boundaries.editions import activate
from boundaries.journal import list_saves, undo
from boundaries.judging import validate
from boundaries.planners import add_planner, remove_planner
from boundaries.publish import prepare
from boundaries.qgis_project import NAME, Place, store_project
from gis.coverage import current_edition
from gis.db import Database, connect_admin
from tests.boundaries.qgis_process import HAS_QGIS, PYTHON, Call, calling
from tests.boundaries.squares import DAY, SCOPE, leaf, same_place, square

DRIVER = Path(__file__).with_name("qgis_driver.py")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not HAS_QGIS, reason="needs Debian's python3-qgis, which `wangge test --all` installs"),
]


@pytest.fixture
def qgis(empty_url: str, squares: Database) -> Iterator[Call]:
    """QGIS with the project of the database open, over a draft of the county of squares."""
    place = conninfo_to_dict(empty_url)
    with connect_admin(empty_url) as admin:
        password = add_planner(admin, "qgis_li", person="李娜", scope="532322")
        store_project(admin, Place("127.0.0.1", int(str(place["port"])), str(place["dbname"])))
        try:
            with squares.transaction(SCOPE) as connection:
                open_draft(connection, title="改动", author="李娜", planner="qgis_li")
            with calling([PYTHON], DRIVER, {"PGUSER": "qgis_li", "PGPASSWORD": password}) as call:
                yield call
        finally:
            remove_planner(admin, "qgis_li")


def address(url: str) -> str:
    place = conninfo_to_dict(url)
    return f"postgresql://127.0.0.1:{place['port']}?sslmode=disable&dbname={place['dbname']}&schema=edit&project={quote(NAME)}"


def outlines(squares: Database) -> dict[str, Any]:
    with squares.transaction() as connection:
        draft = list_drafts(connection)[0].id
        return {change.code: change.geometry for change in read_changes(connection, draft)}


def rules(squares: Database) -> list[str]:
    with squares.transaction(SCOPE) as connection:
        return [finding.rule for finding in validate(connection, list_drafts(connection)[0].id).errors]


def test_the_project_opens_from_the_database_ready_for_editing(empty_url: str, qgis: Call) -> None:
    found = qgis("open_project", address(empty_url))
    assert found["version"] >= 32200
    assert found["read"]
    assert set(found["layers"].values()) == {True}
    assert len(found["layers"]) == 10
    assert {"wangge_net_cell", "wangge_net_part"} <= found["layers"].keys()
    assert found["categories"] == ["未改", "已改", "新增"]
    assert (found["editable"], found["avoid"]) == (["wangge_leaf"], ["wangge_leaf"])
    assert {name for name in found["layers"] if "finding" in name} <= set(found["refreshing"])
    assert (found["crs"], found["topological"], found["transaction_group"]) == ("EPSG:4490", True, False)
    assert (found["snapping"][0], found["precision"]) == (True, 0)
    assert found["widgets"]["parent"] == "ValueRelation"
    assert found["read_only_fields"] == ["fid", "code", "state"]
    assert found["labels"] == [True, 40000]
    assert qgis("rows", "wangge_draft", ["title", "drawn", "up_to_date"]) == [["改动", 0, True]]


def test_a_planners_day(empty_url: str, squares: Database, qgis: Call) -> None:
    assert qgis("open_project", address(empty_url))["read"]
    # The corner that all four share moves: topologically, so nothing is wrong.
    moved = qgis("move_vertex", 101.51, 24.51, 101.512, 24.511)
    assert (moved["moved"], moved["saved"], moved["errors"]) == (4, True, moved["errors"])
    assert sorted(outlines(squares)) == [leaf(n) for n in (1, 2, 3, 4)]
    assert rules(squares) == []
    # A split: the heir keeps its code, the part gets one of the service's.
    assert qgis("split", [[101.505, 24.505], [101.505, 24.53]])["saved"]
    codes = [code for code, _ in qgis("rows", "wangge_leaf", ["code", "name"])]
    part = leaf(1)[:15] + "02"
    assert part in codes
    assert not [code for code in codes if "_" in code]
    assert rules(squares) == []
    # A merge: the absorbing grid keeps its code.
    assert qgis("merge", [leaf(3), leaf(4)], leaf(4))["saved"]
    drawn = outlines(squares)
    assert drawn[leaf(3)] is None
    assert rules(squares) == []
    with squares.transaction(SCOPE) as connection:
        prepared = prepare(connection, list_drafts(connection)[0].id, valid_from=DAY)
        activate(connection, prepared.edition)
        open_draft(connection, title="又一份", author="李娜", planner="qgis_li")
    rows = qgis("rows", "wangge_leaf", ["code", "state"])
    assert sorted(map(tuple, rows)) == [(code, "kept") for code in sorted([leaf(1), part, leaf(2), leaf(4)])]


def test_a_finding_is_shown_and_goes_with_the_save_that_made_it(empty_url: str, squares: Database, qgis: Call) -> None:
    assert qgis("open_project", address(empty_url))["read"]
    qgis("begin_move", leaf(1), 0.001)
    assert qgis("save")["saved"]
    assert {"gap", "overlap"} <= set(rules(squares))
    shown = qgis("rows", "wangge_finding_polygon", ["rule", "message_zh", "up_to_date"])
    assert {"gap", "overlap"} <= {rule for rule, _, _ in shown}
    assert {fresh for _, _, fresh in shown} == {True}
    with squares.transaction() as connection:
        draft = list_drafts(connection)[0].id
        assert len(list_saves(connection, draft)) == 1
        undo(connection, draft)
    assert rules(squares) == []
    assert qgis("rows", "wangge_finding_polygon", ["rule"]) == []


def test_a_name_of_an_only_child_and_its_geometry_are_one_save(empty_url: str, squares: Database, qgis: Call) -> None:
    assert qgis("open_project", address(empty_url))["read"]
    assert qgis("rename", leaf(2), "新名字")["saved"]
    with squares.transaction() as connection:
        names = {c.code: c.name for c in read_changes(connection, list_drafts(connection)[0].id)}
    assert names == {leaf(2): "新名字", leaf(2)[:15]: "新名字"}
    assert same_place(outlines(squares)[leaf(2)], square(1, 1))


def test_a_connection_that_was_killed_loses_nothing(empty_url: str, squares: Database, qgis: Call) -> None:
    assert qgis("open_project", address(empty_url))["read"]
    qgis("begin_move", leaf(1), 0.001)
    with psycopg.connect(empty_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid, 3000) FROM pg_stat_activity WHERE usename = 'qgis_li'")
    assert qgis("save")["saved"]
    assert same_place(outlines(squares)[leaf(1)], square(0.1, 1))


def test_a_row_that_is_gone_and_a_draft_that_ended_are_told(empty_url: str, squares: Database, qgis: Call) -> None:
    assert qgis("open_project", address(empty_url))["read"]
    qgis("begin_move", leaf(1), 0.001)
    with psycopg.connect(empty_url, autocommit=True) as other:
        other.execute("SET SESSION AUTHORIZATION qgis_li")
        other.execute("DELETE FROM edit.leaf WHERE code = %s", [leaf(1)])
    told = qgis("save")
    assert not told["saved"]
    assert "已不在草稿中" in str(told["errors"])
    qgis("begin_move", leaf(2), 0.001)
    with squares.transaction() as connection:
        assert current_edition(connection) == 1
        drop_draft(connection, list_drafts(connection)[0].id)
    told = qgis("save")
    assert not told["saved"]
    assert "没有打开的草稿" in str(told["errors"])
