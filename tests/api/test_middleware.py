"""What every request passes: bodies too large or too slow, HEAD, headers, and the one line in the log."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.testclient import TestClient
from starlette.types import Message

from api import problems
from api.counting import TALLY
from api.middleware import HeadAsGet, LimitedBody, Measured
from tests.api.request_lines import request_lines

LIMIT = 1000


class Thing(BaseModel):
    name: str


def application(patience_s: float = 5, longest_s: float = 5) -> FastAPI:
    app = FastAPI()
    app.state.service = SimpleNamespace(settings=SimpleNamespace(lang="zh"))
    problems.install(app)

    @app.post("/things/{number}")
    def thing(number: int, body: Thing) -> dict[str, Any]:
        return {"number": number, "name": body.name}

    @app.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @app.get("/page")
    def page() -> Response:
        return HTMLResponse("<p>页面</p>", headers={"ETag": '"1"'})

    @app.get("/stream")
    def stream() -> Response:
        return StreamingResponse(iter([b"a" * 10, b"b" * 10]), media_type="text/plain")

    @app.get("/broken")
    def broken() -> None:
        raise KeyError("private detail")

    app.add_middleware(LimitedBody, limit=LIMIT, patience_s=patience_s, longest_s=longest_s)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Measured)
    return app


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(application(), raise_server_exceptions=False) as client:
        yield client


def parts(size: int) -> Iterator[bytes]:
    """A body of ``size`` bytes that does not declare its length."""
    for _ in range(size // 100):
        yield b" " * 100


@pytest.mark.parametrize("path", ["/things/1", "/raw"])
@pytest.mark.parametrize("content", ["declared", "chunked"])
def test_a_body_above_the_limit_is_refused(client: TestClient, path: str, content: str) -> None:
    body = b" " * (LIMIT + 1) if content == "declared" else parts(LIMIT + 100)
    answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    told = answer.json()
    assert told["code"] == "too-large"
    assert f"{LIMIT} B" in told["detail_zh"]
    assert f"{LIMIT} B" in told["detail_en"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_at_the_limit_is_read(client: TestClient) -> None:
    assert client.post("/raw", content=parts(LIMIT)).json() == {"size": LIMIT}
    assert client.post("/raw", content=b" " * LIMIT).json() == {"size": LIMIT}


def exchange(app: FastAPI, path: str, receive: Callable[[], Any]) -> list[Message]:
    """What the application sends for a POST whose body comes from ``receive``."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode(),
        "query_string": b"", "root_path": "", "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
        "headers": [(b"content-type", b"application/json"), (b"accept-language", b"en")],
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent


@pytest.mark.parametrize("path", ["/things/1", "/raw"])
@pytest.mark.parametrize("trickle", [False, True], ids=["stalled", "trickling"])
def test_a_body_that_does_not_come_is_refused(path: str, trickle: bool) -> None:
    async def receive() -> Message:
        await asyncio.sleep(0.02 if trickle else 60)
        return {"type": "http.request", "body": b" ", "more_body": True}

    app = application(patience_s=0.1, longest_s=0.2)
    start, *body = exchange(app, path, receive)
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert json.loads(b"".join(part["body"] for part in body))["code"] == "too-slow"


def test_an_answer_may_take_longer_than_the_body() -> None:
    async def receive() -> Message:
        if told:
            await asyncio.sleep(60)
        told.append(True)
        return {"type": "http.request", "body": b'{"name": "x"}', "more_body": False}

    told: list[bool] = []
    start, body = exchange(application(patience_s=0.1, longest_s=0.1), "/things/7", receive)[:2]
    assert start["status"] == 200
    assert json.loads(body["body"]) == {"number": 7, "name": "x"}


@pytest.mark.parametrize("path", ["/page", "/stream", "/missing", "/broken"])
def test_head_is_get_without_its_body(client: TestClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert head.status_code == get.status_code
    assert head.headers.items() == get.headers.items()
    assert head.content == b""
    assert get.content != b""


def test_pages_carry_a_policy_and_everything_its_type(client: TestClient) -> None:
    page, data = client.get("/page"), client.post("/raw", content=b"")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "content-security-policy" not in data.headers
    assert {answer.headers["x-content-type-options"] for answer in (page, data)} == {"nosniff"}


def test_a_request_is_one_line_without_anything_of_people(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    secrets = ("13800001234", "eyJhbGciOi", "101.64", "张三")
    with caplog.at_level(logging.INFO, "wangge"):
        client.post(
            "/things/42?phone=13800001234&lon=101.64",
            json={"name": "张三"},
            headers={"Authorization": "Bearer eyJhbGciOi"},
        )
        client.head("/page")
        client.get("/broken")
        lines = request_lines(caplog)
    assert [(line["route"], line["method"], line["status"]) for line in lines] == [
        ("/things/{number}", "POST", 200),
        ("/page", "HEAD", 200),
        ("/broken", "GET", 500),
    ]
    assert [line["level"] for line in lines] == ["info", "info", "warning"]
    assert not any(secret in json.dumps(line, ensure_ascii=False) for line in lines for secret in secrets)


def test_made_up_addresses_and_methods_make_no_new_labels(client: TestClient) -> None:
    for number in range(20):
        client.get(f"/made/up/{number}")
        client.request(f"VERB{number}", "/page")
    TALLY.flush()
    labels = {
        (sample.labels["route"], sample.labels["method"])
        for family in REGISTRY.collect()
        if family.name == "wangge_requests"
        for sample in family.samples
        if "up" in sample.labels["route"] or "VERB" in sample.labels["method"]
    }
    assert labels == set()
