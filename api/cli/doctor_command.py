"""``doctor``: checks the machine, the set-up and the data, and says how to mend what is wrong."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated

import typer

from api.cli.checks import Check
from api.cli.console import say, text
from api.cli.machine_checks import cluster_status, machine_checks
from api.run_file import find_running
from api.store import service_database
from gis.errors import CheckFailed, WanggeError
from gis.settings import Settings, settings


def doctor(
    mend: Annotated[
        bool, typer.Option("--mend", help="修复能自动修复的问题 · mend what can be mended without asking")
    ] = False,
) -> int:
    """Run every check; exit code 8 if one fails."""
    chosen = settings()
    checks = _shown(chosen)
    remedies = [check for check in checks if check.state != "ok" and check.remedy]
    if mend and remedies:
        for check in remedies:
            say(f"修复：{text(*check.what)} …", f"mending: {text(*check.what)} …")
            if check.remedy:
                check.remedy()
        _refresh(chosen)
        checks = _shown(chosen)
    failed = sum(check.state == "fail" for check in checks)
    if failed:
        say(f"[red]{failed} 项不合格[/red]", f"[red]{failed} checks failed[/red]")
    return CheckFailed.exit_code if failed else 0


def _shown(chosen: Settings) -> list[Check]:
    """Every check, shown as soon as it is done."""
    done: list[Check] = []
    for check in _checks(chosen):
        check.show()
        done.append(check)
    return done


def _refresh(chosen: Settings) -> None:
    """Let the workers forget what they keep of the store."""
    running = find_running(chosen.data)
    if running is not None and running.url:
        with suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGHUP)


def _checks(chosen: Settings) -> Iterator[Check]:
    what = ("数据库", "database")
    try:
        running, cluster = find_running(chosen.data), cluster_status(chosen)
    except WanggeError as error:
        yield Check("fail", what, (error.message("zh"), error.message("en")))
        return
    yield from machine_checks(chosen, running, cluster)
    if cluster is not None and cluster.state == "absent":
        yield Check("warn", what, ("尚未建立", "not made yet"), ("wangge up 会建立", "wangge up makes it"))
        return
    if cluster is not None and cluster.state == "stopped" and running is not None:
        mend = (
            f"服务会在几秒内重新启动它；若没有，见 {cluster.home / 'log'} 中的日志",
            f"the service starts it again within seconds; if it does not, see the logs in {cluster.home / 'log'}",
        )
        yield Check("fail", what, ("服务在运行，数据库却停了", "stopped, although the service runs"), mend)
        return
    try:
        from api.cli.store_checks import store_checks

        with service_database(chosen) as conninfo:
            yield from store_checks(conninfo)
    except WanggeError as error:
        place = "WANGGE_DATABASE_URL" if cluster is None else str(cluster.home / "log")
        mend = (f"检查 {place}，再次运行 wangge doctor", f"look at {place}, then run wangge doctor again")
        yield Check("fail", what, (error.message("zh"), error.message("en")), mend)
