"""Connections: the service's role, scopes that never fall open, errors in the service's own words."""

from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.db import Connection, Database, bulk_insert, connect_admin, load_queries, to_ewkb, translated
from gis.errors import Conflict, DatabaseUnavailable, Forbidden, StorageFull, TooLong, WanggeError
from gis.scope import Scope
from tests.conftest import COUNTY

PERSONAL = (
    "household", "assignment", "unit_head", "unit_change", "unit_change_move", "risk_rating", "dispute",
    "dispute_assignment", "dispute_event",
)  # fmt: skip


CHANGE: LiteralString = (
    "WITH change AS (INSERT INTO gis.unit_change (actor, kind, grid_code) VALUES ('test', 'import', '532322') RETURNING id)"
    " INSERT INTO gis.unit_change_move (change_id, household_id, new_unit)"
    " SELECT change.id, household_id, unit_code FROM change, gis.assignment_at(1) LIMIT 1"
)
MISSING: dict[str, LiteralString] = {
    "unit_head": (
        "INSERT INTO gis.unit_head (unit_code, household_id, since)"
        " SELECT unit_code, household_id, '2023-01-01' FROM gis.assignment_at(1) LIMIT 1"
    ),
    "unit_change": CHANGE,
    "unit_change_move": CHANGE,
}


def scope(*prefixes: str) -> Scope:
    return Scope(prefixes, "test", "operator")


def test_service_acts_under_its_own_role_and_owns_nothing(database: Database) -> None:
    with database.transaction() as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("wangge_service",)
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = 'wangge_service'::regrole"
        ).fetchone()
    assert owned == (0,)


@pytest.mark.parametrize("table", PERSONAL)
def test_personal_tables_answer_only_inside_a_scope(database: Database, table: str) -> None:
    query = load_queries(Path(__file__).with_name("personal_tables.sql"))[table]
    if table in MISSING:  # the demonstration has none, and a policy judges only rows that there are
        with database.transaction(scope(COUNTY)) as connection:
            connection.execute(MISSING[table])
    with pytest.raises(Forbidden), database.transaction() as connection:
        connection.execute(query)


@pytest.mark.parametrize(
    "setting", ["", "%", "53232", "532322,", "532322101;", "*", "5323221012020070", "５３２３２２"]
)
def test_malformed_scopes_never_match(database: Database, setting: str) -> None:
    with pytest.raises(Forbidden), database.transaction() as connection:
        _count_with(connection, setting)


def _count_with(connection: Connection, setting: str) -> None:
    connection.execute("SELECT set_config('wangge.scope', %s, true)", [setting])
    connection.execute("SELECT count(*) FROM gis.household")


def test_scope_shows_its_part_and_no_more(database: Database) -> None:
    with database.transaction(scope("532322101")) as connection:
        codes = [row[0] for row in connection.execute("SELECT DISTINCT left(grid_code, 9) FROM gis.household")]
        others = connection.execute("SELECT count(*) FROM gis.dispute WHERE NOT grid_code ^@ '532322101'").fetchone()
        ratings = connection.execute(
            "SELECT count(*) FROM gis.risk_rating AS r LEFT JOIN gis.household AS h ON h.id = r.household_id WHERE h.id IS NULL"
        ).fetchone()
    assert codes == ["532322101"]
    assert others == (0,)
    assert ratings == (0,)


def test_rows_cannot_be_written_outside_the_scope(database: Database) -> None:
    with pytest.raises(Forbidden), database.transaction(scope("532322101")) as connection:
        connection.execute(
            "INSERT INTO gis.household (head_name, geom, grid_code)"
            " VALUES ('示例', ST_Point(101.6, 24.5, 4490), '53232210200100101')"
        )


def test_scope_ends_with_its_transaction(database: Database) -> None:
    for _ in range(6):
        with database.transaction(scope(COUNTY)) as connection:
            connection.execute("SELECT count(*) FROM gis.household")
    with pytest.raises(Forbidden), database.transaction() as connection:
        connection.execute("SELECT count(*) FROM gis.household")


@given(st.text(max_size=24))
def test_scope_takes_codes_only(text: str) -> None:
    is_code = text.isascii() and text.isdigit() and len(text) in {6, 9, 12, 15, 17}
    if is_code:
        assert scope(text).covers(text + "001")
    else:
        with pytest.raises(Forbidden):
            scope(text)


def test_empty_scope_is_refused() -> None:
    with pytest.raises(Forbidden):
        scope()


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (psycopg.errors.DiskFull("no space"), StorageFull),
        (psycopg.errors.QueryCanceled("timeout"), TooLong),
        (psycopg.errors.InsufficientPrivilege("policy"), Forbidden),
        (psycopg.errors.UniqueViolation("twice"), Conflict),
        (psycopg.errors.AdminShutdown("bye"), DatabaseUnavailable),
        (psycopg.OperationalError("refused"), DatabaseUnavailable),
    ],
)
def test_database_errors_are_told_as_our_own(raised: Exception, told: type[WanggeError]) -> None:
    with pytest.raises(told), translated():
        raise raised


def test_unreachable_database_is_told_at_once() -> None:
    with pytest.raises(DatabaseUnavailable), connect_admin("host=127.0.0.1 port=1 dbname=none user=none"):
        pass


def test_long_statements_are_cut_off(database_url: str) -> None:
    with (
        Database(database_url, size=1, statement_timeout_s=0.2) as quick,
        pytest.raises(TooLong),
        quick.transaction() as connection,
    ):
        connection.execute("SELECT pg_sleep(5)")


def test_bulk_insert_obeys_policies_and_counts(database: Database) -> None:
    rows = [("示例", to_ewkb([shapely.Point(101.6, 24.5)])[0], "53232210200100101")]
    with pytest.raises(Forbidden), database.transaction(scope("532322101")) as connection:
        bulk_insert(connection, ("gis", "household"), ("head_name", "geom", "grid_code"), rows)


def test_named_queries_are_read_and_doubles_refused(tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_text("-- name: one\nSELECT 1\n\n-- name: two\nSELECT 2\n", encoding="utf-8")
    assert dict(load_queries(path)) == {"one": "SELECT 1", "two": "SELECT 2"}
    path.write_text("-- name: one\nSELECT 1\n-- name: one\nSELECT 2\n", encoding="utf-8")
    with pytest.raises(WanggeError):
        load_queries(path)
