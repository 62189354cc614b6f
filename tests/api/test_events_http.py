"""Server-sent events over a socket: their heads, clients that go, and that streams end when the service does."""

import asyncio
import json
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import event_routes, problems
from api.announcements import Announcements
from api.middleware import HeadAsGet, LimitedBody, Measured
from tests.api.editions_told import Editions, told_by


def application(editions: Editions) -> FastAPI:
    app = FastAPI()
    app.state.service = editions
    app.state.announcements = told_by(editions)
    problems.install(app)
    app.include_router(event_routes.router)
    app.add_middleware(LimitedBody, limit=1000)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Measured)
    return app


class Live:
    """The events on a loopback port."""

    def __init__(self, app: FastAPI) -> None:
        self.told: Announcements = app.state.announcements
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/events"
        config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=60)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self._run, args=(listener,), daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.02)

    def _run(self, listener: socket.socket) -> None:
        async def serve() -> None:
            self.told.open()
            await self.server.serve(sockets=[listener])

        asyncio.run(serve())
        listener.close()


@pytest.fixture
def live(editions: Editions) -> Iterator[Live]:
    live = Live(application(editions))
    yield live
    live.told.close()
    live.server.should_exit = True
    live.thread.join(timeout=20)
    assert not live.thread.is_alive(), "the server waits for a stream"


def opened(url: str, **headers: str) -> HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return urllib.request.urlopen(urllib.request.Request(url, headers=named), timeout=10)  # noqa: S310 - our own server


def data(answer: HTTPResponse) -> Iterator[dict[str, Any]]:
    return (json.loads(line[6:]) for line in answer if line.startswith(b"data: "))


def wait_until_forgotten(told: Announcements) -> None:
    until = time.monotonic() + 10
    while told.streams:
        assert time.monotonic() < until, "a client that went is still served"
        time.sleep(0.02)


def test_events_over_http(live: Live, editions: Editions) -> None:
    with opened(f"{live.url}?since=3") as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        found = data(answer)
        assert next(found)["edition"] == 3
        editions.switch(4)
        assert next(found)["base"] == 3
        with opened(f"{live.url}?since=3", Last_Event_ID="2") as other:
            assert next(data(other))["base"] == 2  # where it was cut off counts, not where it began
        live.told.close()
        assert list(found) == []  # the answer ends as an answer should
    wait_until_forgotten(live.told)


def test_a_client_that_goes_is_forgotten(live: Live) -> None:
    with opened(live.url) as answer:
        next(data(answer))
        assert live.told.streams == 1
    wait_until_forgotten(live.told)


def test_head_and_bad_questions_end(editions: Editions) -> None:
    with TestClient(application(editions), raise_server_exceptions=False) as client:
        head = client.head("/events")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"].startswith("text/event-stream")
        for since in ("0", "x", "1.5"):
            refused = client.get(f"/events?since={since}")
            assert (refused.status_code, refused.json()["code"]) == (400, "invalid-input")
        client.app.state.announcements.most = 0  # type: ignore[attr-defined]  # the test client types its app as any ASGI callable
        full = client.get("/events")
        assert (full.status_code, full.headers["retry-after"]) == (503, "2")
