"""Server-sent events: what a client is told, and from which edition on."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator
from typing import Any

import numpy as np
import pytest

from api.announcements import Announcements
from api.redraws import Drawn
from gis.errors import TooManyStreams
from tests.api.editions_told import Editions, told_by
from tiles.atlas import key_of


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
