"""Answers that the connection writes by itself: the same as the application's, in the order of the requests."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.responses import Response
from starlette.types import Scope

from api.direct import Application, Fixed, Headers, Reply
from api.protocol import CarefulProtocol

BIG = b"x" * 300_000
_HEAD = Fixed(content_type="text/plain; charset=utf-8")


def application(asked: list[str]) -> Application:
    """``/hot/…`` is answered quickly after its first time, ``/hot/cold…`` by the framework; ``asked`` gets the latter."""
    app = Application(cors={"allow_origins": []})

    async def hot(name: str) -> Response:
        asked.append(name)
        await asyncio.sleep(0.05)
        return Response(name)

    app.get("/hot/{name}")(hot)

    def answer(scope: Scope, _headers: Headers) -> Reply | None:
        name = scope["path"].removeprefix("/hot/")
        if name.startswith("cold"):
            return None
        return Reply("/hot/{name}", 200, _HEAD, BIG if name == "big" else name.encode())

    app.direct("/hot", answer)
    return app


@pytest.fixture(scope="module")
def asked() -> list[str]:
    return []


@pytest.fixture(scope="module")
def port(asked: list[str]) -> Iterator[int]:
    """A server of its own with the service's protocol."""
    config = uvicorn.Config(
        application(asked), http=CarefulProtocol, ws="none", log_level="error", lifespan="off", server_header=False
    )
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        exchange(listener.getsockname()[1], request("/hot/first", close=True))  # learns the headers of such answers
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def request(path: str, method: str = "GET", *, close: bool = False, more: str = "", version: str = "1.1") -> bytes:
    """A request's head."""
    last = "Connection: close\r\n" if close else ""
    return f"{method} {path} HTTP/{version}\r\nHost: localhost\r\n{more}{last}\r\n".encode()


def exchange(port: int, *pieces: bytes, pause_s: float = 0.0) -> bytes:
    """Everything that comes back on a connection for these bytes, until it is closed; the date is taken out."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        for piece in pieces:
            line.sendall(piece)
            time.sleep(pause_s)
        found = bytearray()
        while data := line.recv(2**20):
            found += data
    lines = bytes(found).split(b"\r\n")
    return b"\r\n".join(one for one in lines if not one.startswith(b"date: "))


def whole(body: bytes, *, head: bool = False, last: bool = False) -> bytes:
    """The answer with this body."""
    headers = b"content-length: %d\r\ncontent-type: text/plain; charset=utf-8\r\n" % len(body)
    headers += b"x-content-type-options: nosniff\r\nreferrer-policy: same-origin\r\nvary: Origin\r\n"
    ending = b"connection: close\r\n" if last else b""
    return b"HTTP/1.1 200 OK\r\n" + headers + ending + b"\r\n" + (b"" if head else body)


def test_a_quick_answer_is_the_application_s(port: int) -> None:
    end = request("/hot/end", close=True)
    found = exchange(port, request("/hot/a") + end)
    assert found == whole(b"a") + whole(b"end", last=True)
    assert exchange(port, request("/hot/a", "HEAD") + end) == whole(b"a", head=True) + whole(b"end", last=True)


def test_answers_come_in_the_order_of_requests(port: int, asked: list[str]) -> None:
    asked.clear()
    paths = ["a", "cold1", "b", "f", "cold2", "cold3", "d", "big", "e", "cold4"]
    together = b"".join(request(f"/hot/{path}") for path in paths) + request("/hot/end", close=True)
    for pieces in ([together], [together[i : i + 7] for i in range(0, len(together), 7)]):
        found = exchange(port, *pieces)
        places = [found.index(b"\r\n\r\n" + (BIG if path == "big" else path.encode())) for path in [*paths, "end"]]
        assert places == sorted(places)
        assert found.count(b"HTTP/1.1 200 OK") == len(paths) + 1
    assert asked == ["cold1", "cold2", "cold3", "cold4"] * 2


def test_a_reader_that_is_slow_gets_everything(port: int) -> None:
    many = 60
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(request("/hot/big") * many + request("/hot/end", close=True))
        time.sleep(0.5)
        found = 0
        while data := line.recv(2**20):
            found += len(data)
    assert found > many * len(BIG)


@pytest.mark.parametrize(
    ("sent", "closed"),
    [
        (request("/hot/a", version="1.0"), True),
        (request("/hot/a", close=True), True),
        (request("/hot/a", more="Content-Length: 3\r\n") + b"abc" + request("/hot/end", close=True), False),
        (request("/hot/a", more="Origin: https://a.example\r\n") + request("/hot/end", close=True), False),
        (request("/hot/a", more="X-A: 1\r\nX-A: 2\r\n") + request("/hot/end", close=True), False),
        (request("/hot/%61") + request("/hot/end", close=True), False),
    ],
)
def test_what_is_unusual_passes_the_application(port: int, sent: bytes, closed: bool) -> None:
    found = exchange(port, sent)
    assert found.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n\r\na" in found
    assert found.count(b"HTTP/1.1 200 OK") == (1 if closed else 2)


def test_no_http_is_refused_after_a_quick_answer_too(port: int) -> None:
    found = exchange(port, request("/hot/a") + b"nonsense\r\n\r\n")
    assert found.startswith(whole(b"a"))
    assert b"HTTP/1.1 400" in found
