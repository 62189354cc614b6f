"""``nets``: one net from several departmental nets; their cells as overlays, their codes as aliases of the grids that stand."""

import getpass
import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from api.cli.console import out, say, steps, text
from api.cli.usage import WrongUse
from api.store import open_store
from boundaries.net_aliases import Part, lay_over, write_net
from boundaries.net_aliases import read_net as read_kept
from boundaries.net_files import read_net, write_proposal
from boundaries.nets import TOLERANCE, Merged, Net, merge
from gis.coverage import county_codes
from gis.errors import Conflict, NotReady
from gis.scope import everything
from gis.settings import settings

SHOWN = 20
OFFICIAL = {"nbs2023", "mca"}
KINDS = {"cut": ("被切开", "cut"), "doubled": ("自身重叠", "doubled"), "uncovered": ("无网覆盖", "uncovered")}


def nets(
    action: Annotated[Literal["merge", "alias"], typer.Argument(help="提出合并方案，或登记编码对照 · merge or alias")],
    files: Annotated[
        list[str],
        typer.Argument(metavar="NAME=FILE", help="一张或几张网，第一张为主 · nets; the first leads"),
    ],
    out_: Annotated[Path | None, typer.Option("--out", help="方案写入 GeoPackage · file for the proposal")] = None,
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="容许的越界面积份额 · share that may lie beyond", min=0, max=0.5)
    ] = TOLERANCE,
    confirmed_by: Annotated[str, typer.Option("--confirmed-by", help="核对人 · who looked at the aliases")] = "",
    commit: Annotated[bool, typer.Option("--commit", help="真正写入编码对照 · really write the aliases")] = False,
) -> None:
    """Propose all-subject grids from several departmental nets, or record how one lies in the grids that stand."""
    if action == "alias":
        if len(files) != 1:
            raise WrongUse(reason_zh="alias 一次一张网", reason_en="alias takes one net")
        _alias(files[0], confirmed_by or None, commit=commit)
        return
    with steps() as begin:
        begin("读取各网", "reading the nets")
        found = [_read(one) for one in files]
        begin("叠合", "laying them over each other")
        merged = merge(found, tolerance)
    if out_ is not None:
        write_proposal(out_, merged)
    _tell(merged, found)


def _read(given: str) -> Net:
    name, _, path = given.partition("=")
    if not re.fullmatch("[a-z][a-z0-9_]*", name) or not path:
        raise WrongUse(
            reason_zh=f"“{given}”应写成 NAME=FILE，NAME 为小写字母、数字、下划线",
            reason_en=f'"{given}" is no NAME=FILE; NAME is lower-case letters, digits, underscores',
        )
    return read_net(name, Path(path))


def _tell(merged: Merged, found: list[Net]) -> None:
    table = Table(box=None, padding=(0, 2))
    for heading in (("问题", "what"), ("网", "net"), ("网格", "cells"), ("平方米", "m²"), ("份额", "share")):
        table.add_column(text(*heading))
    for one in sorted(merged.misfits, key=lambda misfit: -misfit.area_m2)[:SHOWN]:
        row = (text(*KINDS[one.kind]), one.net, " ".join(one.codes), f"{one.area_m2:,.0f}", f"{one.share:.1%}")
        table.add_row(*row)
    if merged.misfits:
        out.print(table)
    cells = sum(len(net.codes) for net in found)
    area = sum(one.area_m2 for one in merged.proposals)
    agreed = sum(one.area_m2 * one.agreement for one in merged.proposals) / area if area else 0.0
    say(
        f"{len(found)} 张网的 {cells} 个网格合为 {len(merged.proposals)} 个；{agreed:.1%} 的面积各网一致，{len(merged.misfits)} 处不合",
        f"{cells} cells of {len(found)} nets become {len(merged.proposals)} grids; they agree on {agreed:.1%} of the area, "
        f"{len(merged.misfits)} misfits",
    )


def _alias(given: str, confirmed_by: str | None, *, commit: bool) -> None:
    net = None if "=" not in given else _read(given)
    name = given if net is None else net.name
    if name in OFFICIAL:
        raise Conflict(reason_zh=f"{name} 是官方编码体系", reason_en=f"{name} is an official code system")
    with steps() as begin, open_store(settings(), begin) as database:
        with database.transaction() as connection:
            counties = county_codes(connection)
        if not counties:
            raise NotReady
        with database.transaction(everything(counties, getpass.getuser())) as connection:
            begin("比对", "comparing")
            net = net or read_kept(connection, name)
            found = lay_over(connection, net)
            if commit:
                write_net(connection, net, found, confirmed_by=confirmed_by)
    _tell_parts(net, found)
    if not commit:
        say("以上为预演；加 --commit 写入", "this was a rehearsal; add --commit to write")


def _tell_parts(net: Net, found: list[Part]) -> None:
    """How many cells fit, and those that lie in several grids, worst first."""
    grids = Counter(one.cell for one in found)
    beyond = [one for one, before in zip(found[1:], found, strict=False) if one.cell == before.cell]
    table = Table(box=None, padding=(0, 2))
    for heading in (("部门编码", "cell"), ("另在网格", "also in"), ("面积", "area"), ("户", "households")):
        table.add_column(text(*heading))
    for one in sorted(beyond, key=lambda part: -part.area_share)[:SHOWN]:
        people = "" if one.household_share is None else f"{one.household_share:.1%}"
        table.add_row(one.cell, one.grid, f"{one.area_share:.1%}", people)
    if beyond:
        out.print(table)
    several, nowhere = sum(count > 1 for count in grids.values()), len(set(net.codes) - grids.keys())
    say(
        f"{len(net.codes)} 个网格，{len(found)} 行对照，其中 {several} 个跨几个基础网格，{nowhere} 个不在任何网格内",
        f"{len(net.codes)} cells, {len(found)} aliases; {several} cells lie in several basic grids, {nowhere} in none",
    )
