"""Planners: people with a login role of their own in PostgreSQL, whose rights end at the editing views."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg import sql
from psycopg.rows import class_row

from gis.codes import check_code
from gis.db import Connection, load_queries
from gis.errors import Conflict, InvalidInput, NotFound, SetupNeeded

_SQL = load_queries(Path(__file__).with_name("planners.sql"))
_LOGIN = re.compile(r"(?!pg_|wangge_)[a-z][a-z0-9_]{1,30}")
PLANNER_ROLE = "wangge_planner"


@dataclass(frozen=True, slots=True)
class Planner:
    """A login role and the person behind it.

    ``scope`` is the code prefix below which the person may draw, ``draft`` the number of the draft that is open for
    them; ``can_sign_in`` is false where the role is missing, as after a restore on another machine.
    """

    login: str
    person: str
    scope: str
    added_at: datetime
    can_sign_in: bool
    draft: int | None


def add_planner(connection: Connection, login: str, *, person: str, scope: str) -> str:
    """Make a login role for a person and return its password, which is kept nowhere else.

    The server is given the password's verifier only, so that no log of statements can hold the password.

    Parameters
    ----------
    connection : of a user who may make roles; not of the service's own role.
    login : 2 to 31 lower-case letters, digits and underscores.
    scope : code prefix below which the person may draw.

    Raises
    ------
    InvalidInput
        If the login or the person's name is unfit.
    InvalidCode
        If the scope is no code.
    Conflict
        If there is a role of that name.
    SetupNeeded
        If the database user may not make roles.
    """
    _check(connection, login)
    check_code(scope, 2, 3, 4, 5, 6)
    if not person.strip():
        raise InvalidInput(field="person", reason_zh="不能为空", reason_en="it must not be empty")
    if connection.execute(_SQL["role"], [login]).fetchone() is not None:
        raise Conflict(reason_zh=f"数据库中已有角色 {login}", reason_en=f"the database has a role {login} already")
    password = secrets.token_urlsafe(15)
    verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
    make = sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT 20 PASSWORD {} IN ROLE {} ROLE CURRENT_USER")
    role = sql.Identifier(login)
    connection.execute(make.format(role, sql.Literal(verifier), sql.Identifier(PLANNER_ROLE)))
    connection.execute(sql.SQL("ALTER ROLE {} SET statement_timeout = '60s'").format(role))
    connection.execute(_SQL["add"], {"login": login, "person": person.strip(), "scope": scope})
    return password


def _check(connection: Connection, login: str) -> None:
    if _LOGIN.fullmatch(login) is None:
        raise InvalidInput(
            field="name",
            reason_zh="2 到 31 个小写字母、数字或下划线，以字母开头，不以 pg_ 或 wangge_ 开头",
            reason_en="2 to 31 lower-case letters, digits or underscores; a letter first, not pg_ or wangge_",
        )
    if connection.execute(_SQL["may_make_roles"]).fetchone() != (True,):
        raise SetupNeeded(
            reason_zh="数据库用户没有 CREATEROLE 权限", reason_en="the database user lacks the right CREATEROLE"
        )


def list_planners(connection: Connection) -> list[Planner]:
    """All planners by login."""
    with connection.cursor(row_factory=class_row(Planner)) as cursor:
        return cursor.execute(_SQL["planners"]).fetchall()


def remove_planner(connection: Connection, login: str) -> None:
    """Take a planner's login away and end their sessions; their draft stays open, for others to publish or drop.

    Raises
    ------
    NotFound
        If there is no such planner.
    SetupNeeded
        If the database user may not drop roles.
    """
    _check(connection, login)
    if connection.execute(_SQL["planner"], [login]).fetchone() is None:
        raise NotFound(what_zh="规划员", what_en="planner", value=login)
    connection.execute(_SQL["remove"], [login])
    if connection.execute(_SQL["role"], [login]).fetchone() is None:
        return
    role = sql.Identifier(login)
    connection.execute(_SQL["end_sessions"], [login])
    for step in ("ALTER ROLE {} NOLOGIN", "DROP OWNED BY {}", "DROP ROLE {}"):
        connection.execute(sql.SQL(step).format(role))
