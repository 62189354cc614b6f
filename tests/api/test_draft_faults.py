"""What goes wrong while drafts are edited over the web: two at once, and connections that end half-way."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2 as httpx
import psycopg
import pytest
import shapely

from boundaries.drafts import list_drafts, lock_draft
from gis.db import Database
from tests.boundaries.squares import leaf, square

ITEM = f"ogc/collections/leaf/items/{leaf(1)}"


@pytest.fixture
def client(live: str, token: Callable[..., dict[str, str]]) -> Iterator[httpx.Client]:
    """A signed-in client of a draft."""
    with httpx.Client(base_url=live, headers=token("planner")) as client:
        number = client.post("/drafts", json={"title": "界线"}).json()["id"]
        client.base_url = f"{live}/drafts/{number}/"
        yield client


def saves(client: httpx.Client) -> list[Any]:
    return client.get("saves").json()["saves"]


def test_of_two_who_save_the_same_grid_at_once_one_wins_and_the_other_is_told(client: httpx.Client) -> None:
    seen = client.get(ITEM).headers["ETag"]
    start, answers = threading.Barrier(2), dict[str, int]()

    def save(name: str) -> None:
        start.wait()
        body = {"properties": {"name": name}}
        answers[name] = client.patch(ITEM, json=body, headers={"If-Match": seen}).status_code

    jobs = [threading.Thread(target=save, args=(name,)) for name in ("李娜的", "张伟的")]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert sorted(answers.values()) == [200, 412]
    assert answers[client.get(ITEM).json()["properties"]["name"]] == 200
    assert len(saves(client)) == 1


def test_a_save_whose_connection_to_the_database_is_killed_leaves_nothing(client: httpx.Client, empty_url: str) -> None:
    answers: list[httpx.Response] = []
    body = {"geometry": shapely.geometry.mapping(square(0, 1, 0.5)), "properties": {"name": "半路"}}
    job = threading.Thread(target=lambda: answers.append(client.patch(ITEM, json=body)))
    blocked = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        " AND pid <> pg_backend_pid()"
    )
    with (
        Database(empty_url, size=1) as database,
        psycopg.connect(empty_url, autocommit=True) as admin,
        database.transaction() as connection,
    ):
        lock_draft(connection, list_drafts(connection)[0].id)
        job.start()
        while (row := admin.execute(blocked).fetchone()) is None:
            time.sleep(0.01)
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", row)
        job.join()
    assert answers[0].status_code == 503
    assert answers[0].headers["Content-Type"] == "application/problem+json"
    assert (saves(client), client.get("changes").json()["features"]) == ([], [])
    assert client.patch(ITEM, json=body).status_code == 200
    assert [save["codes"] for save in saves(client)] == [[leaf(1)]]


def test_a_client_that_goes_away_in_the_middle_of_a_body_changes_nothing(client: httpx.Client) -> None:
    head = (
        f"PATCH {client.base_url.path}{ITEM} HTTP/1.1\r\nHost: x\r\nAuthorization: {client.headers['Authorization']}\r\n"
        "Content-Type: application/merge-patch+json\r\nContent-Length: 500\r\n\r\n"
    )
    port = client.base_url.port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(head.encode() + b'{"properties": {"name": "')
    assert client.get(ITEM).json()["properties"]["name"] == "第1网格"
    assert saves(client) == []
