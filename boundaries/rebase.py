"""Lays a draft over the edition that was published meanwhile: edits of one grid are merged, or a person decides."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import shapely

from boundaries.drafts import Change, put_changes, read_changes, read_draft
from boundaries.merging import Field, merge_change, same_version
from gis.coverage import current_edition
from gis.db import Connection, load_queries
from gis.errors import Conflict, NotFound

_SQL = load_queries(Path(__file__).with_name("rebase.sql"))
Resolution = Literal["mine", "theirs"]


@dataclass(frozen=True, slots=True)
class Clash:
    """A grid of which both the draft and an ``edition`` published since it was opened have changed the same ``fields``."""

    code: str
    edition: int
    fields: list[Field]
    resolution: Resolution | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True)
class Rebased:
    """Codes of the grids in which both sides' edits were merged, and all conflicts of the draft, decided or not."""

    merged: list[str]
    clashes: list[Clash]


def rebase(connection: Connection, draft: int) -> Rebased:
    """Lay an open draft over the current edition; it has to be judged again.

    Changes of grids that the newer edition left alone go along. Where both changed a grid, edits of different fields and
    of different parts of its border are merged. Of what both changed in different ways a conflict is stored, which blocks
    publishing until it is decided; the draft's own version stays until then. Saves made before can no longer be undone:
    they were over another edition.

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
        return Rebased([], clashes(connection, draft))
    values = {"draft": draft, "base": found.base_edition or 0, "current": current}
    mine = {change.code: change for change in read_changes(connection, draft)}
    put: list[Change] = []
    merged: list[str] = []
    for code, old_name, new_name, old_wkb, new_wkb in connection.execute(_SQL["versions"], values).fetchall():
        old, new = (old_name, _shape(old_wkb)), (new_name, _shape(new_wkb))
        merge = merge_change(mine[code], old, new)
        if merge.fields:
            connection.execute(_SQL["conflict"], {**values, "code": code, "fields": merge.fields})
        if merge.change != mine[code]:
            put.append(merge.change)
            merged += [] if same_version(old, new) else [code]
    put_changes(connection, draft, put)
    connection.execute(_SQL["move"], values)
    connection.execute(_SQL["forget_findings"], [draft])
    return Rebased(merged, clashes(connection, draft))


def clashes(connection: Connection, draft: int) -> list[Clash]:
    """The conflicts of a draft, decided or not, by code."""
    return [Clash(*row) for row in connection.execute(_SQL["conflicts"], [draft])]


def resolve(connection: Connection, draft: int, code: str, resolution: Resolution, *, by: str) -> list[Clash]:
    """Decide a conflict: keep the draft's version of the fields that both changed, or take what was published.

    What was merged of the other fields stays. Returns all conflicts.

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
        for step in ("take_theirs", "drop_equal"):
            connection.execute(_SQL[step], values)
    connection.execute(_SQL["unvalidate"], [draft])
    return clashes(connection, draft)


def _shape(wkb: Any) -> Any:
    return None if wkb is None else shapely.from_wkb(bytes(wkb))
