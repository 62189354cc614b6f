"""Answers that caches may keep for a minute and ask for again by their ETag."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from api.access import Caller
from api.shapes import by_caller
from api.tile_answers import matches


def kept(request: Request, who: Caller, body: bytes, media_type: str, vary: str = "") -> Response:
    """The answer to GET: 200, or 304 if what everybody is told has not changed since the client asked.

    The ETag names the content; what a token opens has none, as nothing keeps it. ``vary`` names further headers that
    the answer depends on.
    """
    response = Response(body, media_type=media_type)
    by_caller(response, who)
    if vary:
        response.headers["Vary"] += f", {vary}"
    if who.scope is not None:
        return response
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    if matches(request.headers.get("if-none-match", ""), etag):
        headers = {name: response.headers[name] for name in ("Cache-Control", "Vary")}
        return Response(status_code=304, headers={**headers, "ETag": etag})
    response.headers["ETag"] = etag
    return response
