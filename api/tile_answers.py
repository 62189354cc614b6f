"""How a tile is answered: compressed or not, changed or not, and for how long it may be kept."""

from typing import Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from tiles.parts import Packed

SHORT = "public, max-age=15"
FOR_EVER = "public, max-age=31536000, immutable"
PERSONAL = "private, no-cache"
VARY = "Accept-Encoding"
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
ZSTD_BYTES = 4096
"""Tiles whose gzip is smaller are sent as that: there is little to gain, and time to lose."""

Coding = Literal["gzip", "zstd", ""]


class Accepted(NamedTuple):
    """The codings that a client takes."""

    gzip: bool
    zstd: bool


def answer(request: Request, packed: Packed, life: str) -> Response:
    """The answer to GET or HEAD: 200 with the tile, 304 if the client has it, 204 if it is empty.

    The ETag is strong: it names the content and its coding (RFC 9110, 8.8.3).
    """
    headers = {"Cache-Control": life, "Vary": VARY + (", Authorization" if life == PERSONAL else "")}
    if not packed.gzipped:
        return Response(status_code=204, headers=headers)
    coding = coding_for(packed, accepted(request.headers.get("accept-encoding", "")))
    headers["ETag"] = etag = etag_of(packed, coding)
    if matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    body = coded(packed, coding)
    headers["Content-Length"] = str(len(body))
    if coding:
        headers["Content-Encoding"] = coding
    content = b"" if request.method == "HEAD" else body
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


def accepted(header: str) -> Accepted:
    """The codings that an Accept-Encoding header (RFC 9110, 12.5.3) takes; zstd only if it names it and likes it as well."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        coding, _, parameter = part.partition(";")
        name, _, value = parameter.strip().partition("=")
        weights[coding.strip()] = _weight(value) if name == "q" else 1.0
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    zstd = weights.get("zstd", 0.0)
    return Accepted(gzip > 0, zstd > 0 and zstd >= gzip)


def coding_for(packed: Packed, codings: Accepted) -> Coding:
    """How a tile is sent: gzip as it is stored, zstd where the client takes it and the tile is large enough to gain by it."""
    if codings.zstd and len(packed.gzipped) >= ZSTD_BYTES:
        return "zstd"
    return "gzip" if codings.gzip else ""


def etag_of(packed: Packed, coding: Coding) -> str:
    """The strong ETag of a tile in a coding."""
    return f'"{packed.digest}-{coding}"' if coding else f'"{packed.digest}"'


def coded(packed: Packed, coding: Coding) -> bytes:
    """The bytes of a tile in a coding."""
    return packed.gzipped if coding == "gzip" else packed.zstd() if coding else packed.plain()


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def matches(header: str, etag: str) -> bool:
    """Whether an If-None-Match header (RFC 9110, 13.1.2) names ``etag``; compared weakly, as it says."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return etag in tags or "*" in tags
