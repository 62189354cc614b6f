"""A draft for plain OGC API clients: landing page, conformance, its collection and the schema. Items: `draft_items_routes`."""

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.addresses import base_url
from api.bodies import Here
from api.draft_access import DraftId, Reader, on_draft
from api.draft_ogc import CONFORMANCE, JSON, OPENAPI, SCHEMA, DraftApi
from api.draft_openapi import document
from api.ogc.links import GEOJSON
from api.problems import language
from boundaries.draft_leaves import draft_extent
from boundaries.drafts import read_draft

router = APIRouter(prefix="/drafts/{draft_id}/ogc", tags=["drafts"])


class GeoJson(JSONResponse):
    """An answer in GeoJSON, for the description."""

    media_type = GEOJSON


class OpenApi(JSONResponse):
    """An API description, for the description."""

    media_type = OPENAPI


class JsonSchema(JSONResponse):
    """A schema, for the description."""

    media_type = SCHEMA


Format = Annotated[Literal["json"], Query(alias="f", description="format of the answer")]


def draft_api(request: Request, draft_id: DraftId, here: Here, scope: Reader, _form: Format = "json") -> DraftApi:
    """FastAPI dependency: a draft of the caller's jurisdiction at its address.

    Raises
    ------
    NotFound, NotSignedIn, Forbidden
    """
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


@router.get("/openapi", response_class=OpenApi)
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


@router.get("/collections/leaf/schema", response_class=JsonSchema)
def schema(api: Api) -> Response:
    """What an item holds, and what of it the service gives."""
    return told(api.schema(), SCHEMA)
