"""Planners with real logins, over a store of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from boundaries.drafts import open_draft
from boundaries.planners import add_planner, remove_planner
from gis.db import Connection, Database, connect_admin
from gis.errors import NotFound
from tests.boundaries.squares import SCOPE, first_changes, put


@pytest.fixture
def sign_in(empty_url: str) -> Iterator[Callable[[str], Connection]]:
    """Make a planner of a login and connect as QGIS does: with the password, each statement by itself."""
    with connect_admin(empty_url) as admin, ExitStack() as stack:

        def signed_in(login: str, scope: str = "532322") -> Connection:
            password = add_planner(admin, login, person=f"规划员{login}", scope=scope)
            stack.callback(_remove, admin, login)
            conninfo = make_conninfo(empty_url, user=login, password=password)
            return stack.enter_context(psycopg.connect(conninfo, autocommit=True))

        yield signed_in


def _remove(admin: Connection, login: str) -> None:
    """Roles belong to the cluster, so they outlive the test's database."""
    with suppress(NotFound):
        remove_planner(admin, login)


@pytest.fixture
def squares(empty_url: str) -> Iterator[Database]:
    """The county of four squares, published; committed, so that logins see it."""
    with Database(empty_url, size=4) as database:
        with database.transaction(SCOPE) as connection:
            put(connection, first_changes())
        yield database


@pytest.fixture
def planner(squares: Database, sign_in: Callable[..., Connection]) -> Connection:
    """The connection of a planner with an open draft over the whole county of squares."""
    mine = sign_in("li_na")
    with squares.transaction(SCOPE) as connection:
        open_draft(connection, title="改动", author="李娜", planner="li_na")
    return mine
