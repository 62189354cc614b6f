"""Planners with real logins, over a store of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from boundaries.planners import add_planner
from gis.db import Connection, connect_admin


@pytest.fixture
def sign_in(empty_url: str) -> Iterator[Callable[[str], Connection]]:
    """Make a planner of a login and connect as QGIS does: with the password, each statement by itself."""
    with connect_admin(empty_url) as admin, ExitStack() as stack:

        def signed_in(login: str, scope: str = "532322") -> Connection:
            password = add_planner(admin, login, person=f"规划员{login}", scope=scope)
            stack.callback(_drop, admin, login)
            conninfo = make_conninfo(empty_url, user=login, password=password)
            return stack.enter_context(psycopg.connect(conninfo, autocommit=True))

        yield signed_in


def _drop(admin: Connection, login: str) -> None:
    """Roles belong to the cluster, so they outlive the test's database."""
    admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(login)))
