"""``migrate``, ``demo``, ``publish``: work on the store."""

import getpass
from datetime import date
from functools import partial
from typing import Annotated

import typer

from api.cli.console import out, say, steps, text
from api.cli.usage import WrongUse
from api.params import parse_day
from api.publishing import publish as publish_draft
from api.publishing import schedule
from api.store import MIGRATIONS, Begin, open_store, service_database
from boundaries.drafts import Draft, list_drafts, read_draft
from boundaries.judging import Judgement, validate
from boundaries.publish import Prepared
from boundaries.restore import open_restoring
from boundaries.rules import RULES
from boundaries.shape_rules import Limits
from gis.clock import local_today
from gis.coverage import county_codes
from gis.coverage_check import Finding
from gis.db import Connection, Database
from gis.errors import CheckFailed, NotFound
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


def publish(
    draft: Annotated[int | None, typer.Argument(help="草稿编号，默认最近的 · draft, by default the latest")] = None,
    commit: Annotated[bool, typer.Option("--commit", help="真正发布 · really publish")] = False,
    rollback: Annotated[
        int | None,
        typer.Option("--rollback", help="恢复到此版本的界线 · bring the boundaries of an edition back", min=1),
    ] = None,
    valid_from: Annotated[str, typer.Option(help="生效日期 · legal date, YYYY-MM-DD")] = "",
) -> None:
    """Show what publishing a draft would do; publish it with --commit."""
    if draft is not None and rollback is not None:
        raise WrongUse(reason_zh="草稿与 --rollback 只能选一", reason_en="either a draft or --rollback")
    day = parse_day(valid_from, "--valid-from") if valid_from else local_today()
    with steps() as begin, open_store(settings(), begin) as database:
        if rollback is not None and not commit:
            _rehearse_restoring(database, rollback)
            return
        chosen = _choose(database, draft) if rollback is None else _restoring(database, rollback)
        judgement, done = _judge_and_publish(database, chosen, day, begin, commit=commit)
    _tell_draft(chosen, len(judgement.change.touched), judgement.findings)
    if judgement.errors:
        raise CheckFailed(count=len(judgement.errors))
    if done is None:
        say("以上为预演；加 --commit 正式发布", "this was a rehearsal; add --commit to publish")
        return
    if day > local_today():
        say(
            f"已定于 {day} 生效，届时由服务自行发布；此前不能发布其他改动",
            f"takes effect on {day}: the service publishes it by itself, and nothing else until then",
        )
        return
    moved = done.assigned.moved
    say(
        f"已发布版本 {done.edition}：写入 {done.grids_written} 个网格，注销 {done.grids_retired} 个，{moved} 户改属",
        f"published edition {done.edition}: {done.grids_written} grids written, {done.grids_retired} retired,"
        f" {moved} households moved",
    )


def _judge_and_publish(
    database: Database, chosen: Draft, day: date, begin: Begin, *, commit: bool
) -> tuple[Judgement, Prepared | None]:
    """Judge a draft and, if that is wanted and it has no error, publish it."""
    begin("检查", "checking")
    counties, using = _counties(database), settings()
    with database.transaction(everything(counties, "publish") if counties else None) as connection:
        judgement = validate(connection, chosen.id, Limits(min_area_m2=using.min_grid_area_m2))
    if judgement.errors or not commit:
        return judgement, None
    job = schedule if day > local_today() else partial(publish_draft, progress=begin("发布", "publishing"))
    done = job(
        database,
        chosen.id,
        valid_from=day,
        actor=chosen.author,
        counties=sorted({*counties, *(change.code[:6] for change in judgement.changes)}),
        rev=judgement.draft.rev,
        needs_review=using.review_required,
    )
    return judgement, done


def _counties(database: Database) -> list[str]:
    with database.transaction() as connection:
        return county_codes(connection)


def _restoring(database: Database, edition: int) -> Draft:
    with database.transaction() as connection:
        return _open_restoring(connection, edition)


def _open_restoring(connection: Connection, edition: int) -> Draft:
    title = f"恢复到版本 {edition}"
    return read_draft(connection, open_restoring(connection, edition, title=title, author=getpass.getuser()))


def _rehearse_restoring(database: Database, edition: int) -> None:
    """Judge what leads back to an edition and undo it all: no draft stays, no code is issued."""
    counties = _counties(database)
    scope = everything(counties, "publish") if counties else None
    with database.transaction(scope) as connection, connection.transaction(force_rollback=True):
        draft = _open_restoring(connection, edition)
        judgement = validate(connection, draft.id)
    _tell_draft(draft, len(judgement.change.touched), judgement.findings)
    if judgement.errors:
        raise CheckFailed(count=len(judgement.errors))
    say("以上为预演；加 --commit 正式发布", "this was a rehearsal; add --commit to publish")


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
        mark = "[red]✗[/red]" if RULES[finding.rule].severity == "error" else "[yellow]![/yellow]"
        out.print(f"  {mark} {', '.join(finding.codes[:4])} {text(finding.reason_zh, finding.reason_en)}")
    if len(findings) > SHOWN_FINDINGS:
        rest = len(findings) - SHOWN_FINDINGS
        say(f"  … 另有 {rest} 个问题", f"  … and {rest} more")
