"""Neighbour units of a grid over HTTP: who sees what, saves that do not overwrite each other, tiles that follow."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.tiles.decoded import decode, tile_at

Token = Callable[..., dict[str, str]]
GRID, VILLAGE, OTHER = "53232210120200701", "532322101202", "532322203"
PATH = f"/grids/{GRID}/units"


@pytest.fixture
def staff(token: Token) -> dict[str, str]:
    return token("grid_staff", VILLAGE)


def board(client: TestClient, headers: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What is seen, and the headers of a change made from it."""
    answer = client.get(PATH, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json(), headers | {"If-Match": answer.headers["etag"]}


def patch(client: TestClient, headers: dict[str, str], **given: Any) -> Any:
    return client.patch(PATH, headers=headers, json={"reason": "测试"} | given)


def test_people_are_seen_by_those_whose_grid_it_is(client: TestClient, token: Token) -> None:
    public = client.get(PATH)
    assert public.headers["cache-control"] == "public, max-age=60"
    assert "etag" not in public.headers
    found = public.json()
    assert found["households"] is None
    assert found["writes"] is False
    assert {"code", "name", "size", "geometry"} == found["units"][0].keys()
    for headers in (token("operator", OTHER), token("leader", OTHER)):
        assert client.get(PATH, headers=headers).json()["households"] is None
    answer = client.get(PATH, headers=token("leader", VILLAGE))
    assert answer.headers["cache-control"] == "private, no-store"
    mine = answer.json()
    assert mine["writes"] is False
    assert len(mine["households"]) == sum(unit["size"] for unit in mine["units"])
    assert all("*" in one["phone"] for one in mine["households"] if one["phone"])
    assert {one["unit"] for one in mine["measured"]} == {unit["code"] for unit in mine["units"]}
    assert client.get("/grids/532322101/units").status_code == 400
    assert client.get("/grids/53232210120299901/units").status_code == 404


@pytest.mark.parametrize("role", ["mediator", "planner", "reviewer", "leader"])
def test_roles_that_may_not_change_units(client: TestClient, token: Token, role: str) -> None:
    seen, headers = board(client, token(role, VILLAGE))
    move = [{"household": seen["households"][0]["id"], "unit": None}]
    assert patch(client, headers, moves=move).status_code == 403
    assert client.post(f"{PATH}/suggestion", json={}, headers=headers).status_code == 403
    assert client.post(f"{PATH}/preview", json={"moves": move}, headers=headers).status_code == 200


def test_without_a_token_or_outside_nothing_is_done(client: TestClient, token: Token) -> None:
    far = token("grid_staff", OTHER)
    for headers, status in (({}, 401), (far, 403)):
        assert (
            patch(client, headers | {"If-Match": '"x"'}, moves=[{"household": _ID, "unit": None}]).status_code == status
        )
        assert client.get(f"{PATH}/history", headers=headers).status_code == status
        for rest in ("preview", "suggestion"):
            assert client.post(f"{PATH}/{rest}", json={}, headers=headers).status_code == status


_ID = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("given", "status", "word"),
    [
        ({}, 400, "moves"),
        ({"moves": [{"household": _ID, "unit": None}]}, 400, _ID),
        ({"moves": [{"household": _ID, "unit": "new:0"}]}, 400, "unit"),
        ({"moves": [{"household": _ID}]}, 400, "unit"),
        ({"units": [{"unit": "new:1", "name": "空"}]}, 400, "new:1"),
        ({"units": [{"unit": "53232220310000101001", "locked": True}]}, 400, "53232220310000101001"),
        ({"moves": [{"household": _ID, "unit": None}] * 2}, 400, "moves"),
        ({"reason": " ", "moves": []}, 400, "reason"),
    ],
)
def test_wrong_changes_are_told(
    client: TestClient, staff: dict[str, str], given: dict[str, Any], status: int, word: str
) -> None:
    _, headers = board(client, staff)
    answer = patch(client, headers, **given)
    assert answer.status_code == status
    problem = answer.json()
    assert word in problem["detail_zh"]
    assert word in problem["detail_en"]


def test_a_change_is_one_step_with_its_history_and_tiles_follow(client: TestClient, staff: dict[str, str]) -> None:
    seen, headers = board(client, staff)
    one, two, three = (home for home in seen["households"][:3])
    place = tile_at(one["lon"], one["lat"], 16)
    address = "/tiles/units/{}/{}/{}.mvt".format(*place)
    before = client.get(address)
    items = client.get(f"/ogc/collections/units/items?grid_code={GRID}&limit=100").json()["numberMatched"]
    sorted_ = f"/ogc/collections/units/items?grid_code={GRID}&sortby=-code&limit=1"  # by the framework, which counts
    assert client.get(sorted_).json()["numberMatched"] == items
    asked = client.get("/locate", params={"lon": one["lon"], "lat": one["lat"]}, headers=staff).json()
    assert asked["unit"]["code"] == one["unit"]

    moves = [{"household": home["id"], "unit": "new:1"} for home in (one, two)]
    units = [{"unit": "new:1", "name": "溪东", "locked": True, "head": {"household": one["id"]}}]
    tried = client.post(f"{PATH}/preview", json={"moves": moves}, headers=headers).json()
    assert next(unit for unit in tried["measured"] if unit["unit"] == "new:1")["remarks"][0]["rule"] == "size"
    answer = patch(client, headers, moves=moves, units=units, reason="沿溪分开")
    assert answer.status_code == 200, answer.text
    now = answer.json()
    code = now["opened"]["new:1"]
    unit = next(unit for unit in now["units"] if unit["code"] == code)
    assert (unit["name"], unit["size"], unit["locked"]["by"]) == ("溪东", 2, "test-grid_staff")
    assert unit["heads"][0]["household"] == one["id"]
    assert board(client, staff)[1]["If-Match"] == answer.headers["etag"] != headers["If-Match"]

    last = client.get(f"{PATH}/history", headers=staff, params={"limit": 1}).json()["edits"][0]
    assert (last["actor"], last["kind"], last["reason"]) == ("test-grid_staff", "paint", "沿溪分开")
    assert last["opened"] == [code]
    assert {move["household"] for move in last["moves"]} == {one["id"], two["id"]}

    def followed() -> bool:
        drawn = decode(client.get(address).content).get("units", [])
        listed = client.get(f"/ogc/collections/units/items?grid_code={GRID}&limit=100").json()["numberMatched"]
        found = client.get("/locate", params={"lon": one["lon"], "lat": one["lat"]}, headers=staff).json()
        return code in {f.properties["code"] for f in drawn} and listed == items + 1 and found["unit"]["code"] == code

    assert client.get(sorted_).json()["numberMatched"] == items + 1
    until = time.monotonic() + 30
    while not followed():
        assert time.monotonic() < until, "tiles, items and look-up must follow"
        time.sleep(0.2)
    assert client.get(address).headers["etag"] != before.headers["etag"]
    fixed = client.get(f"/editions/1{address}")
    assert fixed.headers["cache-control"] == "public, max-age=15"
    assert fixed.headers["etag"] == client.get(address).headers["etag"]

    stale = patch(client, headers, moves=[{"household": three["id"], "unit": None}])
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    locked = patch(client, staff | {"If-Match": answer.headers["etag"]}, moves=[{"household": one["id"], "unit": None}])
    assert (locked.status_code, locked.json()["code"]) == (409, "conflict")
    assert "溪东" in locked.json()["detail_zh"]
    missing = patch(client, staff, moves=[{"household": three["id"], "unit": None}])
    assert (missing.status_code, "If-Match" in missing.json()["detail_en"]) == (400, True)
    assert len(client.get(f"{PATH}/history", headers=staff).json()["edits"]) == 1


def test_a_proposal_for_those_without_a_unit_is_not_written(client: TestClient, staff: dict[str, str]) -> None:
    seen, headers = board(client, staff)
    free = [unit["code"] for unit in seen["units"] if unit["locked"] is None][:2]
    moves = [{"household": one["id"], "unit": None} for one in seen["households"] if one["unit"] in free]
    kept = [unit["code"] for unit in seen["units"] if unit["code"] not in free]
    answer = client.post(f"{PATH}/suggestion", json={"moves": moves, "fixed": kept}, headers=headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()["moves"]
    assert {move["household"] for move in found} == {move["household"] for move in moves}
    assert {move["unit"] for move in found}.isdisjoint(kept)
    assert board(client, staff) == (seen, headers)


def test_nothing_is_saved_while_an_edition_is_published(
    client: TestClient, staff: dict[str, str], database: Any
) -> None:
    seen, headers = board(client, staff)
    move = [{"household": seen["households"][5]["id"], "unit": None}]
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO gis.edition (number, state, valid_from, title, author, synthetic)"
            " VALUES (2, 'prepared', '2024-01-01', 't', 'a', true)"
        )
    try:
        answer = patch(client, headers, moves=move)
        assert answer.status_code == 409
        assert "发布" in answer.json()["detail_zh"]
    finally:
        with database.transaction() as connection:
            connection.execute("DELETE FROM gis.edition WHERE number = 2")
    assert patch(client, headers, moves=move).status_code == 200
