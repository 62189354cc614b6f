"""``planner``: login roles of the people who edit drafts in QGIS."""

from typing import Annotated, Literal

import typer
from psycopg.conninfo import conninfo_to_dict
from rich.table import Table

from api.cli.console import out, say, text
from api.cli.usage import WrongUse
from api.store import MIGRATIONS, service_database
from boundaries.planners import add_planner, list_planners, remove_planner
from gis.db import Connection, connect_admin
from gis.migrate import migrate
from gis.settings import settings


def planner(
    action: Annotated[
        Literal["add", "list", "remove"], typer.Argument(help="新增、列出或撤销 · add, list or remove")
    ] = "list",
    name: Annotated[str, typer.Argument(help="登录名 · login name")] = "",
    person: Annotated[str, typer.Option("--person", help="姓名，默认登录名 · the person's name")] = "",
    scope: Annotated[str, typer.Option("--scope", help="可编辑的辖区编码 · code below which to draw")] = "532322",
) -> None:
    """Give a person a login of their own for editing drafts in QGIS, list such logins, or take one away."""
    if bool(name) is (action == "list"):
        raise WrongUse(
            reason_zh="add 和 remove 要写登录名，list 不要", reason_en="add and remove take a name, list none"
        )
    with service_database(settings()) as conninfo:
        migrate(conninfo, MIGRATIONS)
        if action == "add":
            with connect_admin(conninfo, autocommit=False) as connection:
                password = add_planner(connection, name, person=person or name, scope=scope)
            _tell(conninfo, name, password)
            return
        with connect_admin(conninfo, autocommit=False) as connection:
            if action == "remove":
                remove_planner(connection, name)
                say(f"已撤销 {name}；其草稿仍在", f"{name} is removed; their draft stays")
            else:
                _list(connection)


def _list(connection: Connection) -> None:
    table = Table(box=None, padding=(0, 2))
    headings = (("登录名", "login"), ("姓名", "person"), ("辖区", "scope"), ("草稿", "draft"), ("能否登录", "signs in"))
    for heading in headings:
        table.add_column(text(*heading))
    for one in list_planners(connection):
        able = text("能", "yes") if one.can_sign_in else text("否：请重新 add", "no: add again")
        table.add_row(one.login, one.person, one.scope, str(one.draft or "—"), able)
    out.print(table)


def _tell(conninfo: str, name: str, password: str) -> None:
    """Where to sign in, and the password: shown here, once, and kept nowhere."""
    place = conninfo_to_dict(conninfo)
    host = str(place.get("host") or "127.0.0.1")
    say("口令只显示这一次；QGIS 的连接：", "The password is shown only now. The connection for QGIS:")
    table = Table(show_header=False, box=None, padding=(0, 2))
    table.add_row("host", "127.0.0.1" if host.startswith("/") else host)
    table.add_row("port", str(place.get("port") or 5432))
    table.add_row("dbname", str(place.get("dbname")))
    table.add_row("user", name)
    table.add_row("password", password)
    out.print(table)
