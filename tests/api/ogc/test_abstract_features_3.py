"""Abstract tests of OGC API – Features – Part 3: Filtering 1.0 (19-079r2), annex A: queryables, their parameters, filter."""

import pytest

from api.ogc.collections import COLLECTIONS
from tests.api.ogc.county import HEIR
from tests.api.ogc.view import REL, View, links

DIALECTS = ("https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema")


def test_queryables_get_queryables_op(view: View) -> None:
    for one in view.get("/collections")["collections"]:
        told = links(one, f"{REL}queryables")
        assert {"application/schema+json", "text/html"} == {link["type"] for link in told}
        assert all(view.ask(link["href"]).status_code == 200 for link in told)


def test_queryables_get_queryables_response(view: View) -> None:
    for name in view.names():
        answer = view.ask(f"/collections/{name}/queryables")
        document = answer.json()
        assert answer.headers["content-type"] == "application/schema+json"
        assert document["$schema"] in DIALECTS
        assert document["$id"] == f"http://testserver/ogc/collections/{name}/queryables"
        assert document["type"] == "object"
        assert document["additionalProperties"] is False
        for key, prop in document["properties"].items():
            assert ("type" in prop) != prop.get("format", "").startswith("geometry-"), key


def test_queryables_query_parameters(view: View) -> None:
    for name in view.names():
        for key in view.get(f"/collections/{name}/queryables")["properties"]:
            if key != "geometry":
                assert view.parameter(f"/collections/{name}/items", key)["schema"]["type"]
        first = view.page(name, limit=1)["features"][0]
        for key, value in first["properties"].items():
            if isinstance(value, str | int):
                told = str(value).lower() if isinstance(value, bool) else value
                page = view.page(name, limit=1000, **{key: told})
                assert first["id"] in {feature["id"] for feature in page["features"]}, (name, key)
                assert {feature["properties"][key] for feature in page["features"]} == {value}


def test_filter_get_queryables_filter_param(view: View) -> None:
    for name in view.names():
        assert view.parameter(f"/collections/{name}/items", "filter")["schema"] == {"type": "string"}


def test_filter_filter_lang_param(view: View) -> None:
    told = view.parameter("/collections/grids/items", "filter-lang")["schema"]
    assert told == {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"}
    json = '{"op":"=","args":[{"property":"level"},3]}'
    by_json = view.page("grids", filter=json, **{"filter-lang": "cql2-json"})
    assert by_json["features"] == view.page("grids", filter="level=3")["features"]
    assert by_json["numberMatched"] == 2
    assert view.ask("/collections/grids/items", filter="level=3", **{"filter-lang": "ecql"}).status_code == 400


def test_filter_filter_crs_wgs84_and_param(view: View) -> None:
    point = view.page("grids", filter="S_INTERSECTS(geometry,POINT(101.27 24.34))")
    swapped = {"filter-crs": "http://www.opengis.net/def/crs/EPSG/0/4490"}
    assert (
        view.page("grids", filter="S_INTERSECTS(geometry,POINT(24.34 101.27))", **swapped)["features"]
        == point["features"]
    )
    assert point["numberMatched"] == 5
    assert view.ask("/collections/grids/items", filter="level=3", **{"filter-crs": "x"}).status_code == 400


@pytest.mark.parametrize("text", ["nothing=1", "level=", "area_m2 > 'x'", "code LIKE 5"])
def test_filter_expression_invalid_is_400(view: View, text: str) -> None:
    assert view.ask("/collections/grids/items", filter=text).status_code == 400


def test_filter_mixing_expressions(view: View) -> None:
    """Everything must hold: filter, box, equal properties."""
    page = view.page("grids", filter="level>4", level=6, bbox="101.2,24.3,101.3,24.4", limit=1000)
    parts = [
        view.page("grids", limit=1000, **part)
        for part in ({"filter": "level>4"}, {"level": 6}, {"bbox": "101.2,24.3,101.3,24.4"})
    ]
    wanted = set.intersection(*({f["id"] for f in part["features"]} for part in parts))
    assert {f["id"] for f in page["features"]} == wanted
    assert wanted


def test_features_filter_filter_param_and_response(view: View) -> None:
    page = view.page("grids", filter=f"code='{HEIR}'")
    assert [feature["id"] for feature in page["features"]] == [HEIR]
    assert page["numberMatched"] == 1
    for name in view.names():
        key = COLLECTIONS[name].fields[0].name
        assert view.page(name, filter=f"{key} IS NULL")["numberMatched"] == 0
