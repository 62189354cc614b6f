"""The description of the interface, for machines and for the page `/docs`."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.openapi_words import in_language
from api.problems import language

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
def description(request: Request) -> JSONResponse:
    """The OpenAPI document in the reader's language."""
    lang = language(request)
    headers = {"Vary": "Accept-Language", "Content-Language": lang}
    return JSONResponse(in_language(request.app.openapi(), lang), headers=headers)
