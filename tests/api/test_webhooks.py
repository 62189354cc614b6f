"""Webhooks: every edition arrives, in order, signed; failures are repeated; private networks are refused."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from api import webhooks
from api.app import create_app
from api.cli.main import run
from api.webhook_sending import Refused, check_address, send, signed
from api.webhooks import add_webhook, deliver, list_webhooks, remove_webhook
from boundaries.drafts import Change
from gis.db import Database
from gis.errors import Conflict, InvalidInput, NotFound
from gis.settings import Settings, settings
from tests.boundaries.squares import SCOPE, first_changes, leaf, put, square
from tests.conftest import Templates

Token = Callable[..., dict[str, str]]


class Receiver(HTTPServer):
    """Another system: what it got, and how it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook?key=1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the library gives it
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def squares(empty_url: str) -> Iterator[Database]:
    with Database(empty_url, size=2) as database:
        with database.transaction(SCOPE) as connection:
            put(connection, first_changes())
        yield database


def registered(squares: Database, url: str) -> tuple[int, str]:
    with squares.transaction() as connection:
        return add_webhook(connection, url, by="test", private=True)


def publish(squares: Database, name: str) -> None:
    with squares.transaction(SCOPE) as connection:
        put(connection, [Change(leaf(1), "put", name, square(0, 1))])


def state(squares: Database) -> tuple[int, int, str | None]:
    with squares.transaction() as connection:
        (one,) = list_webhooks(connection)
    return one.told, one.tries, one.last_error


def let_time_pass(squares: Database) -> None:
    with squares.transaction() as connection:
        connection.execute("UPDATE api.webhook SET next_try = now()")


def test_every_edition_arrives_in_order_and_signed(squares: Database, receiver: Receiver) -> None:
    _, secret = registered(squares, receiver.url)
    assert not deliver(squares, private=True)
    publish(squares, "甲")
    publish(squares, "乙")
    assert [deliver(squares, private=True) for _ in range(3)] == [True, True, False]
    events = [json.loads(body) for _, body in receiver.got]
    assert [(one["id"], one["data"]["changes"]) for one in events] == [
        ("edition-2", "/changes?since=1"),
        ("edition-3", "/changes?since=2"),
    ]
    headers, body = receiver.got[0]
    assert headers["content-type"] == "application/cloudevents+json"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    wanted = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert state(squares) == (3, 0, None)


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of the Standard Webhooks libraries."""
    headers = signed(
        b'{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        now=1614265330,
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_failures_are_repeated_later_and_later(squares: Database, receiver: Receiver) -> None:
    registered(squares, receiver.url)
    publish(squares, "甲")
    receiver.answers = [500, 302]
    for tries, why in ((1, "HTTP 500"), (2, "HTTP 302")):
        assert deliver(squares, private=True)
        assert state(squares) == (1, tries, why)
        assert not deliver(squares, private=True)
        with squares.transaction() as connection:
            row = connection.execute("SELECT extract(epoch FROM next_try - now()) FROM api.webhook").fetchone()
        assert row is not None
        assert webhooks.FIRST_S * 2 ** (tries - 2) < row[0] <= webhooks.FIRST_S * 2 ** (tries - 1)
        let_time_pass(squares)
    assert deliver(squares, private=True)
    assert state(squares) == (2, 0, None)
    assert len(receiver.got) == 3
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {"edition-2"}


def test_a_delivery_lost_in_a_crash_is_made_again(
    squares: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(squares, receiver.url)
    publish(squares, "甲")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "send", killed)
        with pytest.raises(KeyboardInterrupt):
            deliver(squares, private=True)
    assert not deliver(squares, private=True)
    let_time_pass(squares)
    assert deliver(squares, private=True)
    assert state(squares) == (2, 0, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:192.168.1.1]/",
        "http://[fe80::1]/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://localhost/",
        "ftp://192.0.2.1/",
        "https://me:secret@192.0.2.1/",
        "http:///path",
        "http://127.0.0.1:99999/",
        "http://8.8.8.8/a b",
    ],
)
def test_what_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        check_address(url, private=False)


def test_a_public_address_is_taken_and_a_name_is_checked_when_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    check_address("https://8.8.8.8/hook", private=False)

    def inside(*_: object, **__: object) -> list[Any]:
        return [(2, 1, 6, "", ("10.0.0.1", 80))]

    monkeypatch.setattr("socket.getaddrinfo", inside)
    with pytest.raises(Refused, match="private network"):
        send("http://example.org/", b"", {}, private=False)


def test_it_is_registered_once_and_removed(squares: Database, receiver: Receiver) -> None:
    number, _ = registered(squares, receiver.url)
    with squares.transaction() as connection, pytest.raises(Conflict):
        add_webhook(connection, receiver.url, by="test", private=True)
    with squares.transaction() as connection:
        remove_webhook(connection, number)
        with pytest.raises(NotFound):
            remove_webhook(connection, number)


def test_the_worker_delivers_by_itself(squares: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(squares, receiver.url)
    publish(squares, "甲")
    stop = threading.Event()
    monkeypatch.setattr(webhooks, "LOOK_S", 0.01)
    thread = threading.Thread(target=webhooks.watch_webhooks, args=(squares, stop), kwargs={"private": True})
    thread.start()
    for _ in range(500):
        if state(squares)[0] == 2:
            break
        stop.wait(0.02)
    stop.set()
    thread.join()
    assert state(squares) == (2, 0, None)


def test_over_http_it_is_for_administrators(
    templates: Templates, squares: Database, empty_url: str, token: Token
) -> None:
    using = Settings(data=templates.folder, database_url=SecretStr(empty_url), log_level="error")
    who = token("operator")
    with TestClient(create_app(using, empty_url), raise_server_exceptions=False) as client:
        assert client.post("/webhooks", json={"url": "https://8.8.8.8/"}, headers=token("planner")).status_code == 403
        assert client.get("/webhooks").status_code == 401
        refused = client.post("/webhooks", json={"url": "http://127.0.0.1/"}, headers=who)
        assert (refused.status_code, "WANGGE_WEBHOOKS_PRIVATE" in refused.text) == (400, True)
        made = client.post("/webhooks", json={"url": "https://8.8.8.8/"}, headers=who)
        assert (made.status_code, made.json()["secret"][:6]) == (201, "whsec_")
        (listed,) = client.get("/webhooks", headers=who).json()["webhooks"]
        assert (listed["url"], listed["told"], "secret" in listed) == ("https://8.8.8.8/", 1, False)
        assert client.delete(made.headers["location"], headers=who).status_code == 204
        assert client.delete(made.headers["location"], headers=who).status_code == 404


def test_as_it_is_typed(
    squares: Database, empty_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", empty_url)
    monkeypatch.setenv("WANGGE_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    try:
        assert run(["webhook", "add", "http://127.0.0.1/x"]) == 3
        assert run(["webhook", "add", "https://8.8.8.8/x"]) == 0
        assert "whsec_" in capfd.readouterr().out
        assert run(["webhook"]) == 0
        assert "https://8.8.8.8/x" in capfd.readouterr().out
        assert [run(["webhook", "remove", number]) for number in ("1", "1", "x")] == [0, 4, 2]
    finally:
        settings.cache_clear()
