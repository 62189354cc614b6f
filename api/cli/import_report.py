"""What an import tells: how the file was read, what was found, row by row."""

from collections import defaultdict

from rich.markup import escape
from rich.table import Table

from api.cli.console import lang, out, say, text
from gis.importer.fields import FIELDS
from gis.importer.findings import Finding, by_rule
from gis.importer.job import Checked
from gis.importer.mapping import Mapped

EXAMPLES = 3
"""Rows shown for each rule; all of them are in the file of findings."""

_MARKS = {"error": "[red]✗[/red]", "warning": "[yellow]![/yellow]", "note": "·"}


def tell_reading(mapped: Mapped, checked: Checked | None) -> None:
    """Print format, layer, columns, reference system and datum."""
    table = mapped.table
    details = [str(table.format), *(part for part in (table.layer, table.encoding) if part)]
    listed = escape(", ".join(details))
    say(f"{listed}：{len(table)} 行", f"{listed}: {len(table)} rows")
    labels = {field.name: (field.label_zh, field.label_en) for field in FIELDS[mapped.kind]}
    grid = Table(show_header=False, box=None, padding=(0, 2))
    for field, column in mapped.columns.items():
        grid.add_row("", escape(column), f"→ {field}", text(*labels[field]))
    out.print(grid)
    if mapped.unused:
        unused = escape("、".join(mapped.unused))
        say(f"未使用的列：{unused}", f"columns not used: {unused}")
    if checked is not None and checked.placed is not None:
        _tell_place(checked)


def _tell_place(checked: Checked) -> None:
    placed = checked.placed
    if placed is None:
        return
    reading, evidence = placed.reading, placed.evidence
    flipped = text("，已对调坐标轴", ", axes exchanged") if reading.swapped else ""
    say(f"坐标系 {reading.crs.name}，基准 {reading.datum}{flipped}", f"{reading.crs.name}, {reading.datum}{flipped}")
    if evidence.inside is not None and checked.county is not None:
        say(f"在辖区内：{evidence.inside:.1%}", f"inside the county: {evidence.inside:.1%}")
    if evidence.shares:
        shares = ", ".join(f"{datum} {share:.1%}" for datum, share in evidence.shares.items())
        say(
            f"落在所写的村里（{evidence.named} 行）：{shares}",
            f"in the village they name ({evidence.named} rows): {shares}",
        )
    elif checked.county is not None:
        say("没有写村或网格，无法核对基准", "no row names a village or grid: the datum could not be checked")


def tell_findings(checked: Checked) -> None:
    """Print the findings by rule, a few rows of each, and how many rows are accepted."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in checked.findings:
        groups[finding.rule].append(finding)
    for rule in by_rule(checked.findings):
        found = groups[rule]
        for finding in found[:EXAMPLES]:
            out.print(f"{_MARKS[finding.severity]} {_where(finding, checked)}{escape(finding.reason(lang()))}")
        if len(found) > EXAMPLES:
            rest = len(found) - EXAMPLES
            say(f"  … 同类问题另有 {rest} 个", f"  … and {rest} more of this kind")
    rejected, total = len(checked.rejected), len(checked.mapped.table)
    say(
        f"可导入 {total - rejected} 行，退回 {rejected} 行",
        f"{total - rejected} rows can be imported, {rejected} are rejected",
    )


def _where(finding: Finding, checked: Checked) -> str:
    """The row; without one the grids concerned, unless the reason names them itself."""
    if finding.position is not None:
        row = checked.mapped.table.rows[finding.position]
        return text(f"第 {row} 行：", f"row {row}: ")
    codes = [code for code in finding.codes[:4] if code not in finding.reason(lang())]
    return f"{', '.join(codes)} " if codes else ""
