"""HTTP connections of the server: heads that are slow or huge are refused, and no request is lost at a restart."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

AtOnce = Callable[[Any], tuple[int, bytes, bytes] | None]
_PLAIN = re.compile(rb"/[A-Za-z0-9._~,/-]*")
_PLAIN_LINE = re.compile(rb"GET (/[A-Za-z0-9._~,/-]*)(?:\?([!-\"$-~]*))? HTTP/1\.1")
_END = b"\r\n\r\n"
HEAD_BYTES = 64 * 1024
HEAD_S = 20.0
FAREWELL_S = 0.5
_COPIED_BYTES = 16 * 1024  # a longer body is not copied to stand behind its head
KNOWN_HEADS, KNOWN_BYTES = 512, 2048
known_heads: dict[bytes, list[tuple[bytes, bytes]]] = {}
"""Header lines, as they came, of requests that were answered at once, and what the parser found in them."""


class CarefulProtocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools, with limits on request heads and a patient end.

    At a shutdown uvicorn closes connections on which nothing is being answered; a request that is on its way on one
    of them would be lost. Here they stay open for a moment longer, and each answer says that it is the last one.
    """

    _begun = False
    _open = False
    _head_bytes = 0
    _last_s = 0.0
    _leaving = False
    _answered = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        served = getattr(self.app, "app", self.app)  # inside uvicorn's middleware for proxies
        self._at_once: AtOnce | None = getattr(served, "at_once", None)
        self._common: tuple[Any, bytes] = (None, b"")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_S, self._head_is_late)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; those that do not yet make a whole head count against its limits."""
        whole = not self._open
        if whole and self._answer_known(data):
            return
        self._answered = False
        super().data_received(data)
        if whole and self._answered:
            self._remember(data)
        if self._answered or self._busy() or self.transport.is_closing():
            self._head_timer.cancel()
            self._head_bytes = 0
            return
        if self._head_bytes == 0 and self._head_timer.cancelled():
            self._head_timer = self.loop.call_later(HEAD_S, self._head_is_late)
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES:
            self._refuse(431, "header-too-large", "请求头过大", "The request's head is too large")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._head_timer.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin to read a request."""
        self._open = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin to answer; during a shutdown the answer tells the client to come back on another connection."""
        self._answered = self._answer_at_once()
        if self._answered:
            return
        super().on_headers_complete()
        self._begun = True
        if self._leaving:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a part of a body in."""
        if not self._answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._open = False
        if not self._answered:
            super().on_message_complete()

    def _answer_at_once(self) -> bool:
        """Answer a plain GET request here and now if the application has its answer at hand.

        It costs half of what a task, a cycle and its messages do. Whatever is not plain takes that way: a connection
        that ends or whose client reads slowly, a request that waits behind another one, an escaped address.
        """
        if self._at_once is None or not self._free():
            return False
        parser: Any = self.parser
        path, _, query = self.url.partition(b"?")
        plain = parser.get_method() == b"GET" and parser.get_http_version() == "1.1" and parser.should_keep_alive()
        if (
            not plain
            or parser.should_upgrade()
            or self.expect_100_continue
            or not _PLAIN.fullmatch(path)
            or b"#" in query
        ):
            return False
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # uvicorn fills it in the same way
        scope["method"], scope["path"], scope["raw_path"], scope["query_string"] = "GET", path.decode(), path, query
        found = self._at_once(scope)
        if found is None:
            return False
        self._write(*found)
        self.on_response_complete()
        return True

    def _answer_known(self, data: bytes) -> bool:
        """Answer without the parser a whole request whose header lines are, byte for byte, those of an earlier one.

        A client sends the same lines with every request, and what they mean does not depend on the address. The
        parser judged them then: an ordinary GET request without a body on a connection that stays. The bytes are one
        request, since the lines known end with their empty line and hold no other. It saves a third of the time.
        """
        line, _, head = data.partition(b"\r\n")
        headers = known_heads.get(head)
        if headers is None or self._at_once is None or not self._free():
            return False
        match = _PLAIN_LINE.fullmatch(line)
        if match is None:
            return False
        path, query = match.groups(b"")
        told = {"path": path.decode(), "raw_path": path, "query_string": query, "headers": headers}
        found = self._at_once({"type": "http", "method": "GET", "scheme": self.scheme, **told})
        if found is None:
            return False
        self._write(*found)
        self.server_state.total_requests += 1
        self._head_timer.cancel()
        self._head_bytes = 0
        self._last_s = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_for_another(self.timeout_keep_alive)
        return True

    def _remember(self, data: bytes) -> None:
        """Keep the header lines of the request that has just been answered, if ``data`` is it, whole, and no more."""
        line, _, head = data.partition(b"\r\n")
        if self._open or data.find(_END) != len(data) - len(_END) or len(head) > KNOWN_BYTES:
            return
        if _PLAIN_LINE.fullmatch(line) is None or not head.endswith(_END):
            return
        if len(known_heads) >= KNOWN_HEADS:
            known_heads.clear()
        known_heads[head] = self.headers

    def timeout_keep_alive_handler(self) -> None:
        """End a connection on which nothing was asked for long. One timer serves many requests: it looks at the last."""
        rest_s = self._last_s + self.timeout_keep_alive - self.loop.time()
        if rest_s > 0:
            self._wait_for_another(rest_s)
        else:
            super().timeout_keep_alive_handler()

    def _wait_for_another(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _free(self) -> bool:
        """Whether an answer may be written here and now."""
        return not (self._leaving or self._busy() or self.flow.write_paused or self.pipeline)

    def _write(self, status: int, lines: bytes, body: bytes) -> None:
        head = b"%b%b%b\r\n" % (STATUS_LINE[status], self._common_lines(), lines)
        if len(body) < _COPIED_BYTES:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))

    def _common_lines(self) -> bytes:
        """The headers of every answer (the date), which the server renews once a second."""
        headers = self.server_state.default_headers
        if self._common[0] is not headers:
            self._common = (headers, b"".join([b"%b: %b\r\n" % pair for pair in headers]))
        return self._common[1]

    def shutdown(self) -> None:
        """End the connection: after the answer that is being made, or after a moment without a request."""
        self._leaving = True
        if self._busy():
            self.cycle.keep_alive = False
        else:
            self.loop.call_later(FAREWELL_S, super().shutdown)

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are no HTTP."""
        self._refuse(400, "bad-request", "不是有效的 HTTP 请求", msg)

    def _busy(self) -> bool:
        return self._begun and not self.cycle.response_complete

    def _head_is_late(self) -> None:
        if not self._busy() and not self.transport.is_closing():
            self._refuse(408, "too-slow", "请求头传送过慢", "The request's head came too slowly")

    def _refuse(self, status: int, code: str, zh: str, en: str) -> None:
        """Answer with a problem and close; there is no request yet that could name a language, so both stand in it."""
        told: dict[str, Any] = {"type": f"urn:wangge:problem:{code}", "status": status, "code": code}
        told |= {"detail": f"{zh} · {en}", "detail_zh": zh, "detail_en": en}
        body = json.dumps(told, ensure_ascii=False).encode()
        head = b"content-type: application/problem+json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()
