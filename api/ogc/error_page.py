"""What goes wrong under ``/ogc``, told to a person as a page like the others; programs get problem+json."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.addresses import base_url
from api.ogc import pages
from api.ogc.frames import Frame
from api.ogc.model import Text
from api.ogc.visit import format_of, frames_of
from api.service import service
from gis.codes import is_code
from gis.errors import InvalidInput, Lang

_TITLES = {
    400: Text("请求有误", "That request cannot be read"),
    401: Text("需要登录", "Please sign in"),
    403: Text("没有权限", "Not permitted"),
    404: Text("没有找到", "Not found"),
    405: Text("不支持该方法", "Not that method"),
    503: Text("暂时不可用", "Not available just now"),
}
_OTHER = Text("没有做到", "That did not work")
_DIGITS = re.compile(r"([0-9]{6,17})")


@dataclass(frozen=True, slots=True)
class Lost:
    """A request that cannot be answered, as `pages.Shown` wants it."""

    lang: Lang
    base: str
    own: str
    params: Mapping[str, str]
    frame: Frame | None


def error_page(request: Request, body: Mapping[str, Any], lang: Lang) -> Response | None:
    """The page that tells a problem; None for programs, and outside of ``/ogc``.

    Parameters
    ----------
    body : the problem (RFC 9457) as programs get it.
    """
    path = request.url.path
    if not re.match("/ogc(/|$)", path) or not _wants_page(request):
        return None
    # Only what is at hand: the store may be what is wrong.
    frame = frames_of(request).now(service(request).now_edition())
    base = base_url(request)
    lost = Lost(lang, base, base + path, dict(request.query_params), frame)
    title = _TITLES.get(body["status"], _OTHER)[lang]
    asked = path.rpartition("/")[2]
    found = [piece for piece in _DIGITS.split(str(body["detail"])) if piece]
    pieces = [(piece, _item(base, piece) if piece != asked else None) for piece in found]
    text = pages.render(lost, "error.html", title, pieces=pieces, status=body["status"])
    headers = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language", "Content-Language": lang}
    return Response(text, body["status"], headers, pages.HTML)


def _wants_page(request: Request) -> bool:
    try:
        return format_of(request.headers.get("accept", ""), request.query_params, {"html": "text/html"}) == "html"
    except InvalidInput:  # another format than that of pages
        return False


def _item(base: str, piece: str) -> str | None:
    """The page of a grid that a text names, such as the heir of a retired one."""
    return f"{base}/ogc/collections/grids/items/{piece}" if is_code(piece) else None
