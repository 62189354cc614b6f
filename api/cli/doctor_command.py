"""``doctor``: checks the machine, the set-up and the data, and says how to mend what is wrong."""

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from api import web_build
from api.cli.console import out, text
from api.probe import ask
from api.run_file import find_running
from api.store import MIGRATIONS
from gis.cluster import Cluster, running_database
from gis.coverage import current_edition
from gis.coverage_check import check_coverage
from gis.db import Connection, Database, load_queries
from gis.errors import CheckFailed, WanggeError
from gis.migrate import pending
from gis.pg_programs import find_programs
from gis.scope import everything
from gis.settings import ROOT, Settings, settings

_SQL = load_queries(ROOT / "api" / "cli" / "doctor.sql")
DISK_FLOOR_MB = 2048


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check, with how to mend it where it is not good."""

    state: Literal["ok", "warn", "fail"]
    what: str
    found: str
    mend: str = ""


def doctor() -> int:
    """Run every check; exit code 8 if one fails."""
    chosen = settings()
    failed = 0
    for check in _checks(chosen):
        mark = {"ok": "[green]✓[/green]", "warn": "[yellow]![/yellow]", "fail": "[red]✗[/red]"}[check.state]
        out.print(
            f"{mark} {check.what}：{check.found}" if text("zh", "en") == "zh" else f"{mark} {check.what}: {check.found}"
        )
        if check.mend:
            out.print(f"    → {check.mend}")
        failed += check.state == "fail"
    if failed:
        raise CheckFailed(count=failed)
    return 0


def _checks(chosen: Settings) -> Iterator[Check]:
    yield _python()
    yield _postgres(chosen)
    yield _disk(chosen)
    yield _pages()
    yield _service(chosen)
    if not chosen.database_url and Cluster(chosen).status().state != "running":
        yield Check(
            "warn", text("数据库", "database"), text("未运行", "not running"), text("./wangge up", "./wangge up")
        )
        return
    try:
        with running_database(chosen) as conninfo:
            yield from _database(conninfo)
    except WanggeError as error:
        message = error.message("zh" if text("zh", "en") == "zh" else "en")
        yield Check(
            "fail", text("数据库", "database"), message, text("查看 .data/log 中的日志", "see the logs in .data/log")
        )


def _python() -> Check:
    return Check("ok", "Python", f"{platform.python_version()} ({sys.prefix})")


def _postgres(chosen: Settings) -> Check:
    if chosen.database_url:
        return Check("ok", "PostgreSQL", text("外部数据库", "external database"))
    programs = find_programs()
    if programs is None:
        return Check("fail", "PostgreSQL", text("没有找到", "not found"), "apt-get install postgresql postgis")
    return Check("ok", "PostgreSQL", f"{programs.major} ({programs.folder})")


def _disk(chosen: Settings) -> Check:
    place = chosen.data if chosen.data.exists() else chosen.data.parent
    free = shutil.disk_usage(place).free // 2**20
    what = text("磁盘剩余", "free disk")
    if free < DISK_FLOOR_MB:
        return Check(
            "fail", what, f"{free} MB", text("请清理磁盘或移动 WANGGE_DATA", "free some space or move WANGGE_DATA")
        )
    return Check("ok", what, f"{free} MB")


def _pages() -> Check:
    what = text("网页", "web pages")
    if web_build.is_built():
        return Check("ok", what, text("已构建", "built"))
    return Check(
        "warn",
        what,
        text("未构建或已过期", "not built, or outdated"),
        text("./wangge up 会构建", "./wangge up builds them"),
    )


def _service(chosen: Settings) -> Check:
    what = text("服务", "service")
    running = find_running(chosen.data)
    if running is None:
        return Check("warn", what, text("未运行", "not running"), "./wangge up")
    if ask(running.url).ready:
        return Check("ok", what, running.url)
    return Check("fail", what, text("未就绪", "not ready"), "./wangge down && ./wangge up")


def _database(conninfo: str) -> Iterator[Check]:
    waiting = pending(conninfo, MIGRATIONS)
    what = text("数据库结构", "migrations")
    if waiting:
        yield Check("fail", what, text(f"{len(waiting)} 个未执行", f"{len(waiting)} not applied"), "./wangge migrate")
        return
    yield Check("ok", what, text("最新", "up to date"))
    with Database(conninfo, size=1, statement_timeout_s=120) as database:
        with database.transaction() as connection:
            versions = connection.execute(_SQL["versions"]).fetchone() or ("?", "?")
            edition = current_edition(connection)
            counties = [row[0] for row in connection.execute(_SQL["counties"])]
        yield Check("ok", "PostGIS", f"{versions[1]} / PostgreSQL {versions[0]}")
        if edition is None:
            yield Check("warn", text("版本", "edition"), text("尚未发布", "none yet"), "./wangge demo")
            return
        with database.transaction(everything(counties, "doctor")) as connection:
            for check in (_grids, _coverage, _assignments, _tiles):
                yield check(connection, edition)


def _grids(connection: Connection, edition: int) -> Check:
    counts = dict(connection.execute(_SQL["levels"], [edition]).fetchall())
    return Check(
        "ok",
        text(f"版本 {edition} 网格", f"grids of edition {edition}"),
        " / ".join(str(counts[k]) for k in sorted(counts)),
    )


def _coverage(connection: Connection, edition: int) -> Check:
    what = text("网格覆盖", "coverage")
    rows = connection.execute(_SQL["leaves"], [edition], binary=True).fetchall()
    polygons = np.asarray(shapely.from_wkb([bytes(row[1]) for row in rows]), dtype=np.object_)
    found = check_coverage([row[0] for row in rows], polygons)
    uneven = connection.execute(_SQL["uneven_parents"], {"edition": edition}).fetchall()
    if found or uneven:
        problem = text(f"{len(found) + len(uneven)} 处不符", f"{len(found) + len(uneven)} places are wrong")
        return Check("fail", what, problem, text("发布一个修正版本", "publish an edition that mends it"))
    return Check("ok", what, text("无缝隙、无重叠、上下级一致", "no gap, no overlap, levels agree"))


def _assignments(connection: Connection, edition: int) -> Check:
    what = text("户的归属", "assignments of households")
    total, missing, wrong = connection.execute(_SQL["assignments"], {"edition": edition}).fetchone() or (0, 0, 0)
    if missing or wrong:
        problem = text(f"{missing} 户未归属，{wrong} 户不一致", f"{missing} without one, {wrong} differ")
        return Check("fail", what, problem, text("重新导入这些户", "import these households again"))
    return Check("ok", what, text(f"{total} 户全部唯一归属", f"all {total} households have exactly one"))


def _tiles(connection: Connection, edition: int) -> Check:
    what = text("瓦片图形", "shapes of tiles")
    row = connection.execute(_SQL["shapes"], {"edition": edition}).fetchone()
    if row is None or not row[0]:
        return Check("fail", what, text("缺失", "missing"), text("重新发布", "publish again"))
    return Check("ok", what, str(row[0]))
