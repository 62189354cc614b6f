"""Hot addresses, answered ahead of the framework when the answer is at hand.

A direct answer is a plain function from the request's scope and headers to a `Reply`. It runs on the event loop, so it
must take microseconds and wait for nothing. For whatever is unusual (parameters in another form, an error, something
that is not in memory) it gives None: the request goes to the framework's route of the same address, which is also the
one that OpenAPI describes. Both give the same answer, byte for byte.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import Message, Receive, Scope, Send

from api.counting import record
from api.middleware import SECURITY

log = logging.getLogger("wangge.direct")
Headers = dict[bytes, bytes]
Pairs = list[tuple[bytes, bytes]]
_BODY = frozenset({b"content-length", b"transfer-encoding"})


class Fixed:
    """Headers that an answer always has, besides its length: those given (``cache_control="…"``) and every answer's.

    Attributes
    ----------
    bare : as bytes, before the CORS middleware.
    passed, lines : as that middleware leaves them for a request without an Origin, and these as they are sent; known
        after the first one.
    """

    __slots__ = ("bare", "lines", "passed")

    def __init__(self, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.bare: Pairs = [(name.encode(), value.encode("latin-1")) for name, value in (named | SECURITY).items()]
        self.passed: Pairs | None = None
        self.lines: bytes | None = None


class Reply(NamedTuple):
    """A whole answer; ``route`` is the template of its address, ``more`` are headers that are this answer's only."""

    route: str
    status: int
    fixed: Fixed
    body: bytes
    more: Sequence[tuple[bytes, bytes]] = ()


Answer = Callable[[Scope, Headers], Reply | None]


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
        started = time.perf_counter()
        reply = self._reply(scope, dict(scope["headers"])) if scope["type"] == "http" else None
        if reply is None:
            await super().__call__(scope, receive, send)
            return
        plain = all(name != b"origin" for name, _ in scope["headers"])
        await self._send(scope, receive, send, reply, plain=plain)
        record(reply.route, scope["method"], reply.status, started)

    def at_once(self, scope: Scope) -> tuple[int, bytes, bytes] | None:
        """The answer to a GET request for a server that can send one without making a task of it (`api.protocol`).

        Returns
        -------
        Status, the lines of its headers, and body; None where the request has to go through `__call__`.
        """
        started = time.perf_counter()
        headers: Headers = dict(scope["headers"])
        reply = None if b"origin" in headers else self._reply(scope, headers)
        if reply is None or reply.fixed.lines is None:
            return None
        more = b"".join([b"%b: %b\r\n" % pair for pair in reply.more]) if reply.more else b""
        lines = b"content-length: %d\r\n%b%b" % (len(reply.body), more, reply.fixed.lines)
        record(reply.route, "GET", reply.status, started)
        return reply.status, lines, reply.body

    def _reply(self, scope: Scope, headers: Headers) -> Reply | None:
        path: str = scope["path"]
        end = path.find("/", 1)
        answer = self._direct.get(path if end < 0 else path[:end])
        if answer is None or scope["method"] not in {"GET", "HEAD"}:
            return None
        if len(headers) != len(scope["headers"]) or not _BODY.isdisjoint(headers):
            return None
        try:
            return answer(scope, headers)
        except Exception:
            log.exception("a direct answer failed", extra={"route": path[:end] if end > 0 else path})
            return None

    async def _send(self, scope: Scope, receive: Receive, send: Send, reply: Reply, *, plain: bool) -> None:
        fixed = reply.fixed
        if fixed.passed is None:
            fixed.passed = await self._without_origin(scope, receive, reply)
            fixed.lines = b"".join([b"%b: %b\r\n" % pair for pair in fixed.passed])
        if not plain:
            await self._cors({**scope, "wangge.reply": reply}, receive, send)
            return
        length = (b"content-length", b"%d" % len(reply.body))
        headers = [length, *reply.more, *fixed.passed]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body if scope["method"] == "GET" else b""})

    async def _without_origin(self, scope: Scope, receive: Receive, reply: Reply) -> Pairs:
        """The fixed headers of a reply as they pass the CORS middleware."""
        found: Pairs = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                found.extend(message["headers"])

        asked = {**scope, "headers": [], "wangge.reply": reply._replace(more=())}
        await self._cors(asked, receive, keep)
        return [pair for pair in found if pair[0] != b"content-length"]


async def _send_reply(scope: Scope, _receive: Receive, send: Send) -> None:
    reply: Reply = scope["wangge.reply"]
    headers = [(b"content-length", b"%d" % len(reply.body)), *reply.more, *reply.fixed.bare]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if scope["method"] == "GET" else b""})
