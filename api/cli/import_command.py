"""``import``: real files into the store, rehearsed by default."""

import getpass
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

import typer

from api.cli.console import say, steps
from api.cli.import_report import tell_findings, tell_reading
from api.cli.units_report import tell_comparison
from api.publishing import publishing_job, recover
from api.store import open_store
from api.unit_tiles import redrawing
from boundaries.drafts import Change, open_draft, put_changes
from gis.coverage import county_codes, current_edition
from gis.datum import Datum
from gis.db import Connection, Database
from gis.disputes import Terms
from gis.errors import CheckFailed, InvalidInput
from gis.importer.fields import IMPORTED, Kind
from gis.importer.findings import write_findings
from gis.importer.job import Checked, Options, changes, check, read_file, refuse_unless_valid, write
from gis.importer.mapping import Mapped, parse_pairs
from gis.importer.rejects import check_suffix, write_rejects
from gis.importer.unit_lists import Comparison, compare_list
from gis.importer.units import UnitList
from gis.scope import Scope, everything
from gis.settings import Settings, settings
from gis.working_days import OFFICIAL, read_calendar

Begin = Callable[[str, str], Callable[[float], None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to happen with a file once it is checked."""

    commit: bool
    accept_valid: bool
    author: str
    title: str
    findings: Path | None
    rejects: Path | None


@dataclass(slots=True)
class Outcome:
    """How far the import came: rows written by table (of a rehearsal of grids: changes), and the draft of grids."""

    checked: Checked | None = None
    compared: Comparison | None = None
    written: dict[str, int] | None = None
    draft: int | None = None


def import_(
    kind: Annotated[str, typer.Argument(help="grids | households | disputes | staff | barriers")],
    file: Annotated[
        Path,
        typer.Argument(
            help="GeoPackage、Shapefile（可压缩）、GeoJSON、FlatGeobuf、GeoParquet、KML、CSV、XLSX · the file to import"
        ),
    ],
    commit: Annotated[
        bool, typer.Option("--commit/--dry-run", help="真正写入，默认只预演 · really write; a rehearsal by default")
    ] = False,
    crs: Annotated[str | None, typer.Option(help="坐标系，默认按文件 · CRS, by default the file's")] = None,
    datum: Annotated[str, typer.Option(help="大地基准 · datum: cgcs2000 | wgs84 | gcj02 | bd09")] = "cgcs2000",
    swap_axes: Annotated[bool, typer.Option("--swap-axes", help="对调坐标轴 · exchange the axes")] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="列名=字段，可多次；字段写 - 则忽略该列 · column=field, repeatable"),
    ] = None,
    layer: Annotated[str | None, typer.Option(help="图层或压缩包内文件名 · layer, or file in an archive")] = None,
    sheet: Annotated[str | None, typer.Option(help="工作表 · sheet")] = None,
    encoding: Annotated[str | None, typer.Option(help="文字编码，默认自动识别 · encoding, detected by default")] = None,
    allocate: Annotated[
        bool, typer.Option("--allocate", help="为没有编码的网格分配编码 · give codes to grids")
    ] = False,
    accept_valid: Annotated[
        bool, typer.Option("--accept-valid", help="只写入没有问题的行 · write the valid rows only")
    ] = False,
    findings: Annotated[Path | None, typer.Option(help="问题清单（GeoPackage）· write findings")] = None,
    rejects: Annotated[Path | None, typer.Option(help="退回的行，改好后可再导入 · write rejected rows")] = None,
    title: Annotated[str, typer.Option(help="网格草稿的标题 · title of the draft of grids")] = "",
    author: Annotated[str, typer.Option(help="经办人 · who does this")] = "",
) -> None:
    """Import grids, households, disputes, staff, or barriers of neighbour units."""
    options = Options(
        kind=_kind(kind),
        path=file,
        crs=crs,
        datum=cast("Datum", datum),  # checked by read_file, in both languages
        swap_axes=swap_axes,
        columns=parse_pairs(columns or []),
        layer=layer,
        sheet=sheet,
        encoding=encoding,
        allocate=allocate,
    )
    wish = Wish(
        commit=commit,
        accept_valid=accept_valid,
        author=author or getpass.getuser(),
        title=title or f"导入 {file.name}",
        findings=target(findings, ".gpkg", file, "--findings"),
        rejects=target(rejects, None, file, "--rejects"),
    )
    run_import(options, wish, settings())


def _kind(kind: str) -> Kind:
    if kind not in IMPORTED:
        known = " | ".join(IMPORTED)
        raise InvalidInput(
            field="KIND", reason_zh=f"“{kind}”不是 {known} 之一", reason_en=f'"{kind}" is none of {known}'
        )
    return Kind(kind)


def target(path: Path | None, suffix: str | None, source: Path, option: str) -> Path | None:
    """A file to write: its folder is there, and it is not the file that is read.

    Raises
    ------
    InvalidInput
    """
    if path is None:
        return None
    if not path.parent.is_dir():
        raise InvalidInput(field=option, reason_zh=f"没有文件夹 {path.parent}", reason_en=f"no folder {path.parent}")
    if path.resolve() == source.resolve():
        raise InvalidInput(field=option, reason_zh="不能覆盖导入的文件", reason_en="it would replace the imported file")
    if suffix is not None and path.suffix.lower() != suffix:
        raise InvalidInput(field=option, reason_zh=f"应为 {suffix} 文件", reason_en=f"a {suffix} file is needed")
    return path


def run_import(options: Options, wish: Wish, chosen: Settings) -> None:
    """Read, check and write a file as wished, and tell all of it.

    Raises
    ------
    CheckFailed
        If rows were rejected and nothing was written.
    """
    refused: CheckFailed | None = None
    outcome = Outcome()
    with steps() as begin:
        begin("读取文件", "reading the file")
        mapped = read_file(options)
        if wish.rejects is not None:
            check_suffix(wish.rejects, mapped.table.format)
        with open_store(chosen, begin) as database:
            try:
                _run(database, mapped, options, wish, chosen, begin, outcome)
            except CheckFailed as error:
                refused = error
    tell_reading(mapped, outcome.checked)
    if outcome.checked is not None:
        _write_files(outcome.checked, wish)
        tell_findings(outcome.checked)
    if outcome.compared is not None:
        tell_comparison(outcome.compared)
    if refused is not None:
        raise refused
    _tell_end(outcome, wish)


def _run(
    database: Database, mapped: Mapped, options: Options, wish: Wish, chosen: Settings, begin: Begin, outcome: Outcome
) -> None:
    """Check, and write in the same transaction; a rehearsal is rolled back."""
    if wish.commit:
        recover(database, wish.author)
    with database.transaction() as connection:
        counties = county_codes(connection)
    scope = everything(counties, wish.author) if counties else None
    terms = Terms(chosen.deadline_working_days, read_calendar(chosen.calendar or OFFICIAL))
    with (
        publishing_job(database) if wish.commit else nullcontext(),
        database.transaction(scope) as connection,
        connection.transaction(force_rollback=not wish.commit),
    ):
        begin("检查", "checking")
        outcome.checked = check(connection, mapped, options, terms)
        outcome.compared = _compared(connection, outcome.checked)
        if wish.commit:
            begin("写入", "writing")
            with redrawing(connection, current_edition(connection), households=_households(outcome.checked)):
                _write(connection, outcome, wish, scope, chosen)
        else:
            refuse_unless_valid(outcome.checked, accept_valid=wish.accept_valid)
            if mapped.kind is Kind.GRIDS:
                outcome.written = {"change": len(changes(outcome.checked, accept_valid=wish.accept_valid))}


def _households(checked: Checked) -> int:
    """How many households' units may change."""
    return len(checked.accepted) if checked.mapped.kind in {Kind.HOUSEHOLDS, Kind.UNITS} else 0


def _compared(connection: Connection, checked: Checked) -> Comparison | None:
    """A list of units beside the computed ones."""
    if not isinstance(checked.records, UnitList) or checked.county is None:
        return None
    return compare_list(connection, checked.records, checked.accepted, checked.county.edition)


def _write(connection: Connection, outcome: Outcome, wish: Wish, scope: Scope | None, chosen: Settings) -> None:
    checked = outcome.checked
    if checked is None:
        return
    if checked.mapped.kind is Kind.GRIDS:
        wanted = changes(checked, accept_valid=wish.accept_valid)
        if wanted:
            outcome.draft = open_draft(connection, title=wish.title, author=wish.author)
            rows = (Change(c.code, c.operation, c.name, c.geometry) for c in wanted)
            outcome.written = {"change": put_changes(connection, outcome.draft, rows)}
        return
    if scope is not None:
        outcome.written = write(
            connection, checked, scope=scope, near_border_m=chosen.near_border_m, accept_valid=wish.accept_valid
        )


def _write_files(checked: Checked, wish: Wish) -> None:
    table = checked.mapped.table
    if wish.findings is not None:
        write_findings(checked.findings, table.rows, wish.findings)
        say(f"问题清单：{wish.findings}", f"findings: {wish.findings}")
    if wish.rejects is not None and checked.rejected:
        write_rejects(table, checked.rejected, checked.findings, wish.rejects)
        say(f"退回的行：{wish.rejects}（改好后可再次导入）", f"rejected rows: {wish.rejects} (mend and import again)")


def _tell_end(outcome: Outcome, wish: Wish) -> None:
    if not wish.commit:
        if outcome.written is not None:
            count = outcome.written["change"]
            say(f"草稿将有 {count} 项改动", f"the draft would hold {count} changes")
        say("以上为预演，未写入；加 --commit 写入", "this was a rehearsal, nothing was written; add --commit to write")
        return
    if not outcome.written:
        say("文件与现状一致，没有改动", "the file agrees with what stands; nothing changes")
        return
    if outcome.draft is not None:
        say(
            f"已写入草稿 {outcome.draft}（{outcome.written['change']} 项改动）；用 wangge publish {outcome.draft} 发布",
            f"written as draft {outcome.draft} ({outcome.written['change']} changes); wangge publish {outcome.draft}",
        )
        return
    listed = ", ".join(f"{table} {count}" for table, count in outcome.written.items())
    say(f"已写入：{listed}", f"written: {listed}")
