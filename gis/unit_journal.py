"""The journal of units: what was done to them between publications, by whom, and which households it moved."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from gis.db import Connection, bulk_insert, load_queries

_SQL = load_queries(Path(__file__).with_name("unit_journal.sql"))


@dataclass(frozen=True, slots=True)
class Move:
    """A household (its id) that changes its unit; None is no unit."""

    household: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: when, by whom, of what kind, in which grid (of any level) and edition.

    ``opened`` and ``closed`` are codes of units; ``units`` names, locks and heads that were changed by hand; ``moved`` how
    many households changed their unit.
    """

    id: int
    at: datetime
    actor: str
    kind: str
    grid: str
    edition: int | None
    note: str
    opened: list[str]
    closed: list[str]
    units: list[dict[str, Any]]
    moved: int


def write_change(
    connection: Connection,
    kind: str,
    grid: str,
    edition: int | None,
    *,
    by: str,
    note: str = "",
    moves: Iterable[Move] = (),
    opened: Collection[str] = (),
    closed: Collection[str] = (),
    units: Sequence[dict[str, Any]] = (),
) -> int:
    """Enter a change with its moves and return its number; entries are never changed afterwards.

    ``kind`` is one of those that the table knows: repair, replan, import, paint, lock, unlock, barriers.
    """
    given: dict[str, Any] = {"kind": kind, "grid": grid, "edition": edition, "by": by, "note": note}
    given |= {"opened": sorted(opened), "closed": sorted(closed), "units": Jsonb(list(units))}
    row = connection.execute(_SQL["change"], given).fetchone()
    number = int(row[0]) if row else 0
    rows = ((number, one.household, one.old, one.new) for one in moves)
    bulk_insert(connection, ("gis", "unit_change_move"), ("change_id", "household_id", "old_unit", "new_unit"), rows)
    return number


def read_changes(connection: Connection, grid: str, *, before: int | None = None, limit: int = 50) -> list[Entry]:
    """The last changes in a grid of any level, or in one that holds it, newest first; those before one of them."""
    given = {"grid": grid, "before": before, "limit": limit}
    return [Entry(*row) for row in connection.execute(_SQL["changes"], given)]


def read_moves(connection: Connection, changes: Iterable[Entry], grid: str) -> dict[int, list[Move]]:
    """The households of a grid that changes moved, as far as the transaction's scope shows them, by the change's number."""
    given = {"changes": [one.id for one in changes], "grid": grid}
    found: dict[int, list[Move]] = {}
    for number, *move in connection.execute(_SQL["moves"], given):
        found.setdefault(number, []).append(Move(*move))
    return found
