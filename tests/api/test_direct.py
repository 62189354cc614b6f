"""Addresses answered ahead of the framework: the same headers, HEAD, CORS, counters, log and errors."""

import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api import counting, problems
from api.direct import Application, Fixed, Headers, Reply
from api.middleware import HeadAsGet, LimitedBody, Measured
from tests.api.request_lines import request_lines

CORS: dict[str, Any] = {"allow_origins": ["https://a.example"], "allow_methods": ["*"], "expose_headers": ["ETag"]}
ORIGINS = [{}, {"Origin": "https://a.example"}, {"Origin": "https://b.example"}]


def application() -> Application:
    app = Application(cors=CORS)
    app.state.service = SimpleNamespace(settings=SimpleNamespace(lang="zh"))
    problems.install(app)

    @app.get("/hot/{name}")
    def hot(name: str) -> Response:
        headers = {"Cache-Control": "no-cache", "ETag": f'"{len(name)}"'}
        return Response(f"温 {name}", headers=headers, media_type="text/x-hot")

    head = Fixed(content_type="text/x-hot; charset=utf-8", cache_control="no-cache")

    def answer(scope: Scope, _headers: Headers) -> Reply | None:
        name = scope["path"].removeprefix("/hot/")
        if name == "broken":
            raise KeyError(name)
        if name.startswith("cold") or "/" in name:
            return None
        return Reply("/hot/{name}", 200, head, f"温 {name}".encode(), [(b"etag", b'"%d"' % len(name))])

    app.direct("/hot", answer)
    app.add_middleware(LimitedBody, limit=1000)
    app.add_middleware(CORSMiddleware, **CORS)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Measured)
    return app


@pytest.fixture
def app() -> Application:
    return application()


@pytest.fixture
def client(app: Application) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def framework(app: Application) -> Iterator[TestClient]:
    """The same application without what stands ahead of it."""

    async def only(scope: Scope, receive: Receive, send: Send) -> None:
        await FastAPI.__call__(app, scope, receive, send)

    with TestClient(only, raise_server_exceptions=False) as client:
        yield client


def seen(answer: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    return answer.status_code, sorted(answer.headers.items()), answer.content


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("headers", ORIGINS)
@pytest.mark.parametrize("path", ["/hot/a", "/hot/cold", "/hot/broken", "/hot", "/hotter/a", "/hot/a/b", "/"])
def test_both_ways_give_the_same(
    client: TestClient, framework: TestClient, method: str, headers: dict[str, str], path: str
) -> None:
    ahead, behind = client.request(method, path, headers=headers), framework.request(method, path, headers=headers)
    assert seen(ahead) == seen(behind)


def test_a_preflight_request_is_the_framework_s(client: TestClient) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    answer = client.options("/hot/a", headers=asked)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://a.example")


def test_requests_with_a_body_or_doubled_headers_are_the_framework_s(client: TestClient) -> None:
    assert client.request("GET", "/hot/a", content=b" " * 1001).status_code == 413
    twice = client.get("/hot/a", headers=[("X-A", "1"), ("X-A", "2")])
    assert twice.content == client.get("/hot/a").content


def counted() -> dict[tuple[str, ...], float]:
    counting.TALLY.flush()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in REGISTRY.collect()
        if family.name in {"wangge_requests", "wangge_request_seconds"}
        for sample in family.samples
        if sample.labels.get("route") == "/hot/{name}" and not sample.name.endswith(("_created", "_sum"))
    }


def test_requests_are_counted_alike(client: TestClient, framework: TestClient) -> None:
    client.get("/hot/a")
    start = counted()
    framework.get("/hot/a")
    middle = counted()
    client.get("/hot/a")
    end = counted()
    grown = {key: middle[key] - start.get(key, 0) for key in middle if key[0] != "wangge_request_seconds_bucket"}
    assert {key: end[key] - middle[key] for key in grown} == grown
    total = ("wangge_request_seconds_bucket", "/hot/{name}", "+Inf")
    assert end[total] - middle[total] == middle[total] - start[total] == 1


def test_many_observations_at_once_are_those_one_by_one() -> None:
    tally, seconds = counting.Tally(), [0.0005, 0.001, 0.0011, 0.3, 31.0, 1e9]
    for one in seconds:
        tally.add("/tallied", "GET", 200, one, -1.0)
        counting.SECONDS.labels("/observed").observe(one)
    tally.flush()
    tally.flush()
    found = {
        route: [
            (sample.name, sample.labels.get("le"), sample.value)
            for family in REGISTRY.collect()
            if family.name == "wangge_request_seconds"
            for sample in family.samples
            if sample.labels.get("route") == route and not sample.name.endswith("_created")
        ]
        for route in ("/tallied", "/observed")
    }
    assert found["/tallied"] == found["/observed"] != []
    assert REGISTRY.get_sample_value(
        "wangge_requests_total", {"route": "/tallied", "method": "GET", "status": "200"}
    ) == len(seconds)


def test_a_direct_answer_is_one_line_in_the_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "wangge"):
        client.head("/hot/a?phone=13800001234")
        client.get("/hot/broken")
        lines = request_lines(caplog)
    assert [(line["route"], line["method"], line["status"]) for line in lines] == [
        ("/hot/{name}", "HEAD", 200),
        ("/hot/{name}", "GET", 200),
    ]
    assert not any("13800001234" in json.dumps(line) for line in lines)
    [failed] = [record for record in caplog.records if record.name == "wangge.direct"]
    assert failed.levelno == logging.ERROR
