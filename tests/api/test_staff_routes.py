"""Grid staff and centres over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

Token = Callable[..., dict[str, str]]
VILLAGE, OTHER = "532322101202", "532322203"
GRID = "53232210120200701"
NEWCOMER = {
    "name": "示例·新来者",
    "phone": "00011112222",
    "employment": "part_time",
    "grid": GRID,
    "role": "grid_staff",
}


def test_the_roster(client: TestClient, token: Token) -> None:
    who = token("mediator", VILLAGE)
    answer = client.get("/staff", headers=who)
    assert answer.headers["cache-control"] == "private, no-store"
    page = answer.json()
    assert page["total"] >= len(page["staff"]) > 0
    assert all(one["grid"].startswith(VILLAGE) for one in page["staff"])
    assert {"name", "phone", "role", "employment", "posts"} <= page["staff"][0].keys()
    full = client.get("/staff", params={"employment": "full_time"}, headers=token("leader")).json()
    assert full["total"] == 9
    assert client.get("/staff", params={"on": "1999-01-01"}, headers=token("leader")).json()["total"] == 0


def test_a_career(client: TestClient, token: Token) -> None:
    who = token("dispatcher", VILLAGE)
    answer = client.post("/staff", json=NEWCOMER, headers=who)
    assert answer.status_code == 201
    path = answer.headers["location"]
    person = answer.json()
    assert (person["grid"], person["role"]) == (GRID, "grid_staff")
    assert client.patch(path, json={"employment": "full_time"}, headers=who).json()["employment"] == "full_time"
    post = {"grid": VILLAGE, "role": "mediator", "since": "2025-01-01"}
    assert len(client.post(f"{path}/posts", json=post, headers=who).json()["posts"]) == 2
    assert client.post(f"{path}/posts", json=post, headers=who).status_code == 409
    first = person["posts"][0]["id"]
    early = client.delete(f"{path}/posts/{first}", params={"until": "2000-01-01"}, headers=who)
    assert early.status_code == 400
    relieved = client.delete(f"{path}/posts/{first}", headers=who).json()
    assert [post["until"] is None for post in relieved["posts"]] == [True, False]
    assert client.delete(f"{path}/posts/{first}", headers=who).status_code == 409


def test_contact_of_a_grid_by_role(client: TestClient, token: Token) -> None:
    path = f"/grids/{GRID}"
    assert client.get(path).json()["staff"] == []
    mine = client.get(path, headers=token("mediator", VILLAGE)).json()["staff"]
    assert mine
    assert {"name", "phone", "role"} == mine[0].keys()
    assert client.get(path, headers=token("operator", OTHER)).json()["staff"] == []
    # the line above: whoever serves a village sees the staff of its township
    assert client.get("/grids/532322101", headers=token("mediator", VILLAGE)).json()["staff"]


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        (None, 401, 401),
        ("grid_staff", 200, 403),
        ("mediator", 200, 403),
        ("planner", 200, 403),
        ("leader", 200, 403),
        ("dispatcher", 200, 201),
        ("operator", 200, 201),
    ],
)
def test_roles(client: TestClient, token: Token, role: str | None, reads: int, writes: int) -> None:
    who = token(role, VILLAGE) if role else {}
    assert client.get("/staff", headers=who).status_code == reads
    assert client.post("/staff", json=NEWCOMER, headers=who).status_code == writes
    changed = client.patch("/centres/1", json={"phone": "0001"}, headers=who)
    assert changed.status_code == (writes if writes in {401, 403} else 403)  # centre 1 is the county's


def test_the_wrong_jurisdiction(client: TestClient, token: Token) -> None:
    stranger = token("operator", OTHER)
    number = client.post("/staff", json=NEWCOMER, headers=token("operator")).json()["id"]
    for identity in (number, 2**31 - 1):
        path = f"/staff/{identity}"
        answers = [
            client.get(path, headers=stranger),
            client.patch(path, json={"name": "x"}, headers=stranger),
            client.post(f"{path}/posts", json={"grid": OTHER, "role": "x"}, headers=stranger),
            client.delete(f"{path}/posts/1", headers=stranger),
        ]
        assert {answer.status_code for answer in answers} == {404}
    assert client.post("/staff", json=NEWCOMER, headers=stranger).status_code == 403
    assert client.get("/staff", params={"grid": VILLAGE}, headers=stranger).status_code == 403


@pytest.mark.parametrize(
    "changed",
    [{"grid": "1"}, {"grid": "532322999"}, {"employment": "volunteer"}, {"name": ""}, {"phone": "x"}, {"since": 5}],
)
def test_bad_newcomers(client: TestClient, token: Token, changed: dict[str, Any]) -> None:
    answer = client.post("/staff", json={**NEWCOMER, **changed}, headers=token("operator"))
    assert answer.status_code == (404 if changed.get("grid") == "532322999" else 400)
    assert client.get("/staff/0", headers=token("operator")).status_code == 400
    assert client.get("/staff/99999999999999", headers=token("operator")).status_code == 400


def test_centres_are_public(client: TestClient, token: Token) -> None:
    everything = client.get("/centres").json()
    assert everything["total"] == len(everything["centres"]) == 94
    (one,) = client.get("/centres", params={"grid": VILLAGE}).json()["centres"]
    assert one.keys() == {"id", "grid", "name", "phone", "lon", "lat"}
    answer = client.patch(f"/centres/{one['id']}", json={"phone": "0878-0001111"}, headers=token("dispatcher", VILLAGE))
    assert answer.json() == {**one, "phone": "0878-0001111"}
    office = client.get(f"/grids/{GRID}").json()["centre_office"]
    assert office == {"name": one["name"], "phone": "0878-0001111"}
