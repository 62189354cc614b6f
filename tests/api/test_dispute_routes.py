"""Disputes over HTTP: intake, the closed loop, lists, and who may do what."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.access import ROLES
from gis.closed_loop import STEPS
from gis.datum import from_cgcs2000

Token = Callable[..., dict[str, str]]
VILLAGE, OTHER = "532322101202", "532322203"


@pytest.fixture(scope="module")
def report(client: TestClient, token: Token) -> dict[str, Any]:
    """A report at a household of the village."""
    page = client.get("/households", params={"grid": VILLAGE, "limit": 1}, headers=token("operator")).json()
    home = page["households"][0]
    return {
        "lon": home["lon"],
        "lat": home["lat"],
        "title": "示例：地界争执",
        "category": "neighbour",
        "source": "巡查",
        "household_id": home["id"],
        "occurred_at": "2026-03-01T09:00:00",
    }


def file(client: TestClient, who: dict[str, str], report: dict[str, Any], **changed: Any) -> dict[str, Any]:
    answer = client.post("/disputes", json={**report, **changed}, headers=who)
    assert answer.status_code == 201, answer.text
    return answer.json()


def step(client: TestClient, who: dict[str, str], dispute: dict[str, Any], **body: Any) -> Any:
    return client.post(f"/disputes/{dispute['id']}/events", json=body, headers=who)


def test_intake(client: TestClient, token: Token, report: dict[str, Any]) -> None:
    who = token("grid_staff", VILLAGE)
    answer = client.post("/disputes", json=report, headers=who)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "private, no-store"
    made = answer.json()
    assert answer.headers["location"] == f"/disputes/{made['id']}"
    assert (made["state"], made["urgency"], made["parties"]) == ("accept", "normal", 2)
    assert made["chain"][-1]["code"] == made["grid"] == made["dealt_in"]["code"]
    assert made["grid"].startswith(VILLAGE)
    assert made["unit"]["code"].startswith(made["grid"])
    assert made["staff"]
    assert made["staff"][0]["phone"]
    assert made["sure"] == (made["border_m"] >= 15)
    assert made["neighbour"] is None or made["neighbour"]["name"]
    assert made["occurred_at"] == "2026-03-01T09:00:00+08:00"
    assert made["deadline"].endswith("T23:59:59+08:00")
    assert made["next_states"] == ["triage"]
    assert client.get(answer.headers["location"], headers=who).json().items() <= made.items()


def test_shifted_positions_land_in_the_same_grid(client: TestClient, token: Token, report: dict[str, Any]) -> None:
    lon, lat = from_cgcs2000(report["lon"], report["lat"], "gcj02")
    made = file(client, token("operator"), report, lon=float(lon), lat=float(lat), datum="gcj02")
    plain = file(client, token("operator"), report)
    assert made["grid"] == plain["grid"]
    assert made["lon"] == pytest.approx(report["lon"], abs=1e-10)


def test_the_whole_loop_with_its_people(client: TestClient, token: Token, report: dict[str, Any]) -> None:
    staff, centre, mediator = token("grid_staff", VILLAGE), token("dispatcher"), token("mediator", "532322101")
    made = file(client, staff, report)
    assert step(client, staff, made, to="triage").status_code == 200
    assert step(client, staff, made, to="handle").status_code == 403
    assert step(client, centre, made, **{"to": "handle", "from": "triage"}).status_code == 200
    assert step(client, centre, made, **{"to": "supervise", "from": "triage"}).status_code == 409
    assert step(client, mediator, made, to="close").status_code == 400
    assert step(client, mediator, made, to="close", succeeded="yes").status_code == 400
    closed = step(client, mediator, made, to="close", succeeded=True, note="双方和解").json()
    assert (closed["state"], closed["succeeded"], closed["mediated"]) == ("close", True, True)
    assert closed["next_states"] == []
    assert client.get(f"/disputes/{made['id']}", headers=centre).json()["next_states"] == ["archive"]
    assert step(client, centre, made, to="archive").status_code == 200
    assert step(client, staff, made, to="revisit", note="已回访").status_code == 200
    assert step(client, centre, made, to="handle").status_code == 400
    done = client.get(f"/disputes/{made['id']}", headers=token("leader")).json()
    assert done["next_states"] == []
    assert [event["to"] for event in done["events"]] == ["accept", "triage", "handle", "close", "archive", "revisit"]
    assert [event["from"] for event in done["events"]][:2] == [None, "accept"]
    assert done["events"][3]["actor"] == "test-mediator"
    assert done["events"][3]["note"] == "双方和解"


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        ("grid_staff", 200, 201),
        ("mediator", 200, 201),
        ("dispatcher", 200, 201),
        ("operator", 200, 201),
        ("leader", 200, 403),
        ("planner", 403, 403),
        (None, 401, 401),
    ],
)
def test_roles(
    client: TestClient, token: Token, report: dict[str, Any], role: str | None, reads: int, writes: int
) -> None:
    who = token(role, VILLAGE) if role else {}
    made = file(client, token("operator"), report)
    assert client.get("/disputes", headers=who).status_code == reads
    assert client.get(f"/disputes/{made['id']}", headers=who).status_code == reads
    assert client.post("/disputes", json=report, headers=who).status_code == writes
    expected = {201: {200, 403}, 403: {403}, 401: {401}}[writes]
    assert step(client, who, made, to="triage").status_code in expected


def test_the_wrong_jurisdiction(client: TestClient, token: Token, report: dict[str, Any]) -> None:
    made, stranger = file(client, token("operator"), report), token("operator", OTHER)
    for identity in (made["id"], "00000000-0000-4000-8000-000000000000"):
        assert client.get(f"/disputes/{identity}", headers=stranger).status_code == 404
        assert step(client, stranger, {"id": identity}, to="triage").status_code == 404
    refused = client.post("/disputes", json=report, headers=stranger)
    assert refused.status_code == 403
    assert client.get("/disputes", params={"grid": VILLAGE}, headers=stranger).status_code == 403
    listed = client.get("/disputes", params={"limit": 500}, headers=stranger).json()["disputes"]
    assert all(row["grid"].startswith(OTHER) for row in listed)


def test_roles_of_the_loop_may_write(client: TestClient) -> None:
    named = set[str]().union(*STEPS.values())
    assert named == {role for role, permissions in ROLES.items() if "disputes.write" in permissions}


@pytest.mark.parametrize(
    ("changed", "status", "word"),
    [
        ({"lon": 0, "lat": 0}, 404, "outside"),
        ({"lon": None}, 400, "lon"),
        ({"lat": 101.5, "lon": 24.5}, 400, "axes"),
        ({"title": ""}, 400, "title"),
        ({"title": "a\0"}, 400, "NUL"),
        ({"title": "x" * 201}, 400, "200"),
        ({"summary": "x" * 10_001}, 400, "10000"),
        ({"category": "weather"}, 400, "category"),
        ({"parties": 0}, 400, "parties"),
        ({"urgency": "soon"}, 400, "urgency"),
        ({"occurred_at": "2099-01-01"}, 400, "future"),
        ({"occurred_at": 1700000000}, 400, "occurred_at"),
        ({"occurred_at": "yesterday"}, 400, "occurred_at"),
        ({"household_id": "00000000-0000-4000-8000-000000000000"}, 404, "household"),
        ({"datum": "mars"}, 400, "datum"),
        ({"crs": "EPSG:1"}, 400, "EPSG:1"),
        ({"crs": "EPSG:4543", "datum": "gcj02"}, 400, "datum"),
        ({"state": "close"}, 400, "state"),
    ],
)
def test_bad_reports(
    client: TestClient, token: Token, report: dict[str, Any], changed: dict[str, Any], status: int, word: str
) -> None:
    before = client.get("/disputes", params={"limit": 1}, headers=token("operator")).json()["total"]
    answer = client.post("/disputes", json={**report, **changed}, headers=token("operator"))
    assert answer.status_code == status, answer.text
    assert word in answer.json()["detail_en"]
    assert client.get("/disputes", params={"limit": 1}, headers=token("operator")).json()["total"] == before


def test_not_a_number_and_no_json(client: TestClient, token: Token, report: dict[str, Any]) -> None:
    who = {**token("operator"), "Content-Type": "application/json"}
    nan = client.post("/disputes", content=json.dumps({**report, "lon": float("nan")}), headers=who)
    assert (nan.status_code, "finite" in nan.json()["detail_en"]) == (400, True)
    broken = client.post("/disputes", content="{", headers=who)
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid-input")
    lone = client.post("/disputes", content=json.dumps({**report, "title": "\ud800"}), headers=who)
    assert lone.status_code == 400


def test_lists_and_filters(client: TestClient, token: Token) -> None:
    who = token("dispatcher")
    year = client.get("/disputes", params={"from": "2023-01-01", "to": "2023-12-31", "limit": 5}, headers=who).json()
    assert (year["total"], len(year["disputes"])) == (1381, 5)
    after = client.get(
        "/disputes", params={"from": "2023-01-01", "to": "2023-12-31", "limit": 5, "cursor": year["next"]}, headers=who
    ).json()
    assert not {row["id"] for row in year["disputes"]} & {row["id"] for row in after["disputes"]}
    opened = client.get("/disputes", params={"state": "open", "limit": 500}, headers=who).json()["disputes"]
    assert {row["state"] for row in opened} <= {"accept", "triage", "handle", "supervise"}
    two = client.get("/disputes", params={"state": "accept,triage", "limit": 500}, headers=who).json()["disputes"]
    assert {row["state"] for row in two} <= {"accept", "triage"}
    late = client.get("/disputes", params={"state": "overdue"}, headers=who).json()["disputes"]
    assert all(row["closed_at"] is None for row in late)
    closed = client.get("/disputes", params={"state": "closed", "limit": 3}, headers=who).json()
    assert closed["total"] >= 1381


@pytest.mark.parametrize("query", ["state=lost", "from=x", "to=2023-13-01", "limit=-1", "cursor=abc", "grid=1"])
def test_bad_queries(client: TestClient, token: Token, query: str) -> None:
    assert client.get(f"/disputes?{query}", headers=token("operator")).status_code == 400


def test_days_at_the_end_of_time(client: TestClient, token: Token) -> None:
    query = {"from": "0001-01-01", "to": "9999-12-31", "limit": 1}
    assert client.get("/disputes", params=query, headers=token("operator")).json()["total"] >= 1381
