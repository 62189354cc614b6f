"""Editions from prepared to current: activate, discard after a crash, and tell every worker."""

from pathlib import Path

from gis.db import Connection, load_queries
from gis.errors import Conflict
from gis.unit_heads import end_heads

_SQL = load_queries(Path(__file__).with_name("editions.sql"))
PUBLISH_LOCK = 532_322_002
CHANNEL = "wangge_edition"


def lock_publishing(connection: Connection) -> None:
    """Hold the publishing lock until the end of the transaction: publications come one after another."""
    connection.execute(_SQL["lock"], [PUBLISH_LOCK])


def prepared_edition(connection: Connection) -> int | None:
    """Number of the edition that is prepared but not current; None if there is none."""
    row = connection.execute(_SQL["prepared"]).fetchone()
    return None if row is None else row[0]


def activate(connection: Connection, edition: int) -> None:
    """Make a prepared edition current: households move to their new grids, heads leave with them; workers hear at commit.

    Raises
    ------
    Conflict
        If that edition is not prepared.
    """
    lock_publishing(connection)
    if prepared_edition(connection) != edition:
        raise Conflict(reason_zh=f"版本 {edition} 未处于待启用状态", reason_en=f"edition {edition} is not prepared")
    connection.execute(_SQL["retire_current"])
    connection.execute(_SQL["make_current"], [edition])
    connection.execute(_SQL["move_households"], [edition])
    end_heads(connection, edition)
    connection.execute(_SQL["notify"], [CHANNEL, str(edition)])


def settle_households(connection: Connection, edition: int) -> None:
    """Write on every household the grid that the edition assigns it to, which its row policy goes by; end heads who left."""
    connection.execute(_SQL["settle_households"], [edition])
    end_heads(connection, edition)


def discard(connection: Connection, edition: int) -> None:
    """Undo a prepared edition that will not be activated; codes issued for it stay issued.

    Raises
    ------
    Conflict
        If that edition is not prepared.
    """
    lock_publishing(connection)
    if prepared_edition(connection) != edition:
        raise Conflict(reason_zh=f"版本 {edition} 未处于待启用状态", reason_en=f"edition {edition} is not prepared")
    for step in ("grid", "unit", "assignment", "dispute_assignment", "alias"):
        connection.execute(_SQL[f"drop_{step}"], [edition])
        connection.execute(_SQL[f"reopen_{step}"], [edition])
    for step in ("drop_lineage", "drop_extents", "unretire", "reopen_draft", "drop_edition"):
        connection.execute(_SQL[step], [edition])
