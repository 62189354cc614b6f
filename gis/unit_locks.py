"""Units that people have locked: whatever repairs or divides units leaves them their members and gives them no others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from gis.codes import UNIT_LEVEL, WIDTHS, check_code
from gis.db import Connection, load_queries
from gis.errors import NotFound
from gis.unit_journal import write_change

_SQL = load_queries(Path(__file__).with_name("unit_locks.sql"))


@dataclass(frozen=True, slots=True)
class Lock:
    """A locked unit; name and size are None if it stands no more."""

    code: str
    name: str | None
    size: int | None
    by: str
    since: datetime


def list_locks(connection: Connection, grid: str = "") -> list[Lock]:
    """The locked units of a grid of any level that the transaction's scope shows, all of them by default."""
    return [Lock(*row) for row in connection.execute(_SQL["locked"], {"grid": grid})]


def locked_units(connection: Connection, grid: str = "") -> set[str]:
    """Their codes."""
    return {one.code for one in list_locks(connection, grid)}


def lock_units(connection: Connection, edition: int, codes: Sequence[str], *, by: str) -> list[str]:
    """Lock units of an edition; returns those that were not locked before.

    Raises
    ------
    InvalidCode, NotFound
        If one is no code of a unit, or does not stand in the edition; then none is locked.
    """
    wanted = _checked(codes)
    there = {row[0] for row in connection.execute(_SQL["standing"], [edition, wanted])}
    missing = [code for code in wanted if code not in there]
    if missing:
        raise NotFound(what_zh="联户单元", what_en="neighbour unit", value="、".join(missing))
    return _changed(connection, "lock", edition, wanted, by)


def unlock_units(connection: Connection, edition: int, codes: Sequence[str], *, by: str) -> list[str]:
    """Unlock units, also such as stand no more; returns those that were locked.

    Raises
    ------
    InvalidCode
        If one is no code of a unit; then none is unlocked.
    """
    return _changed(connection, "unlock", edition, _checked(codes), by)


def put_locks(connection: Connection, kind: Literal["lock", "unlock"], codes: Sequence[str], *, by: str) -> list[str]:
    """Lock or unlock units; returns those that were not so before. Whoever calls it enters it in the journal."""
    return sorted(row[0] for row in connection.execute(_SQL[kind], {"codes": list(codes), "by": by}))


def _changed(
    connection: Connection, kind: Literal["lock", "unlock"], edition: int, codes: list[str], by: str
) -> list[str]:
    found = put_locks(connection, kind, codes, by=by)
    for grid in sorted({code[: WIDTHS[6]] for code in found}):
        mine = [code for code in found if code.startswith(grid)]
        write_change(connection, kind, grid, edition, by=by, note=" ".join(mine))
    return found


def _checked(codes: Sequence[str]) -> list[str]:
    for code in codes:
        check_code(code, UNIT_LEVEL)
    return sorted(set(codes))
