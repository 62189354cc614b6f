"""Planners: a login of one's own, with a password that is kept nowhere, and one draft at a time."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from api.cli.main import run as run_command
from boundaries.drafts import drop_draft, list_drafts, open_draft, read_draft
from boundaries.planners import add_planner, list_planners, remove_planner
from gis.db import Connection, Database, connect_admin
from gis.errors import Conflict, Forbidden, InvalidCode, InvalidInput, NotFound, SetupNeeded
from gis.settings import settings

TOWN = "532322101"
SignIn = Callable[..., Connection]


def test_a_planner_signs_in_and_reads_no_table(sign_in: SignIn) -> None:
    mine = sign_in("li_na")
    assert mine.execute("SELECT session_user").fetchone() == ("li_na",)
    for table in ("gis.household", "gis.grid", "boundaries.draft", "boundaries.change", "boundaries.planner"):
        with pytest.raises(errors.InsufficientPrivilege):
            mine.execute(sql.SQL("SELECT FROM {}").format(sql.Identifier(*table.split("."))))
    for role in ("wangge_owner", "wangge_service", "wangge_reader"):
        with pytest.raises(errors.InsufficientPrivilege):
            mine.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))


def test_the_server_gets_only_the_verifier_of_a_password(
    empty_url: str, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("boundaries.planners.secrets.token_urlsafe", {15: "known-secret"}.__getitem__)
    with connect_admin(empty_url) as admin:
        sign_in("li_na")
        row = admin.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'li_na'").fetchone()
        queries = admin.execute("SELECT string_agg(query, ' ') FROM pg_stat_activity").fetchone()
    assert row is not None
    assert row[0].startswith("SCRAM-SHA-256$")
    assert queries is not None
    assert "known-secret" not in queries[0]


@pytest.mark.parametrize("name", ["", "A", "li na", "li;drop", "pg_me", "wangge_owner", "李娜", "a" * 32])
def test_unfit_names_are_refused(empty_url: str, name: str) -> None:
    with connect_admin(empty_url) as admin, pytest.raises(InvalidInput):
        add_planner(admin, name, person="示例", scope=TOWN)


def test_a_role_that_is_there_is_never_taken_over(empty_url: str) -> None:
    with connect_admin(empty_url) as admin:
        with pytest.raises(Conflict):
            add_planner(admin, str(admin.info.user), person="示例", scope=TOWN)
        with pytest.raises(NotFound):
            remove_planner(admin, str(admin.info.user))
        with pytest.raises(InvalidCode):
            add_planner(admin, "li_na", person="示例", scope="")
        admin.execute("SET ROLE wangge_service")
        with pytest.raises(SetupNeeded):
            add_planner(admin, "li_na", person="示例", scope=TOWN)


def test_a_planner_has_one_draft_at_a_time_inside_the_scope(empty_url: str, sign_in: SignIn) -> None:
    sign_in("li_na", TOWN)
    with Database(empty_url, size=1) as database, database.transaction() as connection:
        draft = open_draft(connection, title="改动", author="李娜", planner="li_na")
        assert read_draft(connection, draft).scope == TOWN
        with pytest.raises(Conflict, match="still open"):
            open_draft(connection, title="又一份", author="李娜", planner="li_na")
        drop_draft(connection, draft)
        with pytest.raises(Forbidden):
            open_draft(connection, title="界外", author="李娜", planner="li_na", scope="532322102")
        with pytest.raises(NotFound):
            open_draft(connection, title="无人", author="李娜", planner="nobody")
        assert open_draft(connection, title="再来", author="李娜", planner="li_na", scope=TOWN + "201") > draft


def test_a_removed_planner_is_out_and_the_draft_stays(empty_url: str, sign_in: SignIn) -> None:
    mine = sign_in("li_na")
    mine.execute("CREATE TEMP TABLE kept (code text)")
    with Database(empty_url, size=1) as database, database.transaction() as connection:
        draft = open_draft(connection, title="改动", author="李娜", planner="li_na")
    with connect_admin(empty_url) as admin:
        found = list_planners(admin)
        assert [(p.login, p.can_sign_in, p.draft) for p in found] == [("li_na", True, draft)]
        remove_planner(admin, "li_na")
        assert list_planners(admin) == []
    with Database(empty_url, size=1) as database, database.transaction() as connection:
        assert [(d.id, d.planner) for d in list_drafts(connection)] == [(draft, None)]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(make_conninfo(empty_url, user="li_na", password="x"))
    with pytest.raises(psycopg.OperationalError):
        mine.execute("SELECT 1")


def test_a_login_that_a_restore_did_not_bring_is_made_again(empty_url: str, sign_in: SignIn) -> None:
    sign_in("li_na").close()
    with connect_admin(empty_url) as admin:
        admin.execute("DROP ROLE li_na")
        assert [(p.login, p.can_sign_in) for p in list_planners(admin)] == [("li_na", False)]
        add_planner(admin, "li_na", person="李娜", scope=TOWN)
        assert [(p.scope, p.can_sign_in) for p in list_planners(admin)] == [(TOWN, True)]


def test_the_command_shows_the_password_once(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", empty_url)
    settings.cache_clear()
    assert run_command(["planner", "add", "zhang_wei", "--person", "张伟", "--scope", TOWN, "--lang", "en"]) == 0
    try:
        told = dict(line.split() for line in capsys.readouterr().out.splitlines() if len(line.split()) == 2)
        signed = psycopg.connect(make_conninfo(empty_url, user="zhang_wei", password=told["password"]))
        signed.close()
        assert told["user"] == "zhang_wei"
        assert run_command(["planner", "list"]) == 0
        shown = capsys.readouterr().out
        assert "张伟" in shown
        assert told["password"] not in shown
        assert run_command(["planner", "add", "zhang_wei"]) == Conflict.exit_code
        assert run_command(["planner", "add"]) == 2
        file = tmp_path / "grids.qgs"
        assert run_command(["planner", "project", "--host", "db.example", "--port", "99", "--out", str(file)]) == 0
        assert "host='db.example' port=99" in file.read_text(encoding="utf-8")
        assert "password" not in capsys.readouterr().out
    finally:
        assert run_command(["planner", "remove", "zhang_wei"]) == 0
        settings.cache_clear()
