"""A draft for plain OGC API clients: landing page, conformance, its collection and the schema. Items: `draft_items_routes`."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from api.addresses import base_url
from api.bodies import Here
from api.draft_access import DraftId, Reader, on_draft
from api.draft_ogc import CONFORMANCE, JSON, OPENAPI, SCHEMA, DraftApi
from api.draft_openapi import document
from api.ogc.parameters import COMMON, single
from api.problems import language
from boundaries.draft_leaves import draft_extent
from boundaries.drafts import read_draft
from gis.errors import InvalidInput

router = APIRouter(prefix="/drafts/{draft_id}/ogc", tags=["drafts"])


def check_parameters(request: Request, known: tuple[str, ...] = COMMON) -> dict[str, str]:
    """The parameters of a request, each known and given once; JSON is the one format.

    Raises
    ------
    InvalidInput
    """
    given = single(request.query_params, known)
    if given.get("f", "json") != "json":
        raise InvalidInput(field="f", reason_zh="只有 json", reason_en="json only")
    return given


def draft_api(request: Request, draft_id: DraftId, here: Here, scope: Reader) -> DraftApi:
    """FastAPI dependency: a draft of the caller's jurisdiction at its address.

    Raises
    ------
    InvalidInput, NotFound, NotSignedIn, Forbidden
    """
    check_parameters(request)
    with on_draft(here, scope, draft_id) as connection:
        url = f"{base_url(request)}/drafts/{draft_id}/ogc"
        return DraftApi(url, read_draft(connection, draft_id), draft_extent(connection, draft_id), language(request))


Api = Annotated[DraftApi, Depends(draft_api)]


def told(document: object, media: str, *, status: int = 200, **headers: str) -> Response:
    """A document that no cache keeps; underscores in names of headers are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(orjson.dumps(document), status, {"Cache-Control": "private, no-store", **named}, media)


@router.get("")
@router.get("/", include_in_schema=False)
def landing(api: Api) -> Response:
    """The draft as an OGC API: its landing page."""
    return told(api.landing(), JSON)


@router.get("/conformance")
def conformance(_api: Api) -> Response:
    """The conformance classes met."""
    return told({"conformsTo": CONFORMANCE}, JSON)


@router.get("/openapi")
def openapi(api: Api, here: Here) -> Response:
    """The description of these addresses."""
    return told(document(api, max_page=here.settings.max_page), OPENAPI)


@router.get("/collections")
def collections(api: Api) -> Response:
    """The collections of a draft: one."""
    return told(api.collections(), JSON)


@router.get("/collections/leaf")
def leaf(api: Api) -> Response:
    """The basic grids of a draft as a collection."""
    return told(api.collection(), JSON)


@router.get("/collections/leaf/schema")
def schema(api: Api) -> Response:
    """What an item holds, and what of it the service gives."""
    return told(api.schema(), SCHEMA)
