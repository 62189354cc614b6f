"""``units``: sizes of neighbour units, their repair, fresh divisions, locks, lists in and out."""

import getpass
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Annotated, Any

import typer
from psycopg import Rollback

from api.cli.console import out, say, steps
from api.cli.units_lists_command import export_, import_
from api.cli.units_report import policies_table, tell_drifts, tell_plan
from api.cli.usage import WrongUse
from api.publishing import publishing_job
from api.store import Begin, open_store
from api.unit_tiles import redrawing
from gis.codes import WIDTHS
from gis.coverage import county_codes, current_edition
from gis.db import Connection
from gis.errors import InvalidInput, NotReady
from gis.partition import UnitPolicy
from gis.scope import everything
from gis.settings import settings
from gis.unit_drifts import DRIFTED, drifts
from gis.unit_journal import read_changes
from gis.unit_locks import list_locks, lock_units, unlock_units
from gis.unit_plans import POLICIES, compare, repair_units, replan_units
from gis.unit_policies import decide, decisions, policy_of

units = typer.Typer()
Grid = Annotated[str, typer.Argument(help="网格编码，任意层级，默认全县 · code of a grid of any level")]
Codes = Annotated[list[str], typer.Argument(help="联户单元编码，20 位 · codes of units, 20 digits")]
Commit = Annotated[bool, typer.Option("--commit", help="真正写入，默认只预演 · really write; a rehearsal by default")]
Show = Annotated[int, typer.Option("--show", help="最多列出多少行 · rows to list at most", min=0)]
_COUNTS = ("target", "low", "high", "hard_low", "hard_high")
_METRES = ("price_m", "far_m")


@contextmanager
def _store(*, writing: bool = False, commit: bool = True) -> Generator[tuple[Connection, int, list[str], Begin]]:
    """A transaction over the whole store, the current edition, the counties and the steps; undone without ``commit``."""
    with steps() as begin, open_store(settings(), begin) as database:
        with database.transaction() as connection:
            edition, counties = current_edition(connection), county_codes(connection)
        if edition is None:
            raise NotReady
        scope = everything(counties, getpass.getuser())
        if not writing:
            with database.transaction(scope) as connection:
                yield connection, edition, counties, begin
            return
        with publishing_job(database), database.transaction(scope) as connection:
            with redrawing(connection, edition) if commit else nullcontext():
                yield connection, edition, counties, begin
            if not commit:
                raise Rollback


def _county(given: str, counties: list[str]) -> str:
    """The grid asked for, the county if there is only one."""
    if given or len(counties) == 1:
        return given or counties[0]
    listed = ", ".join(counties)
    raise WrongUse(reason_zh=f"库中有多个县，请写编码：{listed}", reason_en=f"name one of the counties: {listed}")


@units.command("policy", help="比较规模设置，或定下本县的 · compare sizes, or decide on the county's")
def policy(
    grid: Grid = "",
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="名=值：target、low、high、hard_low、hard_high、price_m、far_m · name=value, repeatable"
        ),
    ] = None,
    commit: Commit = False,
) -> None:
    """Compare settings on the county's own households; with ``--set``, with the one meant, and decide on it."""
    with _store(writing=bool(sets), commit=commit) as (connection, edition, counties, begin):
        place = _county(grid, counties)
        county, current = place[:6], policy_of(connection, place)
        meant = _changed(current, sets or [])
        begin("比较规模设置", "comparing sizes")
        others = [one for one in POLICIES if one not in {meant, current}]
        tried = [current, *([meant] if meant != current else []), *others]
        found = compare(connection, edition, place, tried)
        history = decisions(connection, county)
        if sets and commit:
            decide(connection, county, meant, by=getpass.getuser())
    out.print(policies_table(found, current, meant))
    for one in history[:1]:
        when = one.since.astimezone().date()
        say(f"现行设置由 {one.by} 于 {when} 定下", f"the current setting was decided by {one.by} on {when}")
    if not sets:
        return
    if meant == current:
        say("与现行设置相同，没有改动", "that is the current setting; nothing changes")
    elif commit:
        say(f"{county} 的设置已定下；单元在下次修补时才改", f"decided for {county}; units change at their next repair")
    else:
        say("以上为预演，未写入；加 --commit 写入", "a rehearsal, nothing was written; add --commit to write")


def _changed(current: UnitPolicy, given: list[str]) -> UnitPolicy:
    """A policy with some values changed.

    Raises
    ------
    InvalidInput
        If a text is no name=value, or the values do not fit together.
    """
    values: dict[str, Any] = {}
    for pair in given:
        name, _, text = pair.partition("=")
        try:
            values[name.strip()] = {**dict.fromkeys(_COUNTS, int), **dict.fromkeys(_METRES, float)}[name.strip()](text)
        except (KeyError, ValueError) as error:
            known = ", ".join((*_COUNTS, *_METRES))
            raise InvalidInput(
                field="--set",
                reason_zh=f"“{pair}”应写成 名=数，名为 {known}",
                reason_en=f'"{pair}" is no name=number; names are {known}',
            ) from error
    return replace(current, **values)


@units.command("status", help="偏离最优较多的网格 · grids whose units drifted from what could be")
def status(grid: Grid = "", show: Show = 20) -> None:
    """Tell which grids have drifted by more than 5 % from a fresh division with as many units."""
    with _store() as (connection, edition, counties, begin):
        begin("与重新划分比较", "comparing with a fresh division")
        place = _county(grid, counties)
        found = drifts(connection, edition, place)
    tell_drifts(found, show, place)


@units.command("plan", help="预览修补 · show what a repair would change")
def plan(grid: Grid, show: Show = 20) -> None:
    """Show what a repair would change; writes nothing."""
    _repair(grid, show, commit=False)


@units.command("repair", help="修补 · repair")
def repair(grid: Grid, show: Show = 20) -> None:
    """Repair units out of bounds with as few moves as possible."""
    _repair(grid, show, commit=True)


def _repair(grid: str, show: int, *, commit: bool) -> None:
    with _store(writing=True, commit=commit) as (connection, edition, _, begin):
        begin("修补联户单元", "repairing units")
        found = repair_units(connection, edition, grid, by=getpass.getuser())
        drifted = []
        if found.moves:
            touched = {move.new[: WIDTHS[6]] for move in found.moves if move.new is not None}
            drifted = [
                one for code in sorted(touched) for one in drifts(connection, edition, code) if one.share > DRIFTED
            ]
    tell_plan(found, show)
    if drifted:
        codes = " ".join(one.grid for one in drifted)
        say(
            f"已偏离最优 5 % 以上，可用 units replan 重新划分：{codes}",
            f"over 5 % off, units replan is offered: {codes}",
        )
    if not commit:
        say("只是预览，未写入；写入用 repair", "a plan only, nothing was written; repair writes it")


@units.command("replan", help="重新划分一个网格，或偏离较多的 · divide a grid anew, or those that drifted")
def replan(grid: Grid, show: Show = 20, commit: Commit = False) -> None:
    """Divide a basic grid anew, of a larger grid those that drifted; codes stay where they can."""
    with _store(writing=True, commit=commit) as (connection, edition, _, begin):
        begin("重新划分", "dividing anew")
        found = replan_units(connection, edition, grid, by=getpass.getuser())
    say(f"重新划分 {len(found.grids)} 个基础网格", f"{len(found.grids)} basic grids divided anew")
    tell_plan(found, show)
    if not commit:
        say("以上为预演，未写入；加 --commit 写入", "a rehearsal, nothing was written; add --commit to write")


@units.command("lock", help="锁定单元：修补与发布不动其成员 · lock units: nothing moves their members")
def lock(codes: Codes) -> None:
    """Lock units."""
    with _store(writing=True) as (connection, edition, _, _begin):
        done = lock_units(connection, edition, codes, by=getpass.getuser())
    say(f"新锁定 {len(done)} 个", f"{len(done)} locked")


@units.command("unlock", help="解锁单元 · unlock units")
def unlock(codes: Codes) -> None:
    """Unlock units."""
    with _store(writing=True) as (connection, edition, _, _begin):
        done = unlock_units(connection, edition, codes, by=getpass.getuser())
    say(f"解锁 {len(done)} 个", f"{len(done)} unlocked")


@units.command("locked", help="列出锁定的单元 · list the locked units")
def locked(grid: Grid = "") -> None:
    """List the locked units."""
    with _store() as (connection, _, _counties, _begin):
        found = list_locks(connection, grid)
    for one in found:
        size = "—" if one.size is None else one.size
        out.print(f"{one.code}  {one.name or '—'}  {size}  {one.by}  {one.since.astimezone():%Y-%m-%d}", markup=False)
    say(f"锁定 {len(found)} 个", f"{len(found)} locked")


@units.command("log", help="做过的改动 · what was changed, by whom, when")
def log(grid: Grid = "", show: Show = 20) -> None:
    """List what was done to units between publications."""
    with _store() as (connection, _, counties, _begin):
        found = read_changes(connection, _county(grid, counties), limit=show)
    for one in found:
        out.print(
            f"{one.at.astimezone():%Y-%m-%d %H:%M}  {one.actor}  {one.kind}  {one.grid}  {one.moved}  {one.note}",
            markup=False,
        )


units.command("export", help="导出单元清单 · write the list of units")(export_)
units.command("import", help="导入单元清单，并与计算结果比较 · read a list of units, beside the computed ones")(import_)
