"""Point → grid: one point with everything that tells how sure the answer is, or a million at once."""

from email.message import Message
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import Caller, caller
from api.bodies import Here, position
from api.nearest_answers import nearest_to
from api.params import EditionNumber, parse_day
from api.point_batches import (
    Points,
    look_up,
    read_csv,
    read_json,
    read_ndjson,
    write_csv,
    write_json,
    write_ndjson,
)
from api.service import Service
from api.shapes import by_caller, chain_of, contacts, named, sees
from gis.codes import ancestor, chain
from gis.datum import DATUMS, Datum
from gis.errors import InvalidInput
from gis.spots import Spot, find_spot
from gis.staff import serving
from gis.units import load_units, unit_names

router = APIRouter(tags=["look-up"])
Who = Annotated[Caller, Depends(caller)]
Level = Annotated[int, Query(ge=2, le=6, description="level of the grid wanted as `code`")]
System = Annotated[
    str | None, Query(max_length=100, description="reference system of lon, lat (then x, y), such as EPSG:4543")
]
Kinds = Annotated[
    str | None,
    Query(
        max_length=100,
        description="what is nearest by geodesic metres: some of `household`, `unit`, `centre`, `staff`, with commas;"
        " all but `centre` need a token",
    ),
]
_NDJSON = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})


@router.get("/locate")
def locate(
    lon: float,
    lat: float,
    here: Here,
    who: Who,
    response: Response,
    edition: EditionNumber,
    level: Level = 6,
    datum: Datum = "cgcs2000",
    crs: System = None,
    nearest: Kinds = None,
) -> dict[str, Any]:
    """The grids that a point lies in, how far the nearest border is and what lies behind it.

    Unit and staff are told to those in whose jurisdiction the point lies. The usual forms of this question are
    answered from memory, ahead of this function (`api.locate_direct`), with the same bytes.
    """
    coverage = here.coverage(edition)
    spot = find_spot(coverage, *position(lon, lat, datum, crs), near_border_m=here.settings.near_border_m)
    by_caller(response, who)
    codes = chain(spot.grid)
    return {
        "edition": edition,
        "code": ancestor(spot.grid, level),
        "codes": {str(link): code for link, code in enumerate(codes, start=2)},
        "chain": chain_of(spot.grid, coverage.names),
        "how": spot.how,
        "border_m": round(spot.border_m, 3),
        "neighbour": None if spot.neighbour is None else named(spot.neighbour, coverage.names),
        "sure": spot.sure,
        **_personal(here, who, spot),
        **({} if nearest is None else {"nearest": nearest_to(here, who, spot, nearest)}),
    }


def _personal(here: Service, who: Caller, spot: Spot) -> dict[str, Any]:
    """The point's neighbour unit and the staff of its basic grid, as far as the caller may see them."""
    unit, staff = None, []
    if who.scope is not None and who.sees("households.read", spot.grid):
        with here.database.transaction(who.scope) as connection:
            codes, _ = load_units(connection, spot.edition, spot.grid).nearest([spot.grid], spot.lon, spot.lat)
            if codes[0] is not None:
                unit = named(codes[0], unit_names(connection, spot.edition, [codes[0]]))
    if sees(who, spot.grid):
        with here.database.transaction(who.scope) as connection:
            staff = contacts(serving(connection, spot.grid))
    return {"unit": unit, "staff": staff}


async def raw_body(request: Request) -> bytes:
    """FastAPI dependency: the body as it came."""
    return await request.body()


@router.post(
    "/locate",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {},
                    "examples": {
                        "columns": {"value": {"lon": [101.64, 0], "lat": [24.69, 0], "level": 6}},
                        "pairs": {"value": [[101.64, 24.69], [0, 0]]},
                    },
                },
                "application/x-ndjson": {"schema": {"type": "string"}},
                "text/csv": {"schema": {"type": "string"}},
            },
        }
    },
)
def locate_many(
    request: Request,
    body: Annotated[bytes, Depends(raw_body)],
    here: Here,
    edition: EditionNumber,
    level: Level = 6,
    datum: Datum = "cgcs2000",
    crs: System = None,
) -> Response:
    """The grid of many points: JSON columns or pairs, NDJSON, or CSV; each is answered in its own form.

    JSON may carry `level`, `datum`, `crs`, `edition` and `datetime` itself. A point outside has the code null.
    """
    kind, charset = _content(request)
    most = here.settings.max_points
    if kind == "text/csv":
        points = read_csv(body, charset, most)
    elif kind in _NDJSON:
        points = read_ndjson(body, most)
    elif kind == "application/json":
        points = read_json(body, most)
    else:
        raise InvalidInput(
            field="Content-Type",
            reason_zh="应为 application/json、application/x-ndjson 或 text/csv",
            reason_en="must be application/json, application/x-ndjson or text/csv",
        )
    coverage = here.coverage(_edition(here, points, edition))
    found = look_up(coverage, points, **_options(points, level, datum, crs))
    number = coverage.edition.number
    headers = {"Wangge-Edition": str(number)}
    if kind == "text/csv":
        return Response(write_csv(points, found), 200, headers, "text/csv; charset=utf-8")
    if kind in _NDJSON:
        return Response(write_ndjson(points, found), 200, headers, "application/x-ndjson")
    return Response(write_json(found, number), 200, headers, "application/json")


def _content(request: Request) -> tuple[str, str]:
    """Media type and charset of the request; the charset is UTF-8 unless told."""
    header = Message()
    header["Content-Type"] = request.headers.get("content-type", "application/json")
    return header.get_content_type(), str(header.get_param("charset", "utf-8"))


def _edition(here: Service, points: Points, edition: int) -> int:
    """The edition that the body names, else the address's."""
    own, day = points.options.get("edition"), points.options.get("datetime")
    if own is not None:
        if not isinstance(own, int) or isinstance(own, bool) or own < 1:
            raise InvalidInput(field="edition", reason_zh="应为正整数", reason_en="must be a whole number from 1 on")
        return own
    return edition if day is None else here.edition_number(parse_day(str(day)))


def _options(points: Points, level: int, datum: Datum, crs: str | None) -> dict[str, Any]:
    """Level, datum and system that the body names, else the address's."""
    own = points.options
    chosen = {"level": own.get("level", level), "datum": own.get("datum", datum), "crs": own.get("crs", crs)}
    if chosen["level"] not in (2, 3, 4, 5, 6):
        raise InvalidInput(field="level", reason_zh="应为 2–6 的整数", reason_en="must be a whole number, 2 to 6")
    if chosen["datum"] not in DATUMS:
        known = ", ".join(DATUMS)
        raise InvalidInput(field="datum", reason_zh=f"应为 {known} 之一", reason_en=f"one of {known}")
    if not isinstance(chosen["crs"], str | int | None) or isinstance(chosen["crs"], bool):
        raise InvalidInput(field="crs", reason_zh="应为文本", reason_en="must be a text")
    return chosen
