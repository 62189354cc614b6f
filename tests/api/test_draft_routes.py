"""Drafts over HTTP: from opening to publication, with review, rebase, and nobody beyond their jurisdiction."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import shapely
from pydantic import SecretStr
from starlette.testclient import TestClient

from api.app import create_app
from boundaries.drafts import Change
from gis.clock import local_today
from gis.db import Database
from gis.settings import Settings
from tests.boundaries.squares import COUNTY, SCOPE, TOWN, VILLAGE, first_changes, leaf, put, square
from tests.conftest import Templates

Token = Callable[..., dict[str, str]]
JSON = dict[str, Any]


@pytest.fixture
def squares(templates: Templates, empty_url: str) -> Iterator[Database]:
    """The county of four squares with one household, published."""
    with Database(empty_url, size=2) as database:
        with database.transaction(SCOPE) as connection:
            connection.execute(
                "INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('示例', ST_Point(101.511, 24.515, 4490), %s)",
                [leaf(2)],
            )
            put(connection, first_changes())
        yield database


@pytest.fixture
def client(templates: Templates, squares: Database, empty_url: str) -> Iterator[TestClient]:
    using = Settings(data=templates.folder, database_url=SecretStr(empty_url), log_level="error", review_required=True)
    with TestClient(create_app(using, empty_url), raise_server_exceptions=False) as client:
        yield client


def changes(*cuts: tuple[int, Any]) -> JSON:
    """The grids with these outlines, as GeoJSON."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": leaf(number), "name": f"第{number}网格"},
            "geometry": shapely.geometry.mapping(shape),
        }
        for number, shape in cuts
    ]
    return {"type": "FeatureCollection", "features": features}


def opened(client: TestClient, who: dict[str, str], given: JSON) -> str:
    answer = client.post("/drafts", json={"title": "界线调整"}, headers=who)
    assert answer.status_code == 201, answer.text
    path = answer.headers["location"]
    answer = client.post(f"{path}/changes", json=given, headers=who)
    assert answer.status_code == 200, answer.text
    return path


def test_from_opening_to_publication(client: TestClient, token: Token) -> None:
    who, second = token("planner"), token("reviewer")
    path = opened(client, who, changes((1, square(0, 1, 1.2))))
    found = client.post(f"{path}/validate", headers=who).json()
    assert (found["errors"], found["stage"]) == (1, "open")
    finding = found["features"][0]
    assert (finding["properties"]["rule"], finding["properties"]["unit"]) == ("overlap", "m2")
    assert finding["geometry"]["type"] == "MultiPolygon"
    assert client.get(f"{path}/findings", headers=second).json() == found

    proposal = client.get(f"{path}/repair", params={"finding": finding["id"]}, headers=who).json()
    assert [one["properties"]["code"] for one in proposal["features"]] == [leaf(2)]
    accepted = client.post(f"{path}/repair", json={"rev": proposal["rev"]}, headers=who)
    assert accepted.status_code == 200, accepted.text
    assert client.post(f"{path}/repair", json={"rev": proposal["rev"]}, headers=who).status_code == 409

    judged = client.post(f"{path}/validate", headers=who).json()
    assert (judged["errors"], judged["stage"]) == (0, "validated")
    impact = client.get(f"{path}/impact", headers=who).json()
    passing = impact["features"][0]["properties"]
    assert (passing["from"], passing["to"], passing["unrated"], passing["open_disputes"]) == (leaf(2), leaf(1), 1, None)

    rev = {"rev": judged["rev"]}
    rehearsal = client.post(f"{path}/publish", json=rev, headers=who).json()
    assert (rehearsal["edition"], rehearsal["touched"]) == (None, 9)
    refused = client.post(f"{path}/publish", json={**rev, "commit": True}, headers=who)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert client.post(f"{path}/submit", json=rev, headers=who).json()["stage"] == "review"
    assert client.post(f"{path}/approve", json=rev, headers=who).status_code == 403
    assert client.post(f"{path}/approve", json=rev, headers=second).json()["stage"] == "approved"
    done = client.post(f"{path}/publish", json={**rev, "commit": True}, headers=second)
    assert done.status_code == 200, done.text
    assert (done.json()["edition"], done.json()["households_moved"]) == (2, 1)
    assert client.get(path, headers=who).json()["stage"] == "published"
    assert client.post(f"{path}/changes", json=changes(), headers=who).status_code == 409


def test_changes_are_saved_undone_and_withdrawn(client: TestClient, token: Token) -> None:
    who = token("planner")
    path = opened(client, who, changes((1, square(0, 1, 1.2)), (2, square(1.2, 1, 0.8))))
    assert len(client.get(f"{path}/changes", headers=who).json()["features"]) == 2
    only = client.put(f"{path}/changes", json=changes((3, square(0, 0))), headers=who).json()
    assert [one["properties"]["code"] for one in only["features"]] == [leaf(3)]
    assert client.post(f"{path}/undo", headers=who).status_code == 200
    assert len(client.get(f"{path}/changes", headers=who).json()["features"]) == 2
    assert client.post(f"{path}/redo", headers=who).status_code == 200
    assert [save["kind"] for save in client.get(f"{path}/saves", headers=who).json()["saves"]][-1] == "edit"
    assert client.delete(f"{path}/changes/{leaf(3)}", headers=who).json()["features"] == []
    assert client.delete(f"{path}/changes/{leaf(3)}", headers=who).status_code == 404
    assert client.delete(path, headers=who).json()["stage"] == "dropped"
    listed = client.get("/drafts", params={"state": "dropped"}, headers=who).json()["drafts"]
    assert [f"/drafts/{one['id']}" for one in listed] == [path]
    assert client.get("/drafts", headers=who).json()["drafts"] == []


def test_codes_are_given_out_once(client: TestClient, token: Token) -> None:
    who = token("planner", TOWN)
    path = opened(client, who, changes())
    first = client.post(f"{path}/codes", json={"parent": leaf(1)[:15]}, headers=who)
    assert (first.status_code, first.json()) == (201, {"code": leaf(1)[:15] + "02", "parent": leaf(1)[:15]})
    assert (
        client.post(f"{path}/codes", json={"parent": leaf(1)[:15]}, headers=who).json()["code"] == leaf(1)[:15] + "03"
    )
    under_village = client.post(f"{path}/codes", json={"parent": VILLAGE, "name": "新网格"}, headers=who).json()
    assert under_village == {"code": VILLAGE + "00501", "parent": VILLAGE + "005"}
    (named,) = client.get(f"{path}/changes", headers=who).json()["features"]
    assert (named["properties"]["code"], named["properties"]["name"]) == (VILLAGE + "005", "新网格")
    for wrong in (leaf(1), TOWN, f"{COUNTY}102201001"):
        assert client.post(f"{path}/codes", json={"parent": wrong}, headers=who).status_code == 400, wrong
    assert client.post(f"{path}/codes", json={"parent": VILLAGE}, headers=token("mediator")).status_code == 403
    client.delete(path, headers=who)
    assert client.post(f"{path}/codes", json={"parent": VILLAGE}, headers=who).status_code == 409


def test_a_day_that_lies_ahead_is_waited_for(client: TestClient, token: Token) -> None:
    who, second = token("planner"), token("reviewer")
    path = opened(client, who, changes((1, square(0, 1, 1.2)), (2, square(1.2, 1, 0.8))))
    rev = {"rev": client.post(f"{path}/validate", headers=who).json()["rev"]}
    client.post(f"{path}/submit", json=rev, headers=who)
    client.post(f"{path}/approve", json=rev, headers=second)
    day = (local_today() + timedelta(9)).isoformat()
    told = client.post(f"{path}/publish", json={**rev, "commit": True, "valid_from": day}, headers=second).json()
    assert (told["stage"], told["edition"], told["publish_on"]) == ("waiting", None, day)
    assert client.get("/ready").json()["waiting"] == {"draft": int(path.split("/")[-1]), "valid_from": day}
    assert [one["stage"] for one in client.get("/drafts?state=waiting", headers=who).json()["drafts"]] == ["waiting"]
    assert client.post(f"{path}/changes", json=changes(), headers=who).status_code == 409
    assert client.delete(f"{path}/publish", headers=token("mediator")).status_code == 403
    again = client.delete(f"{path}/publish", headers=second).json()
    assert (again["stage"], again["publish_on"]) == ("approved", None)
    assert client.delete(f"{path}/publish", headers=second).status_code == 409


def test_a_draft_that_goes_back(client: TestClient, squares: Database, token: Token) -> None:
    with squares.transaction(SCOPE) as connection:
        put(connection, [Change(leaf(1), "put", "改名", square(0, 1))])
    answer = client.post("/drafts", json={"title": "恢复", "restores": 1}, headers=token("planner"))
    assert answer.status_code == 201
    (found,) = client.get(f"{answer.headers['location']}/changes", headers=token("planner")).json()["features"]
    assert (found["properties"]["code"], found["properties"]["name"]) == (leaf(1), "第1网格")


def test_a_stale_draft_is_rebased(client: TestClient, squares: Database, token: Token) -> None:
    who = token("planner")
    drawn = changes((1, square(0, 1, 1.2)), (2, square(1.2, 1, 0.8)))
    drawn["features"][0]["properties"]["name"] = "我的名"
    path = opened(client, who, drawn)
    with squares.transaction(SCOPE) as connection:
        put(connection, [Change(leaf(1), "put", "改名", square(0, 1)), Change(leaf(2), "put", "另名", square(1, 1))])
    assert client.get(path, headers=who).json()["stale"]
    theirs = {"code": leaf(1), "edition": 2, "fields": ["name"], "resolution": None, "by": None}
    rebased = client.post(f"{path}/rebase", headers=who).json()
    assert rebased == {"merged": [leaf(2)], "conflicts": [theirs], "undecided": 1}
    choice = f"{path}/conflicts/{leaf(1)}"
    assert client.post(choice, json={"resolution": "ours"}, headers=who).status_code == 400
    assert client.post(choice, json={"resolution": "mine"}, headers=who).json()["undecided"] == 0
    assert client.get(f"{path}/conflicts", headers=who).json()["conflicts"][0]["resolution"] == "mine"
    told = client.post(f"{path}/comments", json={"body": "请看", "code": leaf(1)}, headers=token("leader"))
    assert told.status_code == 201
    assert client.get(f"{path}/comments", headers=who).json()["comments"] == [told.json()]
    back = client.post(f"{path}/return", json={"why": "再改"}, headers=token("reviewer"))
    assert (back.status_code, back.json()["stage"]) == (200, "open")


@pytest.mark.parametrize(
    ("geometry", "field"),
    [
        (None, "features.0.geometry"),
        ({"type": "Point", "coordinates": [101.5, 24.5]}, "features.0.geometry"),
        ({"type": "Polygon", "coordinates": [[[1, 2]]]}, "features.0.geometry"),
        ({"type": "Polygon", "coordinates": "x"}, "features.0.geometry"),
        ({"type": "Polygon", "coordinates": []}, "features.0.geometry"),
        ({"type": "Polygon", "coordinates": [[[24, 101], [24, 102], [25, 101], [24, 101]]]}, "lat"),
    ],
)
def test_what_is_no_polygon_is_refused(client: TestClient, token: Token, geometry: JSON | None, field: str) -> None:
    who = token("planner")
    path = opened(client, who, changes())
    bad = changes((1, square(0, 1)))
    bad["features"][0]["geometry"] = geometry
    answer = client.post(f"{path}/changes", json=bad, headers=who)
    assert answer.status_code == 400
    assert f"“{field}”" in answer.json()["detail_zh"]
    bad["features"][0]["properties"].pop("name")
    assert client.post(f"{path}/changes", json=bad, headers=who).status_code == 400


def test_drafts_outside_the_jurisdiction_do_not_exist(client: TestClient, token: Token) -> None:
    path = opened(client, token("planner"), changes())
    village = token("planner", VILLAGE)
    assert client.get("/drafts", headers=village).json()["drafts"] == []
    for method, part in (("GET", ""), ("GET", "/changes"), ("POST", "/validate"), ("GET", "/impact"), ("DELETE", "")):
        assert client.request(method, path + part, headers=village).status_code == 404, part
    mine = client.post("/drafts", json={"title": "本村"}, headers=village)
    assert mine.json()["scope"] == VILLAGE
    wide = client.post("/drafts", json={"title": "全县", "scope": COUNTY}, headers=village)
    assert wide.status_code == 403
    two = token("planner", VILLAGE, "532322102")
    assert client.post("/drafts", json={"title": "哪里"}, headers=two).status_code == 400


@pytest.mark.parametrize(
    ("role", "reads", "writes", "reviews"),
    [("planner", 200, 200, 403), ("reviewer", 200, 403, 200), ("leader", 200, 403, 403), ("mediator", 403, 403, 403)],
)
def test_roles(client: TestClient, token: Token, role: str, reads: int, writes: int, reviews: int) -> None:
    path, who = opened(client, token("operator"), changes()), token(role)
    assert client.get("/drafts").status_code == 401
    assert client.get(path, headers=who).status_code == reads
    assert client.post(f"{path}/validate", headers=who).status_code == writes
    assert client.post(f"{path}/return", json={"why": "示例"}, headers=who).status_code == reviews


def test_a_comment_says_something_and_impact_names_staff_of_the_jurisdiction_only(
    client: TestClient, squares: Database, token: Token
) -> None:
    with squares.transaction(SCOPE) as connection:
        connection.execute("INSERT INTO gis.staff (id, name, employment) VALUES (7, '示例员', 'part_time')")
        connection.execute(
            "INSERT INTO gis.staff_post (staff_id, grid_code, role, since)"
            " SELECT 7, code, 'grid_staff', '2023-01-01' FROM unnest(%s::text[]) AS code",
            [[leaf(1), leaf(2)]],
        )
    path = opened(client, token("planner", leaf(1)), changes((1, square(0, 1, 1.2)), (2, square(1.2, 1, 0.8))))
    for who, codes in ((token("planner", leaf(1)), [leaf(1)]), (token("planner"), [leaf(1), leaf(2)])):
        impact = client.get(f"{path}/impact", headers=who).json()
        assert [post["grid"] for post in impact["posts"]] == codes
    assert client.post(f"{path}/comments", json={"body": ""}, headers=token("planner")).status_code == 400
