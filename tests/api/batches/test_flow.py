"""How bodies and answers flow: codings, headers, the outbox, answers that begin before the question ends."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Coroutine, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.batches.codings import PIECE, coding
from api.batches.exchange import Exchange
from api.batches.formats import ARROW, CSV, JSON, NDJSON, answer_form, form_of
from api.batches.outbox import Outbox
from api.batches.work import Address, Heads, Work
from gis.errors import InvalidInput, NotAcceptable, StorageFull, TooLarge, UnsupportedType
from tests.api.batches.conftest import SOUTH, STEP, WEST, Answer, code_of
from tests.examples import examples

Ask = Callable[..., Answer]
Make = Callable[..., Any]
LONG = pytest.mark.long
LON, LAT = WEST + 1.5 * STEP, SOUTH + 2.5 * STEP
LINE = orjson.dumps([LON, LAT]) + b"\n"
TOLD = orjson.dumps({"code": code_of(LON, LAT)}) + b"\n"


def unpacked(name: str, body: bytes, step: int, limit: int = 1 << 24) -> bytes:
    undo = coding(name, limit)
    places = range(0, max(1, len(body)), step)
    pieces = [piece for at in places for piece in undo.feed(body[at : at + step], last=at == places[-1])]
    assert all(len(piece) <= PIECE for piece in pieces) or name in {"", "identity"}
    return b"".join(pieces)


def zstd(body: bytes) -> bytes:
    return pa.compress(body, "zstd", asbytes=True)


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd,
    "identity": lambda body: body,
}


@settings(max_examples=examples(25, 60), deadline=None)
@given(st.sampled_from(sorted(PACKED)), st.binary(max_size=300), st.integers(1, 100), st.integers(1, 5000))
def test_codings_are_undone(name: str, some: bytes, step: int, times: int) -> None:
    assert unpacked(name.upper(), PACKED[name](some * times), step * 50) == some * times


def test_members_and_padding() -> None:
    assert unpacked("gzip", gzip.compress(b"a") + gzip.compress(b"b") + bytes(9), 3) == b"ab"
    assert unpacked("gzip", b"", 3) == b""


@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd"])
def test_broken_codings_are_told(name: str) -> None:
    whole = PACKED[name](bytes(range(256)) * 20)
    for body in (whole[:-5], b"no such thing", whole[:9] + b"\xff" * 9 + whole[18:]):
        with pytest.raises(InvalidInput):
            unpacked(name, body, 100)


def test_a_small_body_never_grows_at_once(ask: Ask) -> None:
    for name, pack in PACKED.items():
        bomb = pack(b" " * (40 << 20))
        with pytest.raises(TooLarge):
            ask(bomb, "application/json", coding=name)
        with pytest.raises(TooLarge):
            ask(bomb, "application/x-ndjson", coding=name, limits={"max_points": 100, "max_body_bytes": 1 << 20})
    with pytest.raises(TooLarge):
        unpacked("zstd", PACKED["zstd"](bytes(range(256))), 100, limit=100)


def test_unknown_codings_and_types() -> None:
    for name in ("br", "gzip, gzip", "zip"):
        with pytest.raises(UnsupportedType):
            coding(name, 1)
    for kind in ("text/html", "x", "image/png", "text/csv/x", "*/*", ";"):
        with pytest.raises(UnsupportedType):
            form_of(kind)
    assert form_of(None) == form_of("") == (JSON, "utf-8")
    assert form_of("TEXT/CSV; Charset=GBK; header=present") == (CSV, "GBK")


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, CSV), ("", CSV), ("*/*", CSV), ("text/*", CSV), ("application/json, text/plain, */*", CSV),
        ("application/json", JSON), ("application/json, */*;q=0.1", JSON), ("text/csv;q=0.5, application/x-ndjson", NDJSON),
        ("application/vnd.apache.arrow.stream;q=0.9, text/csv;q=0", ARROW), ("application/jsonl", NDJSON),
        ("text/csv;q=x, application/json;q=0.2", JSON),
    ],
)  # fmt: skip
def test_the_answer_has_the_most_welcome_form(accept: str | None, wanted: object) -> None:
    assert answer_form(accept, CSV) is wanted


@pytest.mark.parametrize("accept", ["text/html", "application/geo+json", "*/*;q=0", "image/*, text/csv;q=0"])
def test_answers_of_no_form(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        answer_form(accept, CSV)


@settings(max_examples=examples(25, 60), deadline=None)
@given(st.lists(st.binary(max_size=9) | st.none(), max_size=60))
def test_the_outbox_keeps_the_order(tmp_path_factory: pytest.TempPathFactory, steps: list[bytes | None]) -> None:
    box = Outbox(tmp_path_factory.getbasetemp(), held=12)
    taken = b""
    for step in steps:
        if step is None:
            taken += box.take()
        else:
            box.put(step)
        assert box.size < 12 + 9
    taken += b"".join(iter(box.take, b""))
    assert taken == b"".join(step for step in steps if step)
    box.close()
    box.put(b"late")
    assert box.take() == b""


def test_a_disk_that_is_not_there_is_told(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "none", held=1)
    box.put(b"in memory")
    with pytest.raises(StorageFull):
        box.put(b"on disk")


class Client:
    """The two ends of a connection; the answer is taken when the test says so."""

    def __init__(self, pieces: list[bytes | None], *, reads: bool = True) -> None:
        self.pieces = pieces
        self.asked = 0
        self.sent: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        if reads:
            self.reads.set()

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        self.asked += 1
        if self.asked > len(self.pieces):
            self.reads.set()
            await asyncio.sleep(3600)
        piece = self.pieces[self.asked - 1]
        if piece is None:
            return {"type": "http.disconnect"}
        if self.asked == len(self.pieces):
            self.reads.set()  # who sends everything first begins to read now
        return {"type": "http.request", "body": piece, "more_body": self.asked < len(self.pieces)}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        await self.reads.wait()
        self.sent.append({**message, "asked": self.asked})

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def complete(self) -> bool:
        return bool(self.sent) and not self.sent[-1].get("more_body", False) and "body" in self.sent[-1]


def run(talk: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await talk

    asyncio.run(limited())


def exchange(here: Make, kind: str = "application/x-ndjson", **limits: int) -> Exchange:
    return Exchange(here(**limits), Heads(kind, "", None), Address())


BLOCK = LINE * (300_000 // len(LINE))


@pytest.mark.parametrize("reads", [True, False])
def test_long_answers_flow_and_nobody_waits_for_ever(here: Make, reads: bool) -> None:
    """A client that reads meanwhile gets the first rows before its last ones are read; one that does not gets all too."""
    client = Client([BLOCK] * 80, reads=reads)
    run(exchange(here)({}, client.receive, client.send))
    assert client.complete
    assert client.body == TOLD * (80 * BLOCK.count(b"\n"))
    assert "content-length" not in dict(client.sent[0]["headers"])
    first = next(message["asked"] for message in client.sent if message.get("body"))
    assert (first < 80) == reads


def test_short_answers_are_whole(here: Make) -> None:
    client = Client([LINE, LINE[:5], LINE[5:]])
    run(exchange(here)({}, client.receive, client.send))
    assert [message["type"] for message in client.sent] == ["http.response.start", "http.response.body"]
    headers = dict(client.sent[0]["headers"])
    assert headers[b"content-length"] == str(len(TOLD * 2)).encode()
    assert headers[b"wangge-edition"] == b"7"
    assert client.body == TOLD * 2


def test_an_error_before_the_answer_begins_is_raised(here: Make) -> None:
    client = Client([LINE * 11])
    with pytest.raises(TooLarge):
        run(exchange(here, max_points=10)({}, client.receive, client.send))
    assert client.sent == []


def test_an_error_within_a_long_answer_breaks_it_off(here: Make) -> None:
    count = BLOCK.count(b"\n")
    client = Client([BLOCK] * 80)
    run(exchange(here, max_points=60 * count)({}, client.receive, client.send))
    assert not client.complete
    *rows, last = client.body.splitlines()
    assert orjson.loads(last)["error"]["code"] == "too-large"
    assert set(rows) == {TOLD.strip()}
    table = Client([b"lon,lat\n", *[b"101.1,24.1\n" * 30_000] * 80])
    run(exchange(here, "text/csv", max_points=2_000_000)({}, table.receive, table.send))
    assert table.sent
    assert not table.complete


@pytest.mark.parametrize("before", [1, 60])
def test_a_client_that_goes_away_is_let_go(here: Make, before: int) -> None:
    client = Client([*[BLOCK] * before, None])
    run(exchange(here)({}, client.receive, client.send))
    assert not client.complete


def _question(kind: str, blocks: int) -> Iterator[bytes]:
    """A question of many blocks of 200,000 bytes and more, made as it is taken."""
    rng = np.random.default_rng(3)
    if kind == "text/csv":
        yield b"name,lon,lat\n"
    sink = pa.BufferOutputStream()
    schema = pa.schema({"lon": pa.float64(), "lat": pa.float64()})
    pa.ipc.new_stream(sink, schema).close()
    if kind == ARROW.medias[0]:
        yield sink.getvalue().to_pybytes()[:-8]
    for _ in range(blocks):
        lon, lat = rng.uniform(WEST, WEST + 7 * STEP, 8000), rng.uniform(SOUTH, SOUTH + 7 * STEP, 8000)
        if kind == ARROW.medias[0]:
            yield pa.record_batch([lon, lat], schema=schema).serialize().to_pybytes()
            continue
        form = '{"id": "%s", "lon": %r, "lat": %r}\n' if kind == NDJSON.medias[0] else '"%s",%r,%r\n'
        rows = enumerate(zip(lon.tolist(), lat.tolist(), strict=True))
        yield "".join(form % (f"镇{number}", x, y) for number, (x, y) in rows).encode()


@pytest.mark.parametrize("kind", [pytest.param(NDJSON.medias[0], marks=LONG), "text/csv", ARROW.medias[0]])
@pytest.mark.parametrize("packed", [False, pytest.param(True, marks=LONG)])
def test_memory_does_not_grow_with_the_question(here: Make, kind: str, packed: bool) -> None:
    """The peak over a long question is that over a short one, in Python's, numpy's and Arrow's memory."""

    def peak(blocks: int) -> tuple[int, int, int]:
        said = 0

        def put(piece: bytes) -> None:
            nonlocal said
            said += len(piece)

        work = Work(here(), Heads(kind, "gzip" if packed else "", None), Address(), put)
        pack = zlib.compressobj(1, wbits=31)
        held = pa.total_allocated_bytes()
        most = 0
        tracemalloc.reset_peak()
        for block in _question(kind, blocks):
            work.step(pack.compress(block) if packed else block, last=False)
            most = max(most, pa.total_allocated_bytes() - held)
        work.step(pack.flush() if packed else b"", last=True)
        return tracemalloc.get_traced_memory()[1], most, said

    tracemalloc.start()
    try:
        peak(4)  # what is made once
        short, long = peak(6), peak(60)
    finally:
        tracemalloc.stop()
    assert long[2] > 9 * short[2]
    assert long[0] < short[0] + (1 << 20)
    assert long[1] <= short[1] + (1 << 20)
