"""Server-sent events: what a client is told, from which edition on, and that streams end when the service does."""

import asyncio
import json
import socket
import threading
import time
import urllib.request
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import announcements, event_routes, problems
from api.announcements import Announcements
from api.middleware import HeadAsGet, LimitedBody, Measured
from api.redraws import Drawn, Redraws
from api.service import Service
from gis.errors import DatabaseUnavailable, TooManyStreams
from tiles.atlas import key_of


class Editions:
    """A service that switches editions when told; counts what it is asked."""

    def __init__(self) -> None:
        self.number = 3
        self.ahead = 3
        self.connections = 0
        self.down = False
        self.settings = SimpleNamespace(lang="en")
        self.database = self
        self.tiles = SimpleNamespace(redraws=Redraws())
        self._followers: list[Callable[[], None]] = []

    def current(self) -> int:
        return self.number

    def catch_up(self) -> int:
        self.number = self.ahead
        return self.number

    def on_edition(self, tell: Callable[[], None]) -> None:
        self._followers.append(tell)

    on_redraw = on_edition

    def redraw(self, rev: int, *keys: int) -> None:
        self.tiles.redraws.add(Drawn(self.number, rev), np.array(keys, dtype=np.uint64))
        for tell in self._followers:
            tell()

    def switch(self, number: int) -> None:
        self.number = self.ahead = number
        for tell in self._followers:
            tell()

    @contextmanager
    def transaction(self) -> Generator[None]:
        self.connections += 1
        if self.down:
            raise DatabaseUnavailable
        yield


@pytest.fixture
def editions(monkeypatch: pytest.MonkeyPatch) -> Editions:
    def summary(_connection: object, base: int, edition: int) -> dict[str, Any]:
        return {"WebMercatorQuad": {"8": [[base, edition]]}}

    monkeypatch.setattr(announcements, "changed_summary", summary)
    return Editions()


def told_by(editions: Editions, **options: Any) -> Announcements:
    return Announcements(cast("Service", editions), **options)


def read(event: bytes) -> tuple[str, dict[str, Any]]:
    """The id and the data of an event."""
    fields = dict(line.split(": ", 1) for line in event.decode().strip().splitlines())
    assert fields["event"] == "edition"
    return fields["id"], json.loads(fields["data"])


async def first(told: Announcements, since: int | None) -> tuple[AsyncGenerator[bytes], bytes]:
    """A stream after its first event, and that event."""
    stream = told.stream(since, await told.start(since))
    assert (await anext(stream)).startswith(b"retry: ")
    return stream, await anext(stream)


def test_a_client_is_told_each_edition_with_its_tiles(editions: Editions) -> None:
    async def scenario() -> None:
        told = told_by(editions)
        told.open()
        stream, event = await first(told, None)
        assert read(event) == ("3", {"edition": 3, "base": 3, "changed": {}})
        for number in (4, 6):
            base = editions.number
            threading.Thread(target=editions.switch, args=(number,)).start()
            event = await asyncio.wait_for(anext(stream), 5)
            changed = {"WebMercatorQuad": {"8": [[base, number]]}}
            assert read(event) == (str(number), {"edition": number, "base": base, "changed": changed})
        await stream.aclose()
        assert told.streams == 0

    asyncio.run(scenario())


def test_who_missed_editions_is_told_all_that_changed_since(editions: Editions) -> None:
    async def scenario() -> None:
        told = told_by(editions)
        told.open()
        _, event = await first(told, 1)
        assert read(event)[1] == {"edition": 3, "base": 1, "changed": {"WebMercatorQuad": {"8": [[1, 3]]}}}
        _, event = await first(told, 3)
        assert read(event)[1]["changed"] == {}

    asyncio.run(scenario())


def units(event: bytes) -> dict[str, Any]:
    """The data of an event of units; it has no id, so that a client comes back with the edition's."""
    kind, data = event.decode().strip().splitlines()
    assert kind == "event: units"
    return json.loads(data.removeprefix("data: "))


def test_units_drawn_again_are_told_with_their_tiles(editions: Editions) -> None:
    async def scenario() -> None:
        told = told_by(editions)
        told.open()
        early, _ = await first(told, 3)
        editions.redraw(100)
        assert units(await anext(early)) == {"edition": 3, "rev": 100, "changed": {}}
        editions.redraw(104, key_of(0, 14, 12814, 7028))
        changed = {"WebMercatorQuad": {"14": [[12814, 7028]]}, "CGCS2000Quad": {}}
        late = told.stream(3, await told.start(3, 100), 100)
        assert [(await anext(late))[:5], read(await anext(late))[0]] == [b"retry", "3"]
        for stream in (early, late):
            assert units(await anext(stream)) == {"edition": 3, "rev": 104, "changed": changed}
        lost = told.stream(3, await told.start(3, 99), 99)  # of a worker that has ended since
        events = [await anext(lost) for _ in range(3)]
        assert units(events[-1]) == {"edition": 3, "rev": 104, "changed": "all"}

    asyncio.run(scenario())


def test_units_of_another_edition_follow_it(editions: Editions) -> None:
    async def scenario() -> None:
        told = told_by(editions)
        told.open()
        editions.redraw(100)
        stream, _ = await first(told, 3)
        await anext(stream)
        editions.tiles.redraws.add(Drawn(4, 7), np.array([key_of(1, 13, 5, 6)], dtype=np.uint64))
        told.ring()
        waiting = asyncio.create_task(anext(stream))
        await asyncio.sleep(0.05)
        assert not waiting.done(), "units of an edition that is not served yet"
        editions.switch(4)
        assert read(await waiting)[0] == "4"
        event = units(await anext(stream))
        assert event == {
            "edition": 4,
            "rev": 7,
            "changed": {"WebMercatorQuad": {}, "CGCS2000Quad": {"13": [[5, 6]]}},
        }

    asyncio.run(scenario())


def test_a_client_whose_units_are_newer_makes_the_worker_look(editions: Editions) -> None:
    async def scenario() -> None:
        told = told_by(editions)
        editions.redraw(100)
        editions.ahead = 4
        assert await told.start(3, 100) == 3
        assert await told.start(3, 101) == 4

    asyncio.run(scenario())


def test_a_client_that_is_ahead_makes_the_worker_look(editions: Editions) -> None:
    async def scenario() -> None:
        told = told_by(editions)
        told.open()
        editions.ahead = 4
        _, event = await first(told, 4)
        assert read(event)[1] == {"edition": 4, "base": 4, "changed": {}}
        _, event = await first(told, 99)  # of another store, before this one was restored
        assert read(event)[1] == {"edition": 4, "base": 99, "changed": "all"}

    asyncio.run(scenario())


def test_many_clients_cost_one_question(editions: Editions) -> None:
    async def scenario() -> None:
        told = told_by(editions)
        told.open()
        streams = [(await first(told, None))[0] for _ in range(500)]
        threads = threading.active_count()
        editions.switch(4)
        events = await asyncio.gather(*(anext(stream) for stream in streams))
        assert len(set(events)) == 1
        assert editions.connections == 1
        assert threading.active_count() <= threads + 1
        told.close()
        for stream in streams:
            assert [rest async for rest in stream] == []

    asyncio.run(scenario())


def test_without_the_database_everything_may_have_changed(editions: Editions) -> None:
    async def scenario() -> None:
        told = told_by(editions)
        told.open()
        editions.down = True
        _, event = await first(told, 2)
        assert read(event)[1]["changed"] == "all"
        editions.down = False
        _, event = await first(told, 2)
        assert read(event)[1]["changed"] == {"WebMercatorQuad": {"8": [[2, 3]]}}

    asyncio.run(scenario())


def test_silence_is_broken_by_comments(editions: Editions) -> None:
    async def scenario() -> None:
        told = told_by(editions, keep_alive_s=0.01)
        told.open()
        stream, _ = await first(told, None)
        assert [await anext(stream) for _ in range(3)] == [b": .\n\n"] * 3

    asyncio.run(scenario())


def test_one_more_than_the_most_is_refused(editions: Editions) -> None:
    async def scenario() -> None:
        told = told_by(editions)
        told.open()
        told.most = 1
        stream, _ = await first(told, None)
        with pytest.raises(TooManyStreams):
            await told.start(None)
        await stream.aclose()
        await told.start(None)

    asyncio.run(scenario())


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
