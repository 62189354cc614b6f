"""Drafts: changesets over the current edition, kept until they are published or dropped."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import shapely
from psycopg import errors as pg

from gis.codes import check_code, is_code, level_of
from gis.coverage import current_edition
from gis.db import Connection, as_multi, bulk_insert, load_queries, to_ewkb
from gis.errors import CodesExhausted, Conflict, Forbidden, InvalidInput, NotFound

_SQL = load_queries(Path(__file__).with_name("drafts.sql"))


@dataclass(frozen=True, slots=True)
class Change:
    """What a draft does to one code.

    A basic grid is put with its name and (multi)polygon in degrees EPSG:4490; of an upper grid only the name is put
    (its outline is the union of its children); a basic grid is retired without either.
    """

    code: str
    operation: Literal["put", "retire"]
    name: str | None = None
    geometry: Any = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft; ``base_edition`` is None over an empty store.

    ``scope`` is the code prefix that it is about, empty for the whole store; ``rev`` moves on with every save;
    ``planner`` is the login role that edits it in QGIS;
    ``publish_on`` the legal date that it waits for or waited for.
    """

    id: int
    base_edition: int | None
    state: str
    title: str
    author: str
    synthetic: bool
    opened_at: datetime
    scope: str
    rev: int
    planner: str | None
    changes: int
    publish_on: date | None


def open_draft(
    connection: Connection,
    *,
    title: str,
    author: str,
    scope: str = "",
    planner: str | None = None,
    synthetic: bool = False,
) -> int:
    """Open a draft over the current edition and return its number.

    What is drawn over a synthetic edition stays synthetic: most of what it shows is.

    Parameters
    ----------
    scope : code of the grid that it is about; all of the planner's own scope, else of the store, by default.
    planner : login role that edits it in QGIS; one draft at a time.

    Raises
    ------
    InvalidCode
        If ``scope`` is no code.
    NotFound
        If there is no such planner.
    Forbidden
        If the scope lies outside the planner's.
    Conflict
        If a draft is open for the planner already.
    """
    values = {
        "base": current_edition(connection),
        "title": title,
        "author": author,
        "scope": _checked_scope(connection, scope and check_code(scope, 2, 3, 4, 5, 6), planner),
        "planner": planner,
        "synthetic": synthetic,
    }
    row = connection.execute(_SQL["open"], values).fetchone()
    return 0 if row is None else row[0]


def _checked_scope(connection: Connection, scope: str, planner: str | None) -> str:
    if planner is None:
        return scope
    row = connection.execute(_SQL["planner"], [planner]).fetchone()
    if row is None:
        raise NotFound(what_zh="规划员", what_en="planner", value=planner)
    allowed, busy = row
    if busy is not None:
        raise Conflict(
            reason_zh=f"{planner} 的草稿 {busy} 尚未结束", reason_en=f"the draft {busy} of {planner} is still open"
        )
    if not (scope or allowed).startswith(allowed):
        raise Forbidden(
            reason_zh=f"{scope} 不在 {planner} 的范围 {allowed} 之内", reason_en=f"{scope} is outside {allowed}"
        )
    return scope or allowed


def put_changes(connection: Connection, draft: int, changes: Iterable[Change]) -> int:
    """Write changes into an open draft, later ones over earlier ones of the same code; returns how many.

    Rows of the editing views keep their keys.

    Raises
    ------
    NotFound, Conflict
        If the draft does not exist or is not open.
    """
    read_draft(connection, draft, must_be_open=True)
    rows = list({change.code: change for change in changes}.values())
    forgotten = connection.execute(_SQL["forget"], [draft, [change.code for change in rows]])
    keys: dict[str, int | None] = dict(forgotten.fetchall())
    shapes = [None if change.geometry is None else _ewkb(change.geometry) for change in rows]
    return bulk_insert(
        connection,
        ("boundaries", "change"),
        ("draft_id", "code", "operation", "name", "geom", "fid"),
        ((draft, c.code, c.operation, c.name, shape, keys.get(c.code)) for c, shape in zip(rows, shapes, strict=True)),
    )


def withdraw_changes(connection: Connection, draft: int, codes: Iterable[str]) -> int:
    """Take changes of an open draft back, so that these grids stay as they stand; returns how many there were.

    Raises
    ------
    NotFound, Conflict
        If the draft does not exist or is not open.
    """
    read_draft(connection, draft, must_be_open=True)
    return connection.execute(_SQL["forget"], [draft, list(codes)]).rowcount


def lock_draft(connection: Connection, draft: int) -> None:
    """Have a draft to oneself until the end of the transaction: what is read of it stays so until it is written."""
    connection.execute(_SQL["lock"], [draft])


def remove_leaf(connection: Connection, draft: int, code: str) -> None:
    """Retire a basic grid in an open draft, as the editing views do; one that the draft created is simply gone.

    Raises
    ------
    NotFound, Conflict
        If the draft does not exist or is not open.
    """
    read_draft(connection, draft, must_be_open=True)
    connection.execute(_SQL["remove_leaf"], {"draft": draft, "code": code})


def issue_code(connection: Connection, draft: int, parent: str, *, name: str = "") -> str:
    """Give out the code of a new basic grid, as the editing views do: the next that was never used.

    Parameters
    ----------
    parent : code of a level-5 grid, or of a village: then a level-5 grid of its own comes with it, put into the draft.
    name : name of that level-5 grid; without one it is judged ``nameless``.

    Raises
    ------
    InvalidInput
        If ``parent`` is neither, or lies outside the draft's scope.
    CodesExhausted
        If no number is left under it.
    NotFound, Conflict
        If the draft does not exist or is not open.
    """
    scope = read_draft(connection, draft, must_be_open=True).scope
    fit = is_code(parent) and level_of(parent) in {4, 5}
    if not fit or not (parent.startswith(scope) or scope.startswith(parent)):
        raise InvalidInput(
            field="parent",
            reason_zh=f"“{parent}”应为草稿范围内的 15 位或 12 位编码",
            reason_en=f'"{parent}" must be a code of 15 or 12 digits inside the draft\'s scope',
        )
    try:
        given = {"draft": draft, "parent": parent, "name": name}
        (code,) = connection.execute(_SQL["issue"], given).fetchall()[0]
    except pg.ProgramLimitExceeded as error:
        raise CodesExhausted(parent=parent) from error
    return code


def _ewkb(geometry: Any) -> str:
    return to_ewkb(as_multi([geometry]))[0]


def read_draft(connection: Connection, draft: int, *, must_be_open: bool = False) -> Draft:
    """One draft.

    Raises
    ------
    NotFound
        If it does not exist.
    Conflict
        If it must be open and is not.
    """
    row = connection.execute(_SQL["draft"], [draft]).fetchone()
    if row is None:
        raise NotFound(what_zh="草稿", what_en="draft", value=draft)
    found = Draft(*row)
    if must_be_open and found.state == "waiting":
        raise Conflict(
            reason_zh=f"草稿 {draft} 等待生效，改动前请先撤回",
            reason_en=f"draft {draft} waits for its legal date; call it off before changing it",
        )
    if must_be_open and found.state != "open":
        raise Conflict(reason_zh=f"草稿 {draft} 已结束", reason_en=f"draft {draft} is no longer open")
    return found


def list_drafts(connection: Connection, *, state: str = "open") -> list[Draft]:
    """Drafts in a state, newest first."""
    return [Draft(*row) for row in connection.execute(_SQL["drafts"], [state])]


def read_changes(connection: Connection, draft: int) -> list[Change]:
    """The changes of a draft by code."""
    rows = connection.execute(_SQL["changes"], [draft]).fetchall()
    return [
        Change(code, op, name, None if wkb is None else shapely.from_wkb(bytes(wkb))) for code, op, name, wkb in rows
    ]


def drop_draft(connection: Connection, draft: int) -> None:
    """End a draft without publishing it; its changes stay on record.

    Raises
    ------
    NotFound, Conflict
    """
    read_draft(connection, draft, must_be_open=True)
    connection.execute(_SQL["drop"], [draft])


def mark_published(connection: Connection, draft: int, edition: int) -> None:
    """End a draft as published."""
    connection.execute(_SQL["publish"], [edition, draft])
