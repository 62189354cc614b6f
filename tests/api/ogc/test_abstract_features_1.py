"""Abstract tests of OGC API – Features – Part 1: Core 1.0.1 (17-069r4), annex A: core, GeoJSON, HTML, OpenAPI 3.0."""

from datetime import UTC, date, datetime

import pytest
import schemathesis
from shapely.geometry import box, shape

from api.ogc.collections import COLLECTIONS
from api.ogc.routes import CONFORMANCE
from api.ogc.when import parse_when
from tests.api.ogc.view import View, links

CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def test_core_root_op_and_success(view: View) -> None:
    landing = view.get("/")
    assert {"service-desc", "service-doc", "conformance", "data"} <= {link["rel"] for link in landing["links"]}
    for rel in ("service-desc", "service-doc", "conformance", "data"):
        assert all(view.ask(link["href"]).status_code == 200 for link in links(landing, rel))


def test_core_api_definition_op_and_success(view: View) -> None:
    (link,) = links(view.get("/"), "service-desc")
    answer = view.ask(link["href"])
    assert answer.headers["content-type"] == link["type"] == "application/vnd.oai.openapi+json;version=3.0"


def test_core_conformance_op_and_success(view: View) -> None:
    declared = view.get("/conformance")["conformsTo"]
    assert {CORE + name for name in ("core", "geojson", "html", "oas30")} <= set(declared)
    assert declared == list(CONFORMANCE)


def test_core_http(view: View) -> None:
    answer = view.client.head("/ogc", headers=view.headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert view.client.post("/ogc/collections", headers=view.headers).status_code == 405


@pytest.mark.parametrize(
    "path", ["/", "/conformance", "/collections", "/collections/grids", "/collections/grids/items"]
)
def test_core_query_param_unknown(view: View, path: str) -> None:
    assert view.ask(path, unknown=1).status_code == 400


@pytest.mark.parametrize(("name", "value"), [("limit", "x"), ("bbox", "1,2,3"), ("datetime", "x"), ("level", "x")])
def test_core_query_param_invalid(view: View, name: str, value: str) -> None:
    assert view.ask("/collections/grids/items", **{name: value}).status_code == 400


def test_core_crs84(view: View) -> None:
    for name in view.names():
        answer = view.ask(f"/collections/{name}/items", limit=3)
        assert answer.headers["content-crs"] == f"<{CRS84}>"
        for feature in answer.json()["features"]:
            west, south, east, north = shape(feature["geometry"]).bounds
            assert 101 < west <= east < 102
            assert 24 < south <= north < 25


def test_core_fc_md_op_success_and_links(view: View) -> None:
    document = view.get("/collections")
    assert links(document, "self")
    assert links(document, "alternate")
    assert all({"rel", "type", "href"} <= link.keys() for link in document["links"])


def test_core_fc_md_items_and_their_links(view: View) -> None:
    scoped = bool(view.headers)
    assert set(view.names()) == {name for name, one in COLLECTIONS.items() if scoped or one.permission is None}
    for one in view.get("/collections")["collections"]:
        items = links(one, "items")
        assert {"application/geo+json", "text/html"} <= {link["type"] for link in items}
        for link in items:
            assert view.ask(link["href"]).headers["content-type"].startswith(link["type"])


def test_core_fc_md_extent(view: View) -> None:
    for one in view.get("/collections")["collections"]:
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        area = box(west, south, east, north).buffer(1e-6)
        assert one["extent"]["spatial"].get("crs", CRS84) == CRS84
        assert all(area.covers(shape(f["geometry"])) for f in view.page(one["id"], limit=1000)["features"])
        begin, end = one["extent"]["temporal"]["interval"][0]
        assert datetime.fromisoformat(begin)
        assert end is None


def test_core_sfc_md_op_and_success(view: View) -> None:
    for one in view.get("/collections")["collections"]:
        assert view.get(f"/collections/{one['id']}") == one
    assert view.ask("/collections/nothing").status_code == 404


def test_core_fc_limit_definition(view: View) -> None:
    for name in view.names():
        limit = view.parameter(f"/collections/{name}/items", "limit")
        assert (limit["in"], limit["required"], limit["style"], limit["explode"]) == ("query", False, "form", False)
        assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}


def test_core_fc_limit_response_1(view: View) -> None:
    for name in view.names():
        assert [len(view.page(name, limit=n)["features"]) <= n for n in (1, 2, 1000)] == [True] * 3
    assert len(view.page("units")["features"]) <= 100


def test_core_fc_bbox_definition(view: View) -> None:
    bbox = view.parameter("/collections/grids/items", "bbox")
    assert (bbox["in"], bbox["required"], bbox["style"], bbox["explode"]) == ("query", False, "form", False)
    assert bbox["schema"] == {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}


def test_core_fc_bbox_response(view: View) -> None:
    window = box(101.26, 24.36, 101.31, 24.41)
    for name in view.names():
        every = view.page(name, limit=1000)["features"]
        wanted = {f["id"] for f in every if shape(f["geometry"]).intersects(window)}
        for bbox in ("101.26,24.36,101.31,24.41", "101.26,24.36,-9,101.31,24.41,9000"):
            assert {f["id"] for f in view.page(name, limit=1000, bbox=bbox)["features"]} == wanted


def test_core_fc_time_definition(view: View) -> None:
    when = view.parameter("/collections/grids/items", "datetime")
    assert (when["in"], when["required"], when["style"], when["explode"]) == ("query", False, "form", False)
    assert when["schema"] == {"type": "string"}


@pytest.mark.parametrize("when", ["2024-07-01", "2024-07-01T00:00:00Z", "../2024-07-01T00:00:00Z", "2024-07-01/.."])
def test_core_fc_time_response(view: View, when: str) -> None:
    assert view.page("grids", datetime=when)["edition"] == 2
    assert view.page("grids", datetime="2023-06-01")["edition"] == 1


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ("2024-01-01/P2D", date(2024, 1, 3)),
        ("2024-01-31/P1M", date(2024, 2, 29)),
        ("2024-01-31/P1Y1M1W1D", date(2025, 3, 8)),
        ("2023-12-31T16:00:00Z", date(2024, 1, 1)),  # in China it is the next day
        ("2023-12-31T23:59:59", date(2023, 12, 31)),
        ("2024-01-01/2024-02-01", date(2024, 2, 1)),
        ("2024-01-01/..", None),
    ],
)
def test_core_fc_time_as_the_executable_suite_writes_it(when: str, day: date | None) -> None:
    assert parse_when(when) == day


def test_core_fc_time_begins_with_the_extent(view: View) -> None:
    """The beginning of a collection's extent, told in UTC, lies in the first edition."""
    for one in view.get("/collections")["collections"]:
        begin = datetime.fromisoformat(one["extent"]["temporal"]["interval"][0][0])
        assert view.page(one["id"], datetime=begin.astimezone(UTC).isoformat().replace("+00:00", "Z"))["edition"] == 1


def test_core_fc_links_and_rel_type(view: View) -> None:
    for name in view.names():
        page = view.page(name, limit=1)
        assert {"application/geo+json", "text/html"} == {
            link["type"] for rel in ("self", "alternate") for link in links(page, rel)
        }
        assert all("type" in link for link in page["links"])
        assert bool(links(page, "next")) == (page["numberMatched"] > 1)


def test_core_fc_number_matched_and_returned(view: View) -> None:
    for name in view.names():
        page, seen, following = view.page(name, limit=7), list[str](), 0
        matched = page["numberMatched"]
        while True:
            assert page["numberReturned"] == len(page["features"])
            assert page["numberMatched"] == matched
            seen += [str(feature["id"]) for feature in page["features"]]
            onward = links(page, "next")
            if not onward:
                break
            page, following = view.get(onward[0]["href"]), following + 1
        assert len(seen) == len(set(seen)) == matched


def test_core_f_op_success_and_links(view: View) -> None:
    for name in view.names():
        first = view.page(name, limit=1)["features"][0]
        item = view.get(f"/collections/{name}/items/{first['id']}")
        assert {key: item[key] for key in first} == first
        assert {"self", "alternate", "collection"} <= {link["rel"] for link in item["links"]}
        assert view.ask(links(item, "self")[0]["href"]).json()["id"] == first["id"]


def test_geojson_definition_and_content(view: View) -> None:
    for name in view.names():
        answer = view.ask(f"/collections/{name}/items", limit=2)
        assert answer.headers["content-type"] == "application/geo+json"
        assert answer.json()["type"] == "FeatureCollection"
        assert all(feature["type"] == "Feature" for feature in answer.json()["features"])


def test_html_definition_and_content(view: View) -> None:
    for path in ("/", "/conformance", "/collections", "/collections/grids", "/collections/grids/items"):
        answer = view.client.get(f"/ogc{path}", headers={**view.headers, "Accept": "text/html"})
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.text.startswith("<!doctype html>")


def test_oas30_definition_and_completeness(view: View) -> None:
    document = view.get("/openapi")
    schemathesis.openapi.from_dict(document).validate()
    paths = document["paths"]
    wanted = {"/", "/conformance", "/collections"}
    wanted |= {f"/collections/{name}{rest}" for name in view.names() for rest in ("", "/items", "/items/{featureId}")}
    assert wanted <= paths.keys()


def test_oas30_exceptions_codes(view: View) -> None:
    for path, operations in view.get("/openapi")["paths"].items():
        assert {"200", "400", "401", "404", "503"} <= operations["get"]["responses"].keys(), path


def test_oas30_security(view: View) -> None:
    document = view.get("/openapi")
    assert document["security"] == [{}, {"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
