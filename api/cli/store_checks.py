"""The doctor's look at the store: migrations, editions, coverage, assignments, units, tiles."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import shapely

from api.cli.checks import Check, Pair, same
from api.cli.machine_checks import FILL
from api.mending import assign_again, draw_again
from api.publishing import publish_due, publishing_job, recover
from api.store import MIGRATIONS
from boundaries.editions import prepared_edition
from boundaries.waiting import waiting_draft
from gis.clock import local_today
from gis.coverage import county_codes, current_edition
from gis.coverage_check import check_coverage
from gis.db import Connection, Database, load_queries
from gis.errors import Conflict, NotFound
from gis.migrate import migrate, pending
from gis.scope import everything
from gis.settings import ROOT
from gis.unit_drifts import DRIFTED, Drift, drifts

_SQL = load_queries(ROOT / "api" / "cli" / "doctor.sql")
_NAMED = 3
"""Grids that a line names."""
_LAST_RESORT = (
    "重新导入网格并发布（wangge import grids、wangge publish），或恢复备份",
    "import the grids again and publish (wangge import grids, wangge publish), or restore a backup",
)


def store_checks(conninfo: str) -> Iterator[Check]:
    """Everything that only the database can tell.

    Raises
    ------
    DatabaseUnavailable, MigrationRefused
    """
    waiting = pending(conninfo, MIGRATIONS)
    what = ("数据库结构", "migrations")
    if waiting:
        found = (f"{len(waiting)} 个未执行", f"{len(waiting)} not applied")
        yield Check("fail", what, found, same("wangge migrate"), partial(_migrate, conninfo))
        return
    yield Check("ok", what, ("最新", "up to date"))
    with Database(conninfo, size=2, statement_timeout_s=120) as database:
        with database.transaction() as connection:
            postgres, postgis = connection.execute(_SQL["versions"]).fetchone() or ("?", "?")
            edition, counties = current_edition(connection), county_codes(connection)
        yield Check("ok", same("PostGIS"), same(f"{postgis} / PostgreSQL {postgres}"))
        yield from _half_published(database, conninfo)
        yield from _waiting(database, conninfo)
        if edition is None:
            yield Check("warn", ("版本", "edition"), ("尚未发布", "none yet"), FILL)
            return
        with database.transaction(everything(counties, "doctor")) as connection:
            yield _grids(connection, edition)
            yield _coverage(connection, edition)
            yield _assignments(connection, edition, conninfo)
            yield from (_units(connection, edition, county) for county in counties)
            yield _tiles(connection, edition, conninfo)


def _migrate(conninfo: str) -> None:
    migrate(conninfo, MIGRATIONS)


def _recover(conninfo: str) -> None:
    with Database(conninfo, size=2, statement_timeout_s=0) as database:
        recover(database, "doctor")


def _half_published(database: Database, conninfo: str) -> Iterator[Check]:
    """An edition that a crash left half prepared; one that is being published right now is none."""
    try:
        with publishing_job(database), database.transaction() as connection:
            half = prepared_edition(connection)
    except Conflict:
        return
    if half is not None:
        yield Check(
            "warn",
            ("发布", "publishing"),
            (f"版本 {half} 没有完成", f"edition {half} was left unfinished"),
            ("下次 up 或 publish 会撤销它，草稿保留", "the next up or publish discards it; its draft stays"),
            partial(_recover, conninfo),
        )


def _waiting(database: Database, conninfo: str) -> Iterator[Check]:
    """A draft that waits for its legal date: fine before it, a warning on it, a failure from the next day on."""
    with database.transaction() as connection:
        waits = waiting_draft(connection)
    if waits is None:
        return
    what, today = ("待生效的草稿", "draft that waits for its day"), local_today()
    zh, en = f"草稿 {waits.draft}，{waits.valid_from} 生效", f"draft {waits.draft}, takes effect on {waits.valid_from}"
    if today < waits.valid_from:
        yield Check("ok", what, (zh, en))
        return
    zh_mend = f"服务运行时自行发布，不能发布的原因见日志 wangge.due；--mend 立即发布，draft recall {waits.draft} 撤回"
    en_mend = f"the service does it, or its log (wangge.due) says why not; --mend does it now, draft recall {waits.draft} calls it off"
    late = today > waits.valid_from
    found = (f"{zh}，已逾期" if late else f"{zh}，就是今天", f"{en}: overdue" if late else f"{en}: today")
    yield Check("fail" if late else "warn", what, found, (zh_mend, en_mend), partial(_publish_due, conninfo))


def _publish_due(conninfo: str) -> None:
    with Database(conninfo, size=2, statement_timeout_s=0) as database:
        publish_due(database)


def _grids(connection: Connection, edition: int) -> Check:
    counts = dict(connection.execute(_SQL["levels"], [edition]).fetchall())
    what = (f"版本 {edition} 网格", f"grids of edition {edition}")
    return Check("ok", what, same(" / ".join(str(counts[level]) for level in sorted(counts))))


def _coverage(connection: Connection, edition: int) -> Check:
    what = ("网格覆盖", "coverage")
    rows = connection.execute(_SQL["leaves"], [edition], binary=True).fetchall()
    polygons = np.asarray(shapely.from_wkb([bytes(row[1]) for row in rows]), dtype=np.object_)
    found = check_coverage([row[0] for row in rows], polygons)
    uneven = [row[0] for row in connection.execute(_SQL["uneven_parents"], {"edition": edition})]
    if found:
        first = f"{found[0].codes[0] if found[0].codes else ''} "
        zh, en = first + found[0].reason_zh, first + found[0].reason_en
        return Check("fail", what, (f"{len(found)} 处不符：{zh}", f"{len(found)} places are wrong: {en}"), _LAST_RESORT)
    if uneven:
        zh = f"{len(uneven)} 个上级网格与下级之和不等：{uneven[0]}"
        en = f"{len(uneven)} grids differ from the sum of their parts: {uneven[0]}"
        return Check("fail", what, (zh, en), _LAST_RESORT)
    return Check("ok", what, ("无缝隙、无重叠、上下级一致", "no gap, no overlap, levels agree"))


def _assignments(connection: Connection, edition: int, conninfo: str) -> Check:
    what = ("户的归属", "assignments of households")
    total, missing, wrong = connection.execute(_SQL["assignments"], {"edition": edition}).fetchone() or (0, 0, 0)
    if missing or wrong:
        zh, en = f"{missing} 户未归属，{wrong} 户不一致", f"{missing} without one, {wrong} differ"
        remedy = partial(assign_again, conninfo, edition)
        return Check("fail", what, (zh, en), same("wangge doctor --mend"), remedy)
    return Check("ok", what, (f"{total} 户全部唯一归属", f"all {total} households have exactly one"))


def _units(connection: Connection, edition: int, county: str) -> Check:
    """Grids whose units are longer than they had to be; the doctor names them and leaves them, for people know why."""
    what = (f"{county} 的联户单元", f"neighbour units of {county}")
    try:
        found = drifts(connection, edition, county)
    except NotFound:
        return Check("ok", what, ("尚无住户", "no households yet"))
    far = [one for one in found if one.share > DRIFTED]
    if not far:
        zh = f"{len(found)} 个基础网格的总距离都在重新划分的 {DRIFTED:.0%} 以内"
        en = f"all {len(found)} basic grids within {DRIFTED:.0%} of a fresh division"
        return Check("ok", what, (zh, en))
    named = " ".join(f"{one.grid} +{one.share:.0%}" for one in far[:_NAMED])
    more = " …" if len(far) > _NAMED else ""
    zh = f"{len(far)} 个基础网格比重新划分长 {DRIFTED:.0%} 以上：{named}{more}"
    en = f"{len(far)} basic grids are over {DRIFTED:.0%} longer than a fresh division: {named}{more}"
    return Check("warn", what, (zh, en), _divided_anew(far, county))


def _divided_anew(far: list[Drift], county: str) -> Pair:
    command = f"wangge units replan {far[0].grid if len(far) == 1 else county}"
    return (
        f"可重新划分，不急：{command} 先预演，{command} --commit 写入",
        f"no hurry; offered: {command} rehearses, {command} --commit writes",
    )


def _tiles(connection: Connection, edition: int, conninfo: str) -> Check:
    """Every tile of the edition is written, and so is every part that it names; earlier editions have theirs too."""
    what = ("瓦片", "tiles")
    undrawn, total, missing = connection.execute(_SQL["tiles"], {"edition": edition}).fetchone() or (0, 0, 0)
    if undrawn or missing or not total:
        zh = f"{total} 块，缺 {missing} 个图层，{undrawn} 个版本没有瓦片"
        en = f"{total}, {missing} of their layers are missing; editions without tiles: {undrawn}"
        remedy = partial(draw_again, conninfo, edition)
        return Check("fail", what, (zh, en), same("wangge doctor --mend"), remedy)
    return Check("ok", what, same(str(total)))
