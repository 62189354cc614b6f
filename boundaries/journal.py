"""The journal of a draft: its saves, each of which can be taken back and done again, the last one first."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from psycopg.rows import class_row

from boundaries.drafts import read_draft
from gis.db import Connection, load_queries
from gis.errors import Conflict

_SQL = load_queries(Path(__file__).with_name("journal.sql"))


@dataclass(frozen=True, slots=True)
class Save:
    """A save of a draft, or the undoing or redoing of one; ``saved_by`` is the database's login."""

    id: int
    saved_at: datetime
    saved_by: str
    kind: Literal["edit", "undo", "redo"]
    undone: bool
    codes: list[str]


def list_saves(connection: Connection, draft: int, *, limit: int = 100) -> list[Save]:
    """The saves of a draft, newest first.

    Raises
    ------
    NotFound
        If there is no such draft.
    """
    read_draft(connection, draft)
    with connection.cursor(row_factory=class_row(Save)) as cursor:
        return cursor.execute(_SQL["saves"], {"draft": draft, "limit": limit}).fetchall()


def undo(connection: Connection, draft: int) -> Save:
    """Take the last save of an open draft back, whoever made it; returns it. Codes that it issued stay issued.

    Raises
    ------
    NotFound, Conflict
        If the draft does not exist, is not open, or has no save left since it was last rebased.
    """
    _lock(connection, draft)
    save = _one(connection, "last_done", draft)
    if save is None:
        raise Conflict(
            reason_zh="没有可撤销的保存（变基之前的不能撤销）",
            reason_en="there is no save to undo (none before a rebase can be)",
        )
    return _write(connection, draft, save, "undo", "put_before")


def redo(connection: Connection, draft: int) -> Save:
    """Do again what was undone last, as long as nothing was saved since; returns that save.

    Raises
    ------
    NotFound, Conflict
        If the draft does not exist, is not open, or nothing was undone since the last save.
    """
    _lock(connection, draft)
    save = _one(connection, "first_undone", draft)
    if save is None:
        raise Conflict(reason_zh="没有可重做的保存", reason_en="there is no save to redo")
    return _write(connection, draft, save, "redo", "put_after")


def _lock(connection: Connection, draft: int) -> None:
    """Hold the draft against saves until the end of the transaction."""
    connection.execute(_SQL["lock"], [draft])
    read_draft(connection, draft, must_be_open=True)


def _one(connection: Connection, query: Literal["last_done", "first_undone"], draft: int) -> int | None:
    row = connection.execute(_SQL[query], {"draft": draft}).fetchone()
    return None if row is None else row[0]


def _write(
    connection: Connection,
    draft: int,
    save: int,
    kind: Literal["undo", "redo"],
    state: Literal["put_before", "put_after"],
) -> Save:
    (step,) = connection.execute(_SQL["begin"], [draft, kind]).fetchall()[0]
    given = {"draft": draft, "save": save, "undone_by": step if kind == "undo" else None}
    for query in ("clear", state, "mark"):
        connection.execute(_SQL[query], given)
    with connection.cursor(row_factory=class_row(Save)) as cursor:
        return cursor.execute(_SQL["save"], [save]).fetchall()[0]
