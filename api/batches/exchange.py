"""A question that is read while it is answered: blocks on threads beside the event loop, bounded memory on both sides."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.batches.outbox import Outbox
from api.batches.work import Address, Heads, Work
from api.service import Service
from gis.errors import WanggeError

log = logging.getLogger("wangge.batches")
_BLOCK = 1 << 20
_HELD = 4 << 20
_threads = ThreadPoolExecutor(max(2, os.cpu_count() or 1), thread_name_prefix="batches")


class _Gone(Exception):
    """The client has closed the connection."""


class Exchange(Response):
    """Reads the request's body and answers it.

    An answer of up to 4 MiB is sent whole, so that an error anywhere in the question is an answer of its own. A longer
    one begins before the question ends; if the rest of that cannot be read, the connection is closed within the answer
    (NDJSON tells why in its last line), as HTTP has it for answers that are not complete.

    Raises
    ------
    UnsupportedType, InvalidInput
        For headers that name a type, coding or charset that is none of ours.
    """

    def __init__(self, here: Service, heads: Heads, address: Address) -> None:
        super().__init__()
        self._out = Outbox(here.settings.data, _HELD)
        self._work = Work(here, heads, address, self._out.put)
        self._more = asyncio.Event()
        self._whole = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 # as Starlette has it
        """Serve the request.

        Raises
        ------
        WanggeError
            If the question cannot be read, as long as nothing is sent.
        """
        sending: asyncio.Task[None] | None = None
        try:
            async for _ in self._steps(receive):
                self._more.set()
                if sending is None and self._out.size >= _HELD:
                    sending = asyncio.create_task(self._send_as_it_comes(send))
            self._whole = True
            self._more.set()
            await (self._send_whole(send) if sending is None else sending)
        except _Gone:
            log.info("the client went away")
        except Exception as error:
            if sending is None:
                raise
            await self._break_off(sending, send, error)
        finally:
            if sending is not None:
                sending.cancel()
            self._out.close()

    async def _steps(self, receive: Receive) -> AsyncIterator[None]:
        """Take block after block in; while one is worked on, the next one is read."""
        loop = asyncio.get_running_loop()
        step: asyncio.Future[None] | None = None
        async for data, last in _blocks(receive):
            if step is not None:
                await step
                yield
            step = loop.run_in_executor(_threads, lambda data=data, last=last: self._work.step(data, last=last))
            step.add_done_callback(_seen)
        if step is not None:
            await step
            yield

    def _start(self, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
        return {"type": "http.response.start", "status": 200, "headers": [*self._work.headers(), *headers]}

    async def _send_whole(self, send: Send) -> None:
        body = b"".join(iter(self._out.take, b""))
        await send(self._start((b"content-length", b"%d" % len(body))))
        await send({"type": "http.response.body", "body": body})

    async def _send_as_it_comes(self, send: Send) -> None:
        await send(self._start())
        while True:
            self._more.clear()
            piece = await asyncio.to_thread(self._out.take) if self._out.on_disk else self._out.take()
            if piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            elif self._whole:
                break
            else:
                await self._more.wait()
        await send({"type": "http.response.body", "body": b""})

    async def _break_off(self, sending: asyncio.Task[None], send: Send, error: Exception) -> None:
        """End an answer that has begun, with a last word where its form has one: the connection is closed then."""
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        log.warning("an answer is broken off", extra={"reason": str(error) or type(error).__name__})
        last = self._work.end(error) if isinstance(error, WanggeError) else b""
        if last:
            self._out.put(last)
            for piece in iter(self._out.take, b""):
                await send({"type": "http.response.body", "body": piece, "more_body": True})


def _seen(step: asyncio.Future[None]) -> None:
    """Take note of an error of a step that nobody waits for any more, as when the client went away meanwhile."""
    if not step.cancelled():
        step.exception()


async def _blocks(receive: Receive) -> AsyncIterator[tuple[bytes, bool]]:
    """The body in blocks of about 1 MiB, and whether each is the last."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        piece = message.get("body", b"")
        pieces.append(piece)
        size += len(piece)
        last = not message.get("more_body", False)
        if last or size >= _BLOCK:
            yield b"".join(pieces), last
            pieces.clear()
            size = 0
        if last:
            return
