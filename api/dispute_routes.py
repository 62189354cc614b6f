"""Disputes: taken in at a point, carried through the closed loop, listed and followed."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field, StrictBool
from starlette.responses import Response

from api.access import Caller, caller, signed_in
from api.bodies import Body, Cursor, Day, GridCode, Here, Limit, Line, Moment, Text, position
from api.service import Service
from api.shapes import chain_of, contacts, moment, named, private, sees
from gis.closed_loop import CLOSED, STATES, State, next_states
from gis.codes import chain
from gis.datum import Datum
from gis.db import Connection
from gis.disputes import (
    Dispute,
    Event,
    Filter,
    Report,
    Terms,
    accept,
    advance,
    events,
    get_dispute,
    list_disputes,
)
from gis.errors import InvalidInput
from gis.grids import names_at
from gis.scope import Scope
from gis.settings import Settings
from gis.spots import find_spot
from gis.staff import serving
from gis.units import unit_names
from gis.working_days import OFFICIAL, WorkingCalendar, read_calendar

router = APIRouter(prefix="/disputes", tags=["disputes"], dependencies=[Depends(private)])
Reader = Annotated[Scope, Depends(signed_in("disputes.read"))]
Writer = Annotated[Scope, Depends(signed_in("disputes.write"))]
Who = Annotated[Caller, Depends(caller)]
_calendar = cache(read_calendar)


class NewDispute(Body):
    """What is reported: where (degrees, or metres of ``crs``) and what."""

    lon: float
    lat: float
    datum: Datum = "cgcs2000"
    crs: Annotated[str, Field(max_length=100)] | None = None
    title: Line
    category: Line
    source: Line
    urgency: Literal["normal", "urgent"] = "normal"
    summary: Text = ""
    parties: Annotated[int, Field(ge=1, le=10_000)] = 2
    occurred_at: Moment | None = None
    household_id: UUID | None = None


class NewEvent(Body):
    """The next step: to which state and why; at a closing whether the mediation succeeded.

    ``from`` is the state that the sender saw; if it is given and no longer true, the step is refused.
    """

    to: State
    note: Text = ""
    succeeded: StrictBool | None = None
    seen: Annotated[State | None, Field(alias="from")] = None


@router.post("", status_code=201)
def post_dispute(given: NewDispute, response: Response, here: Here, scope: Writer, who: Who) -> dict[str, Any]:
    """Accept a dispute at a point: grid chain, neighbour unit, staff, deadline, and how sure the place is."""
    lon, lat = position(given.lon, given.lat, given.datum, given.crs)
    coverage = here.coverage()
    spot = find_spot(coverage, lon, lat, near_border_m=here.settings.near_border_m)
    report = Report(**given.model_dump(exclude={"lon", "lat", "datum", "crs"}))
    with here.database.transaction(scope) as connection:
        number = accept(connection, scope, report, spot, _terms(here.settings))
        detail = _detail(connection, here, who, scope, number)
    response.headers["Location"] = f"/disputes/{number}"
    neighbour = None if spot.neighbour is None else named(spot.neighbour, coverage.names)
    return {**detail, "how": spot.how, "neighbour": neighbour}


@router.get("")
def disputes(
    here: Here,
    scope: Reader,
    limit: Limit,
    grid: GridCode | None = None,
    state: Annotated[
        str | None, Query(max_length=100, description="states, separated by commas; also open, closed and overdue")
    ] = None,
    first: Annotated[Day | None, Query(alias="from", description="first day of acceptance")] = None,
    last: Annotated[Day | None, Query(alias="to", description="last day of acceptance")] = None,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The disputes of a grid (of the whole jurisdiction without one), the latest first, page by page."""
    states, overdue = _states(state)
    wanted = Filter(grid=grid, states=states, overdue=overdue, first_day=first, last_day=last)
    edition = here.coverage().edition.number
    with here.database.transaction(scope) as connection:
        page = list_disputes(connection, scope, wanted, edition=edition, limit=limit, cursor=cursor)
    return {"disputes": [_row(one) for one in page.rows], "total": page.total, "next": page.next}


@router.get("/{dispute_id}")
def dispute(dispute_id: UUID, here: Here, scope: Reader, who: Who) -> dict[str, Any]:
    """One dispute with its log and the steps that the caller may take next."""
    with here.database.transaction(scope) as connection:
        return _detail(connection, here, who, scope, dispute_id)


@router.post("/{dispute_id}/events")
def post_event(dispute_id: UUID, given: NewEvent, here: Here, scope: Writer, who: Who) -> dict[str, Any]:
    """Take a dispute one step further in the closed loop."""
    with here.database.transaction(scope) as connection:
        advance(
            connection,
            scope,
            dispute_id,
            given.to,
            terms=_terms(here.settings),
            note=given.note,
            succeeded=given.succeeded,
            seen=given.seen,
        )
        return _detail(connection, here, who, scope, dispute_id)


def _terms(settings: Settings) -> Terms:
    return Terms(settings.deadline_working_days, _read(settings.calendar))


def _read(path: Path | None) -> WorkingCalendar:
    return _calendar(path or OFFICIAL)


def _states(text: str | None) -> tuple[list[State] | None, bool]:
    """The states that a comma list names (``None``: any), and whether only overdue disputes are meant."""
    words = {word.strip() for word in (text or "").split(",")} - {""}
    overdue = "overdue" in words
    words.discard("overdue")
    groups: dict[str, set[str]] = {"closed": {*CLOSED}, "open": {*STATES} - {*CLOSED}}
    for group, members in groups.items():
        if group in words:
            words = words - {group} | members
    unknown = words - set(STATES)
    if unknown:
        known = [*STATES, "open", "closed", "overdue"]
        raise InvalidInput(field="state", reason_zh=f"应为 {'、'.join(known)}", reason_en=f"one of {', '.join(known)}")
    return cast("list[State]", sorted(words)) or None, overdue


def _detail(connection: Connection, here: Service, who: Caller, scope: Scope, dispute_id: UUID) -> dict[str, Any]:
    one = get_dispute(connection, scope, dispute_id, edition=here.coverage().edition.number)
    names = names_at(connection, [*chain(one.grid), *chain(one.dealt_in)], one.edition)
    units = unit_names(connection, one.edition, [one.unit] if one.unit else [])
    staff = serving(connection, one.dealt_in) if sees(who, one.dealt_in) else []
    return {
        **_row(one),
        "chain": chain_of(one.grid, names),
        "dealt_in": named(one.dealt_in, names),
        "unit": named(one.unit, units) if one.unit else None,
        "staff": contacts(staff),
        "source": one.source,
        "summary": one.summary,
        "parties": one.parties,
        "household_id": one.household_id,
        "edition": one.edition,
        "border_m": round(one.border_m, 2),
        "sure": one.sure,
        "events": [_event(entry) for entry in events(connection, dispute_id)],
        "next_states": next_states(one.state, scope.role) if who.may("disputes.write") else [],
    }


def _row(one: Dispute) -> dict[str, Any]:
    return {
        "id": one.id,
        "number": one.number,
        "title": one.title,
        "category": one.category,
        "state": one.state,
        "urgency": one.urgency,
        "grid": one.grid,
        "occurred_at": moment(one.occurred_at),
        "accepted_at": moment(one.accepted_at),
        "deadline": moment(one.deadline),
        "closed_at": moment(one.closed_at),
        "mediated": one.mediated,
        "succeeded": one.succeeded,
        "lon": one.lon,
        "lat": one.lat,
    }


def _event(entry: Event) -> dict[str, Any]:
    return {
        "at": moment(entry.at),
        "from": entry.from_state,
        "to": entry.to_state,
        "actor": entry.actor,
        "role": entry.actor_role,
        "note": entry.note,
        "succeeded": entry.succeeded,
    }
