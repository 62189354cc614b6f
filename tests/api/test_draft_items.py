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
    allowed = client.options(one).headers["allow"]
    assert all(method in allowed for method in ("PUT", "PATCH", "DELETE"))
    assert "POST" in client.options(items).headers["allow"]
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
