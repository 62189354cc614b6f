"""The web pages that Vite built, and their assets."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.responses import FileResponse, Response
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


def _page(name: str) -> FileResponse:
    path = DIST / name
    if not path.exists():
        raise SetupNeeded(
            reason_zh="网页尚未构建，请运行 ./wangge up", reason_en="the web pages are not built; run ./wangge up"
        )
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


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


def mount_assets(app: FastAPI, dist: Path = DIST) -> None:
    """Serve the built assets where there are any."""
    app.mount("/assets", Assets(directory=dist / "assets", check_dir=False), name="assets")
