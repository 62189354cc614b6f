"""The web pages that Vite built, and their assets."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.responses import FileResponse, Response
from starlette.routing import Match
from starlette.staticfiles import StaticFiles

from gis.errors import SetupNeeded
from gis.settings import ROOT

DIST = ROOT / "api" / "web" / "dist"
router = APIRouter(include_in_schema=False)


class Assets(StaticFiles):
    """Files whose names carry a hash of their content: cacheable for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """The file, with its life told to caches."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class ForReaders(APIRoute):
    """An address that is a page for browsers and data for programs: without text/html in Accept, the next route answers."""

    def matches(self, scope: Any) -> tuple[Match, Any]:
        """As the route does, for browsers only."""
        accept = next((value for name, value in scope.get("headers", ()) if name == b"accept"), b"")
        return super().matches(scope) if b"text/html" in accept else (Match.NONE, {})


reader_router = APIRouter(include_in_schema=False, route_class=ForReaders)
"""Pages at addresses of data; it goes before the routers of these."""


def _page(name: str) -> FileResponse:
    path = DIST / name
    if not path.exists():
        raise SetupNeeded(
            reason_zh="网页尚未构建，请运行 ./wangge up", reason_en="the web pages are not built; run ./wangge up"
        )
    return FileResponse(path, headers={"Cache-Control": "no-cache", "Vary": "Accept"})


@router.get("/")
def landing() -> FileResponse:
    """The landing page."""
    return _page("index.html")


@router.get("/map")
def map_page() -> FileResponse:
    """The map."""
    return _page("map.html")


@router.api_route("/docs", methods=["GET", "HEAD"])
def docs_page() -> FileResponse:
    """The description of the interface."""
    return _page("docs.html")


@reader_router.get("/drafts")
@reader_router.get("/drafts/{draft_id}")
def drafts_page() -> FileResponse:
    """The drafts, or one of them."""
    return _page("drafts.html")


def mount_assets(app: FastAPI, dist: Path = DIST) -> None:
    """Serve the built assets where there are any."""
    app.mount("/assets", Assets(directory=dist / "assets", check_dir=False), name="assets")
