"""Lists of neighbour units beside what would be computed, written, and written out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from gis.allocator import allocate
from gis.arrays import I64
from gis.assign import read_homes, write_homes
from gis.codes import UNIT_LEVEL, WIDTHS, Kind
from gis.crs import STORAGE
from gis.db import Connection, load_queries
from gis.errors import NotFound
from gis.importer.county import County
from gis.importer.findings import Finding
from gis.importer.units import UnitList
from gis.importer.write import Columns
from gis.partition import DEFAULT_POLICY, Effort
from gis.unit_heads import end_heads
from gis.unit_measures import Members, Outcome, count_parts, counts_of, divided, measured, outcome, plain, read_members
from gis.unit_plans import Plan, plan_between, write_plan
from gis.unit_policies import COUNTY_DIGITS, read_policies

_SQL = load_queries(Path(__file__).with_name("unit_lists.sql"))


@dataclass(frozen=True, slots=True)
class Gain:
    """A basic grid: metres of the list's units there, and of computed ones, as many in each hamlet."""

    grid: str
    listed_m: float
    computed_m: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The grids that a list names: their units now, by the list, computed with as many units, computed by the policy.

    ``parts`` are the units of each that do not hang together; ``gains`` the grids where computed ones are shorter, most first.
    """

    standing: Outcome
    listed: Outcome
    as_many: Outcome
    computed: Outcome
    parts: list[int]
    gains: list[Gain]
    plan: Plan


def size_findings(connection: Connection, units: UnitList, rows: Sequence[int], edition: int) -> list[Finding]:
    """Units that the list changes and that would have too many or too few households, by the policy of their county."""
    touched = {home.grid for i in rows if (home := units.home[i]) is not None}
    if not touched:
        return []
    members = _members(connection, edition, touched)
    after = _after(members, units.wanted(rows))
    pairs = [pair for pair in zip(members.unit.tolist(), after, strict=True) if pair[0] != pair[1]]
    changed = {unit for pair in pairs for unit in pair}
    first: dict[str, int] = {}
    for i in rows:
        home = units.home[i]
        if home is not None:
            first.setdefault(_placed(units.unit[i], home.grid), i)
    sizes, found = Counter(after), list[Finding]()
    policies = read_policies(connection)
    for unit, i in first.items():
        policy, size = policies.get(unit[:COUNTY_DIGITS], DEFAULT_POLICY), sizes[unit]
        if unit in changed and not policy.low <= size <= policy.high:
            values = {"value": units.unit[i][:40], "count": size, "low": policy.low, "high": policy.high}
            found.append(Finding("unit-size", i, values=values))
    return found


def compare_list(connection: Connection, units: UnitList, rows: Sequence[int], edition: int) -> Comparison | None:
    """The units of a list beside those that stand and those that would be computed; None without rows.

    Computed are the same grids, once with as many units in each hamlet as the list has there (so that metres can be
    compared), once by each county's policy.
    """
    touched = {home.grid for i in rows if (home := units.home[i]) is not None}
    if not touched:
        return None
    members = _members(connection, edition, touched)
    wanted = _after(members, units.wanted(rows))
    listed = replace(members, unit=np.array(wanted, dtype=np.str_))
    policies, numbers = read_policies(connection), listed.numbers()
    counts = [counts_of(members.hamlet[m], unit) for m, unit in zip(members.grids(), numbers, strict=True)]
    free = {county: plain(policies.get(county, DEFAULT_POLICY)) for county, _ in members.counties()}
    as_many = divided(members, free, Effort.THOROUGH, counts)
    computed = divided(members, policies)
    tried = (members.numbers(), numbers, as_many, computed)
    standing = dict(zip(members.ids.tolist(), members.unit.tolist(), strict=True))
    now, by_list, by_many, by_policy = (outcome(members, one) for one in tried)
    after = dict(zip(members.ids.tolist(), wanted, strict=True))
    return Comparison(
        now,
        by_list,
        by_many,
        by_policy,
        [count_parts(members, one) for one in tried],
        _gains(members, numbers, as_many),
        plan_between(standing, after, touched),
    )


def _gains(members: Members, listed: Sequence[I64], as_many: Sequence[I64]) -> list[Gain]:
    found = [
        Gain(str(members.grid[mine[0]]), *(sum(m for m, _, _ in measured(members.xy[mine], one)) for one in pair))
        for mine, *pair in zip(members.grids(), listed, as_many, strict=True)
    ]
    return sorted(
        (one for one in found if one.computed_m < one.listed_m),
        key=lambda one: (one.computed_m - one.listed_m, one.grid),
    )


def _members(connection: Connection, edition: int, grids: set[str]) -> Members:
    """The households of some basic grids."""
    return read_members(connection, edition, _shared(grids)).only_grids(grids)


def _shared(grids: Iterable[str]) -> str:
    """The grid that holds all of them, empty if they lie in several counties."""
    first, *others = sorted(grids)
    fitting = (first[:size] for size in (17, 15, 12, 9, 6) if all(one.startswith(first[:size]) for one in others))
    return next(fitting, "")


def _placed(unit: str, grid: str) -> str:
    """A code as it is; the name of a new unit with its grid, as it is one in each."""
    return unit if len(unit) == WIDTHS[UNIT_LEVEL] and unit.isdigit() else f"{grid} {unit}"


def _after(members: Members, wanted: dict[UUID, str]) -> list[str]:
    """The unit of each household with the list; new units by grid and name."""
    rows = zip(members.ids.tolist(), members.grid.tolist(), members.unit.tolist(), strict=True)
    return [_placed(wanted.get(UUID(one)) or str(unit), str(grid)) for one, grid, unit in rows]


def write_units(
    connection: Connection, units: UnitList, rows: Sequence[int], county: County, *, actor: str
) -> dict[str, int]:
    """Write a list: households to their units, new units with codes of their own, names and heads; all in the journal.

    Households that the list does not name stay in their units; a unit that loses all of them is closed.

    Returns
    -------
    Households moved, units opened and closed, heads entered.
    """
    touched = sorted({home.grid for i in rows if (home := units.home[i]) is not None})
    homes = read_homes(connection, county.locator, touched)
    wanted, before = units.wanted(rows), homes.old_unit.copy()
    homes.unit = homes.old_unit.copy()
    chosen = [k for k, one in enumerate(homes.ids) if one in wanted]
    astray = [k for k in chosen if homes.grid[k] != homes.old_grid[k]]
    if astray:
        raise NotFound(
            what_zh="户的网格（请先 doctor --mend）", what_en="grid of (doctor --mend)", value=homes.ids[astray[0]]
        )
    new = {k: _placed(wanted[homes.ids[k]], str(homes.grid[k])) for k in chosen}
    codes = _coded(connection, set(new.values()))
    for k, name in new.items():
        homes.unit[k] = codes[name]
    names = _by_code(units, rows, codes, units.name)
    outlines = {code: county.leaves[code] for code in touched}
    done = write_homes(connection, county.edition, homes, outlines, names)
    ids = [str(one) for one in homes.ids]
    plan = plan_between(dict(zip(ids, before.tolist(), strict=True)), dict(zip(ids, homes.unit.tolist(), strict=True)))
    for code in sorted({grid[:COUNTY_DIGITS] for grid in touched}):
        write_plan(connection, "import", code, county.edition, plan, by=actor)
    end_heads(connection, county.edition)
    heads = _write_heads(connection, units, rows, codes)
    return {"household": len(plan.moves), "unit_opened": done.units_opened, "unit_closed": done.units_closed} | heads


def _coded(connection: Connection, wanted: set[str]) -> dict[str, str]:
    """The code of each unit: its own, or a fresh one for a new unit (grid and name)."""
    new: dict[str, list[str]] = {}
    for unit in sorted(wanted):
        if len(unit) != WIDTHS[UNIT_LEVEL] or not unit.isdigit():
            new.setdefault(unit[: WIDTHS[6]], []).append(unit)
    issued = allocate(connection, Kind.UNIT, {grid: len(names) for grid, names in new.items()}) if new else {}
    codes = {unit: unit for unit in wanted}
    for grid, names in new.items():
        codes |= dict(zip(names, issued[grid], strict=True))
    return codes


def _by_code(units: UnitList, rows: Sequence[int], codes: dict[str, str], values: Sequence[Any]) -> dict[str, Any]:
    """What rows say of their units, where they say anything, by code."""
    pairs = ((units.home[i], units.unit[i], values[i]) for i in rows)
    return {codes[_placed(unit, home.grid)]: value for home, unit, value in pairs if home is not None and value}


def _write_heads(connection: Connection, units: UnitList, rows: Sequence[int], codes: dict[str, str]) -> dict[str, int]:
    leading = [home.id if home is not None and units.head[i] else None for i, home in enumerate(units.home)]
    heads = _by_code(units, rows, codes, leading)
    given = {"unit": list(heads), "household": list(heads.values())}
    connection.execute(_SQL["close_other_heads"], given)
    return {"unit_head": connection.execute(_SQL["add_heads"], given).rowcount}


def read_list(connection: Connection, edition: int, grid: str, *, people: bool) -> Columns:
    """The members of the units of a grid of any level: unit, name, grid, hamlet, head, household's id.

    With ``people`` also name, masked phone, address and place of each household, as far as the scope shows them.

    Raises
    ------
    NotFound
        If no household lives there.
    """
    rows = connection.execute(_SQL["list"], {"edition": edition, "grid": grid}).fetchall()
    if not rows:
        raise NotFound(what_zh="有户的网格", what_en="grid with households", value=grid)
    columns = list(zip(*rows, strict=True))
    names = ("联户单元编码", "联户单元名称", "网格编码", "村民小组", "联户长", "户编号")
    values: dict[str, Sequence[Any]] = dict(zip(names, columns, strict=False))
    values["联户长"] = ["是" if head else "" for head in columns[4]]
    if not people:
        return Columns(values)
    values |= dict(zip(("户主", "电话", "地址"), columns[6:9], strict=True))
    points = np.array(shapely.points(np.array(columns[9]), np.array(columns[10])), dtype=np.object_)
    return Columns(values, points, STORAGE.name)
