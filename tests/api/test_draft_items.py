"""A draft's basic grids edited over HTTP: created, replaced, changed, retired, and nobody's edit lost."""

from collections.abc import Callable, Iterator

import pytest
import shapely
from pydantic import SecretStr
from starlette.testclient import TestClient

from api.app import create_app
from gis.db import Database
from gis.settings import Settings
from tests.boundaries.squares import SCOPE, first_changes, leaf, put, square
from tests.conftest import Templates

Token = Callable[..., dict[str, str]]


@pytest.fixture
def client(templates: Templates, empty_url: str) -> Iterator[TestClient]:
    with Database(empty_url, size=2) as database, database.transaction(SCOPE) as connection:
        put(connection, first_changes())
    using = Settings(data=templates.folder, database_url=SecretStr(empty_url), log_level="error")
    with TestClient(create_app(using, empty_url), raise_server_exceptions=False) as client:
        yield client


def test_items_are_created_replaced_changed_and_retired(client: TestClient, token: Token) -> None:
    who = token("planner")
    draft = client.post("/drafts", json={"title": "界线"}, headers=who).headers["location"]
    items = f"{draft}/ogc/collections/leaf/items"
    one = f"{items}/{leaf(1)}"
    allowed = client.options(one, headers=who).headers["allow"]
    assert all(method in allowed for method in ("PUT", "PATCH", "DELETE"))
    assert "POST" in client.options(items, headers=who).headers["allow"]
    assert client.options(items, headers=token("reviewer")).headers["allow"] == "GET, HEAD, OPTIONS"
    assert [f["id"] for f in client.get(items, headers=who).json()["features"]] == [leaf(n) for n in (1, 2, 3, 4)]

    seen = client.get(one, headers=who)
    body = seen.json() | {"geometry": shapely.geometry.mapping(square(0, 1, 0.5))}
    first = client.put(one, json=body, headers=who | {"If-Match": seen.headers["etag"]})
    assert (first.status_code, first.headers["etag"] != seen.headers["etag"]) == (200, True)
    late = client.put(one, json=body, headers=who | {"If-Match": seen.headers["etag"]})
    assert (late.status_code, late.json()["code"]) == (412, "precondition-failed")

    half = {"type": "Feature", "geometry": shapely.geometry.mapping(square(0.5, 1, 0.5))}
    made = client.post(items, json=half | {"properties": {"name": "东半", "parent": leaf(1)[:15]}}, headers=who)
    assert (made.status_code, made.json()["id"]) == (201, leaf(1)[:15] + "02")
    assert client.post(items, json=half, headers=who).status_code == 400
    assert client.post(f"{draft}/validate", headers=who).json()["errors"] == 0

    named = client.patch(made.headers["location"], json={"properties": {"name": "新名"}}, headers=who).json()
    assert named["properties"]["name"] == "新名"
    assert shapely.equals(shapely.geometry.shape(named["geometry"]), square(0.5, 1, 0.5))
    assert client.delete(made.headers["location"], headers=who).status_code == 204
    assert client.get(made.headers["location"], headers=who).status_code == 404
    assert client.delete(one, headers=who | {"If-Match": '"other"'}).status_code == 412
    assert client.delete(one, headers=who | {"If-Match": first.headers["etag"]}).status_code == 204
    (kept,) = client.get(f"{draft}/changes", headers=who).json()["features"]
    assert (kept["properties"]["code"], kept["properties"]["operation"]) == (leaf(1), "retire")
    assert client.put(one, json=body, headers=token("mediator")).status_code == 403


def test_what_cannot_be_changed_is_refused_and_a_closed_draft_says_so(client: TestClient, token: Token) -> None:
    who = token("planner")
    draft = client.post("/drafts", json={"title": "界线"}, headers=who).headers["location"]
    items = f"{draft}/ogc/collections/leaf/items"
    for properties in ({"parent": leaf(2)[:15]}, {"code": leaf(2)}, {"name": None}):
        answer = client.patch(f"{items}/{leaf(1)}", json={"properties": properties}, headers=who)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-input"), properties
    assert client.patch(f"{items}/{leaf(1)}", json={"geometry": None}, headers=who).status_code == 400
    assert client.get(f"{draft}/changes", headers=who).json()["features"] == []
    assert client.delete(draft, headers=who).status_code == 200
    assert client.options(f"{items}/{leaf(1)}", headers=who).headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.patch(f"{items}/{leaf(1)}", json={"properties": {"name": "x"}}, headers=who).status_code == 409


def test_pages_boxes_and_axes(client: TestClient, token: Token) -> None:
    who = token("planner")
    draft = client.post("/drafts", json={"title": "界线"}, headers=who).headers["location"]
    items = f"{draft}/ogc/collections/leaf/items"
    page = client.get(items, params={"limit": 3}, headers=who).json()
    assert (page["numberMatched"], page["numberReturned"]) == (4, 3)
    (following,) = (link["href"] for link in page["links"] if link["rel"] == "next")
    assert [f["id"] for f in client.get(following, headers=who).json()["features"]] == [leaf(4)]

    west, south, east, north = square(0, 1, 0.5, 0.5).bounds
    boxed = client.get(items, params={"bbox": f"{west},{south + 0.001},{east},{north}"}, headers=who).json()
    assert [f["id"] for f in boxed["features"]] == [leaf(1)]
    swapped = {"bbox": f"{south + 0.001},{west},{north},{east}", "bbox-crs": "EPSG:4490", "crs": "EPSG:4490"}
    turned = client.get(items, params=swapped, headers=who)
    assert turned.headers["content-crs"].endswith("/EPSG/0/4490>")
    (found,) = turned.json()["features"]
    assert shapely.geometry.shape(found["geometry"]).bounds[:2] == square(0, 1).bounds[1::-1]
    for wrong in ({"limit": 0}, {"bbox": "1,2,3"}, {"q": "x"}, {"f": "html"}, {"crs": "EPSG:3857"}):
        assert client.get(items, params=wrong, headers=who).status_code == 400, wrong

    system = who | {"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/4490>"}
    body = found | {"geometry": shapely.geometry.mapping(shapely.transform(square(0, 1), lambda v: v[:, ::-1]))}
    assert client.put(f"{items}/{leaf(1)}", json=body, headers=system).status_code == 200
    kept = client.get(f"{items}/{leaf(1)}", headers=who).json()
    assert shapely.equals(shapely.geometry.shape(kept["geometry"]), square(0, 1))
    metres = who | {"Content-Crs": "http://www.opengis.net/def/crs/EPSG/0/3857"}
    assert client.put(f"{items}/{leaf(1)}", json=body, headers=metres).status_code == 400
