"""Figures of grids and periods; small counts stay hidden from those without personal access."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import Caller, caller
from api.bodies import GridCode, Here, period_of
from api.figure_tables import CSV_TYPE, LABELS, XLSX_TYPE, as_csv, as_xlsx, rows_of
from api.kept import kept
from api.params import parse_day
from api.problems import language
from api.service import Service
from api.shapes import named
from gis.codes import level_of
from gis.errors import InvalidInput, NotFound
from gis.grids import names_at
from gis.statistics import Access, Figures, Period, figures_of

router = APIRouter(tags=["statistics"])
Who = Annotated[Caller, Depends(caller)]
Format = Literal["json", "compact", "csv", "xlsx"]
_TYPES: dict[Format, str] = {
    "json": "application/json",
    "compact": "application/json",
    "csv": f"{CSV_TYPE}; charset=utf-8",
    "xlsx": XLSX_TYPE,
}
_FIELDS = {name: f"disputes.{name}" for name in ("accepted", "mediated", "succeeded", "open", "overdue")} | {
    "households": "households.total",
    **{name: f"households.{name}" for name in ("red", "yellow", "green", "unrated")},
}


@router.get("/statistics", response_model=None, responses={200: {"content": {kind: {} for kind in _TYPES.values()}}})
def statistics(
    request: Request,
    here: Here,
    who: Who,
    grid: Annotated[GridCode, Query(description="code of a grid of any level")],
    period: Annotated[Period, Depends(period_of)],
    level: Annotated[int | None, Query(ge=2, le=6, description="one row for each grid of this level in it")] = None,
    datetime: Annotated[
        str | None, Query(description="date whose boundaries count, the period's end by default")
    ] = None,
    edition: Annotated[int | None, Query(ge=1, description="edition whose boundaries count")] = None,
    f: Annotated[Format | None, Query(description="compact: rows for map joins; by Accept if not given")] = None,
) -> Response:
    """Disputes, households by rating, staff, units and centres of a grid, or of the grids of a level in it.

    As nested JSON, or flat: compact JSON of columns and rows, CSV, a workbook. Hidden counts are null or empty in all.
    """
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
    wanted = f or _accepted(request)
    head = {"grid": grid, "edition": number, "period": _period(period)}
    if wanted != "json":
        # Who follows a link with f=csv opens the file in a spreadsheet; who asks for text/csv is a program.
        table = rows_of(rows, names)
        head["level"] = level or level_of(grid)
        body = _table(request, head, table, wanted, mark=f is not None)
    elif level is None:
        body = orjson.dumps({**head, **_figures(rows[0])})
    else:
        listed = [{**named(row.code, names), **_figures(row)} for row in rows]
        body = orjson.dumps({**head, "level": level, "rows": listed})
    answer = kept(request, who, body, _TYPES[wanted], "Accept" if f is None else "")
    if wanted in {"csv", "xlsx"}:
        name = f"statistics-{grid}-{period.first}-{period.last}.{wanted}"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _table(request: Request, head: dict[str, Any], rows: list[list[Any]], wanted: Format, *, mark: bool) -> bytes:
    if wanted == "csv":
        return as_csv(rows, mark=mark)
    if wanted == "xlsx":
        return as_xlsx(rows, chinese=language(request) == "zh")
    return orjson.dumps({**head, "columns": list(LABELS), "rows": rows})


def _accepted(request: Request) -> Format:
    """The format that the Accept header names first among those there are; JSON if it names none."""
    for part in request.headers.get("accept", "").split(","):
        kind = part.split(";")[0].strip().lower()
        if kind == "application/json":
            return "json"
        if kind in {CSV_TYPE, XLSX_TYPE}:
            return "csv" if kind == CSV_TYPE else "xlsx"
    return "json"


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
