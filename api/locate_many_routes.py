"""Many points → grids: JSON, GeoJSON, NDJSON, CSV and Arrow, in and out."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from api.batches.arrow_ipc import ArrowWriter
from api.batches.exchange import Exchange
from api.batches.formats import form_of
from api.batches.work import Address, Heads
from api.service import service
from gis.datum import Datum
from gis.errors import WanggeError

router = APIRouter(tags=["look-up"])
PATH = "/locate"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_TEXT = {"schema": {"type": "string"}}
_OTHERS: dict[str, Any] = {
    "application/x-ndjson": _TEXT,
    "text/csv": _TEXT,
    ArrowWriter.stream_media: _BINARY,
    ArrowWriter.file_media: _BINARY,
}
_COLLECTION = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [101.64, 24.69]}},
    ],
}
_BODIES: dict[str, Any] = {
    "application/json": {
        "schema": {},
        "examples": {
            "columns": {"value": {"lon": [101.64, 0], "lat": [24.69, 0], "level": 6}},
            "pairs": {"value": [[101.64, 24.69], [0, 0]]},
        },
    },
    "application/geo+json": {"schema": {"type": "object"}, "example": _COLLECTION},
    **_OTHERS,
}
_ANSWERS: dict[str, Any] = {
    "application/json": {"schema": {"type": "object"}},
    "application/geo+json": {"schema": {"type": "object"}},
    **_OTHERS,
}


@router.post(
    PATH,
    response_class=Response,
    responses={200: {"content": _ANSWERS, "description": "the grids, in the order of the points"}},
    openapi_extra={"requestBody": {"required": True, "content": _BODIES}},
)
async def locate_many(
    request: Request,
    level: Annotated[int, Query(ge=2, le=6, description="level of the grid wanted as `code`")] = 6,
    datum: Datum = "cgcs2000",
    crs: Annotated[
        str | None, Query(max_length=100, description="reference system of lon, lat (then x, y), such as EPSG:4543")
    ] = None,
    datetime: Annotated[str | None, Query(description="date whose boundaries are wanted, RFC 3339")] = None,
    edition: Annotated[int | None, Query(ge=1, description="number of the edition wanted")] = None,
    chain: Annotated[bool, Query(description="also the codes of all levels above, as `level2` …")] = False,
    detail: Annotated[
        Literal["border"] | None,
        Query(description="`border`: also how each point was found, metres to the border, the grid behind it"),
    ] = None,
) -> Response:
    """The grids of many points, in the form in which they came, or in one that `Accept` names.

    JSON may carry `level`, `datum`, `crs`, `edition`, `datetime`, `chain` and `detail` itself. A point outside has the
    code null; a row that cannot be read too, with a reason beside it. NDJSON, CSV and Arrow are read and answered in
    blocks. A body may come with `Content-Encoding` gzip, deflate or zstd.
    """
    heads = Heads(
        request.headers.get("content-type"),
        request.headers.get("content-encoding", ""),
        request.headers.get("accept"),
    )
    address = Address(level, datum, crs, edition, datetime, chain, detail)
    return Exchange(service(request), heads, address)


def streams(scope: Scope) -> bool:
    """Whether a request's body is read in blocks here, so that its size needs no limit before."""
    if scope["method"] != "POST" or scope["path"] != PATH:
        return False
    kind = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"content-type"), None)
    try:
        return form_of(kind)[0].streams
    except WanggeError:
        return False
