"""``migrate``, ``demo``, ``locate``, ``assign``, ``publish``: work on the store."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.cli.console import out, say, steps, text
from api.params import parse_day
from api.publishing import publish as publish_draft
from api.store import MIGRATIONS, open_store, service_database
from boundaries.drafts import Draft, list_drafts
from boundaries.publish import preview
from gis.clock import local_today
from gis.codes import chain, grouped
from gis.coverage import county_codes, load_coverage
from gis.coverage_check import Finding
from gis.crs import to_storage
from gis.datum import Datum, to_cgcs2000
from gis.db import Database
from gis.errors import CheckFailed, NotFound, OutsideCounty
from gis.migrate import migrate as apply_migrations
from gis.scope import everything
from gis.settings import settings

SHOWN_FINDINGS = 20


def migrate() -> None:
    """Bring the database up to date."""
    with steps() as begin, service_database(settings()) as conninfo:
        begin("升级数据库结构", "applying migrations")
        applied = apply_migrations(conninfo, MIGRATIONS)
    if applied:
        say("已执行：" + "、".join(applied), "applied: " + ", ".join(applied))
    else:
        say("数据库结构已是最新", "the database is up to date")


def demo(
    scale: Annotated[
        int, typer.Option(min=1, max=50, help="县的个数（压力测试）· number of counties, for load tests")
    ] = 1,
) -> None:
    """Load the demonstration into an empty store."""
    from api.demo import load_demo

    chosen = settings()
    with steps() as begin, open_store(chosen, begin) as database:
        load_demo(database, chosen.data, begin, scale=scale)
    say("演示数据已发布为版本 1（界线与人员均为合成）", "published as edition 1 (boundaries and people are synthetic)")


def locate(
    lon: Annotated[float, typer.Argument(help="经度（或东坐标）· longitude, or x")],
    lat: Annotated[float, typer.Argument(help="纬度（或北坐标）· latitude, or y")],
    crs: Annotated[str, typer.Option(help="坐标系 · CRS of the point")] = "EPSG:4490",
    datum: Annotated[Datum, typer.Option(help="大地基准 · datum")] = "cgcs2000",
) -> None:
    """Find the grid of a point."""
    lons, lats = to_cgcs2000(*to_storage(lon, lat, crs), datum)
    with steps() as begin, open_store(settings(), begin) as database, database.transaction() as connection:
        begin("读取网格", "reading the grids")
        coverage = load_coverage(connection)
    place = coverage.locator.locate_one(float(lons), float(lats))
    if place.code is None:
        raise OutsideCounty(lon=lon, lat=lat)
    table = Table(show_header=False, box=None, padding=(0, 2))
    for code in chain(place.code):
        table.add_row(grouped(code), coverage.names[code])
    out.print(table)
    behind = coverage.names.get(place.neighbour, "") if place.neighbour else text("县界外", "outside the county")
    say(
        f"距最近边界 {place.border_m:.1f} 米，另一侧：{behind}；版本 {coverage.edition.number}",
        f"{place.border_m:.1f} m from the nearest border, behind it: {behind}; edition {coverage.edition.number}",
    )


def assign(
    source: Annotated[Path, typer.Argument(help="点文件 · file of points")],
    target: Annotated[Path, typer.Argument(help="结果文件 · file to write")],
    crs: Annotated[str | None, typer.Option(help="坐标系 · CRS of the points")] = None,
    datum: Annotated[Datum, typer.Option(help="大地基准 · datum")] = "cgcs2000",
    level: Annotated[int, typer.Option(min=2, max=6, help="网格级别 · level of the grids wanted")] = 6,
) -> None:
    """Give each point of a file the code of its grid; points outside get an empty one."""
    from gis.point_files import assign_file

    with steps() as begin, open_store(settings(), begin) as database:
        begin("读取网格", "reading the grids")
        with database.transaction() as connection:
            coverage = load_coverage(connection)
        begin("归属", "assigning")
        done = assign_file(source, target, coverage, crs=crs, datum=datum, level=level)
    say(
        f"{done.rows} 行，{done.unplaced} 行没有可用坐标，{done.outside} 个点在辖区外；已写入 {target}",
        f"{done.rows} rows, {done.unplaced} without a usable place, {done.outside} points outside; written to {target}",
    )


def publish(
    draft: Annotated[int | None, typer.Argument(help="草稿编号，默认最近的 · draft, by default the latest")] = None,
    commit: Annotated[bool, typer.Option("--commit", help="真正发布 · really publish")] = False,
    valid_from: Annotated[str, typer.Option(help="生效日期 · legal date, YYYY-MM-DD")] = "",
) -> None:
    """Show what publishing a draft would do; publish it with --commit."""
    day = parse_day(valid_from, "--valid-from") if valid_from else local_today()
    with steps() as begin, open_store(settings(), begin) as database:
        chosen = _choose(database, draft)
        begin("检查", "checking")
        counties = _counties(database)
        with database.transaction(everything(counties, "publish") if counties else None) as connection:
            change, findings = preview(connection, chosen.id)
        counties = sorted({*counties, *(code[:6] for code in change.after)})
        done = None
        if commit and not findings:
            share = begin("发布", "publishing")
            done = publish_draft(
                database, chosen.id, valid_from=day, actor=chosen.author, counties=counties, progress=share
            )
    _tell_draft(chosen, len(change.touched), findings)
    if findings:
        raise CheckFailed(count=len(findings))
    if done is None:
        say("以上为预演；加 --commit 正式发布", "this was a rehearsal; add --commit to publish")
        return
    moved = done.assigned.moved
    say(
        f"已发布版本 {done.edition}：写入 {done.grids_written} 个网格，注销 {done.grids_retired} 个，{moved} 户改属",
        f"published edition {done.edition}: {done.grids_written} grids written, {done.grids_retired} retired,"
        f" {moved} households moved",
    )


def _counties(database: Database) -> list[str]:
    with database.transaction() as connection:
        return county_codes(connection)


def _choose(database: Database, draft: int | None) -> Draft:
    with database.transaction() as connection:
        drafts = list_drafts(connection)
    found = [one for one in drafts if draft in {None, one.id}]
    if not found:
        raise NotFound(what_zh="未发布的草稿", what_en="open draft", value=draft or "")
    return found[0]


def _tell_draft(draft: Draft, touched: int, findings: list[Finding]) -> None:
    say(
        f"草稿 {draft.id}“{draft.title}”：{draft.changes} 项改动，影响 {touched} 个网格",
        f'draft {draft.id} "{draft.title}": {draft.changes} changes, {touched} grids touched',
    )
    for finding in findings[:SHOWN_FINDINGS]:
        out.print(f"  [red]✗[/red] {', '.join(finding.codes[:4])} {text(finding.reason_zh, finding.reason_en)}")
    if len(findings) > SHOWN_FINDINGS:
        rest = len(findings) - SHOWN_FINDINGS
        say(f"  … 另有 {rest} 个问题", f"  … and {rest} more")
