"""Grid staff and their posts: who serves which grid, in which role, from when until when.

A person is seen by whoever sees one of their posts, so everyone has one from the start. ``until`` is the first
day on which a post is no longer held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from psycopg.rows import class_row

from gis.clock import local_today
from gis.db import Connection, load_queries
from gis.errors import Conflict, Forbidden, InvalidInput, NotFound
from gis.listing import Page, from_cursor, part_of, to_cursor
from gis.scope import Scope

_SQL = load_queries(Path(__file__).with_name("staff.sql"))

Employment = Literal["full_time", "part_time"]


@dataclass(frozen=True, slots=True)
class Post:
    """A role in a grid for some time; ``until`` is ``None`` while it is held."""

    id: int
    staff_id: int
    grid: str
    role: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the grid staff with the posts that the asker may see, those held first."""

    id: int
    name: str
    phone: str | None
    employment: Employment
    posts: Sequence[Post]


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who serves a grid now."""

    name: str
    phone: str | None
    role: str


def serving(connection: Connection, grid: str, day: date | None = None) -> list[Contact]:
    """Who holds a post in exactly this grid on a day (today if not given), the longest serving first."""
    with connection.cursor(row_factory=class_row(Contact)) as cursor:
        return cursor.execute(_SQL["serving"], {"grid": grid, "day": day or local_today()}).fetchall()


def list_staff(
    connection: Connection,
    scope: Scope,
    *,
    grid: str | None = None,
    employment: Employment | None = None,
    day: date | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Person]:
    """People with a post in the scope, and in ``grid`` or below it where given, on a day (today if not given).

    Raises
    ------
    Forbidden
        If ``grid`` lies outside the scope.
    InvalidInput
        If the cursor is none of this list's.
    """
    (after,) = from_cursor(cursor, (_small,))
    part = part_of(scope, grid)
    given = part.parameters() | {"employment": employment, "day": day or local_today()}
    ids = [row[0] for row in connection.execute(_SQL["page"], given | {"after": after, "limit": limit + 1})]
    total = connection.execute(_SQL["count"], given).fetchone()
    rows = _people(connection, part.prefixes, ids[:limit])
    last = to_cursor(str(rows[-1].id)) if len(ids) > limit else None
    return Page(rows, total[0] if total else 0, last)


def get_person(connection: Connection, scope: Scope, staff: int) -> Person:
    """One person with all posts inside the scope, past ones included.

    Raises
    ------
    NotFound
        If there is no such person, or none of their posts lies inside the scope: which of the two is not told.
    """
    found = _people(connection, scope.prefixes, [staff])
    if not found or not found[0].posts:
        raise _unknown(staff)
    return found[0]


def add_person(
    connection: Connection,
    scope: Scope,
    *,
    name: str,
    phone: str | None,
    employment: Employment,
    grid: str,
    role: str,
    since: date | None = None,
) -> int:
    """Add a person with a first post; returns the id.

    Raises
    ------
    Forbidden, NotFound
        As for `assign`.
    """
    _check_grid(connection, scope, grid)
    row = connection.execute(_SQL["add"], {"name": name, "phone": phone, "employment": employment}).fetchone()
    staff = row[0] if row else 0
    given = {"id": staff, "grid": grid, "role": role, "since": since or local_today()}
    connection.execute(_SQL["assign"], given)
    return staff


def change_person(
    connection: Connection,
    scope: Scope,
    staff: int,
    *,
    name: str | None = None,
    phone: str | None = None,
    employment: Employment | None = None,
) -> None:
    """Change what is given of a person.

    Raises
    ------
    NotFound
        As for `get_person`.
    """
    _check_seen(connection, scope, staff)
    connection.execute(_SQL["change"], {"id": staff, "name": name, "phone": phone, "employment": employment})


def assign(connection: Connection, scope: Scope, staff: int, *, grid: str, role: str, since: date | None = None) -> int:
    """Give a person a post in a grid of the current edition, from a day on (today if not given); returns the post's id.

    Raises
    ------
    NotFound
        As for `get_person`; also if there is no such grid now.
    Forbidden
        If the grid lies outside the scope.
    Conflict
        If the person holds this very post already.
    """
    _check_grid(connection, scope, grid)
    _check_seen(connection, scope, staff)
    given = {"id": staff, "grid": grid, "role": role, "since": since or local_today()}
    if connection.execute(_SQL["open_post"], given).fetchone() is not None:
        raise Conflict(reason_zh="此人已在该岗位上", reason_en="this person holds that post already")
    row = connection.execute(_SQL["assign"], given).fetchone()
    return row[0] if row else 0


def relieve(connection: Connection, scope: Scope, staff: int, post: int, *, until: date | None = None) -> None:
    """End a post: ``until`` (today if not given) is the first day on which it is no longer held.

    Raises
    ------
    NotFound
        If there is no such post of this person inside the scope.
    Conflict
        If it has ended already.
    InvalidInput
        If it would end before it began.
    """
    given = {"id": staff, "post": post, "prefixes": list(scope.prefixes)}
    row = connection.execute(_SQL["post"], given).fetchone()
    if row is None:
        raise NotFound(what_zh="岗位", what_en="post", value=post)
    since, ended = row
    until = until or local_today()
    if ended is not None:
        raise Conflict(reason_zh=f"该岗位已于 {ended} 结束", reason_en=f"this post ended on {ended}")
    if until < since:
        raise InvalidInput(field="until", reason_zh=f"早于任职日期 {since}", reason_en=f"before its first day, {since}")
    connection.execute(_SQL["relieve"], {"post": post, "until": until})


def _people(connection: Connection, prefixes: Sequence[str], ids: Sequence[int]) -> list[Person]:
    people: list[tuple[int, str, str | None, Employment]] = connection.execute(_SQL["people"], [list(ids)]).fetchall()
    with connection.cursor(row_factory=class_row(Post)) as cursor:
        posts = cursor.execute(_SQL["posts"], {"ids": list(ids), "prefixes": list(prefixes)}).fetchall()
    held: dict[int, list[Post]] = {}
    for post in posts:
        held.setdefault(post.staff_id, []).append(post)
    return [Person(*row, posts=held.get(row[0], [])) for row in people]


def _check_grid(connection: Connection, scope: Scope, grid: str) -> None:
    if not scope.covers(grid):
        raise Forbidden(reason_zh=f"网格 {grid} 不在您的辖区内", reason_en=f"grid {grid} is outside your jurisdiction")
    if connection.execute(_SQL["grid_stands"], [grid]).fetchone() is None:
        raise NotFound(what_zh="网格", what_en="grid", value=grid)


def _check_seen(connection: Connection, scope: Scope, staff: int) -> None:
    if connection.execute(_SQL["seen"], {"id": staff, "prefixes": list(scope.prefixes)}).fetchone() is None:
        raise _unknown(staff)


def _unknown(staff: int) -> NotFound:
    return NotFound(what_zh="网格员", what_en="member of the grid staff", value=staff)


def _small(text: str) -> Any:
    """A number that fits the column."""
    number = int(text)
    if not 0 <= number < 2**31:
        raise ValueError(text)
    return number
