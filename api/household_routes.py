"""Households and their risk ratings, for those whose jurisdiction they lie in."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from api.access import signed_in
from api.bodies import Body, Cursor, Day, GridCode, Here, Limit, Line, Phone
from api.service import Service
from api.shapes import chain_of, moment, private
from gis.households import (
    Household,
    Rating,
    RiskLevel,
    change_household,
    get_household,
    list_households,
    rate,
    ratings,
    withdraw_rating,
)
from gis.scope import Scope

router = APIRouter(prefix="/households", tags=["households"], dependencies=[Depends(private)])
Reader = Annotated[Scope, Depends(signed_in("households.read"))]
Writer = Annotated[Scope, Depends(signed_in("households.write"))]
Rater = Annotated[Scope, Depends(signed_in("risk.rate"))]


class Change(Body):
    """What is to be changed of a household; what is left out stays."""

    head_name: Line | None = None
    phone: Phone | None = None
    members: Annotated[int, Field(ge=1, le=100)] | None = None
    address: Line | None = None


class NewRating(Body):
    """A risk rating: red high, yellow medium, green low."""

    level: RiskLevel
    reason: Line
    review_on: Day | None = None


@router.get("")
def households(
    here: Here,
    scope: Reader,
    limit: Limit,
    grid: GridCode | None = None,
    risk: Annotated[
        RiskLevel | Literal["none", "unrated"] | None, Query(description="rating; none or unrated: without one")
    ] = None,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The households of a grid (of the whole jurisdiction without one), by grid, page by page."""
    edition = here.coverage().edition.number
    wanted = "none" if risk == "unrated" else risk
    with here.database.transaction(scope) as connection:
        page = list_households(connection, scope, edition=edition, grid=grid, risk=wanted, limit=limit, cursor=cursor)
    return {"households": [_row(one) for one in page.rows], "total": page.total, "next": page.next}


@router.get("/{household_id}")
def household(household_id: UUID, here: Here, scope: Reader) -> dict[str, Any]:
    """One household with its chain of grids, unit, rating and the ratings before."""
    return _detail(here, scope, household_id)


@router.patch("/{household_id}")
def change(household_id: UUID, given: Change, here: Here, scope: Writer) -> dict[str, Any]:
    """Change a household's particulars."""
    with here.database.transaction(scope) as connection:
        change_household(connection, scope, household_id, **given.model_dump())
    return _detail(here, scope, household_id)


@router.put("/{household_id}/risk")
def put_risk(household_id: UUID, given: NewRating, here: Here, scope: Rater) -> dict[str, Any]:
    """Rate a household; the rating before ends and stays in its history."""
    with here.database.transaction(scope) as connection:
        rate(connection, scope, household_id, given.level, reason=given.reason, review_on=given.review_on)
    return _detail(here, scope, household_id)


@router.delete("/{household_id}/risk")
def delete_risk(household_id: UUID, here: Here, scope: Rater) -> dict[str, Any]:
    """Withdraw a household's rating: it is not rated any more, and its history is kept."""
    with here.database.transaction(scope) as connection:
        withdraw_rating(connection, scope, household_id)
    return _detail(here, scope, household_id)


def _detail(here: Service, scope: Scope, household_id: UUID) -> dict[str, Any]:
    coverage = here.coverage()
    with here.database.transaction(scope) as connection:
        one = get_household(connection, scope, household_id, edition=coverage.edition.number)
        history = ratings(connection, household_id)
    return {
        **_row(one),
        "chain": chain_of(one.grid, coverage.names),
        "history": [_rating(entry) for entry in history],
    }


def _row(one: Household) -> dict[str, Any]:
    risk = None
    if one.level is not None:
        risk = {
            "level": one.level,
            "reason": one.reason,
            "rated_by": one.rated_by,
            "rated_at": moment(one.rated_at),
            "review_on": one.review_on,
        }
    return {
        "id": one.id,
        "grid": one.grid,
        "unit": None if one.unit is None else {"code": one.unit, "name": one.unit_name or ""},
        "how": one.how,
        "hamlet": one.hamlet,
        "head_name": one.head_name,
        "phone": one.phone,
        "members": one.members,
        "address": one.address,
        "since": one.since,
        "risk": risk,
        "lon": one.lon,
        "lat": one.lat,
    }


def _rating(entry: Rating) -> dict[str, Any]:
    return {
        "level": entry.level,
        "reason": entry.reason,
        "rated_by": entry.rated_by,
        "rated_at": moment(entry.rated_at),
        "review_on": entry.review_on,
        "ended_at": moment(entry.ended_at),
    }
