"""Households over HTTP: who sees, rates and changes what."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

Token = Callable[..., dict[str, str]]
VILLAGE, OTHER = "532322101202", "532322203"


@pytest.fixture(scope="module")
def household(client: TestClient, token: Token) -> dict[str, Any]:
    """A household of the village, as the operator sees it."""
    page = client.get("/households", params={"grid": VILLAGE, "limit": 1}, headers=token("operator")).json()
    return page["households"][0]


def test_list_and_detail(client: TestClient, token: Token, household: dict[str, Any]) -> None:
    mine = token("grid_staff", VILLAGE)
    answer = client.get(f"/households/{household['id']}", headers=mine)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    detail = answer.json()
    assert detail.items() >= household.items()
    assert [link["level"] for link in detail["chain"]] == [2, 3, 4, 5, 6]
    assert detail["chain"][-1]["code"] == household["grid"]
    assert detail["unit"]["code"].startswith(household["grid"])
    assert detail["unit"]["name"]
    assert "****" in detail["phone"]


def test_pages(client: TestClient, token: Token) -> None:
    mine = token("mediator", VILLAGE)
    first = client.get("/households", params={"limit": 30}, headers=mine).json()
    second = client.get("/households", params={"limit": 30, "cursor": first["next"]}, headers=mine).json()
    ids = [row["id"] for row in first["households"] + second["households"]]
    assert len(set(ids)) == 60
    assert first["total"] == second["total"]


@pytest.mark.parametrize(("risk", "level"), [("red", "red"), ("none", None), ("unrated", None)])
def test_ratings_filter(client: TestClient, token: Token, risk: str, level: str | None) -> None:
    rows = client.get("/households", params={"risk": risk}, headers=token("leader")).json()["households"]
    assert {row["risk"] and row["risk"]["level"] for row in rows} == {level}


def test_nobody_without_a_token(client: TestClient, household: dict[str, Any]) -> None:
    path = f"/households/{household['id']}"
    for method, address in (
        ("GET", "/households"),
        ("GET", path),
        ("PATCH", path),
        ("PUT", f"{path}/risk"),
        ("DELETE", f"{path}/risk"),
    ):
        answer = client.request(method, address, json={} if method in {"PUT", "PATCH"} else None)
        assert answer.status_code == 401, (method, address)
        assert household["head_name"] not in answer.text
    assert client.get(path, headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.get(path, headers={"Authorization": "Basic x"}).status_code == 401


def test_the_wrong_jurisdiction_cannot_tell_it_from_nothing(
    client: TestClient, token: Token, household: dict[str, Any]
) -> None:
    stranger = token("operator", OTHER)
    rating = {"level": "red", "reason": "示例"}
    for identity in (household["id"], "00000000-0000-4000-8000-000000000000"):
        path = f"/households/{identity}"
        answers = [
            client.get(path, headers=stranger),
            client.patch(path, json={"members": 3}, headers=stranger),
            client.put(f"{path}/risk", json=rating, headers=stranger),
            client.delete(f"{path}/risk", headers=stranger),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert {answer.json()["code"] for answer in answers} == {"not-found"}
    assert client.get("/households", params={"grid": VILLAGE}, headers=stranger).status_code == 403


@pytest.mark.parametrize(
    ("role", "rates", "changes"),
    [
        ("grid_staff", True, True),
        ("mediator", False, False),
        ("dispatcher", True, True),
        ("planner", False, False),
        ("leader", False, False),
        ("operator", True, True),
    ],
)
def test_roles(
    client: TestClient, token: Token, household: dict[str, Any], role: str, rates: bool, changes: bool
) -> None:
    path, who = f"/households/{household['id']}", token(role, VILLAGE)
    assert client.get(path, headers=who).status_code == 200
    rated = client.put(f"{path}/risk", json={"level": "yellow", "reason": "示例"}, headers=who)
    assert rated.status_code == (200 if rates else 403)
    assert client.delete(f"{path}/risk", headers=who).status_code == (200 if rates else 403)
    assert client.patch(path, json={"members": 4}, headers=who).status_code == (200 if changes else 403)


def test_rating_and_history(client: TestClient, token: Token, household: dict[str, Any]) -> None:
    path, who = f"/households/{household['id']}/risk", token("grid_staff", VILLAGE)
    before = len(client.get(path.removesuffix("/risk"), headers=who).json()["history"])
    client.put(path, json={"level": "red", "reason": "示例一", "review_on": "2027-01-31"}, headers=who)
    answer = client.put(path, json={"level": "green", "reason": "示例二"}, headers=who).json()
    assert (answer["risk"]["level"], answer["risk"]["rated_by"]) == ("green", "test-grid_staff")
    assert answer["risk"]["rated_at"].endswith("+08:00")
    assert [entry["reason"] for entry in answer["history"][:2]] == ["示例二", "示例一"]
    assert answer["history"][1]["review_on"] == "2027-01-31"
    assert len(answer["history"]) == before + 2
    assert client.delete(path, headers=who).json()["risk"] is None
    assert client.delete(path, headers=who).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"level": "purple", "reason": "x"}, "level"),
        ({"level": "red"}, "reason"),
        ({"level": "red", "reason": " "}, "reason"),
        ({"level": "red", "reason": "x" * 201}, "reason"),
        ({"level": "red", "reason": "a\0b"}, "reason"),
        ({"level": "red", "reason": "x", "review_on": 20270101}, "review_on"),
        ({"level": "red", "reason": "x", "review_on": "soon"}, "review_on"),
        ({"level": "red", "reason": "x", "colour": "x"}, "colour"),
        ([], "body"),
    ],
)
def test_bad_ratings(client: TestClient, token: Token, household: dict[str, Any], body: Any, field: str) -> None:
    answer = client.put(f"/households/{household['id']}/risk", json=body, headers=token("operator"))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.json()["detail_en"]
    assert answer.json()["detail_zh"] != answer.json()["detail_en"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("grid=1234", 400),
        ("grid=532322%00", 400),
        ("risk=purple", 400),
        ("limit=0", 400),
        ("limit=1e9", 400),
        ("limit=1000000000", 400),
        ("cursor=%00", 400),
        ("cursor=W10", 400),
        ("grid=532322+101+202&limit=1", 200),
    ],
)
def test_bad_queries(client: TestClient, token: Token, query: str, status: int) -> None:
    assert client.get(f"/households?{query}", headers=token("operator")).status_code == status
    assert client.get("/households/1", headers=token("operator")).status_code == 400


def test_changes(client: TestClient, token: Token, household: dict[str, Any]) -> None:
    path, who = f"/households/{household['id']}", token("grid_staff", VILLAGE)
    after = client.patch(path, json={"head_name": " 示例·改名 ", "phone": "00012340000"}, headers=who).json()
    assert (after["head_name"], after["phone"]) == ("示例·改名", "000****0000")
    assert after["address"] == household["address"]
    for body in ({"members": 0}, {"phone": "call me"}, {"head_name": ""}, {"grid": OTHER}, {"members": "many"}):
        assert client.patch(path, json=body, headers=who).status_code == 400
