"""Figures of grids and periods; small counts stay hidden from those without personal access."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.access import Caller, caller
from api.bodies import Day, GridCode, Here
from api.params import parse_day
from api.service import Service
from api.shapes import by_caller, named
from gis.clock import local_today
from gis.codes import level_of
from gis.errors import InvalidInput, NotFound
from gis.grids import names_at
from gis.statistics import Access, Figures, Period, figures_of

router = APIRouter(tags=["statistics"])
Who = Annotated[Caller, Depends(caller)]
_FIELDS = {name: f"disputes.{name}" for name in ("accepted", "mediated", "succeeded", "open", "overdue")} | {
    "households": "households.total",
    **{name: f"households.{name}" for name in ("red", "yellow", "green", "unrated")},
}


def period_of(
    first: Annotated[
        Day | None, Query(alias="from", description="first day; 1 January of this year by default")
    ] = None,
    last: Annotated[Day | None, Query(alias="to", description="last day; 31 December of that year by default")] = None,
) -> Period:
    """FastAPI dependency: the period asked for.

    Raises
    ------
    InvalidInput
        If it ends before it begins.
    """
    first = first or date((last or local_today()).year, 1, 1)
    last = last or date(first.year, 12, 31)
    if last < first:
        raise InvalidInput(field="to", reason_zh="早于起始日期", reason_en="lies before from")
    return Period(first, last)


@router.get("/statistics")
def statistics(
    here: Here,
    who: Who,
    response: Response,
    grid: Annotated[GridCode, Query(description="code of a grid of any level")],
    period: Annotated[Period, Depends(period_of)],
    level: Annotated[int | None, Query(ge=2, le=6, description="one row for each grid of this level in it")] = None,
    datetime: Annotated[
        str | None, Query(description="date whose boundaries count, the period's end by default")
    ] = None,
    edition: Annotated[int | None, Query(ge=1, description="edition whose boundaries count")] = None,
) -> dict[str, Any]:
    """Disputes, households by rating, staff, units and centres of a grid, or of the grids of a level in it."""
    if level is not None and level < level_of(grid):
        raise InvalidInput(field="level", reason_zh="高于该网格的级别", reason_en="is above the grid's own level")
    number = _edition(here, period, datetime, edition)
    access = Access(
        lambda code: who.sees("disputes.read", code),
        lambda code: who.sees("households.read", code),
        here.settings.suppress_below,
    )
    with here.database.transaction() as connection:
        if grid not in names_at(connection, [grid], number):
            raise NotFound(what_zh="网格", what_en="grid", value=grid)
        rows = figures_of(connection, grid, period, edition=number, access=access, level=level)
        names = names_at(connection, [row.code for row in rows], number)
    by_caller(response, who)
    head = {"grid": grid, "edition": number, "period": _period(period)}
    if level is None:
        return {**head, **_figures(rows[0])}
    return {**head, "level": level, "rows": [{**named(row.code, names), **_figures(row)} for row in rows]}


def _edition(here: Service, period: Period, datetime: str | None, edition: int | None) -> int:
    """The edition asked for, else the one valid on the period's last day (today's, if that is to come)."""
    if edition is not None:
        return here.coverage(edition).edition.number
    return here.edition_number(parse_day(datetime) if datetime else period.last)


def _period(period: Period) -> dict[str, Any]:
    return {"from": period.first, "to": period.last, "field": "accepted_at"}


def _figures(row: Figures) -> dict[str, Any]:
    counts = row.personal
    return {
        "disputes": {
            "accepted": counts.accepted,
            "mediated": counts.mediated,
            "succeeded": counts.succeeded,
            "mediated_rate": rate(counts.mediated, counts.accepted),
            "success_rate": rate(counts.succeeded, counts.mediated),
            "open": counts.open,
            "overdue": counts.overdue,
        },
        "households": {
            "total": counts.households,
            "red": counts.red,
            "yellow": counts.yellow,
            "green": counts.green,
            "unrated": counts.unrated,
        },
        "staff": {"full_time": row.full_time, "part_time": row.part_time},
        "units": row.units,
        "centres": row.centres,
        "suppressed": [_FIELDS[name] for name in row.suppressed],
    }


def rate(numerator: int | None, denominator: int | None) -> dict[str, Any]:
    """A rate with what it is made of, in per cent with two decimals; without a percentage where there is none."""
    percent = None
    if numerator is not None and denominator:
        exact = Decimal(100 * numerator) / Decimal(denominator)
        percent = float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
    return {"numerator": numerator, "denominator": denominator, "percent": percent}
