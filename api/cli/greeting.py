"""What people see once the service answers: where to go, and how to sign in."""

import time
from collections.abc import Callable

from rich.table import Table

from api.cli.console import out, say, text
from api.probe import State, ask, local_url
from gis.settings import Settings

PATIENCE_S = 120
DEMO_ROLES = {
    "wanggeyuan": ("网格员（箐口村）", "grid staff (one village)"),
    "tiaojieyuan": ("调解员（妥甸镇）", "mediator (one township)"),
    "diaoduyuan": ("调度员（全县）", "dispatcher (county)"),
    "guihuayuan": ("规划员（全县）", "planner (county)"),
    "shenheyuan": ("审核员（全县）", "reviewer (county)"),
    "lingdao": ("分管领导（全县）", "leader (county)"),
    "guanliyuan": ("管理员（全县）", "operator (county)"),
}
_PLACES = (("地图", "map", "/map"), ("接口说明", "API description", "/docs"), ("OGC API", "OGC API", "/ogc"))


def wait_until_served(settings: Settings, going: Callable[[], bool]) -> State:
    """Wait until the service answers, and for as long as it says that it is about to be ready.

    ``going`` tells whether it still runs.
    """
    until = time.monotonic() + PATIENCE_S
    state = State()
    while going() and time.monotonic() < until:
        state = ask(local_url(settings))
        if state.ready or (state.database and state.edition is None):
            break
        time.sleep(0.05)
    return state


def greet(settings: Settings, state: State, passwords: dict[str, str]) -> None:
    """Print the addresses and the demo's sign-ins, or what is still missing."""
    url = settings.public_url or local_url(settings)
    table = Table(show_header=False, box=None, padding=(0, 2))
    for zh, en, path in _PLACES:
        table.add_row(f"[bold]{text(zh, en)}[/bold]", f"{url.rstrip('/')}{path}")
    out.print(table)
    if state.ready:
        if passwords:
            _print_accounts(passwords)
    elif state.database:
        say(
            "库中尚无数据：wangge demo 装入演示县，或 wangge import grids 导入网格",
            "the store is empty: wangge demo loads a demonstration, wangge import grids brings your own",
        )
    else:
        say("服务尚未就绪，请看 wangge doctor", "the service is not ready yet; see wangge doctor")
    say("按 Ctrl-C 停止", "Ctrl-C stops the service")


def _print_accounts(passwords: dict[str, str]) -> None:
    table = Table(title=text("演示账号（仅本机）", "demo accounts (this machine only)"), title_justify="left")
    for zh, en in (("角色", "role"), ("用户名", "user name"), ("密码", "password")):
        table.add_column(text(zh, en))
    for username, password in passwords.items():
        table.add_row(text(*DEMO_ROLES.get(username, ("", ""))), username, password)
    out.print(table)
