"""``planner``: login roles of the people who edit drafts in QGIS."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from psycopg.conninfo import conninfo_to_dict
from rich.table import Table

from api.cli.console import out, say, text
from api.cli.usage import WrongUse
from api.store import MIGRATIONS, service_database
from boundaries.planners import add_planner, list_planners, remove_planner
from boundaries.qgis_project import NAME, Place, project_for, store_project
from gis.db import Connection, connect_admin
from gis.migrate import migrate
from gis.settings import settings


def planner(
    action: Annotated[
        Literal["add", "list", "remove", "project"],
        typer.Argument(help="新增、列出、撤销，或重写 QGIS 工程 · add, list, remove, or write the QGIS project anew"),
    ] = "list",
    name: Annotated[str, typer.Argument(help="登录名 · login name")] = "",
    person: Annotated[str, typer.Option("--person", help="姓名，默认登录名 · the person's name")] = "",
    scope: Annotated[str, typer.Option("--scope", help="可编辑的辖区编码 · code below which to draw")] = "532322",
    host: Annotated[str, typer.Option("--host", help="规划员连接数据库的主机 · host that planners reach")] = "",
    port: Annotated[int, typer.Option("--port", help="及端口 · and port", min=0, max=65535)] = 0,
    out_: Annotated[Path | None, typer.Option("--out", help="工程另存为文件 · write the project to a file too")] = None,
) -> None:
    """Give a person a login of their own for editing drafts in QGIS, list such logins, or take one away."""
    if bool(name) is (action in {"list", "project"}):
        raise WrongUse(
            reason_zh="add 和 remove 要写登录名，list 和 project 不要",
            reason_en="add and remove take a name, list and project none",
        )
    with service_database(settings()) as conninfo:
        migrate(conninfo, MIGRATIONS)
        place, password = _place(conninfo, host, port), ""
        with connect_admin(conninfo, autocommit=False) as connection:
            if action == "list":
                _list(connection)
            elif action == "remove":
                remove_planner(connection, name)
            else:
                if action == "add":
                    password = add_planner(connection, name, person=person or name, scope=scope)
                store_project(connection, place)
        if action == "remove":
            say(f"已撤销 {name}；其草稿仍在", f"{name} is removed; their draft stays")
        elif action != "list":
            _tell(place, name, password)
    if out_ is not None:
        out_.write_bytes(project_for(place))


def _place(conninfo: str, host: str, port: int) -> Place:
    """The database as planners reach it: by TCP, unless told otherwise at its own port."""
    own = conninfo_to_dict(conninfo)
    named = host or str(own.get("host") or "")
    return Place(
        host="127.0.0.1" if not named or named.startswith("/") else named,
        port=port or int(str(own.get("port") or 5432)),
        dbname=str(own.get("dbname")),
    )


def _list(connection: Connection) -> None:
    table = Table(box=None, padding=(0, 2))
    headings = (("登录名", "login"), ("姓名", "person"), ("辖区", "scope"), ("草稿", "draft"), ("能否登录", "signs in"))
    for heading in headings:
        table.add_column(text(*heading))
    for one in list_planners(connection):
        able = text("能", "yes") if one.can_sign_in else text("否：请重新 add", "no: add again")
        table.add_row(one.login, one.person, one.scope, str(one.draft or "—"), able)
    out.print(table)


def _tell(place: Place, name: str, password: str) -> None:
    """Where QGIS finds the project and, of a new login, the password: shown here, once, and kept nowhere."""
    say(
        f"QGIS 工程“{NAME}”已写入数据库（架构 edit）；QGIS 的连接：",
        f'The QGIS project "{NAME}" is in the database (schema edit). The connection for QGIS:',
    )
    table = Table(show_header=False, box=None, padding=(0, 2))
    rows = {"host": place.host, "port": str(place.port), "dbname": place.dbname}
    for key, value in rows.items() if not name else {**rows, "user": name, "password": password}.items():
        table.add_row(key, value)
    out.print(table)
    if name:
        say("口令只显示这一次。", "The password is shown only now.")
