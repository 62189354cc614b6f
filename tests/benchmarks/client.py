"""A small HTTP/1.1 client over connections that stay open: as many requests as told, never more."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and the seconds it took; ``body`` as sent, so perhaps compressed."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def plain(self) -> bytes:
        """The body, not compressed."""
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body


def get(path: str, *, compressed: bool = False, token: str = "") -> bytes:
    """A GET request, with a token if there is one."""
    coding = "Accept-Encoding: gzip\r\n" if compressed else ""
    caller = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{coding}{caller}\r\n".encode()


def post(path: str, body: bytes, kind: str = "application/json") -> bytes:
    """A POST request with a body of a type."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def load(port: int, requests: Sequence[bytes], connections: int = 1) -> tuple[float, list[Answer]]:
    """Send all requests over ``connections`` at once; the seconds for all, and the answers in their order."""
    return asyncio.run(_load(port, requests, connections))


async def _load(port: int, requests: Sequence[bytes], connections: int) -> tuple[float, list[Answer]]:
    answers: dict[int, Answer] = {}
    lines = [await asyncio.open_connection("127.0.0.1", port, limit=2**20) for _ in range(connections)]
    waiting = iter(enumerate(requests))

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, request in waiting:  # each takes the next one: nobody waits for a slow neighbour
            answers[number] = await _ask(reader, writer, request)

    try:
        started = time.perf_counter()
        await asyncio.gather(*(work(*line) for line in lines))
        seconds = time.perf_counter() - started
    finally:
        for _, writer in lines:
            writer.close()
            await writer.wait_closed()
    return seconds, [answers[number] for number in range(len(requests))]


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> Answer:
    started = time.perf_counter()
    writer.write(request)  # the answer may begin before all of it is sent: nobody waits for that here
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join([chunk async for chunk in _chunks(reader)])
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(first.split()[1]), headers, body, time.perf_counter() - started)


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await reader.readline(), 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
