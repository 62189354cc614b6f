"""What every request passes: size limit, security headers, counters and one log line."""

import asyncio
import logging
import time
from collections.abc import Callable

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from gis.errors import TooLarge, TooSlow, WanggeError

log = logging.getLogger("wangge.requests")
REQUESTS = Counter("wangge_requests_total", "Requests by route and status", ["route", "method", "status"])
SECONDS = Histogram(
    "wangge_request_seconds",
    "Time to answer by route",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:;"
    " object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


class Measured:
    """Counts and logs each request by its route's template, never by its address: labels stay few."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                if headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            _record(scope, status, time.perf_counter() - started)


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", None) or scope.get("wangge.route") or "other"
    method = scope["method"] if scope["method"] in METHODS else "other"
    REQUESTS.labels(route, method, str(status)).inc()
    SECONDS.labels(route).observe(seconds)
    level = logging.WARNING if status >= 500 else logging.INFO
    log.log(
        level, "request", extra={"route": route, "method": method, "status": status, "ms": round(seconds * 1000, 2)}
    )


class HeadAsGet:
    """Answers HEAD on every address that answers GET, with the same headers and no body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"}

        async def headers_only(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(asked, receive, headers_only)
        finally:
            scope["wangge.route"] = getattr(asked.get("route"), "path", None)


class _Refused(Exception):
    """Ends whatever reads a body that is refused; what is answered then is no longer the reader's."""


class LimitedBody:
    """Refuses bodies above the limit, by their declared length or while they are read, and bodies that come too slowly.

    Parameters
    ----------
    limit : bytes.
    patience_s : longest wait for more of a body, seconds.
    longest_s : longest time that a whole body may take, seconds.
    streams : tells which requests' bodies are never held whole, so that the limit does not apply to them.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int,
        *,
        patience_s: float = 20,
        longest_s: float = 300,
        streams: Callable[[Scope], bool] = lambda _: False,
    ) -> None:
        self.app = app
        self.limit = limit
        self.streams = streams
        self.patience_s = patience_s
        self.longest_s = longest_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limited = not self.streams(scope)
        body = _Body(self, receive, limited=limited)
        declared = Headers(scope=scope).get("content-length", "")
        if limited and declared.isdigit() and int(declared) > self.limit:
            await self._refuse(scope, receive, send, body.too_large())
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            if body.error is not None and not started:
                raise _Refused
            started = True
            await send(message)

        try:
            await self.app(scope, body.receive, watched)
        except _Refused:
            if started or body.error is None:
                raise
            await self._refuse(scope, receive, send, body.error)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, error: WanggeError) -> None:
        answer = problem(Request(scope), error)
        if isinstance(error, TooSlow):
            answer.headers["Connection"] = "close"
        await answer(scope, receive, send)


class _Body:
    """One request's body while it is read; ``error`` says why it is refused, once it is."""

    def __init__(self, limits: LimitedBody, receive: Receive, *, limited: bool) -> None:
        self._limits = limits
        self._limited = limited
        self._receive = receive
        self._size = 0
        self._whole = False
        self._until = time.monotonic() + limits.longest_s
        self.error: WanggeError | None = None

    async def receive(self) -> Message:
        """The next part; after the last one, whatever the server tells."""
        if self._whole:
            return await self._receive()
        wait_s = min(self._limits.patience_s, self._until - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), wait_s)
        except TimeoutError as error:
            self.error = TooSlow(limit=f"{self._limits.patience_s:g} s")
            raise _Refused from error
        self._whole = not message.get("more_body", False)
        self._size += len(message.get("body", b""))
        if self._limited and self._size > self._limits.limit:
            self.error = self.too_large()
            raise _Refused
        return message

    def too_large(self) -> TooLarge:
        """The error for more bytes than the limit."""
        return TooLarge(what="request body", limit=f"{self._limits.limit} B")
