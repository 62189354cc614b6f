"""``up``, ``serve``, ``down``, ``status``: the life of the service."""

import os
import shutil
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from typing import Annotated

import typer
from rich.table import Table

from api.cli.console import out, say, steps, text
from api.run_file import find_running, remove_run_file, wait_until_gone, write_run_file
from api.store import MIGRATIONS
from gis.cluster import Cluster, running_database
from gis.db import Database
from gis.errors import Conflict, SetupNeeded
from gis.settings import Settings, settings

STOP_WAIT_S = 40


def up(
    demo: Annotated[bool, typer.Option(help="空库时装入演示县 · load the demo county into an empty store")] = True,
) -> None:
    """Set everything up and serve until stopped."""
    from api import web_build

    chosen = settings()
    _refuse_second(chosen)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with steps() as begin:
        if not web_build.is_built():
            begin("构建网页（仅首次）", "building the web pages (first time only)")
            web_build.build()
        begin("启动数据库", "starting the database")

        def tell(zh: str, en: str) -> None:
            begin(zh, en)

        database_running = running_database(chosen, tell=tell)
        conninfo = database_running.__enter__()
    try:
        _prepare(chosen, conninfo, demo=demo)
        _serve(chosen, conninfo, greet=True)
    finally:
        say("正在停止 …", "stopping …")
        database_running.__exit__(None, None, None)
    say("已停止", "stopped")


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _refuse_second(chosen: Settings) -> None:
    running = find_running(chosen.data)
    if running is not None:
        raise Conflict(
            reason_zh=f"服务已在运行：{running.url}（进程 {running.pid}）",
            reason_en=f"already running: {running.url} (process {running.pid})",
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.host, chosen.port))
        except OSError as error:
            raise SetupNeeded(
                reason_zh=f"无法使用 {chosen.host}:{chosen.port}（{error.strerror}）；可设 WANGGE_PORT 换一个端口",
                reason_en=f"cannot use {chosen.host}:{chosen.port} ({error.strerror}); choose another with WANGGE_PORT",
            ) from error


def _prepare(chosen: Settings, conninfo: str, *, demo: bool) -> None:
    """Migrate, clear what a crash left, and load the demo into an empty store."""
    from api.demo import load_demo
    from api.publishing import recover
    from gis.coverage import current_edition
    from gis.migrate import migrate

    migrate(conninfo, MIGRATIONS)
    with Database(conninfo, size=2, statement_timeout_s=0) as database:
        recover(database, "up")
        with database.transaction() as connection:
            empty = current_edition(connection) is None
        if empty and demo:
            with steps() as begin:
                load_demo(database, chosen.data, begin)


def serve() -> None:
    """Run the server on a database that is set up already."""
    chosen = settings()
    _refuse_second(chosen)
    signal.signal(signal.SIGTERM, _interrupt)
    with running_database(chosen) as conninfo:
        _serve(chosen, conninfo, greet=False)


def _serve(chosen: Settings, conninfo: str, *, greet: bool) -> None:
    """Run the workers until a signal; log to a file when a person is watching the terminal."""
    import uvicorn

    from api.logs import configuration

    log_file = None
    if greet:
        (chosen.data / "log").mkdir(parents=True, exist_ok=True)
        log_file = str(chosen.data / "log" / "service.log")
        os.environ["WANGGE_LOG_FILE"] = log_file
    counters = chosen.data / "run" / "metrics"
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir(parents=True)
    os.environ.update(PROMETHEUS_MULTIPROC_DIR=str(counters), WANGGE_DATABASE_URL=conninfo)
    url = f"http://{chosen.host}:{chosen.port}"
    write_run_file(chosen.data, url)
    if greet:
        threading.Thread(target=_greet, args=(chosen, url), daemon=True).start()
    try:
        # A single worker hands the signal on to us once it has shut down.
        with suppress(KeyboardInterrupt):
            uvicorn.run(
                "api.app:create_app",
                factory=True,
                host=chosen.host,
                port=chosen.port,
                workers=chosen.workers,
                log_config=configuration(chosen.log_level, log_file),
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=10,
            )
    finally:
        remove_run_file(chosen.data)


def _greet(chosen: Settings, url: str) -> None:
    """Wait until the service is ready, then print where to go."""
    from api.demo import kept_passwords

    for _ in range(600):
        try:
            with urllib.request.urlopen(f"{url}/ready", timeout=2):  # noqa: S310 - our own address
                break
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    else:
        say("服务仍未就绪，请看 wangge doctor", "the service is not ready yet; see wangge doctor")
    table = Table(show_header=False, box=None, padding=(0, 2))
    for zh, en, path in (
        ("地图", "map", "/map"),
        ("接口说明", "API description", "/docs"),
        ("OGC API", "OGC API", "/ogc"),
    ):
        table.add_row(f"[bold]{text(zh, en)}[/bold]", f"{url}{path}")
    out.print(table)
    passwords = kept_passwords(chosen.data)
    if passwords:
        _print_accounts(passwords)
    say("按 Ctrl-C 停止", "Ctrl-C stops the service")


def _print_accounts(passwords: dict[str, str]) -> None:
    table = Table(title=text("演示账号（仅本机）", "demo accounts (this machine only)"), title_justify="left")
    for zh, en in (("角色", "role"), ("用户名", "user name"), ("密码", "password")):
        table.add_column(text(zh, en))
    for username, password in passwords.items():
        table.add_row(text(*DEMO_ROLES.get(username, ("", ""))), username, password)
    out.print(table)


DEMO_ROLES = {
    "wanggeyuan": ("网格员（箐口村）", "grid staff (one village)"),
    "tiaojieyuan": ("调解员（妥甸镇）", "mediator (one township)"),
    "diaoduyuan": ("调度员（全县）", "dispatcher (county)"),
    "guihuayuan": ("规划员（全县）", "planner (county)"),
    "lingdao": ("分管领导（全县）", "leader (county)"),
    "guanliyuan": ("管理员（全县）", "operator (county)"),
}


def down() -> None:
    """Stop the service of this data folder, and its database."""
    chosen = settings()
    running = find_running(chosen.data)
    if running is not None:
        os.kill(running.pid, signal.SIGTERM)
        if not wait_until_gone(running, STOP_WAIT_S):
            raise Conflict(
                reason_zh=f"进程 {running.pid} 在 {STOP_WAIT_S} 秒内没有停止",
                reason_en=f"process {running.pid} did not stop within {STOP_WAIT_S} s",
            )
    stopped = not chosen.database_url and Cluster(chosen).stop()
    if running is None and not stopped:
        say("服务没有在运行", "nothing is running")
    else:
        say("已停止", "stopped")


def status() -> None:
    """Show what runs."""
    chosen = settings()
    running = find_running(chosen.data)
    if running is None:
        say("服务：未运行", "service: not running")
    else:
        say(f"服务：运行中 {running.url}（进程 {running.pid}）", f"service: {running.url} (process {running.pid})")
    if chosen.database_url:
        say("数据库：外部（WANGGE_DATABASE_URL）", "database: external (WANGGE_DATABASE_URL)")
        return
    cluster = Cluster(chosen).status()
    names = {"absent": ("尚未建立", "not made yet"), "stopped": ("已停止", "stopped"), "running": ("运行中", "running")}
    zh, en = names[cluster.state]
    detail = f" PostgreSQL {cluster.major}, {cluster.home}" if cluster.major else ""
    say(f"数据库：{zh}{detail}", f"database: {en}{detail}")
