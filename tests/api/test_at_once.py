"""Answers that the server's protocol sends without a task: on the wire they are what the application would send."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from starlette.types import Scope

from api import protocol
from api.direct import Application, Fixed, Headers, Reply
from api.protocol import HEAD_BYTES, CarefulProtocol

_DATE = re.compile(rb"date: [^\r]+\r\n")
SERVED: list[str] = []


def application() -> Application:
    app = Application(cors={"allow_origins": ["*"]})
    head = Fixed(content_type="text/plain", cache_control="no-cache")

    @app.get("/slow")
    async def slow() -> str:
        return "slow"

    def answer(scope: Scope, _headers: Headers) -> Reply:
        SERVED.append(scope["path"])
        return Reply("/hot", 200, head, scope["path"].encode() + b"?" + scope["query_string"], [(b"etag", b'"1"')])

    app.direct("/hot", answer)
    return app


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        options: dict[str, Any] = {
            "http": CarefulProtocol,
            "ws": "none",
            "log_level": "error",
            "server_header": False,
            "timeout_keep_alive": 1,
        }
        server = uvicorn.Server(uvicorn.Config(application(), log_config=None, **options))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield int(listener.getsockname()[1])
        server.should_exit = True
        thread.join()


def exchange(port: int, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """All that comes back, without dates, for parts that are sent one after another until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        for part in parts:
            line.sendall(part)
            time.sleep(pause_s)
        found = b""
        while got := line.recv(65_536):
            found += got
    return _DATE.sub(b"", found)


def get(path: str, *lines: str, method: str = "GET", version: str = "1.1") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: x", *lines, "", ""]).encode()


LAST = get("/slow", "Connection: close")


def bodies(answers: bytes) -> list[bytes]:
    return list(re.findall(rb"\r\n\r\n([^\r]*?)(?=HTTP/1\.1 |$)", answers, re.DOTALL))


def test_the_wire_shows_no_difference(port: int) -> None:
    """An Origin that nothing is told about sends the same request through the application's own way."""
    first = exchange(port, get("/hot?a=1"), LAST)
    again = exchange(port, get("/hot?a=1"), LAST)
    head = exchange(port, get("/hot?a=1", method="HEAD"), LAST)
    closing = exchange(port, get("/hot?a=1", "Connection: close"))
    assert first == again
    assert sorted(head.split(b"/slow")[0].split(b"\r\n")[:8]) == sorted(first.split(b"/slow")[0].split(b"\r\n")[:8])
    assert closing.replace(b"connection: close\r\n", b"") == first[: first.index(b"/hot?a=1") + len(b"/hot?a=1")]


def test_requests_in_one_breath_are_answered_in_their_order(port: int) -> None:
    asked = [get("/hot/1"), get("/slow"), get("/hot/2"), get("/hot/3"), LAST]
    assert bodies(exchange(port, b"".join(asked))) == [b"/hot/1?", b'"slow"', b"/hot/2?", b"/hot/3?", b'"slow"']


def test_a_head_that_comes_in_pieces(port: int) -> None:
    whole = get("/hot/pieces?x=y") + LAST
    assert bodies(exchange(port, whole[:7], whole[7:30], whole[30:], pause_s=0.05)) == [b"/hot/pieces?x=y", b'"slow"']


def test_many_requests_are_no_large_head(port: int) -> None:
    filler = "X-Filler: " + "f" * 2000
    count = HEAD_BYTES // 2000 + 10
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        for _ in range(count):
            line.sendall(get("/hot/many", filler))
            assert line.recv(65_536).endswith(b"/hot/many?")


@pytest.mark.parametrize(
    ("asked", "status", "text"),
    [
        (get("/hot/v", version="1.0"), b"200", b"/hot/v?"),
        (get("/hot/%31", "Connection: close"), b"200", b"/hot/1?"),
        (get("/hot/v", "Connection: close", "Origin: https://a.example"), b"200", b"access-control-allow-origin: *"),
        (get("/hot/v", "Connection: close", "Content-Length: 2") + b"{}", b"404", b"Not Found"),
        (get("/hot/v", "Connection: close", "Content-Length: 0", method="POST"), b"404", b"Not Found"),
    ],
)
def test_what_is_unusual_takes_the_long_way(port: int, asked: bytes, status: bytes, text: bytes) -> None:
    found = exchange(port, asked)
    assert found.startswith(b"HTTP/1.1 " + status)
    assert text in found


def test_nonsense_after_an_answer_is_refused(port: int) -> None:
    found = exchange(port, get("/hot/1") + b"nonsense\r\n\r\n")
    assert b"/hot/1?" in found
    assert b"HTTP/1.1 400" in found


def test_it_is_the_direct_answer(port: int) -> None:
    before = len(SERVED)
    exchange(port, get("/hot/counted"), LAST)
    assert SERVED[before:] == ["/hot/counted"]


def known(port: int, *lines: str) -> None:
    """Have the server know some header lines."""
    exchange(port, get("/hot/known", *lines), LAST, pause_s=0.05)
    assert get("/hot", *lines).partition(b"\r\n")[2] in protocol.known_heads


def test_known_header_lines_change_nothing_on_the_wire(port: int) -> None:
    lines = ("X-Known: 1", "Accept: */*")
    first = exchange(port, get("/hot/a?b=c", *lines), LAST, pause_s=0.05)
    known(port, *lines)
    assert exchange(port, get("/hot/a?b=c", *lines), LAST, pause_s=0.05) == first
    assert exchange(port, get("/hot/a?b=c", *lines) + get("/hot/a?b=c", *lines) + LAST).count(b"/hot/a?b=c") == 2


@pytest.mark.parametrize(
    "line",
    [
        "POST /hot/v HTTP/1.1",
        "HEAD /hot/v HTTP/1.1",
        "GET /hot/v HTTP/1.0",
        "GET /hot/v HTTP/2.0",
        "GET  /hot/v HTTP/1.1",
        "GET /hot/ v HTTP/1.1",
        "GET /hot/v?a b HTTP/1.1",
        "GET /hot/v#part HTTP/1.1",
        "GET /hot/v?a#part HTTP/1.1",
        "GET http://x/hot/v HTTP/1.1",
        "GET /hot/%31 HTTP/1.1",
        "GET /hot/v?\u955c HTTP/1.1",
        "GET hot HTTP/1.1",
        "\r\nGET /hot/v HTTP/1.1",
    ],
)
def test_known_header_lines_under_any_request_line(port: int, line: str) -> None:
    """The answer is that to the same request with lines that nobody has sent before."""
    known(port, "X-Known: 2")
    new = f"X-Known: {len(protocol.known_heads)}-{line.encode().hex()}"
    asked = [f"{line}\r\nHost: x\r\n{lines}\r\n\r\n".encode() for lines in ("X-Known: 2", new)]
    one, other = (exchange(port, request, LAST, pause_s=0.05) for request in asked)
    assert one == other


def test_bytes_inside_a_head_are_no_request(port: int) -> None:
    known(port)
    found = exchange(port, b"GET /hot/outer HTTP/1.1\r\nX-A: ", get("/hot/inner"), LAST, pause_s=0.05)
    assert bodies(found) == [b"/hot/outer?", b'"slow"']


def test_bytes_inside_a_body_are_no_request(port: int) -> None:
    known(port)
    inner = get("/hot/inner")
    head = f"POST /hot/outer HTTP/1.1\r\nHost: x\r\nContent-Length: {len(inner)}\r\n\r\n".encode()
    assert b"/hot/inner" not in exchange(port, head, inner, LAST, pause_s=0.05)


def test_requests_behind_a_slow_one_keep_their_order_with_known_lines(port: int) -> None:
    known(port)
    assert bodies(exchange(port, get("/slow"), get("/hot/1"), get("/hot/2"), LAST)) == [
        b'"slow"',
        b"/hot/1?",
        b"/hot/2?",
        b'"slow"',
    ]


def test_a_connection_ends_when_nothing_is_asked_any_more_and_no_sooner(port: int) -> None:
    known(port)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        for _ in range(4):  # together longer than an idle connection may be
            line.sendall(get("/hot/kept"))
            assert line.recv(65_536).endswith(b"/hot/kept?")
            time.sleep(0.4)
        assert line.recv(65_536) == b""


def test_known_lines_are_few_and_short(port: int) -> None:
    for number in range(protocol.KNOWN_HEADS + 5):
        assert b"/hot/x?" in exchange(port, get("/hot/x", f"X-Known: few {number}") + LAST)
    exchange(port, get("/hot/x", f"X-Known: {'x' * protocol.KNOWN_BYTES}"), LAST, pause_s=0.05)
    assert len(protocol.known_heads) <= protocol.KNOWN_HEADS
    assert max(map(len, protocol.known_heads)) <= protocol.KNOWN_BYTES
