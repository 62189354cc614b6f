"""A publication that is killed at any point: readers never notice, nothing of it stays, and it can be done again."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import sql

from api.cli.store_checks import store_checks
from api.publishing import publish, recover
from boundaries.drafts import Change, open_draft, put_changes, read_draft
from boundaries.editions import prepared_edition
from boundaries.judging import validate
from boundaries.net_aliases import lay_over, write_net
from gis.clock import local_today
from gis.coverage import current_edition
from gis.db import Database, connect_admin
from gis.errors import DatabaseUnavailable
from gis.settings import ROOT
from tests.api.killed_publication import POINTS
from tests.boundaries.squares import COUNTY, SCOPE, first_changes, leaf, square
from tests.boundaries.test_net_overlays import PARTY

JOB: dict[str, Any] = {"valid_from": local_today(), "actor": "test", "counties": [COUNTY]}
ALWAYS = ("rows half written", "current, not committed")
"""Points at which it is killed in every run; at the others if all is tested."""
OTHERS = {"data_version", "code_counter", "finding"}
"""Counters that only ever move on, and findings, whose rows every judgement writes anew."""


@pytest.fixture
def store(empty_url: str) -> Iterator[tuple[Database, int]]:
    """The squares with a household and a net, published with tiles, and a judged draft that gives their ground to another."""
    with Database(empty_url, size=3) as database:
        with database.transaction(SCOPE) as connection:
            first = open_draft(connection, title="首版", author="test")
            put_changes(connection, first, first_changes())
            connection.execute(
                "INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('示例', ST_Point(101.511, 24.515, 4490), %s)",
                [leaf(2)],
            )
        publish(database, first, **JOB)
        with database.transaction(SCOPE) as connection:
            write_net(connection, PARTY, lay_over(connection, PARTY))
            draft = open_draft(connection, title="改动", author="test")
            shapes = {1: square(0, 1, 1.2), 2: square(1.2, 1, 0.8)}
            put_changes(connection, draft, [Change(leaf(n), "put", f"第{n}网格", shape) for n, shape in shapes.items()])
            assert validate(connection, draft).errors == []
        yield database, draft


def contents(url: str) -> dict[str, str | None]:
    """A digest of every row of the service's tables; a tally changed by 0 is none."""
    found: dict[str, str | None] = {}
    with connect_admin(url) as admin:
        tables = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('gis', 'boundaries', 'tiles', 'api')"
        for schema, table in admin.execute(tables).fetchall():
            query = sql.SQL("SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM {} AS t WHERE {}")
            told = sql.SQL("change <> 0" if table == "assignment_tally" else "true")
            (row,) = admin.execute(query.format(sql.Identifier(schema, table), told)).fetchall()
            if table not in OTHERS:
                found[f"{schema}.{table}"] = row[0]
    return found


def check_sound(store: Database, edition: int) -> None:
    """The edition is current, none is half made, and ``doctor`` has nothing against the store."""
    with store.transaction(SCOPE) as connection:
        assert (current_edition(connection), prepared_edition(connection)) == (edition, None)
    assert [check.what for check in store_checks(store.conninfo) if check.state == "fail"] == []


@pytest.mark.parametrize("point", [p if p in ALWAYS else pytest.param(p, marks=pytest.mark.long) for p in POINTS])
def test_killed_at_any_point_it_leaves_the_store_whole(store: tuple[Database, int], point: str) -> None:
    database, draft = store
    before = contents(database.conninfo)
    command = [sys.executable, "-P", "-m", "tests.api.killed_publication", database.conninfo, str(draft), point]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with database.transaction(SCOPE) as connection:
        assert current_edition(connection) == 1
    recover(database, "up")  # as every start does
    assert contents(database.conninfo) == before
    check_sound(database, 1)
    assert publish(database, draft, **JOB).edition == 2
    check_sound(database, 2)
    with database.transaction(SCOPE) as connection:
        assert read_draft(connection, draft).state == "published"
        assert connection.execute("SELECT grid_code FROM gis.household").fetchall() == [(leaf(1),)]


def test_the_next_publication_clears_away_what_a_killed_one_left(store: tuple[Database, int]) -> None:
    database, draft = store
    command = [sys.executable, "-P", "-m", "tests.api.killed_publication", database.conninfo, str(draft)]
    for point in ("tiles made, not current", "prepared, no tiles"):
        assert subprocess.run([*command, point], cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert publish(database, draft, **JOB).edition == 2
    check_sound(database, 2)


def test_cut_off_from_the_database_it_leaves_the_store_whole(store: tuple[Database, int]) -> None:
    database, draft = store
    before = contents(database.conninfo)

    def cut(_share: float) -> None:
        with connect_admin(database.conninfo) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    with pytest.raises(DatabaseUnavailable):
        publish(database, draft, progress=cut, **JOB)
    recover(database, "up")
    assert contents(database.conninfo) == before
    assert publish(database, draft, **JOB).edition == 2
    check_sound(database, 2)
