"""What the terminal shows of a draft: how far it is, findings, a repair, its impact."""

from collections.abc import Sequence

from rich.table import Table

from api.cli.console import out, say, text
from boundaries.findings import StoredFinding
from boundaries.impact import Impact
from boundaries.merging import Field
from boundaries.rebase import Clash
from boundaries.repair import Proposal
from boundaries.review import Review

SHOWN = 20
FIELDS: dict[Field, str] = {"existence": "存废", "name": "名称", "outline": "界线"}
UNITS = {"m2": "m²", "m": "m"}


def tell_review(review: Review, conflicts: Sequence[Clash]) -> None:
    """One line about a draft, and its conflicts."""
    draft = review.draft
    stale = text("，已过时，请先 rebase", ", stale: rebase it") if review.stale else ""
    day = f" {draft.publish_on}" if review.stage == "waiting" else ""
    say(
        f"草稿 {draft.id}“{draft.title}”：{review.stage}{day}{stale}；{draft.changes} 项改动，第 {draft.rev} 次保存，"
        f"{review.errors} 个错误，{review.warnings} 个警告",
        f'draft {draft.id} "{draft.title}": {review.stage}{day}{stale}; {draft.changes} changes, save {draft.rev}, '
        f"{review.errors} errors, {review.warnings} warnings",
    )
    for one in conflicts:
        decided = one.resolution or text("待定：--mine 或 --theirs", "undecided: --mine or --theirs")
        fields = "、".join(FIELDS[field] for field in one.fields)
        say(
            f"  冲突 {one.code}（{fields}）：{decided}",
            f"  conflict {one.code} ({', '.join(one.fields)}): {decided}",
        )


def tell_findings(findings: Sequence[StoredFinding]) -> None:
    """The findings, errors first, each with what to do."""
    for one in findings[:SHOWN]:
        mark = "[red]✗[/red]" if one.severity == "error" else "[yellow]![/yellow]"
        out.print(f"  {mark} {one.id} {', '.join(one.codes[:4])} {text(one.message_zh, one.message_en)}")
        out.print(f"      → {text(one.action_zh, one.action_en)}", markup=False)
    if len(findings) > SHOWN:
        rest = len(findings) - SHOWN
        say(f"  … 另有 {rest} 个", f"  … and {rest} more")


def tell_proposal(proposal: Proposal) -> None:
    """A repair: what it would put, ask and leave."""
    for change in proposal.changes:
        what = text("注销", "retire") if change.operation == "retire" else text("新界线", "another outline")
        out.print(f"  {change.code} {change.name or ''} {what}", markup=False)
    for one in proposal.questions:
        codes = text(" 与 ", " and ").join(one.codes)
        say(
            f"  [yellow]?[/yellow] {codes} 都要同一块地（{one.size_m2:.2f} m²）：用 --winner 选定",
            f"  [yellow]?[/yellow] {codes} claim the same {one.size_m2:.2f} m²: choose by --winner",
        )
    for found in proposal.left:
        out.print(f"  [red]✗[/red] {text(found.reason_zh, found.reason_en)}")
    if not proposal.changes and not proposal.questions:
        say("没有可修复的问题", "there is nothing to repair")


def tell_impact(impact: Impact) -> None:
    """What passes from grid to grid as a table, then codes, units and posts."""
    table = Table(box=None, padding=(0, 2))
    headings = (("从", "from"), ("到", "to"), ("m²", "m²"), ("户", "households"), ("红", "red"), ("黄", "yellow"))
    for heading in (*headings, ("绿", "green"), ("未评级", "unrated"), ("在办纠纷", "open disputes")):
        table.add_column(text(*heading))
    for one in impact.passings:
        counts = [one.households.total(), *(one.households[c] for c in ("red", "yellow", "green", "unrated"))]
        cells = [one.old_code, one.new_code or "—", f"{one.area_m2:,.0f}", *map(str, counts), str(one.open_disputes)]
        table.add_row(*cells)
    out.print(table)
    lists = (
        ("新编码", "new codes", impact.opened),
        ("注销", "retired", impact.retired),
        ("界线改变", "redrawn", impact.redrawn),
        ("改名", "renamed", impact.renamed),
        ("有户离开的单元", "units that households leave", impact.units),
        ("网格员岗位", "posts of staff", [f"{post.grid_code} {post.name}" for post in impact.posts]),
    )
    for zh, en, codes in lists:
        if codes:
            say(f"{zh}：{'、'.join(codes)}", f"{en}: {', '.join(codes)}")
