"""Tells the clients of one worker which edition is current, which units were drawn again in it, and the tiles that changed.

All streams wait for one event of the loop: a client costs a socket and a coroutine, no thread and no connection to the
database. What happened between two editions is asked once for all who missed the same.
"""

import asyncio
import resource
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Hashable
from contextlib import contextmanager
from random import randint

import orjson
from starlette.concurrency import run_in_threadpool

from api.redraws import Drawn
from api.service import Service
from gis.errors import TooManyStreams, WanggeError
from tiles.summary import Summary, changed_summary

KEEP_ALIVE_S = 15.0
_KEPT = 64
_RETRY_MS = (1_000, 4_000)  # spread, so that not all come back at the same moment after a restart


def most_streams() -> int:
    """Streams that a worker holds open: half of the files it may open, the rest is for everything else."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2


class Announcements:
    """The streams of one worker. All but `ring` and `close` belong to the event loop.

    Attributes
    ----------
    most : streams held open at once.
    streams : those open now.
    """

    def __init__(self, service: Service, *, keep_alive_s: float = KEEP_ALIVE_S) -> None:
        self.most = most_streams()
        self.streams = 0
        self._service = service
        self._keep_alive_s = keep_alive_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self._closed = False
        self._made: OrderedDict[Hashable, asyncio.Task[bytes]] = OrderedDict()
        self._asking = asyncio.Semaphore(1)

    def open(self) -> None:
        """Begin; on the event loop that the streams will run on."""
        self._loop = asyncio.get_running_loop()
        self._service.on_edition(self.ring)
        self._service.on_redraw(self.ring)

    def ring(self) -> None:
        """Let every stream look which edition is current, and how its units are drawn. From any thread."""
        self._on_loop(closing=False)

    def close(self) -> None:
        """End every stream, now and for good; what was told already arrives. From any thread or signal handler."""
        self._on_loop(closing=True)

    def _on_loop(self, *, closing: bool) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, closing)

    def _wake(self, closing: bool) -> None:
        self._closed = self._closed or closing
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    @contextmanager
    def _place(self) -> Generator[None]:
        self.streams += 1
        try:
            yield
        finally:
            self.streams -= 1

    async def start(self, since: int | None, rev: int | None = None) -> int:
        """The edition that a client which has ``since`` is to be told first, and units drawn ``rev`` times in it.

        Raises
        ------
        TooManyStreams
            If this worker holds as many streams as it may.
        NotReady, DatabaseUnavailable
            As long as there has not been an edition.
        """
        if self.streams >= self.most:
            raise TooManyStreams
        current = await run_in_threadpool(self._service.current)
        drawn = self._drawn(current)
        # Told by another worker, which was a moment ahead of this one.
        if since is not None and (since > current or (rev and drawn and (since, rev) > drawn)):
            current = await run_in_threadpool(self._service.catch_up)
        return current

    async def stream(self, since: int | None, current: int, rev: int | None = None) -> AsyncGenerator[bytes]:
        """The events for a client, until it goes or the service ends.

        Parameters
        ----------
        since
            The edition that the client has; it is told what changed since. None: what it has is of no interest.
        current
            What `start` answered.
        rev
            How its units were drawn, as an earlier event told it.
        """
        with self._place():
            yield b"retry: %d\n\n" % randint(*_RETRY_MS)  # noqa: S311 - no secret, only spread
            yield await self._edition(current if since is None else since, current)
            told, seen, first = current, Drawn(since, rev) if since and rev else None, True
            while not self._closed:
                bell, current = self._bell, self._service.current()
                if current != told:
                    yield await self._edition(told, current)
                    told = current
                drawn = self._drawn(told)
                if drawn and (first or drawn != seen):
                    yield await self._units(seen or drawn, drawn)
                    seen, first = drawn, False
                elif told == self._service.current() and not await _rings(bell, self._keep_alive_s):
                    yield b": .\n\n"

    def _drawn(self, edition: int) -> Drawn | None:
        """How the units of this edition are drawn; None as long as it is not known."""
        now = self._service.tiles.redraws.now
        return now if now and now.edition == edition else None

    async def _edition(self, base: int, edition: int) -> bytes:
        return await self._once((base, edition), lambda: self._make(base, edition))

    async def _units(self, base: Drawn, now: Drawn) -> bytes:
        return await self._once((base, now), lambda: self._make_units(base, now))

    async def _once(self, key: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = asyncio.ensure_future(make())
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return await asyncio.shield(made)  # a client that goes must not take it from the others

    async def _make(self, base: int, edition: int) -> bytes:
        changed: Summary | None = {}
        if base != edition:
            async with self._asking:
                try:
                    changed = await run_in_threadpool(self._changed, base, edition)
                except WanggeError:
                    self._made.pop((base, edition), None)
                    changed = None
        told = {"edition": edition, "base": base, "changed": "all" if changed is None else changed}
        return b"id: %d\nevent: edition\ndata: %s\n\n" % (edition, orjson.dumps(told))

    async def _make_units(self, base: Drawn, now: Drawn) -> bytes:
        changed = {} if base == now else await run_in_threadpool(self._service.tiles.redraws.since, base)
        told = {"edition": now.edition, "rev": now.rev, "changed": "all" if changed is None else changed}
        # Without an id: the number of the edition stays the last one that the client comes back with.
        return b"event: units\ndata: %s\n\n" % orjson.dumps(told)

    def _changed(self, base: int, edition: int) -> Summary | None:
        if base > edition:
            return None
        with self._service.database.transaction() as connection:
            return changed_summary(connection, base, edition)


async def _rings(bell: asyncio.Event, patience_s: float) -> bool:
    try:
        await asyncio.wait_for(bell.wait(), patience_s)
    except TimeoutError:
        return False
    return True
