"""Lays a draft over the edition that was published meanwhile; where both changed a grid, a person decides."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import shapely

from boundaries.drafts import Change, read_changes, read_draft
from boundaries.matching import same_outline
from gis.coverage import current_edition
from gis.db import Connection, load_queries
from gis.errors import Conflict, NotFound

_SQL = load_queries(Path(__file__).with_name("rebase.sql"))
Resolution = Literal["mine", "theirs"]


@dataclass(frozen=True, slots=True)
class Clash:
    """A grid that both the draft and an ``edition`` published since it was opened have changed."""

    code: str
    edition: int
    resolution: Resolution | None
    resolved_by: str | None


def rebase(connection: Connection, draft: int) -> list[Clash]:
    """Lay an open draft over the current edition; it has to be judged again. Returns all its conflicts.

    Changes of grids that the newer edition left alone go along. Where both changed a grid in different ways a conflict
    is stored, which blocks publishing until it is decided; the draft's own change stays until then.

    Raises
    ------
    NotFound
    Conflict
        If the draft is not open.
    """
    connection.execute(_SQL["lock"], [draft])
    found = read_draft(connection, draft, must_be_open=True)
    current = current_edition(connection)
    if current is None or current == found.base_edition:
        return clashes(connection, draft)
    values = {"draft": draft, "base": found.base_edition or 0, "current": current}
    mine = {change.code: change for change in read_changes(connection, draft)}
    rows = connection.execute(_SQL["versions"], values).fetchall()
    for code, old_name, new_name, old, new in rows:
        if _clash(mine[code], (old_name, _shape(old)), (new_name, _shape(new))):
            connection.execute(_SQL["conflict"], {**values, "code": code})
    connection.execute(_SQL["move"], values)
    connection.execute(_SQL["forget_findings"], [draft])
    return clashes(connection, draft)


def clashes(connection: Connection, draft: int) -> list[Clash]:
    """The conflicts of a draft, decided or not, by code."""
    return [Clash(*row) for row in connection.execute(_SQL["conflicts"], [draft])]


def resolve(connection: Connection, draft: int, code: str, resolution: Resolution, *, by: str) -> list[Clash]:
    """Decide a conflict: keep the draft's change of a grid, or drop it for what was published. Returns all conflicts.

    Raises
    ------
    NotFound
        If there is no such draft or conflict.
    Conflict
        If the draft is not open, or its change was dropped already.
    """
    read_draft(connection, draft, must_be_open=True)
    was = {one.code: one.resolution for one in clashes(connection, draft)}
    if code not in was:
        raise NotFound(what_zh="冲突", what_en="conflict", value=code)
    if was[code] == "theirs" and resolution == "mine":
        raise Conflict(
            reason_zh=f"{code} 的改动已撤下，请撤销该次保存", reason_en=f"the change of {code} is gone; undo it"
        )
    values = {"draft": draft, "code": code, "resolution": resolution, "by": by}
    connection.execute(_SQL["resolve"], values)
    if resolution == "theirs":
        connection.execute(_SQL["take_theirs"], [draft, code])
    connection.execute(_SQL["unvalidate"], [draft])
    return clashes(connection, draft)


Version = tuple[str | None, Any]
"""Name and outline of a grid in an edition; None, None where it does not stand."""


def _clash(mine: Change, old: Version, new: Version) -> bool:
    """Whether a grid was changed by them, in another way than by the draft."""
    if _equal(old, new):
        return False
    if mine.operation == "retire":
        return new[0] is not None
    if mine.geometry is None:
        return old[0] != new[0] and new[0] != mine.name
    return not _equal((mine.name, mine.geometry), new)


def _equal(one: Version, other: Version) -> bool:
    if one[0] != other[0]:
        return False
    return one[1] is None or other[1] is None or same_outline(one[1], other[1])


def _shape(wkb: Any) -> Any:
    return None if wkb is None else shapely.from_wkb(bytes(wkb))
