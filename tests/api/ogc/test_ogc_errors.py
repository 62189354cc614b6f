"""Bad requests: each gets a problem in both languages and its own status; nothing is dropped or cut in silence."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from starlette.testclient import TestClient

from api.ogc.collections import COLLECTIONS
from gis.db import connect_admin
from tests.api.ogc.county import HEIR
from tests.examples import examples

ITEMS = "/ogc/collections/grids/items"
CRS = "http://www.opengis.net/def/crs/EPSG/0"
BAD = [
    ("limit=1e9", 400, "limit"),
    ("offset=1&after=x", 400, "grid code"),
    ("sortby=name&after=532322", 400, "sortby"),
    ("limit=0", 400, "limit"),
    ("limit=-1", 400, "limit"),
    ("limit=unlimited", 400, "limit"),
    ("limit=１", 400, "limit"),
    ("limit=1&limit=2", 400, "more than once"),
    ("offset=-1", 400, "offset"),
    ("offset=99999999999", 400, "offset"),
    ("bbox=nan,nan,nan,nan", 400, "finite"),
    ("bbox=101,24,inf,25", 400, "finite"),
    ("bbox=101,24,102", 400, "bbox"),
    ("bbox=101,25,102,24", 400, "minimum"),
    ("bbox=24,101,25,102", 400, "axes"),
    (f"bbox=1,1,0,0&bbox-crs={CRS}/3857", 400, "minimum"),
    (f"bbox-crs={CRS}/4490", 400, "without bbox"),
    (f"bbox=1,1,2,2&bbox-crs={CRS}/2154", 400, "coordinate reference system"),
    (f"crs={CRS}/2154", 400, "4490"),
    (f"crs={CRS}/4513", 400, "coordinate reference system"),
    ("crs=", 400, "coordinate reference system"),
    ("datetime=yesterday", 400, "datetime"),
    ("datetime=2024-13-01", 400, "datetime"),
    ("datetime=../..", 400, "interval"),
    ("datetime=../P2D", 400, "date"),
    ("datetime=2024-01-01/P", 400, "date"),
    ("datetime=2024-01-01/P9999Y", 400, "interval"),
    ("datetime=2024-01-02/2024-01-01", 400, "interval"),
    ("datetime=2024-01-01/2024-01-02/2024-01-03", 400, "interval"),
    ("datetime=1999-01-01", 404, "edition"),
    ("edition=99", 404, "edition"),
    ("edition=0", 400, "edition"),
    ("edition=x", 400, "edition"),
    ("level=five", 400, "level"),
    ("level=5.0", 400, "level"),
    ("area_m2=nan", 400, "area_m2"),
    ("sortby=", 400, "property"),
    ("sortby=geom", 400, "property"),
    ("properties=name,secret", 400, "secret"),
    ("skipGeometry=maybe", 400, "skipGeometry"),
    ("resulttype=all", 400, "resulttype"),
    ("f=jsonld", 400, "json"),
    ("f=xlsx", 400, "csv"),
    ("lang=fr", 400, "zh"),
    ("filter-lang=cql2-text", 400, "without filter"),
    ("filter-crs=x", 400, "without filter"),
    ("filter=level%3D5&filter-lang=cql1", 400, "cql2-text"),
    (f"filter=level%3D5&filter-crs={CRS}/2154", 400, "coordinate reference system"),
    ("q=x", 400, "not supported"),
    ("levle=5", 400, "levle"),
    ("name=%00", 400, "invalid character"),
    ("code=%27%3B+DROP+TABLE+gis.grid%3B--", 200, ""),
]


@pytest.mark.parametrize(("query", "status", "told"), BAD, ids=[query[:40] for query, _, _ in BAD])
def test_bad_parameters(client: TestClient, query: str, status: int, told: str) -> None:
    answer = client.get(f"{ITEMS}?{query}")
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.json()["numberMatched"] == 0
        return
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert told in body["detail_en"]
    assert body["detail_zh"] != body["detail_en"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/collections/nothing", 404, "not-found"),
        ("/collections/nothing/items", 404, "not-found"),
        ("/collections/nothing/schema", 404, "not-found"),
        ("/collections/grids/items/abc", 400, "invalid-code"),
        ("/collections/grids/items/5323221", 400, "invalid-code"),
        ("/collections/grids/items/532322999", 404, "not-found"),
        ("/collections/grids-level6/items/532322", 400, "invalid-code"),
        (f"/collections/grids-level5/items/{HEIR}", 400, "invalid-code"),
        ("/collections/units/items/532322", 400, "invalid-code"),
        ("/collections/units/items/53232210120100101999", 404, "not-found"),
        ("/collections/centres/items/abc", 400, "invalid-input"),
        ("/collections/centres/items/99999999999999999999", 400, "invalid-input"),
        ("/collections/centres/items/123456", 404, "not-found"),
        ("/collections/grids/items/%00", 400, "invalid-code"),
        ("/nothing", 404, "http-404"),
        ("/collections/grids/nothing", 404, "http-404"),
    ],
)
def test_bad_addresses(client: TestClient, path: str, status: int, code: str) -> None:
    answer = client.get(f"/ogc{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_writing_is_no_method_here(client: TestClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, ITEMS, content=b"{}").status_code == 405


def test_unknown_parameters_are_refused_on_every_document(client: TestClient) -> None:
    for path in ("", "/conformance", "/collections", "/openapi", "/collections/grids", "/collections/grids/schema"):
        assert client.get(f"/ogc{path}?limit=5").status_code == 400


NAMES = st.sampled_from(
    [
        "limit",
        "offset",
        "bbox",
        "bbox-crs",
        "crs",
        "datetime",
        "edition",
        "sortby",
        "properties",
        "resulttype",
        "filter",
        "filter-lang",
        "filter-crs",
        "f",
        "lang",
    ]
    + [field.name for field in COLLECTIONS["grids"].fields]
)
VALUES = st.text(max_size=20) | st.sampled_from(["1", "6", "name", "-level", "2024-01-01", "101,24,102,25", "json"])


@settings(max_examples=examples(50, 150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_whatever_is_asked_the_answer_is_right_or_a_clear_refusal(client: TestClient, asked: dict[str, str]) -> None:
    answer = client.get(ITEMS, params=asked)
    assert answer.status_code in {200, 400, 404}, answer.text
    assert "SELECT" not in answer.text
    assert "psycopg" not in answer.text


@settings(max_examples=examples(25, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["grids", "units", "centres"]), st.text(min_size=1, max_size=25))
def test_whatever_id_is_asked(client: TestClient, name: str, identifier: str) -> None:
    answer = client.get(f"/ogc/collections/{name}/items/".rstrip("/") + "/" + _quoted(identifier))
    assert answer.status_code in {200, 307, 400, 404}, answer.text


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))


def test_a_broken_table_tells_no_sql(client: TestClient, database_url: str) -> None:
    rename = sql.SQL("ALTER TABLE gis.centre RENAME TO {}")
    with connect_admin(database_url) as connection:
        connection.execute(rename.format(sql.Identifier("gone")))
        try:
            answer = client.get("/ogc/collections/centres/items")
        finally:
            connection.execute(sql.SQL("ALTER TABLE gis.gone RENAME TO centre"))
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "gis.centre" not in answer.text
    assert client.get("/ogc/collections/centres/items").status_code == 200
