"""Who sees what: nobody without a token meets a personal row, by any address or format; a token sees its scope."""

import itertools
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.access import ROLES
from api.ogc.collections import COLLECTIONS
from api.tokens import make_token
from gis.scope import Scope
from tests.api.ogc.county import COUNTY, TEXT, TOWNSHIPS, people

Headers = dict[str, str]
PERSONAL = ("households", "assignments", "disputes")
PUBLIC = tuple(name for name in COLLECTIONS if name not in PERSONAL)
NEEDED = {"households": "households.read", "assignments": "households.read", "disputes": "disputes.read"}
PATHS = (
    "",
    "/items",
    "/items?resulttype=hits",
    "/items?bbox=101,24,102,25&limit=5",
    "/items?edition=1",
    f"/items/{people()[0].id}",
    "/items?f=gpkg",
    "/queryables",
    "/sortables",
    "/schema",
)
FORMATS: tuple[tuple[str | None, str | None], ...] = (
    ("json", None),
    ("html", None),
    (None, "application/geo+json"),
    (None, "text/html"),
    (None, "application/ld+json"),
)


@pytest.mark.parametrize(("name", "path", "format_"), list(itertools.product(PERSONAL, PATHS, FORMATS)), ids=str)
def test_nobody_reads_people(client: TestClient, name: str, path: str, format_: tuple[str | None, str | None]) -> None:
    f, accept = format_
    joined = f"{path}{'&' if '?' in path else '?'}f={f}" if f else path
    answer = client.get(f"/ogc/collections/{name}{joined}", headers={"Accept": accept} if accept else {})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    page = f == "html" or (accept == "text/html" and "f=" not in path)
    expected = "text/html; charset=utf-8" if page else "application/problem+json"
    assert answer.headers["content-type"] == expected
    assert TEXT not in answer.text
    assert "测试户" not in answer.text


@pytest.mark.parametrize(
    "path", ["", "/", "/collections", "/openapi", "/conformance", "/collections/grids", "/collections/grids/items"]
)
@pytest.mark.parametrize("f", ["json", "html"])
def test_public_documents_do_not_name_personal_collections(client: TestClient, path: str, f: str) -> None:
    answer = client.get(f"/ogc{path}?f={f}&lang=en")
    assert answer.status_code == 200
    assert not re.search("households?/|assignments|disputes|householdsFeature", answer.text)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_collections_everywhere(
    client: TestClient, token: Callable[..., Headers], role: str
) -> None:
    headers = token(role)
    expected = [*PUBLIC, *(name for name in PERSONAL if NEEDED[name] in ROLES[role])]
    listed = client.get("/ogc/collections", headers=headers).json()["collections"]
    assert [one["id"] for one in listed] == expected
    paths = client.get("/ogc/openapi", headers=headers).json()["paths"]
    assert {path.split("/")[2] for path in paths if path.startswith("/collections/")} == set(expected)
    for name in PERSONAL:
        for path in PATHS:
            status = client.get(f"/ogc/collections/{name}{path}", headers=headers).status_code
            if name not in expected:
                assert status == 403
            elif name == "households" or "/items/" not in path:
                assert status == 200
    after = client.get("/ogc/collections").json()["collections"]
    assert [one["id"] for one in after] == list(PUBLIC)  # what a role was told is not told to the next


def test_a_scope_sees_its_part(client: TestClient, token: Callable[..., Headers]) -> None:
    for prefix in (COUNTY, *TOWNSHIPS, people()[0].grid):
        page = client.get("/ogc/collections/households/items?limit=1000", headers=token("grid_staff", prefix)).json()
        expected = {one.id for one in people() if one.grid.startswith(prefix)}
        assert {feature["id"] for feature in page["features"]} == expected
        assert page["numberMatched"] == len(expected)


def test_requests_at_the_same_time_keep_their_scopes(live: str, token: Callable[..., Headers]) -> None:
    def ask(prefix: str) -> tuple[str, set[str]]:
        headers = token("grid_staff", prefix)
        page = httpx2.get(f"{live}/collections/households/items", headers=headers, timeout=60).json()
        return prefix, {feature["properties"]["grid_code"] for feature in page["features"]}

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, TOWNSHIPS * 20))
    for prefix, codes in answers:
        assert codes == {one.grid for one in people() if one.grid.startswith(prefix)}


def test_an_item_outside_the_scope_is_not_there(client: TestClient, token: Callable[..., Headers]) -> None:
    inside = next(one for one in people() if one.grid.startswith(TOWNSHIPS[0]))
    address = f"/ogc/collections/households/items/{inside.id}"
    assert client.get(address, headers=token("grid_staff", TOWNSHIPS[0])).status_code == 200
    assert client.get(address, headers=token("grid_staff", TOWNSHIPS[1])).status_code == 404


def test_personal_answers_carry_no_telephone(client: TestClient, token: Callable[..., Headers]) -> None:
    for name in PERSONAL:
        assert "13000000000" not in client.get(f"/ogc/collections/{name}/items", headers=token("operator")).text


@pytest.mark.parametrize("header", ["Bearer", "Bearer x.y.z", "Basic dTpw", "bearer null", "Token abc"])
@pytest.mark.parametrize("path", ["", "/collections", "/collections/grids/items", "/openapi"])
def test_a_wrong_token_is_refused_even_for_public_data(client: TestClient, header: str, path: str) -> None:
    assert client.get(f"/ogc{path}", headers={"Authorization": header}).status_code == 401


def test_an_expired_token_and_another_key_are_refused(client: TestClient, app: FastAPI) -> None:
    scope = Scope((COUNTY,), "test", "operator")
    for key, hours in ((app.state.token_key, -1), ("another-key-of-thirty-two-bytes-or-more", 1)):
        text, _ = make_token(key, scope, name="", hours=hours)
        answer = client.get("/ogc/collections/households/items", headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == 401
