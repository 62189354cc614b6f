"""Tiles from memory: the framework's answers, byte for byte, whatever is asked; and no tile is cold."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.direct import Application
from api.service import Service
from api.tile_direct import TileDirect
from tests.examples import examples
from tests.tiles.decoded import tile_at
from tiles.layers import STORED
from tiles.matrix import CGCS2000, WEB_MERCATOR

Token = Callable[..., dict[str, str]]
PATIENCE_S = 30
LAYERS = "level4,borders,labels"
PLACE = tile_at(101.5213, 24.5371, 9)


@pytest.fixture(scope="module")
def app(client: TestClient) -> Application:
    found = client.app
    assert isinstance(found, Application)
    return found


@pytest.fixture(scope="module")
def here(app: Application) -> Service:
    """The service, with its tiles in memory."""
    found: Service = app.state.service
    until = time.monotonic() + PATIENCE_S
    while found.tiles.now_tile(1, WEB_MERCATOR, STORED, PLACE) is None:
        assert time.monotonic() < until, "the tiles do not come into memory"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def framework(app: Application) -> TestClient:
    """The same application without what stands ahead of it."""

    async def only(scope: Scope, receive: Receive, send: Send) -> None:
        await FastAPI.__call__(app, scope, receive, send)

    return TestClient(only, raise_server_exceptions=False)


@st.composite
def near(draw: st.DrawFn) -> str:
    """The address of a place in the county, and some outside or out of range."""
    tms = draw(st.sampled_from([WEB_MERCATOR, CGCS2000]))
    z = draw(st.integers(0, 16))
    x, y = tile_at(draw(st.floats(101.05, 102.05)), draw(st.floats(24.2, 24.9)), z, tms)[1:]
    inner = f"{tms}/" if tms == CGCS2000 or draw(st.booleans()) else ""
    layers = draw(st.lists(st.sampled_from(STORED), min_size=1, max_size=8, unique=True))
    return f"{inner}{','.join(layers)}/{z}/{x}/{y}"


NUMBERS = st.sampled_from(["0", "1", "9", "16", "17", "400", "-1", "01", "+1", "1.0", "x", "", "99999999", "٣", "%31"])
ODD_LAYERS = st.sampled_from(
    [
        "level4",
        "level4,level4",
        "level7",
        "centres",
        "households",
        "level4,households",
        "",
        "a" * 120,
        "level4,",
        "LEVEL4",
    ]
)
ODD = st.tuples(
    st.sampled_from(["", WEB_MERCATOR + "/", CGCS2000 + "/", "Mars/"]), ODD_LAYERS, NUMBERS, NUMBERS, NUMBERS
).map(lambda found: f"{found[0]}{'/'.join(found[1:])}")
PATHS = st.tuples(
    st.sampled_from(
        ["", "", "/editions/1", "/editions/2", "/editions/01", "/editions/0", "/editions/x", "/Editions/1"]
    ),
    st.one_of(near(), near(), ODD),
    st.sampled_from([".mvt", ".mvt", ".mvt", ".pbf", ".mvt/", ""]),
).map(lambda found: f"{found[0]}/tiles/{found[1]}{found[2]}")
QUERIES = st.one_of(
    st.just(""),
    st.sampled_from([
        "edition=1", "edition=2", "edition=01", "edition=x", "edition=", "datetime=2023-12-31", "datetime=1900-01-01",
        "datetime=2024-01-01T08:00:00Z", "datetime=soon", "edition=1&datetime=1900-01-01", "lang=en", "edition=1&edition=2",
        "rev=1", "rev=0", "rev=999999999", "rev=x", "rev=1&edition=1",
    ]),
)  # fmt: skip
CODINGS = st.sampled_from([
    None, "gzip", "gzip, deflate, br", "identity", "gzip;q=0", "*", "*;q=0", "br", "x-gzip", "GZIP", "", "gzip;q=x",
    "gzip, deflate, br, zstd", "zstd", "zstd;q=0.5, gzip", "zstd;q=0, gzip", "zstd;q=0.5, gzip;q=0.5",
])  # fmt: skip
KNOWN = st.sampled_from([None, "same", "weak", "plain", "zstd", "*", '"other"', "garbage", "list"])
OTHERS = st.sampled_from(
    [{}, {}, {"Origin": "https://a.example"}, {"Authorization": "Bearer x.y.z"}, {"Range": "bytes=0-9"}]
)


def seen(answer: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    return answer.status_code, sorted(answer.headers.items()), b"".join(answer.iter_raw())


def ask(
    client: TestClient, method: str, address: str, headers: dict[str, str]
) -> tuple[int, list[tuple[str, str]], bytes]:
    with client.stream(method, address, headers=headers) as answer:
        return seen(answer)


def tags(known: str | None, etag: str) -> dict[str, str]:
    """An If-None-Match header of a kind, for a tile that has this strong ETag when compressed."""
    plain, zstd = etag.replace("-gzip", ""), etag.replace("-gzip", "-zstd")
    told = {"same": etag, "weak": f"W/{etag}", "plain": plain, "zstd": zstd, "garbage": '"",, W/'}
    told["list"] = f'"a", {plain} , {etag}'
    return {} if known is None else {"If-None-Match": told.get(known, known)}


@settings(max_examples=examples(70, 250), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(PATHS, QUERIES, CODINGS, KNOWN, OTHERS, st.sampled_from(["GET", "GET", "HEAD", "POST"]))
def test_both_ways_give_the_same(
    client: TestClient, framework: TestClient, here: Service, path: str, query: str, coding: str | None,
    known: str | None, others: dict[str, str], method: str,
) -> None:  # fmt: skip
    assert here.now_edition() == 1
    address = f"{path}?{query}" if query else path
    first = dict(ask(framework, "GET", address, {"Accept-Encoding": "gzip"})[1])
    headers = {"Accept-Encoding": coding or "", **others, **tags(known, first.get("etag", '"none"'))}
    if coding is None:
        del headers["Accept-Encoding"]
    for _ in range(2):  # made, then kept
        assert ask(client, method, address, headers) == ask(framework, method, address, headers)


@settings(max_examples=examples(50, 150), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(near(), st.sampled_from(["", "/editions/1"]), st.sampled_from(["", "?edition=1", "?datetime=2023-12-31"]))
def test_no_tile_is_cold(here: Service, place: str, root: str, query: str) -> None:
    answer = TileDirect(here)  # as after a restart: nothing has been asked yet
    query = "" if root else query
    scope = {"path": f"{root}/tiles/{place}.mvt", "query_string": query.removeprefix("?").encode()}
    reply = answer(scope, {b"accept-encoding": b"gzip"})
    assert reply is not None
    assert reply.status in {200, 204}


@settings(max_examples=examples(25, 60), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(near(), st.sampled_from(["gzip", "identity", "gzip, zstd"]), st.sampled_from([None, "same", "zstd"]))
def test_what_the_connection_writes_is_the_same(
    client: TestClient, app: Application, here: Service, place: str, coding: str, known: str | None
) -> None:
    assert here.now_edition() == 1
    target = f"/tiles/{place}.mvt"
    first = dict(ask(client, "GET", target, {"Accept-Encoding": "gzip"})[1])
    headers = {"accept-encoding": coding, **tags(known, first.get("etag", '"none"'))}
    wanted = ask(client, "GET", target, headers)
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": target, "query_string": b"", "headers": raw}
    answers: list[tuple[int, bytes, bytes] | None] = []

    async def inside(_scope: Scope, _receive: Receive, send: Send) -> None:
        answers.append(app.at_once(scope))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    TestClient(inside).get("/")
    [answer] = answers
    if answer is None:
        assert coding == "identity", "a large tile without compression is the framework's"
        assert len(wanted[2]) > 16 * 1024
        return
    lines = answer[1].decode().removesuffix("\r\n").split("\r\n")
    assert (answer[0], sorted(tuple(line.split(": ", 1)) for line in lines), answer[2]) == wanted


def test_memory_is_bounded(here: Service) -> None:
    answer = TileDirect(here)
    answer.limit = 20_000
    sizes: list[int] = []
    for z in range(6, 17):
        for dx in range(4):
            x, y = tile_at(101.5213, 24.5371, z)[1:]
            reply = answer(
                {"path": f"/tiles/level6/{z}/{x + dx}/{y}.mvt", "query_string": b""}, {b"accept-encoding": b"gzip"}
            )
            assert reply is not None
            sizes.append(answer.size)
    assert max(sizes) <= 20_000
    assert sizes != sorted(sizes), "nothing was let go"
