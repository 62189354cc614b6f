"""How a tile is answered: compressed or not, changed or not, and for how long it may be kept."""

from starlette.requests import Request
from starlette.responses import Response

from tiles.parts import Packed

SHORT = "public, max-age=15"
FOR_EVER = "public, max-age=31536000, immutable"
PERSONAL = "private, no-cache"
VARY = "Accept-Encoding"
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


def answer(request: Request, packed: Packed, life: str) -> Response:
    """The answer to GET or HEAD: 200 with the tile, 304 if the client has it, 204 if it is empty.

    The ETag is strong: it names the content and its coding (RFC 9110, 8.8.3).
    """
    headers = {"Cache-Control": life, "Vary": VARY + (", Authorization" if life == PERSONAL else "")}
    if not packed.gzipped:
        return Response(status_code=204, headers=headers)
    gzipped = accepts_gzip(request.headers.get("accept-encoding", ""))
    etag = f'"{packed.digest}-gzip"' if gzipped else f'"{packed.digest}"'
    headers["ETag"] = etag
    if matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    body = packed.gzipped if gzipped else packed.plain()
    headers["Content-Length"] = str(len(body))
    if gzipped:
        headers["Content-Encoding"] = "gzip"
    content = b"" if request.method == "HEAD" else body
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header (RFC 9110, 12.5.3) takes gzip."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        coding, _, parameter = part.partition(";")
        name, _, value = parameter.strip().partition("=")
        weights[coding.strip()] = _weight(value) if name == "q" else 1.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def matches(header: str, etag: str) -> bool:
    """Whether an If-None-Match header (RFC 9110, 13.1.2) names ``etag``; compared weakly, as it says."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return etag in tags or "*" in tags
