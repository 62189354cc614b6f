"""Households and their risk ratings, inside the jurisdiction of whoever asks.

Every function runs inside a transaction opened with the same scope: the explicit predicate finds the rows
quickly, and the row policies of the database enforce it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from psycopg.rows import class_row

from gis.db import Connection, load_queries
from gis.errors import NotFound
from gis.listing import Page, from_cursor, part_of, to_cursor
from gis.scope import Scope

_SQL = load_queries(Path(__file__).with_name("households.sql"))

RiskLevel = Literal["red", "yellow", "green"]


@dataclass(frozen=True, slots=True)
class Household:
    """A household with its grid and unit in an edition and its present rating; the phone number is masked.

    ``lon, lat`` in degrees EPSG:4490. ``level`` and the fields after it are ``None`` without a rating, which is
    not green.
    """

    id: UUID
    head_name: str
    phone: str | None
    members: int
    address: str
    lon: float
    lat: float
    grid: str
    unit: str | None
    unit_name: str | None
    how: str | None
    hamlet: str | None
    since: date
    level: RiskLevel | None
    reason: str | None
    rated_by: str | None
    rated_at: datetime | None
    review_on: date | None


@dataclass(frozen=True, slots=True)
class Rating:
    """One rating of a household's history; ``ended_at`` is ``None`` while it stands."""

    level: RiskLevel
    reason: str
    rated_by: str
    rated_at: datetime
    review_on: date | None
    ended_at: datetime | None


def get_household(connection: Connection, scope: Scope, household: UUID, *, edition: int) -> Household:
    """One household.

    Raises
    ------
    NotFound
        If there is none, or it lies outside the scope: which of the two is not told.
    """
    found = _records(connection, scope, [household], edition)
    if not found:
        raise NotFound(what_zh="户", what_en="household", value=household)
    return found[0]


def list_households(
    connection: Connection,
    scope: Scope,
    *,
    edition: int,
    grid: str | None = None,
    risk: RiskLevel | Literal["none"] | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Household]:
    """Households by grid and id, those of ``grid`` and with the rating ``risk`` (``none``: without) where given.

    Raises
    ------
    Forbidden
        If ``grid`` lies outside the scope.
    InvalidInput
        If the cursor is none of this list's.
    """
    given = part_of(scope, grid).parameters() | {"risk": risk}
    after_grid, after_id = from_cursor(cursor, (str, UUID))
    page = given | {"after_grid": after_grid, "after_id": after_id, "limit": limit + 1}
    query = {None: "page", "none": "page_unrated"}.get(risk, "page_rated")
    ids = [row[0] for row in connection.execute(_SQL[query], page)]
    rows = _records(connection, scope, ids[:limit], edition)
    last = to_cursor(rows[-1].grid, str(rows[-1].id)) if len(ids) > limit else None
    return Page(rows, _count(connection, given, risk), last)


def _count(connection: Connection, given: dict[str, Any], risk: RiskLevel | Literal["none"] | None) -> int:
    """How many households there are; those without a rating are the ones left over by the few that have one."""
    if risk not in {None, "none"}:
        return _number(connection, "count_rated", given)
    everyone = _number(connection, "count", given)
    return everyone if risk is None else everyone - _number(connection, "count_rated", given)


def _number(connection: Connection, query: str, given: dict[str, Any]) -> int:
    row = connection.execute(_SQL[query], given).fetchone()
    return row[0] if row else 0


def change_household(
    connection: Connection,
    scope: Scope,
    household: UUID,
    *,
    head_name: str | None = None,
    phone: str | None = None,
    members: int | None = None,
    address: str | None = None,
) -> None:
    """Change what is given of a household; where it lies is changed by assigning it anew.

    Raises
    ------
    NotFound
        As for `get_household`.
    """
    given = {"id": household, "head_name": head_name, "phone": phone, "members": members, "address": address}
    row = connection.execute(_SQL["change"], given | {"prefixes": list(scope.prefixes)}).fetchone()
    if row is None:
        raise NotFound(what_zh="户", what_en="household", value=household)


def ratings(connection: Connection, household: UUID) -> list[Rating]:
    """All ratings of a household, the newest first; those that the transaction's scope shows."""
    with connection.cursor(row_factory=class_row(Rating)) as cursor:
        return cursor.execute(_SQL["ratings"], {"id": household}).fetchall()


def rate(
    connection: Connection, scope: Scope, household: UUID, level: RiskLevel, *, reason: str, review_on: date | None
) -> None:
    """Rate a household: the open rating ends, and another begins.

    Raises
    ------
    NotFound
        As for `get_household`.
    """
    _lock(connection, scope, household)
    connection.execute(_SQL["end_rating"], {"id": household})
    given = {"id": household, "level": level, "reason": reason, "actor": scope.actor, "review_on": review_on}
    connection.execute(_SQL["rate"], given)


def withdraw_rating(connection: Connection, scope: Scope, household: UUID) -> None:
    """End a household's open rating: it is not rated any more.

    Raises
    ------
    NotFound
        As for `get_household`; also if it has no rating.
    """
    _lock(connection, scope, household)
    if connection.execute(_SQL["end_rating"], {"id": household}).fetchone() is None:
        raise NotFound(what_zh="该户的风险评级", what_en="risk rating of household", value=household)


def _lock(connection: Connection, scope: Scope, household: UUID) -> None:
    """Hold a household until commit, so that two ratings at a time follow each other."""
    given = {"id": household, "prefixes": list(scope.prefixes)}
    if connection.execute(_SQL["lock"], given).fetchone() is None:
        raise NotFound(what_zh="户", what_en="household", value=household)


def _records(connection: Connection, scope: Scope, ids: Sequence[UUID], edition: int) -> list[Household]:
    given = {"ids": list(ids), "edition": edition, "prefixes": list(scope.prefixes)}
    with connection.cursor(row_factory=class_row(Household)) as cursor:
        return cursor.execute(_SQL["records"], given).fetchall()
