"""``units``: what other sizes of neighbour units would bring, and their repair."""

from typing import Annotated, Literal

import typer
from psycopg import Rollback
from rich.table import Table

from api.cli.console import out, say, steps, text
from api.publishing import publishing_job
from api.store import open_store
from gis.coverage import county_codes, current_edition
from gis.db import Database
from gis.errors import NotReady
from gis.partition import DEFAULT_POLICY, UnitPolicy
from gis.scope import everything
from gis.settings import settings
from gis.unit_plans import Outcome, Plan, compare, repair_units

ACTOR = "units"


def units(
    action: Annotated[
        Literal["policy", "plan", "repair"],
        typer.Argument(help="比较规模设置；预览修补；修补 · compare sizes; show a repair; repair"),
    ],
    grid: Annotated[str, typer.Argument(help="网格编码，任意层级 · code of a grid of any level")],
    show: Annotated[int, typer.Option("--show", help="最多列出多少户的变动 · moves to list at most", min=0)] = 20,
) -> None:
    """Compare sizes of neighbour units on the county's own households, show what a repair would change, or repair."""
    with steps() as begin, open_store(settings(), begin) as database:
        with database.transaction() as connection:
            edition, counties = current_edition(connection), county_codes(connection)
        if edition is None:
            raise NotReady
        if action == "policy":
            begin("比较规模设置", "comparing sizes")
            with database.transaction(everything(counties, ACTOR)) as connection:
                found = compare(connection, edition, grid)
            out.print(_policies(found))
            return
        begin("修补联户单元", "repairing units")
        _tell(_repair(database, counties, edition, grid, commit=action == "repair"), show)
    if action == "plan":
        say("只是预览，未写入；写入用 repair", "a plan only, nothing was written; repair writes it")


def _repair(database: Database, counties: list[str], edition: int, grid: str, *, commit: bool) -> Plan:
    plan: Plan | None = None
    with publishing_job(database), database.transaction(everything(counties, ACTOR)) as connection:
        plan = repair_units(connection, edition, grid)
        if not commit:
            raise Rollback
    return plan


def _policies(found: list[Outcome]) -> Table:
    table = Table()
    heads = (
        ("设置", "setting"),
        ("单元", "units"),
        ("距离 km", "metres, km"),
        ("直径 m 中位/最大", "diameter m, median/max"),
    )
    for zh, en in (*heads, ("各户数的单元", "units by size")):
        table.add_column(text(zh, en), justify="left" if zh in {"设置", "各户数的单元"} else "right")
    for one in found:
        sizes = " ".join(f"{size}:{count}" for size, count in sorted(one.sizes.items()))
        median, largest = one.diameter_m
        count = f"{sum(one.sizes.values()):,}"
        table.add_row(_called(one.policy), count, f"{one.metres / 1e3:,.1f}", f"{median:.0f}/{largest:.0f}", sizes)
    return table


def _called(policy: UnitPolicy | None) -> str:
    if policy is None:
        return text("现状", "as they stand")
    name = f"{policy.low}–{policy.high}, {policy.price_m:g} m"
    return f"{name} ({text('默认', 'default')})" if policy == DEFAULT_POLICY else name


def _tell(plan: Plan, show: int) -> None:
    say(
        f"单元保留 {plan.kept}，新开 {len(plan.opened)}，撤销 {len(plan.closed)}；变动 {len(plan.moves)} 户",
        f"{plan.kept} units kept, {len(plan.opened)} opened, {len(plan.closed)} closed; {len(plan.moves)} households move",
    )
    for move in plan.moves[:show]:
        out.print(f"{move.household}  {move.old or '—'} → {move.new}", markup=False)
    for sign, codes in (("+", plan.opened), ("-", plan.closed)):
        for code in codes:
            out.print(f"{sign} {code}", markup=False)
