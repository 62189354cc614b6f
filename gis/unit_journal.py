"""The journal of units: what was done to them between publications, by whom, and which households it moved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gis.db import Connection, bulk_insert, load_queries

_SQL = load_queries(Path(__file__).with_name("unit_journal.sql"))


@dataclass(frozen=True, slots=True)
class Move:
    """A household (its id) that changes its unit; the old one is None for a newcomer."""

    household: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: when, by whom, of what kind, in which grid (of any level) and edition; households moved."""

    id: int
    at: datetime
    actor: str
    kind: str
    grid: str
    edition: int | None
    note: str
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
) -> int:
    """Enter a change with its moves and return its number; entries are never changed afterwards.

    ``kind`` is one of those that the table knows: repair, replan, import, paint, lock, unlock, barriers.
    """
    given = {"kind": kind, "grid": grid, "edition": edition, "by": by, "note": note}
    row = connection.execute(_SQL["change"], given).fetchone()
    number = int(row[0]) if row else 0
    rows = ((number, one.household, one.old, one.new) for one in moves)
    bulk_insert(connection, ("gis", "unit_change_move"), ("change_id", "household_id", "old_unit", "new_unit"), rows)
    return number


def read_changes(connection: Connection, grid: str, *, limit: int = 50) -> list[Entry]:
    """The last changes in a grid of any level, or in one that holds it, newest first."""
    return [Entry(*row) for row in connection.execute(_SQL["changes"], {"grid": grid, "limit": limit})]
