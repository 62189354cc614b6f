"""Publications that wait for their legal date: one draft at a time, which nobody changes meanwhile.

Its edition is tried out when it begins to wait, and written on its day: households and disputes that come in between
would else stand in rows of grids that are no longer theirs.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from boundaries.drafts import read_draft
from gis.db import Connection, load_queries
from gis.errors import Conflict

_SQL = load_queries(Path(__file__).with_name("waiting.sql"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that is published by itself on ``valid_from``, on behalf of ``by``."""

    draft: int
    title: str
    valid_from: date
    by: str


def waiting_draft(connection: Connection) -> Waiting | None:
    """The draft that waits for its day, if there is one."""
    row = connection.execute(_SQL["waiting"]).fetchone()
    return None if row is None else Waiting(*row)


def due_draft(connection: Connection, today: date) -> Waiting | None:
    """The draft whose day has come; also one of which a crash left an edition half prepared."""
    row = connection.execute(_SQL["due"], [today]).fetchone()
    return None if row is None else Waiting(*row)


def refuse_while_waiting(connection: Connection) -> None:
    """Let nothing be published between a draft that waits and its day: it would be overtaken.

    Raises
    ------
    Conflict
        If a draft waits; it says which one and for what day.
    """
    other = waiting_draft(connection)
    if other is not None:
        raise Conflict(
            reason_zh=f"草稿 {other.draft} 定于 {other.valid_from} 生效，此前不能发布其他改动；可先撤回它",
            reason_en=f"draft {other.draft} takes effect on {other.valid_from}; until then nothing else is published,"
            " unless it is called off",
        )


def wait(connection: Connection, draft: int, *, valid_from: date, by: str) -> None:
    """Let an open draft wait for its day; it must have been tried out in this transaction, under the publishing lock."""
    connection.execute(_SQL["wait"], {"draft": draft, "day": valid_from, "by": by})


def release(connection: Connection, draft: int, today: date) -> None:
    """Open a draft that waits if its day has come, for the transaction that publishes it."""
    connection.execute(_SQL["release"], [draft, today])


def call_off(connection: Connection, draft: int) -> None:
    """End the waiting of a draft; it is open again.

    Raises
    ------
    NotFound
    Conflict
        If it does not wait.
    """
    read_draft(connection, draft)
    if connection.execute(_SQL["call_off"], [draft]).fetchone() is None:
        raise Conflict(reason_zh=f"草稿 {draft} 未在等待生效", reason_en=f"draft {draft} does not wait for a day")
