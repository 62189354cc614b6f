"""``draft``: drafts opened, looked at, judged, repaired, rebased, reviewed, published or dropped."""

import getpass
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.table import Table

from api.cli.console import out, say, steps, text
from api.cli.data_commands import publish
from api.cli.draft_offline_command import checkin, checkout, redo, saves, undo
from api.cli.draft_report import tell_findings, tell_impact, tell_proposal, tell_review
from api.cli.usage import WrongUse
from api.store import open_store
from boundaries.drafts import drop_draft, list_drafts, open_draft, read_draft
from boundaries.findings import read_findings
from boundaries.impact import impact_of
from boundaries.judging import validate as judge
from boundaries.rebase import clashes, resolve
from boundaries.rebase import rebase as lay_over
from boundaries.repair import accept, propose
from boundaries.review import approve as let_pass
from boundaries.review import comment as write_comment
from boundaries.review import comments, read_review, send_back
from boundaries.review import submit as hand_over
from boundaries.shape_rules import Limits
from boundaries.waiting import call_off
from gis.coverage import county_codes
from gis.db import Connection
from gis.errors import CheckFailed, Conflict
from gis.scope import everything
from gis.settings import settings

draft = typer.Typer()
Number = Annotated[int, typer.Argument(help="草稿编号 · number of the draft")]
Rev = Annotated[
    int | None, typer.Option("--rev", help="所见的保存，默认最新 · the save that was seen, the last by default")
]
Commit = Annotated[bool, typer.Option("--commit", help="真正写入，默认只预演 · really do it; a rehearsal by default")]


@contextmanager
def _store() -> Generator[Connection]:
    """A transaction over the whole store."""
    with steps() as begin, open_store(settings(), begin) as database:
        with database.transaction() as connection:
            counties = county_codes(connection)
        scope = everything(counties, getpass.getuser()) if counties else None
        with database.transaction(scope) as connection:
            yield connection


@draft.command("open", help="打开一个草稿 · open a draft over the current edition")
def open_(
    title: Annotated[str, typer.Option("--title", help="标题 · title")],
    scope: Annotated[str, typer.Option("--scope", help="只改此编码以下 · code below which it changes grids")] = "",
    planner: Annotated[str, typer.Option("--planner", help="在 QGIS 中编辑它的登录名 · login that edits it")] = "",
    author: Annotated[str, typer.Option("--author", help="起草人，默认系统用户名 · author")] = "",
) -> None:
    """Open a draft over the current edition."""
    by = author or getpass.getuser()
    with _store() as connection:
        number = open_draft(connection, title=title, author=by, scope=scope, planner=planner or None)
    say(f"已打开草稿 {number}", f"draft {number} is open")


@draft.command("list", help="列出未结束的草稿 · list the drafts that are open")
def list_() -> None:
    """List the drafts that are open."""
    table = Table(box=None, padding=(0, 2))
    for heading in (("草稿", "draft"), ("标题", "title"), ("起草", "author"), ("辖区", "scope"), ("进度", "stage")):
        table.add_column(text(*heading))
    with _store() as connection:
        for one in [*list_drafts(connection, state="waiting"), *list_drafts(connection)]:
            stage = read_review(connection, one.id).stage
            table.add_row(str(one.id), one.title, one.author, one.scope or "—", stage)
    out.print(table)


@draft.command(help="一个草稿的进度、问题、评论 · one draft: how far it is, findings, comments")
def show(number: Number) -> None:
    """Show how far a draft is, its last findings and comments."""
    with _store() as connection:
        review, remarks = read_review(connection, number), comments(connection, number)
        findings, conflicts = read_findings(connection, number), clashes(connection, number)
    tell_review(review, conflicts)
    tell_findings(findings)
    for one in remarks:
        out.print(f"  {one.author}: {one.body}", markup=False)


@draft.command(help="检查 · judge it as it stands")
def validate(number: Number) -> None:
    """Judge a draft as it stands and keep the findings."""
    limits = Limits(min_area_m2=settings().min_grid_area_m2)
    with _store() as connection:
        errors = judge(connection, number, limits).errors
        findings = read_findings(connection, number)
    tell_findings(findings)
    if errors:
        raise CheckFailed(count=len(errors))
    say("没有错误，可以发布", "no error: it can be published")


@draft.command(help="影响：户、纠纷、单元、网格员、编码 · what it changes for people")
def impact(number: Number) -> None:
    """Tell what publishing a draft would change for people."""
    with _store() as connection:
        found = impact_of(connection, number)
    tell_impact(found)


@draft.command(help="修复建议；加 --commit 接受 · propose a repair; accept it with --commit")
def repair(
    number: Number,
    finding: Annotated[int | None, typer.Option("--finding", help="只修这一条 · only this finding")] = None,
    winner: Annotated[
        list[str] | None, typer.Option("--winner", help="两处改动都要的地归谁 · who gets what two edits claim")
    ] = None,
    commit: Commit = False,
) -> None:
    """Propose a repair that keeps what was drawn; write it as one save with --commit."""
    with _store() as connection:
        proposal = propose(connection, number, finding=finding, winners=winner or [])
        if commit:
            accept(connection, number, rev=proposal.rev, finding=finding, winners=winner or [])
    tell_proposal(proposal)
    if not commit:
        say("以上为建议；加 --commit 写入草稿", "this is a proposal; add --commit to write it into the draft")


@draft.command(help="移到现行版本上，裁定冲突 · lay it over the current edition, decide conflicts")
def rebase(
    number: Number,
    mine: Annotated[list[str] | None, typer.Option("--mine", help="保留草稿的改动 · keep the draft's change")] = None,
    theirs: Annotated[list[str] | None, typer.Option("--theirs", help="采用已发布的 · take what was published")] = None,
) -> None:
    """Lay a stale draft over the current edition; decide the conflicts of grids by their codes."""
    if set(mine or []) & set(theirs or []):
        raise WrongUse(reason_zh="同一网格只能选一方", reason_en="a grid is either --mine or --theirs")
    by = getpass.getuser()
    with _store() as connection:
        merged = lay_over(connection, number).merged
        for code in mine or []:
            resolve(connection, number, code, "mine", by=by)
        for code in theirs or []:
            resolve(connection, number, code, "theirs", by=by)
        review, found = read_review(connection, number), clashes(connection, number)
    if merged:
        say(f"双方的改动已合并：{'、'.join(merged)}", f"edits of both sides were merged: {', '.join(merged)}")
    tell_review(review, found)
    if review.conflicts:
        raise Conflict(
            reason_zh=f"有 {review.conflicts} 处冲突待定", reason_en=f"{review.conflicts} conflicts are undecided"
        )


@draft.command(help="评论 · write a comment")
def comment(number: Number, body: Annotated[str, typer.Argument(help="内容 · what to say")]) -> None:
    """Write a comment on a draft."""
    with _store() as connection:
        write_comment(connection, number, author=getpass.getuser(), body=body)
    say("已写入", "written")


@draft.command(help="提交审核 · hand it over for review")
def submit(number: Number, rev: Rev = None) -> None:
    """Hand a judged draft over for review."""
    with _store() as connection:
        review = hand_over(connection, number, rev=_save_meant(connection, number, rev), by=getpass.getuser())
    tell_review(review, [])


@draft.command(help="第二人审核通过 · approve it as a second person")
def approve(number: Number, rev: Rev = None) -> None:
    """Approve what was handed over; neither its author nor who handed it over may."""
    with _store() as connection:
        review = let_pass(connection, number, rev=_save_meant(connection, number, rev), by=getpass.getuser())
    tell_review(review, [])


@draft.command("return", help="退回并说明原因 · give it back, with the reason")
def return_(number: Number, why: Annotated[str, typer.Argument(help="原因 · why")]) -> None:
    """Give a draft back to its author; the reason becomes a comment."""
    with _store() as connection:
        review, found = send_back(connection, number, by=getpass.getuser(), why=why), clashes(connection, number)
    tell_review(review, found)


@draft.command(help="撤回等待生效的发布 · call off a publication that waits for its day")
def recall(number: Number) -> None:
    """Call off a publication that waits for its legal date; the draft is open again."""
    with _store() as connection:
        call_off(connection, number)
    say(f"草稿 {number} 不再等待生效，又可编辑", f"draft {number} no longer waits for a day and is open again")


def _save_meant(connection: Connection, number: int, rev: int | None) -> int:
    return read_draft(connection, number).rev if rev is None else rev


@draft.command(help="放弃 · end it without publishing")
def drop(number: Number) -> None:
    """End a draft without publishing it; it stays on record."""
    with _store() as connection:
        drop_draft(connection, number)
    say(f"草稿 {number} 已放弃", f"draft {number} is dropped")


draft.command("publish", help="同 wangge publish · as wangge publish")(publish)
draft.command("checkout", help="取出为 GeoPackage · take it along as a file")(checkout)
draft.command("checkin", help="把取出的文件写回 · bring such a file back")(checkin)
draft.command("saves", help="列出各次保存 · list its saves")(saves)
draft.command("undo", help="撤销最后一次保存 · take the last save back")(undo)
draft.command("redo", help="重做 · do again what was undone")(redo)
