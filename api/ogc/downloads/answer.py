"""The answer that is a download: sent while it is made, and no longer made once nobody takes it."""

import asyncio
import logging
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.batches.outbox import Outbox
from api.middleware import HEAD_ONLY

log = logging.getLogger("wangge.ogc")
HELD = 4 << 20
_threads = ThreadPoolExecutor(2, thread_name_prefix="downloads")  # the others wait: each takes a connection and a core


class Download(Response):
    """Pieces of bytes as one body.

    A body of up to 4 MiB is sent whole, so that an error anywhere is an answer of its own. A longer one begins before its
    end is made; if that cannot be made, the connection is closed within the answer. It is made as fast as it can be,
    beyond 4 MiB into a file without a name, so that a slow client holds no database connection.

    Parameters
    ----------
    pieces : what is sent; closed at the end, wherever that is.
    stop : ends the making from another thread.
    folder : where the file goes.
    whole : the answer to a body that is there as a whole.
    told : headers of an answer that begins before its end.
    """

    def __init__(
        self,
        pieces: Generator[bytes],
        *,
        stop: Callable[[], None],
        folder: Path,
        whole: Callable[[bytes], Response],
        told: Mapping[str, str],
    ) -> None:
        super().__init__()
        self._pieces = pieces
        self._stop = stop
        self._whole = whole
        self._told = [(name.lower().encode(), value.encode("latin-1")) for name, value in told.items()]
        self._out = Outbox(folder, HELD)
        self._more = asyncio.Event()
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request.

        Raises
        ------
        WanggeError
            If the body cannot be made, as long as nothing is sent.
        """
        if scope.get(HEAD_ONLY) or scope["method"] == "HEAD":
            await self._begin(send)
            await send({"type": "http.response.body", "body": b""})
            return
        loop = asyncio.get_running_loop()
        made = loop.run_in_executor(_threads, self._make, loop)
        made.add_done_callback(lambda _: self._more.set())
        gone = asyncio.create_task(_gone(receive))
        gone.add_done_callback(lambda _: self._more.set())
        try:
            await self._serve(made, gone, scope, receive, send)
        finally:
            gone.cancel()
            if not made.done():
                await asyncio.to_thread(self._stop)
                await asyncio.wait([made])
            self._out.close()

    def _make(self, loop: asyncio.AbstractEventLoop) -> None:
        with closing(self._pieces) as pieces:
            for piece in pieces:
                self._out.put(piece)
                self._size += len(piece)
                loop.call_soon_threadsafe(self._more.set)

    async def _serve(
        self, made: asyncio.Future[None], gone: asyncio.Task[None], scope: Scope, receive: Receive, send: Send
    ) -> None:
        while not (made.done() or gone.done() or self._out.size >= HELD):
            await self._wait()
        if gone.done():
            return
        if made.done():
            made.result()
        if made.done() and self._size <= HELD:
            body = b"".join(iter(self._out.take, b""))
            await self._whole(body)(scope, receive, send)
            return
        await self._begin(send)
        while not gone.done():
            self._more.clear()
            finished = made.done()
            piece = await asyncio.to_thread(self._out.take) if self._out.on_disk else self._out.take()
            if piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            elif finished:
                break
            else:
                await self._more.wait()
        if made.done() and (error := made.exception()) is not None:
            log.warning("a download is broken off", extra={"reason": str(error) or type(error).__name__})
        elif not gone.done():
            await send({"type": "http.response.body", "body": b""})

    async def _wait(self) -> None:
        await self._more.wait()
        self._more.clear()

    async def _begin(self, send: Send) -> None:
        start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": self._told}
        await send(start)


async def _gone(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
