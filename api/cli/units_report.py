"""What ``units`` prints: settings beside each other, plans, drifts, comparisons."""

from collections.abc import Sequence

from rich.table import Table

from api.cli.console import out, say, text
from gis.importer.unit_lists import Comparison
from gis.partition import DEFAULT_POLICY, UnitPolicy
from gis.unit_drifts import DRIFTED, Drift
from gis.unit_measures import Outcome
from gis.unit_plans import Plan

_GAINS = 5
_LEFT = {"设置", "各户数的单元"}
_HEADS = (
    ("设置", "setting"),
    ("单元", "units"),
    ("距离 km", "metres, km"),
    ("直径 m 中位/最大", "diameter m, median/max"),
    ("各户数的单元", "units by size"),
)


def policies_table(found: Sequence[Outcome], current: UnitPolicy, meant: UnitPolicy) -> Table:
    """Outcomes of settings beside each other; the current one and the one meant are marked."""
    table = _table()
    for one in found:
        _row(table, _called(one.policy, current, meant), one)
    return table


def _table() -> Table:
    table = Table()
    for zh, en in _HEADS:
        table.add_column(text(zh, en), justify="left" if zh in _LEFT else "right")
    return table


def _row(table: Table, name: str, one: Outcome, *more: str) -> None:
    sizes = " ".join(f"{size}:{count}" for size, count in sorted(one.sizes.items()))
    median, largest = one.diameter_m
    table.add_row(name, f"{one.units:,}", f"{one.metres / 1e3:,.1f}", f"{median:.0f}/{largest:.0f}", sizes, *more)


def _called(policy: UnitPolicy | None, current: UnitPolicy, meant: UnitPolicy) -> str:
    if policy is None:
        return text("现状", "as they stand")
    name = f"{policy.low}–{policy.high} → {policy.target} ({policy.hard_low}–{policy.hard_high}), {policy.price_m:g} m"
    marks = [
        text(zh, en)
        for fits, zh, en in (
            (policy == current, "现行", "current"),
            (policy == DEFAULT_POLICY, "默认", "default"),
            (policy == meant != current, "拟改为", "meant"),
        )
        if fits
    ]
    return f"{name} ({', '.join(marks)})" if marks else name


def tell_plan(plan: Plan, show: int) -> None:
    """A diff: units kept, opened, closed; households that move."""
    say(
        f"单元保留 {plan.kept}，新开 {len(plan.opened)}，撤销 {len(plan.closed)}；变动 {len(plan.moves)} 户",
        f"{plan.kept} units kept, {len(plan.opened)} opened, {len(plan.closed)} closed; {len(plan.moves)} households move",
    )
    for move in plan.moves[:show]:
        out.print(f"{move.household}  {move.old or '—'} → {move.new}", markup=False)
    for sign, codes in (("+", plan.opened), ("-", plan.closed)):
        for code in codes[:show]:
            out.print(f"{sign} {code}", markup=False)
        if show and len(codes) > show:
            say(f"{sign} … 另有 {len(codes) - show} 个", f"{sign} … {len(codes) - show} more")


def tell_drifts(found: Sequence[Drift], show: int, place: str) -> None:
    """Grids that drifted, and how to divide them anew: that is offered, never done by itself."""
    far = [one for one in found if one.share > DRIFTED]
    for one in far[:show]:
        out.print(f"{one.grid}  {one.units:>3}  {one.metres:>9,.0f} m  +{one.share:.1%}", markup=False)
    standing, fresh = (sum(getattr(one, name) for one in found) for name in ("metres", "fresh_m"))
    share = standing / fresh - 1 if fresh else 0.0
    say(
        f"{len(found)} 个基础网格，总距离比单元数相同的重新划分长 {share:.1%}；{len(far)} 个超过 {DRIFTED:.0%}",
        f"{len(found)} basic grids, {share:+.1%} metres over a fresh division with as many units; {len(far)} over {DRIFTED:.0%}",
    )
    if far:
        say(
            f"可重新划分：wangge units replan {place} 先预演，加 --commit 写入；只划一个则写其网格编码",
            f"offered: wangge units replan {place} rehearses, --commit writes; name a basic grid to divide one",
        )


def tell_comparison(found: Comparison) -> None:
    """A list of units beside those that stand and those that would be computed, and where computed ones are shorter."""
    table = _table()
    table.add_column(text("不连片", "in parts"), justify="right")
    rows = (
        ("现状", "as they stand", found.standing),
        ("清单", "the list", found.listed),
        ("计算，单元数相同", "computed, as many units", found.as_many),
        ("计算，本县设置", "computed, the county's policy", found.computed),
    )
    for (zh, en, one), parts in zip(rows, found.parts, strict=True):
        _row(table, text(zh, en), one, str(parts))
    out.print(table)
    tell_plan(found.plan, 0)
    saved = sum(one.listed_m - one.computed_m for one in found.gains)
    share = saved / found.listed.metres if found.listed.metres else 0.0
    say(
        f"按计算结果可在 {len(found.gains)} 个网格缩短共 {saved:,.0f} 米（{share:.1%}），各村民小组单元数不变",
        f"computed units would be {saved:,.0f} m ({share:.1%}) shorter in {len(found.gains)} grids, as many in each hamlet",
    )
    for one in found.gains[:_GAINS]:
        out.print(f"{one.grid}  {one.listed_m:,.0f} → {one.computed_m:,.0f} m", markup=False)
