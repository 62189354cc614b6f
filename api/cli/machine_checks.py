"""The doctor's look at the machine and the set-up: nothing here needs the database."""

import platform
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from api import web_build
from api.cli.checks import Check, same
from api.probe import ask
from api.run_file import Running
from gis.cluster import Cluster, ClusterStatus
from gis.pg_programs import find_programs, no_database
from gis.settings import Settings

DISK_FLOOR_MB, DISK_LOW_MB = 512, 2048
FILL = ("wangge demo 或 wangge import grids", "wangge demo, or wangge import grids")
_AGAIN = ("若非正在启动：wangge down，再 wangge up", "unless it is just starting: wangge down, then wangge up")


def machine_checks(chosen: Settings, running: Running | None, cluster: ClusterStatus | None) -> Iterator[Check]:
    """Python, PostgreSQL, disk, secrets, pages, service and port.

    ``cluster`` is None where an external database is used.
    """
    yield Check("ok", same("Python"), same(f"{platform.python_version()} ({sys.prefix})"))
    yield _postgres(cluster)
    yield from _disks(chosen, cluster)
    yield from _secrets(chosen.data / "secret")
    yield _pages()
    yield _service(running) if running is not None else _port(chosen)


def _postgres(cluster: ClusterStatus | None) -> Check:
    what = same("PostgreSQL")
    if cluster is None:
        return Check("ok", what, ("外部数据库（WANGGE_DATABASE_URL）", "external database (WANGGE_DATABASE_URL)"))
    programs = find_programs(major=cluster.major)
    if programs is None:
        ways = no_database(cluster.major)
        return Check("fail", what, ("没有找到", "not found"), (ways.message("zh"), ways.message("en")))
    return Check("ok", what, same(f"{programs.major} ({programs.folder})"))


def _disks(chosen: Settings, cluster: ClusterStatus | None) -> Iterator[Check]:
    """The disks of the data folder and of the cluster, which may be another one."""
    places = [chosen.data] if cluster is None else [chosen.data, cluster.home]
    seen: set[int] = set()
    for place in places:
        there = next(folder for folder in (place, *place.parents) if folder.exists())
        if there.stat().st_dev in seen:
            continue
        seen.add(there.stat().st_dev)
        free = shutil.disk_usage(there).free // 2**20
        state = "fail" if free < DISK_FLOOR_MB else "warn" if free < DISK_LOW_MB else "ok"
        mend = (
            f"清理 {there} 所在磁盘（至少留 {DISK_LOW_MB} MB），或把 WANGGE_DATA 移到别的磁盘",
            f"free at least {DISK_LOW_MB} MB on the disk of {there}, or move WANGGE_DATA to another",
        )
        yield Check(state, ("磁盘剩余", "free disk"), same(f"{free} MB ({there})"), None if state == "ok" else mend)


def _secrets(folder: Path) -> Iterator[Check]:
    what = ("密钥权限", "secrets")
    if not folder.exists():
        return
    loose = [path for path in (folder, *sorted(folder.iterdir())) if path.stat().st_mode & 0o077]
    if not loose:
        yield Check("ok", what, ("仅本人可读", "readable by their owner only"))
    for path in loose:
        mode, right = stat.S_IMODE(path.stat().st_mode), 0o700 if path.is_dir() else 0o600
        yield Check(
            "fail",
            what,
            (f"{path} 的权限为 {mode:03o}，他人可读", f"{path} has mode {mode:03o}: others can read it"),
            same(f"chmod {right:o} {path}"),
            partial(path.chmod, right),
        )


def _pages() -> Check:
    what = ("网页", "web pages")
    if web_build.is_built():
        return Check("ok", what, ("已构建", "built"))
    return Check(
        "warn",
        what,
        ("未构建，或源文件已变", "not built, or their sources changed"),
        ("wangge up 会构建", "wangge up builds them"),
        web_build.build,
    )


def _service(running: Running) -> Check:
    what = ("服务", "service")
    state = ask(running.url)
    if state.ready:
        return Check("ok", what, (f"{running.url}，版本 {state.edition}", f"{running.url}, edition {state.edition}"))
    if not state.answers:
        found = (f"{running.url} 没有回答", f"{running.url} does not answer")
        return Check(
            "fail",
            what,
            found,
            _AGAIN,
        )
    if not state.database:
        return Check("fail", what, ("连不上数据库", "cannot reach its database"), ("见下", "see below"))
    return Check(
        "warn",
        what,
        ("尚无数据", "nothing is published"),
        FILL,
    )


def _port(chosen: Settings) -> Check:
    """Nothing serves this data folder; whether something else sits on its address."""
    what, where = ("服务", "service"), f"{chosen.host}:{chosen.port}"
    with socket.socket(socket.AF_INET6 if ":" in chosen.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.host, chosen.port))
        except OSError as error:
            reason = error.strerror or str(error)
            found = (f"未运行，{where} 也无法使用（{reason}）", f"not running, and {where} cannot be used ({reason})")
            return Check(
                "fail",
                what,
                found,
                (
                    "用 WANGGE_PORT 换一个端口，或停止占用它的程序",
                    "choose another with WANGGE_PORT, or stop what uses it",
                ),
            )
    return Check("warn", what, ("未运行", "not running"), same("wangge up"))


def cluster_status(chosen: Settings) -> ClusterStatus | None:
    """The private cluster as it is; None where an external database is used.

    Raises
    ------
    SetupNeeded
        If it belongs to another account.
    """
    return None if chosen.database_url else Cluster(chosen).status()
