"""Disputes: accepted at a point, carried through the closed loop, listed and read inside a jurisdiction.

Every function runs inside a transaction opened with the same scope. A dispute belongs for ever to the grid it
was accepted in; after a border change the grid that *deals* with it may be another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from psycopg.rows import class_row

from gis.clock import CHINA, local_now
from gis.closed_loop import Standing, State, Step, check_step
from gis.db import Connection, load_queries
from gis.errors import Conflict, Forbidden, InvalidInput, NotFound
from gis.listing import Page, from_cursor, part_of, to_cursor
from gis.scope import Scope
from gis.spots import Spot
from gis.units import load_units
from gis.working_days import WorkingCalendar

_SQL = load_queries(Path(__file__).with_name("disputes.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is reported about a dispute; ``occurred_at`` is the time of acceptance if not given."""

    title: str
    category: str
    source: str
    urgency: Literal["normal", "urgent"] = "normal"
    summary: str = ""
    parties: int = 2
    occurred_at: datetime | None = None
    household_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """By when disputes are to be closed: so many working days of a calendar after they are accepted or reopened."""

    working_days: int
    calendar: WorkingCalendar


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute; ``lon, lat`` in degrees EPSG:4490, ``grid`` where it was accepted, ``dealt_in`` who deals with it."""

    id: UUID
    number: str
    title: str
    category: str
    source: str
    urgency: Literal["normal", "urgent"]
    summary: str
    parties: int
    lon: float
    lat: float
    household_id: UUID | None
    occurred_at: datetime
    accepted_at: datetime
    deadline: datetime
    closed_at: datetime | None
    mediated: bool
    succeeded: bool | None
    state: State
    grid: str
    dealt_in: str
    unit: str | None
    edition: int
    border_m: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a dispute's log, which is only ever added to."""

    at: datetime
    from_state: State | None
    to_state: State
    actor: str
    actor_role: str
    note: str
    succeeded: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which disputes a list shows; days are those of acceptance, in China, both included."""

    grid: str | None = None
    states: Sequence[State] | None = None
    overdue: bool = False
    first_day: date | None = None
    last_day: date | None = None


def accept(connection: Connection, scope: Scope, report: Report, spot: Spot, terms: Terms) -> UUID:
    """Accept a dispute at a spot: it gets a receipt number, a deadline, its grid and the unit of its nearest household.

    Raises
    ------
    Forbidden
        If the spot lies outside the scope.
    InvalidInput
        If the category is unknown, or it occurred in the future.
    NotFound
        If the household is unknown, or outside the scope.
    """
    if not scope.covers(spot.grid):
        raise Forbidden(
            reason_zh=f"该点位于网格 {spot.grid}，不在您的辖区内",
            reason_en=f"the point lies in grid {spot.grid}, outside your jurisdiction",
        )
    now = local_now()
    _check_report(connection, report, now)
    units, _ = load_units(connection, spot.edition, spot.grid).nearest([spot.grid], spot.lon, spot.lat)
    row = connection.execute(_SQL["receipt"]).fetchone()
    place = {"grid": spot.grid, "unit": units[0], "edition": spot.edition}
    given = place | {
        "number": f"{now.year}-{row[0] if row else 0:06d}",
        "title": report.title,
        "category": report.category,
        "source": report.source,
        "urgency": report.urgency,
        "summary": report.summary,
        "parties": report.parties,
        "lon": spot.lon,
        "lat": spot.lat,
        "household_id": report.household_id,
        "occurred_at": report.occurred_at or now,
        "accepted_at": now,
        "deadline": terms.calendar.deadline(now, terms.working_days),
        "border_m": spot.border_m,
        "sure": spot.sure,
    }
    row = connection.execute(_SQL["accept"], given).fetchone()
    dispute: UUID = row[0] if row else UUID(int=0)
    connection.execute(_SQL["assign"], place | {"id": dispute})
    _log(connection, scope, dispute, None, Step("accept", now), "")
    return dispute


def category_names(connection: Connection) -> dict[str, tuple[str, str]]:
    """The names of the categories, Chinese and English, by id."""
    return {row[0]: (row[1], row[2]) for row in connection.execute(_SQL["category_names"])}


def _check_report(connection: Connection, report: Report, now: datetime) -> None:
    known = [row[0] for row in connection.execute(_SQL["categories"])]
    if report.category not in known:
        raise InvalidInput(
            field="category", reason_zh=f"应为 {'、'.join(known)} 之一", reason_en=f"one of {', '.join(known)}"
        )
    if report.occurred_at is not None and report.occurred_at > now + timedelta(minutes=5):
        raise InvalidInput(field="occurred_at", reason_zh="晚于当前时间", reason_en="lies in the future")
    if report.household_id is not None:
        row = connection.execute(_SQL["household_seen"], [report.household_id]).fetchone()
        if row is None:
            raise NotFound(what_zh="户", what_en="household", value=report.household_id)


def get_dispute(connection: Connection, scope: Scope, dispute: UUID, *, edition: int) -> Dispute:
    """One dispute; ``edition`` says which grid deals with it.

    Raises
    ------
    NotFound
        If there is none, or it lies outside the scope: which of the two is not told.
    """
    found = _records(connection, scope, [dispute], edition)
    if not found:
        raise _unknown(dispute)
    return found[0]


def list_disputes(
    connection: Connection, scope: Scope, wanted: Filter, *, edition: int, limit: int = 50, cursor: str | None = None
) -> Page[Dispute]:
    """Disputes by the time of acceptance, the latest first.

    Raises
    ------
    Forbidden
        If the grid asked for lies outside the scope.
    InvalidInput
        If the cursor is none of this list's.
    """
    given: dict[str, Any] = part_of(scope, wanted.grid).parameters() | {
        "states": None if wanted.states is None else list(wanted.states),
        "overdue": wanted.overdue,
        "starts": _midnight(wanted.first_day, 0),
        "ends": _midnight(wanted.last_day, 1),
    }
    after_at, after_id = from_cursor(cursor, (datetime.fromisoformat, UUID))
    page = given | {"after_at": after_at, "after_id": after_id, "limit": limit + 1}
    ids = [row[0] for row in connection.execute(_SQL["page"], page)]
    total = connection.execute(_SQL["count"], given).fetchone()
    rows = _records(connection, scope, ids[:limit], edition)
    last = to_cursor(rows[-1].accepted_at.isoformat(), str(rows[-1].id)) if len(ids) > limit else None
    return Page(rows, total[0] if total else 0, last)


def advance(
    connection: Connection,
    scope: Scope,
    dispute: UUID,
    to: State,
    *,
    terms: Terms,
    note: str = "",
    succeeded: bool | None = None,
    seen: State | None = None,
) -> None:
    """Take a dispute one step further and write the log; a reopened dispute gets a new deadline.

    ``seen`` is the state that the caller believes it is in.

    Raises
    ------
    NotFound
        As for `get_dispute`.
    Conflict
        If there is no such step from the present state, it is not in the state ``seen``, or somebody else
        took a step at the same moment.
    Forbidden, InvalidInput
        As for `gis.closed_loop.check_step`.
    """
    row = connection.execute(_SQL["standing"], {"id": dispute, "prefixes": list(scope.prefixes)}).fetchone()
    if row is None:
        raise _unknown(dispute)
    before, deadline = Standing(*row[:3]), row[3]
    if seen not in {None, before.state}:
        raise _overtaken()
    check_step(before.state, to, scope.role, succeeded=succeeded, note=note)
    step = Step(to, local_now(), succeeded)
    after = before.after(step)
    if before.closed_at is not None and after.closed_at is None:
        deadline = terms.calendar.deadline(step.at, terms.working_days)
    given = {
        "id": dispute,
        "from_state": before.state,
        "to": to,
        "closed_at": after.closed_at,
        "mediated": after.mediated,
        "succeeded": after.succeeded,
        "deadline": deadline,
    }
    if connection.execute(_SQL["advance"], given).fetchone() is None:
        raise _overtaken()
    _log(connection, scope, dispute, before.state, step, note)


def events(connection: Connection, dispute: UUID) -> list[Event]:
    """The log of a dispute that the transaction's scope shows, from its acceptance on."""
    with connection.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute(_SQL["events"], [dispute]).fetchall()


def _log(connection: Connection, scope: Scope, dispute: UUID, from_state: State | None, step: Step, note: str) -> None:
    given = {"id": dispute, "at": step.at, "from_state": from_state, "to": step.to, "succeeded": step.succeeded}
    connection.execute(_SQL["log"], given | {"actor": scope.actor, "role": scope.role, "note": note})


def _records(connection: Connection, scope: Scope, ids: Sequence[UUID], edition: int) -> list[Dispute]:
    given = {"ids": list(ids), "edition": edition, "prefixes": list(scope.prefixes)}
    with connection.cursor(row_factory=class_row(Dispute)) as cursor:
        return cursor.execute(_SQL["records"], given).fetchall()


def _midnight(day: date | None, later: int) -> datetime | None:
    if day is None or day == date.max:
        return None
    return datetime.combine(day + timedelta(days=later), time(), CHINA)


def _unknown(dispute: UUID) -> NotFound:
    return NotFound(what_zh="纠纷", what_en="dispute", value=dispute)


def _overtaken() -> Conflict:
    return Conflict(
        reason_zh="该纠纷刚刚被他人处理，请刷新后再试",
        reason_en="somebody else has just moved it on; reload and try again",
    )
