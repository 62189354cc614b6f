"""Hot addresses, answered ahead of the framework when the answer is at hand.

A direct answer is a plain function from the request's scope and headers to a `Reply`. It runs on the event loop, so it
must take microseconds and wait for nothing. For whatever is unusual (parameters in another form, an error, something
that is not in memory) it gives None: the request goes to the framework's route of the same address, which is also the
one that OpenAPI describes. Both give the same answer, byte for byte.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from api.counting import record
from api.middleware import SECURITY

log = logging.getLogger("wangge.direct")
Headers = dict[bytes, bytes]
Pairs = list[tuple[bytes, bytes]]
_BODY = frozenset({b"content-length", b"transfer-encoding"})


class Reply(NamedTuple):
    """A whole answer; ``route`` is the template of its address, ``headers`` come from `fixed`."""

    route: str
    status: int
    headers: Pairs
    body: bytes


Answer = Callable[[Scope, Headers], Reply | None]


def fixed(**headers: str) -> Pairs:
    """Headers that an answer always has, as bytes: those given (``cache_control="…"``) and those of every answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [(name.encode(), value.encode("latin-1")) for name, value in (named | SECURITY).items()]


class Application(FastAPI):
    """The framework with addresses that are answered ahead of it."""

    def __init__(self, *, cors: dict[str, Any], **options: Any) -> None:
        """Make it; ``cors`` are the options of the framework's CORS middleware, which direct answers pass too."""
        super().__init__(**options)
        self._direct: dict[str, Answer] = {}
        self._cors = CORSMiddleware(_send_reply, **cors)

    def direct(self, start: str, answer: Answer) -> None:
        """Let ``answer`` see GET and HEAD requests whose path is ``start`` or goes on below it (``/start/…``)."""
        self._direct[start] = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        path: str = scope["path"]
        end = path.find("/", 1)
        answer = self._direct.get(path if end < 0 else path[:end])
        if answer is None or scope["method"] not in {"GET", "HEAD"}:
            await super().__call__(scope, receive, send)
            return
        started = time.perf_counter()
        headers: Headers = dict(scope["headers"])
        reply = None
        if len(headers) == len(scope["headers"]) and _BODY.isdisjoint(headers):
            try:
                reply = answer(scope, headers)
            except Exception:
                log.exception("a direct answer failed", extra={"route": path[:end] if end > 0 else path})
        if reply is None:
            await super().__call__(scope, receive, send)
            return
        if b"origin" in headers:
            await self._cors({**scope, "wangge.reply": reply}, receive, send)
        else:
            await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
            body = reply.body if scope["method"] == "GET" else b""
            await send({"type": "http.response.body", "body": body})
        record(reply.route, scope["method"], reply.status, started)


async def _send_reply(scope: Scope, _receive: Receive, send: Send) -> None:
    reply: Reply = scope["wangge.reply"]
    await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
    await send({"type": "http.response.body", "body": reply.body if scope["method"] == "GET" else b""})
