"""Neighbour units of a store as a whole: a repair or a fresh division with its diff, and what other sizes would bring."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gis.assign import assign_edition
from gis.codes import WIDTHS
from gis.coverage import read_leaves
from gis.db import Connection
from gis.locate import Locator
from gis.partition import DEFAULT_POLICY, UnitPolicy
from gis.unit_drifts import DRIFTED, drifts
from gis.unit_heads import end_heads
from gis.unit_journal import Move, write_change
from gis.unit_measures import Outcome, divided, outcome, read_members

__all__ = ["POLICIES", "Move", "Outcome", "Plan", "compare", "repair_units", "replan_units"]
POLICIES = (
    UnitPolicy(price_m=0),
    DEFAULT_POLICY,
    UnitPolicy(price_m=60),
    UnitPolicy(low=5, high=15, price_m=0),
    UnitPolicy(low=5, high=15),
)
"""Settings that `compare` shows beside each other by default."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a repair changes: units that stay, households that move, codes opened and closed.

    ``grids`` are the basic grids that were looked at.
    """

    kept: int
    moves: list[Move]
    opened: list[str]
    closed: list[str]
    grids: tuple[str, ...] = ()


def repair_units(
    connection: Connection, edition: int, grid: str, policy: UnitPolicy | None = None, *, by: str = "units"
) -> Plan:
    """Repair the units of a grid of any level in the current edition; undo the transaction to have the plan only.

    The county's own policy holds unless another is given. What moves is entered in the journal.

    Raises
    ------
    NotFound
        If no household lives there.
    """
    return _changed(connection, edition, grid, None, policy, by=by)


def replan_units(connection: Connection, edition: int, grid: str, *, by: str = "units") -> Plan:
    """Divide a basic grid anew, or those of a larger grid that drifted far; locked units stay, codes too where they can.

    Raises
    ------
    NotFound
        If no household lives there.
    """
    wanted = {grid}
    if len(grid) != WIDTHS[6]:
        wanted = {one.grid for one in drifts(connection, edition, grid) if one.share > DRIFTED}
    return _changed(connection, edition, grid, wanted, None, by=by)


def _changed(
    connection: Connection, edition: int, grid: str, anew: set[str] | None, policy: UnitPolicy | None, *, by: str
) -> Plan:
    """Repair all basic grids of a grid, or divide those ``anew``."""
    before = unit_of_each(connection, edition, grid)
    codes, leaves = read_leaves(connection, edition)
    chosen = {code for code in codes if code.startswith(grid)} if anew is None else anew
    outlines = {code: leaf for code, leaf in zip(codes, leaves, strict=True) if code in chosen}
    if outlines:
        assign_edition(
            connection,
            edition,
            Locator(codes, leaves),
            outlines,
            left=sorted(outlines),
            policy=policy,
            mend=True,
            anew=anew is not None,
        )
    plan = plan_between(before, unit_of_each(connection, edition, grid), outlines)
    if plan.moves or plan.closed:
        write_plan(connection, "repair" if anew is None else "replan", grid, edition, plan, by=by)
        end_heads(connection, edition)
    return plan


def write_plan(connection: Connection, kind: str, grid: str, edition: int, plan: Plan, *, by: str) -> None:
    """Enter in the journal what a plan changed in a grid of any level: of all its moves those that lead there."""
    moves = [move for move in plan.moves if move.new is not None and move.new.startswith(grid)]
    opened, closed = ([code for code in codes if code.startswith(grid)] for codes in (plan.opened, plan.closed))
    write_change(connection, kind, grid, edition, by=by, moves=moves, opened=opened, closed=closed)


def unit_of_each(connection: Connection, edition: int, grid: str) -> dict[str, str]:
    """The unit of each household of a grid of any level, by its id.

    Raises
    ------
    NotFound
        If no household lives there.
    """
    members = read_members(connection, edition, grid)
    return dict(zip(members.ids.tolist(), members.unit.tolist(), strict=True))


def plan_between(before: dict[str, str], after: dict[str, str], grids: Iterable[str] = ()) -> Plan:
    """The diff of two divisions: unit by household."""
    moves = [Move(one, before.get(one), unit) for one, unit in after.items() if before.get(one) != unit]
    old, new = set(before.values()), set(after.values())
    return Plan(len(old & new), moves, sorted(new - old), sorted(old - new), tuple(sorted(grids)))


def compare(
    connection: Connection, edition: int, grid: str, policies: Sequence[UnitPolicy] = POLICIES
) -> list[Outcome]:
    """The units of a grid of any level as they stand and under each of some policies, on its own households.

    Raises
    ------
    NotFound
        If no household lives there.
    """
    members = read_members(connection, edition, grid)
    tried = [outcome(members, divided(members, policy), policy) for policy in policies]
    return [outcome(members, members.numbers()), *tried]
