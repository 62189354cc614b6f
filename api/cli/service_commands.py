"""``up``, ``serve``, ``down``, ``status``: the life of the service."""

import errno
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.console import say, steps
from api.cli.greeting import greet, wait_until_served
from api.probe import State, ask, local_url
from api.run_file import claim, find_running, wait_until_gone
from api.store import MIGRATIONS, Begin, service_database
from api.unit_pdf.fonts import install_fonts
from gis.cluster import Cluster
from gis.db import Database
from gis.errors import Conflict, DatabaseUnavailable, Forbidden, SetupNeeded
from gis.pg_programs import Tell
from gis.settings import Settings, settings

if TYPE_CHECKING:
    from api.supervisor import Supervisor

STOP_WAIT_S = 90
_PORT_WAIT_S = 3.0
_GRACE_S = 10
_HANG_S = 60


def up(
    demo: Annotated[bool, typer.Option(help="空库时装入演示县 · load the demo county into an empty store")] = True,
) -> None:
    """Set everything up and serve until stopped."""
    chosen = settings()
    with claim(chosen.data, local_url(chosen)), _listener(chosen) as listener, ExitStack() as stack:
        with steps() as begin:
            _build_pages(begin)
            log_file = chosen.data / "log" / "service.log"
            _begin_workers(chosen, log_file)
            begin("启动数据库", "starting the database")
            conninfo = stack.enter_context(service_database(chosen, _telling(begin)))
            _prepare(chosen, conninfo, begin, demo=demo)
            install_fonts(chosen.data, _telling(begin))
            begin("启动服务", "starting the server")
        _serve(chosen, conninfo, listener, log_file)
        say("正在停止 …", "stopping …")
    say("已停止", "stopped")


def _telling(begin: Begin) -> Tell:
    def tell(zh: str, en: str) -> None:
        begin(zh, en)

    return tell


def _build_pages(begin: Begin) -> None:
    from api import web_build

    if not web_build.is_built():
        begin("构建网页（首次或源文件有变）", "building the web pages (first time, or changed)")
        web_build.build()


@contextmanager
def _listener(chosen: Settings) -> Generator[socket.socket]:
    """The socket of the service, bound before anything slow begins; connections are refused until workers listen.

    Raises
    ------
    SetupNeeded
        If the address cannot be had.
    """
    with socket.socket(socket.AF_INET6 if ":" in chosen.host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        until = time.monotonic() + _PORT_WAIT_S
        while True:
            try:
                listener.bind((chosen.host, chosen.port))
                break
            except OSError as error:
                # Workers of a service that was killed are just ending.
                if error.errno == errno.EADDRINUSE and time.monotonic() < until:
                    time.sleep(0.1)
                    continue
                raise _no_port(chosen, error) from error
        yield listener


def _no_port(chosen: Settings, error: OSError) -> SetupNeeded:
    where = f"{chosen.host}:{chosen.port}"
    if error.errno == errno.EADDRINUSE:
        return SetupNeeded(
            reason_zh=f"{where} 已被其他程序占用；用 WANGGE_PORT 换一个端口",
            reason_en=f"{where} is taken by another program; choose another port with WANGGE_PORT",
        )
    return SetupNeeded(
        reason_zh=f"无法监听 {where}（{error.strerror}）；请改 WANGGE_HOST 或 WANGGE_PORT",
        reason_en=f"cannot listen on {where} ({error.strerror}); change WANGGE_HOST or WANGGE_PORT",
    )


def _prepare(chosen: Settings, conninfo: str, begin: Begin, *, demo: bool) -> None:
    """Migrate, clear what a crash left, draw what an older program did not, and load the demo into an empty store."""
    from boundaries.editions import prepared_edition
    from gis.coverage import current_edition
    from gis.migrate import migrate
    from tiles.store import is_built

    migrate(conninfo, MIGRATIONS)
    with Database(conninfo, size=2, statement_timeout_s=0) as database:
        with database.transaction() as connection:
            current = current_edition(connection)
            half = prepared_edition(connection)
            drawn = current is None or is_built(connection, current)
        if half is not None:
            from api.publishing import recover

            begin(f"撤销未完成的版本 {half}", f"discarding edition {half}, which was not finished")
            with suppress(Conflict):  # not left by a crash: somebody is publishing on this database right now
                recover(database, "up")
        if current is None and demo:
            from api.demo import load_demo

            load_demo(database, chosen.data, begin)
    if current is not None and not drawn:
        from api.mending import draw_again

        begin(f"编制版本 {current} 的瓦片", f"making the tiles of edition {current}")
        with suppress(Conflict):
            draw_again(conninfo, current)


def serve() -> None:
    """Run the server on a database that is set up already."""
    chosen = settings()
    with claim(chosen.data, local_url(chosen)), _listener(chosen) as listener:
        _begin_workers(chosen, None)
        with service_database(chosen) as conninfo:
            _refuse_outdated(conninfo)
            _serve(chosen, conninfo, listener, None)


def _refuse_outdated(conninfo: str) -> None:
    """A service on an outdated database would fail request by request; one that is away now may come back."""
    from gis.migrate import pending

    with suppress(DatabaseUnavailable, Forbidden):
        waiting = pending(conninfo, MIGRATIONS)
        if waiting:
            raise SetupNeeded(
                reason_zh=f"数据库结构有 {len(waiting)} 项未升级；请先运行 wangge migrate",
                reason_en=f"{len(waiting)} migrations have not been applied; run wangge migrate first",
            )


def _serve(chosen: Settings, conninfo: str, listener: socket.socket, log_file: Path | None) -> None:
    """Run the workers until a signal; who logs to a file greets the person who watches the terminal.

    Raises
    ------
    SetupNeeded
        If the workers cannot start.
    """
    from uvicorn import Config

    from api.logs import configuration
    from api.protocol import CarefulProtocol
    from api.supervisor import DatabaseKeeper, LogRotation, SettingsFollower, Supervisor

    os.environ["WANGGE_DATABASE_URL"] = conninfo
    config = Config(
        "api.worker:create",
        factory=True,
        workers=chosen.workers,
        http=CarefulProtocol,
        ws="none",
        log_config=configuration(chosen.log_level, None if log_file is None else str(log_file)),
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        timeout_worker_healthcheck=_HANG_S,
    )

    def moved(conninfo: str) -> None:
        os.environ["WANGGE_DATABASE_URL"] = conninfo
        renew()

    def renew() -> None:
        supervisor.signal_queue.append(signal.SIGHUP)

    upkeep: list[Callable[[], None]] = [SettingsFollower(chosen.data, renew)]
    upkeep += [] if chosen.database_url else [DatabaseKeeper(Cluster(chosen), conninfo, moved)]
    upkeep += [] if log_file is None else [LogRotation(log_file)]
    supervisor = Supervisor(config, [listener], upkeep)
    threading.Thread(target=_welcome, args=(chosen, supervisor, log_file is not None), daemon=True).start()
    supervisor.run()
    if supervisor.failed:
        place = log_file or "stderr"
        raise SetupNeeded(
            reason_zh=f"服务进程无法启动，原因见日志 {place}",
            reason_en=f"the server's workers cannot start; the log says why: {place}",
        )


def _begin_workers(chosen: Settings, log_file: Path | None) -> None:
    """Set what the workers read besides the settings, and begin to import what they need, beside what comes next."""
    from api import fork_server

    counters = chosen.data / "run" / "metrics"
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counters)
    if log_file is not None:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        os.environ["WANGGE_LOG_FILE"] = str(log_file)
    fork_server.start()


def _welcome(chosen: Settings, supervisor: "Supervisor", greeting: bool) -> None:
    """Wait for the first answer; then a worker that fails is replaced instead of ending the service."""
    from api.demo_accounts import kept_passwords

    state = wait_until_served(chosen, lambda: not supervisor.should_exit.is_set())
    supervisor.served = state.answers
    if greeting and not supervisor.should_exit.is_set():
        greet(chosen, state, kept_passwords(chosen.data))


def down() -> None:
    """Stop the service of this data folder, and its database."""
    chosen = settings()
    running = find_running(chosen.data)
    if running is not None:
        with suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGTERM)
        if not wait_until_gone(chosen.data, running, STOP_WAIT_S):
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
        state = ask(running.url) if running.url else None
        zh, en = _told(state)
        say(f"服务：{zh} {running.url}（进程 {running.pid}）", f"service: {en} {running.url} (process {running.pid})")
        if state is not None and state.waiting is not None:
            draft, day = state.waiting
            say(f"待生效：草稿 {draft}，{day} 起", f"waiting: draft {draft} takes effect on {day}")
    if chosen.database_url:
        say("数据库：外部（WANGGE_DATABASE_URL）", "database: external (WANGGE_DATABASE_URL)")
        return
    cluster = Cluster(chosen).status()
    names = {"absent": ("尚未建立", "not made yet"), "stopped": ("已停止", "stopped"), "running": ("运行中", "running")}
    zh, en = names[cluster.state]
    detail = f" PostgreSQL {cluster.major}, {cluster.home}" if cluster.major else ""
    say(f"数据库：{zh}{detail}", f"database: {en}{detail}")


def _told(state: State | None) -> tuple[str, str]:
    if state is None:
        return "未运行，正在恢复备份", "not running, a backup is being restored"
    if state.ready:
        return f"运行中，版本 {state.edition}", f"running, edition {state.edition},"
    if not state.answers:
        return "正在启动或停止", "starting or stopping"
    return ("运行中，尚无数据", "running, nothing published") if state.database else ("数据库不可用", "no database")
