"""The editing views keep planners apart: scope, each other, a publication, a connection that dies."""

import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from psycopg import errors

from boundaries.drafts import list_drafts, lock_draft, open_draft, read_changes
from boundaries.editions import activate
from boundaries.journal import list_saves, undo
from boundaries.publish import prepare
from gis.db import Connection, Database
from tests.boundaries.squares import COUNTY, DAY, SCOPE, TOWN, VILLAGE, leaf, square
from tests.boundaries.test_editing_views import add, changes, fid, move, rows

SignIn = Callable[..., Connection]


def test_a_planner_sees_and_touches_the_scope_only(squares: Database, sign_in: SignIn) -> None:
    mine = sign_in("zhang_wei", leaf(1)[:15])
    with squares.transaction(SCOPE) as connection:
        for lon, lat, code in ((101.505, 24.515, leaf(1)), (101.515, 24.505, leaf(4))):
            connection.execute(
                "INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('示例', ST_Point(%s, %s, 4490), %s)",
                [lon, lat, code],
            )
        open_draft(connection, title="改动", author="张伟", planner="zhang_wei")
    assert list(rows(mine)) == [leaf(1)]
    codes = [code for (code,) in mine.execute("SELECT code FROM edit.parent ORDER BY code")]
    assert codes == [COUNTY, TOWN, VILLAGE, leaf(1)[:15]]
    mine.execute("SET wangge.scope = '532322'")
    assert [grid for (grid,) in mine.execute("SELECT grid FROM edit.household")] == [leaf(1)]
    columns = {c.name for c in mine.execute("SELECT * FROM edit.household").description or ()}
    assert columns == {"id", "grid", "unit", "members", "risk", "geom"}
    with pytest.raises(errors.InsufficientPrivilege, match="不在草稿的范围"):
        mine.execute("UPDATE edit.leaf SET parent = %s WHERE code = %s", [leaf(2)[:15], leaf(1)])


def test_two_planners_do_not_see_each_other(squares: Database, planner: Connection, sign_in: SignIn) -> None:
    other = sign_in("zhang_wei")
    assert rows(other) == {}
    with squares.transaction() as connection:
        open_draft(connection, title="改动", author="张伟", planner="zhang_wei")
    move(planner, leaf(1), square(0, 1, 0.5))
    assert rows(other)[leaf(1)][3] == "kept"
    planner.execute("SET ROLE wangge_planner")
    assert rows(planner)[leaf(1)][3] == "changed"


def test_a_planner_is_told_which_draft_it_is(squares: Database, planner: Connection, sign_in: SignIn) -> None:
    move(planner, leaf(1), square(0, 1, 0.5))
    planner.execute("DELETE FROM edit.leaf WHERE code = %s", [leaf(2)])
    with squares.transaction() as connection:
        draft = list_drafts(connection)[0]
    told = planner.execute("SELECT id, title, rev, drawn, retired, up_to_date FROM edit.draft").fetchall()
    assert told == [(draft.id, "改动", draft.rev, 1, 1, True)]
    assert sign_in("zhang_wei").execute("SELECT FROM edit.draft").fetchall() == []


def test_objects_of_the_login_cannot_stand_in_for_ours(planner: Connection) -> None:
    planner.execute("CREATE FUNCTION pg_temp.lpad(text, int, text) RETURNS text LANGUAGE sql AS $$ SELECT '99' $$")
    planner.execute("CREATE TEMP TABLE pg_class (oid oid)")
    planner.execute("SET search_path = pg_temp, public")
    add(planner, leaf(1), square(0, 1), parent=leaf(1)[:15])
    assert leaf(1)[:15] + "02" in rows(planner)


def test_a_save_waits_for_a_publication_and_is_told(squares: Database, planner: Connection) -> None:
    move(planner, leaf(1), square(0, 1, 0.5))
    move(planner, leaf(2), square(0.5, 1, 1.5))
    key, outcome = fid(planner, leaf(3)), list[str]()

    def save() -> None:
        try:
            planner.execute("UPDATE edit.leaf SET name = '迟到' WHERE fid = %s", [key])
        except psycopg.Error as error:
            outcome.append(str(error))

    late = threading.Thread(target=save)
    with squares.transaction(SCOPE) as connection:
        edition = prepare(connection, list_drafts(connection)[0].id, valid_from=DAY).edition
        late.start()
        with psycopg.connect(squares.conninfo, autocommit=True) as watcher:
            waiting = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
            while watcher.execute(waiting, [planner.info.backend_pid]).fetchone() != (True,):
                time.sleep(0.01)
        activate(connection, edition)
    late.join()
    assert "没有打开的草稿" in outcome[0]
    with squares.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM gis.grid WHERE name = '迟到'").fetchone() == (0,)


def test_a_killed_connection_leaves_whole_statements_only(squares: Database, planner: Connection) -> None:
    planner.autocommit = False
    move(planner, leaf(1), square(0, 1, 0.5))
    with squares.transaction() as connection:
        assert connection.info.backend_pid != planner.info.backend_pid
    with psycopg.connect(squares.conninfo, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [planner.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        planner.execute("SELECT 1")
    assert changes(squares) == []


def test_a_connection_killed_inside_a_statement_leaves_the_ones_before_it(
    squares: Database, planner: Connection
) -> None:
    """QGIS saves in several transactions: those that ended are one save, which is taken back or gone on with."""
    move(planner, leaf(1), square(0, 1, 0.5))
    key, outcome = fid(planner, leaf(2)), list[psycopg.Error]()

    def save() -> None:
        try:
            planner.execute("UPDATE edit.leaf SET name = '半路' WHERE fid = %s", [key])
        except psycopg.Error as error:
            outcome.append(error)

    half = threading.Thread(target=save)
    with squares.transaction() as connection, psycopg.connect(squares.conninfo, autocommit=True) as admin:
        lock_draft(connection, list_drafts(connection)[0].id)
        half.start()
        waiting = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
        while admin.execute(waiting, [planner.info.backend_pid]).fetchone() != (True,):
            time.sleep(0.01)
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [planner.info.backend_pid])
        half.join()
    assert isinstance(outcome[0], psycopg.OperationalError)
    assert [(change.code, change.name) for change in changes(squares)] == [(leaf(1), "第1网格")]
    with squares.transaction(SCOPE) as connection:
        draft = list_drafts(connection)[0].id
        assert [save.codes for save in list_saves(connection, draft)] == [[leaf(1)]]
        undo(connection, draft)
        assert read_changes(connection, draft) == []
