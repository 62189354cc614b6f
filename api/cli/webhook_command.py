"""``webhook``: addresses that are told of published editions."""

import getpass
from typing import Annotated, Literal

import typer
from rich.table import Table

from api.cli.console import out, say, steps, text
from api.cli.usage import WrongUse
from api.store import open_store
from api.webhooks import add_webhook, list_webhooks, remove_webhook
from gis.db import Connection
from gis.settings import settings


def webhook(
    action: Annotated[
        Literal["add", "list", "remove"], typer.Argument(help="登记、列出、撤销 · register, list, remove")
    ] = "list",
    what: Annotated[str, typer.Argument(help="add：地址；remove：编号 · the address, or the number")] = "",
) -> None:
    """Register an address that is told of published editions, list them, or remove one."""
    if bool(what) is (action == "list") or (action == "remove" and not what.isdecimal()):
        raise WrongUse(reason_zh="add 要写地址，remove 要写编号", reason_en="add takes an address, remove a number")
    with steps() as begin, open_store(settings(), begin) as database, database.transaction() as connection:
        if action == "add":
            allowed = settings().webhooks_private
            number, secret = add_webhook(connection, what, by=getpass.getuser(), private=allowed)
        elif action == "remove":
            remove_webhook(connection, int(what))
            number, secret = int(what), ""
        else:
            _list(connection)
            return
    if secret:
        say(f"已登记 {number}；密钥只显示这一次：", f"registered as {number}; the secret is shown only now:")
        out.print(secret, markup=False)
    else:
        say(f"已撤销 {number}", f"{number} is removed")


def _list(connection: Connection) -> None:
    table = Table(box=None, padding=(0, 2))
    for heading in (("编号", "number"), ("地址", "address"), ("已告知版本", "told"), ("上次失败", "last failure")):
        table.add_column(text(*heading), overflow="fold")
    for one in list_webhooks(connection):
        table.add_row(str(one.id), one.url, str(one.told), one.last_error or "—")
    out.print(table)
