"""CQL2 filters on items: what they find, in which systems and collections, and how they are refused."""

import json
from collections.abc import Callable

import pytest
import shapely
from pyproj import Transformer
from starlette.testclient import TestClient

from api.ogc.collections import COLLECTIONS
from api.ogc.cql.parse import parse_filter
from gis.errors import InvalidInput
from tests.api.ogc.county import COUNTY, HEIR, TEXT, TOWNSHIPS, grids, leaves, people

Headers = dict[str, str]
GRIDS = "/ogc/collections/grids/items"
CRS = "http://www.opengis.net/def/crs/EPSG/0"
PLACE = leaves()[HEIR].representative_point()
POINT = f"POINT({PLACE.x} {PLACE.y})"
AROUND = {code for code in grids() if HEIR.startswith(code)}


def found(
    client: TestClient, text: str, headers: Headers | None = None, address: str = GRIDS, more: Headers | None = None
) -> set[str]:
    params = {"filter": text, "limit": "1000", **(more or {})}
    answer = client.get(address, params=params, headers=headers or {})
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["numberMatched"] == page["numberReturned"] == len(page["features"])
    return {feature["id"] for feature in page["features"]}


def width(*widths: int) -> set[str]:
    return {code for code in grids() if len(code) in widths}


FILTERS = [
    ("level = 6", width(17)),
    ("level IN (2, 3) OR code = '532322101201'", width(6, 9) | {"532322101201"}),
    ("level BETWEEN 3 AND 4", width(9, 12)),
    ("code LIKE '532322101%' AND level = 3", {TOWNSHIPS[0]}),
    ("code LIKE '_____2'", {COUNTY}),
    ("parent IS NULL", {COUNTY}),
    ("NOT (parent IS NOT NULL)", {COUNTY}),
    ("level * 2 + 1 = 13 AND level / 4 > 1 AND level div 4 = 1 AND level % 4 = 2", width(17)),
    ("level ^ 2 = 36", width(17)),
    ("10 / (level - 6) > -3", width(6)),
    ("parent < code", set(grids()) - {COUNTY}),
    (f"S_INTERSECTS(geometry, {POINT})", AROUND),
    (f"S_CONTAINS(geometry, {POINT}) AND level = 6", {HEIR}),
    (f"S_DISJOINT(geometry, {POINT})", set(grids()) - AROUND),
    ("S_WITHIN(geometry, BBOX(101, 24, 102, 25))", set(grids())),
    ("S_INTERSECTS(geometry, BBOX(170, -10, -170, 10))", set[str]()),
    ("CASEI(name) = CASEI('测试县')", {COUNTY}),
    ("ACCENTI(name) LIKE '测_县'", {COUNTY}),
    ("true", set(grids())),
    ("1 = 2", set[str]()),
]


@pytest.mark.parametrize(("text", "expected"), FILTERS, ids=[text[:50] for text, _ in FILTERS])
def test_finds_exactly_what_it_says(client: TestClient, text: str, expected: set[str]) -> None:
    assert found(client, text) == expected


def test_the_two_languages_say_the_same(client: TestClient) -> None:
    tree = {"op": "and", "args": [
        {"op": "=", "args": [{"property": "level"}, 6]},
        {"op": "s_intersects", "args": [{"property": "geometry"}, shapely.geometry.mapping(PLACE)]},
    ]}  # fmt: skip
    assert found(client, json.dumps(tree), more={"filter-lang": "cql2-json"}) == {HEIR}


@pytest.mark.parametrize("number", [4326, 4490, 3857, 4543])
def test_coordinates_of_a_filter_are_in_the_order_of_its_system(client: TestClient, number: int) -> None:
    first, second = Transformer.from_crs("EPSG:4490", f"EPSG:{number}").transform(PLACE.y, PLACE.x)
    system = {"filter-crs": f"{CRS}/{number}"}
    assert found(client, f"S_INTERSECTS(geometry, POINT({first} {second}))", more=system) == AROUND
    box = f"BBOX({first - 1e-7}, {second - 1e-7}, {first + 1e-7}, {second + 1e-7})"
    assert found(client, f"S_INTERSECTS(geometry, {box})", more=system) == AROUND


def test_filters_go_with_the_other_parameters(client: TestClient) -> None:
    assert found(client, "level = 6", more={"parent": HEIR[:15]}) == {
        code for code in leaves() if code.startswith(HEIR[:15])
    }
    assert found(client, "level = 6", more={"edition": "1"}) == set(leaves(1))
    first = client.get(GRIDS, params={"filter": "level = 6 AND name <> 'a&b'", "limit": 10}).json()
    (following,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    codes = [one["id"] for page in (first, client.get(following).json()) for one in page["features"]]
    assert codes == sorted(leaves())


def test_people_are_found_inside_the_scope_only(client: TestClient, token: Callable[..., Headers]) -> None:
    address = "/ogc/collections/households/items"
    assert client.get(address, params={"filter": "members > 2"}).status_code == 401
    township = token("mediator", TOWNSHIPS[0])
    expected = {one.id for n, one in enumerate(people()) if n % 5 > 1 and one.grid.startswith(TOWNSHIPS[0])}
    assert found(client, "members > 2", township, address) == expected
    text = "address = '" + TEXT.replace("'", "''") + "' OR risk = 'red' OR true"
    assert found(client, text, township, address) == {o.id for o in people() if o.grid.startswith(TOWNSHIPS[0])}


def test_dates_and_moments(client: TestClient, token: Callable[..., Headers]) -> None:
    homes, disputes = "/ogc/collections/households/items", "/ogc/collections/disputes/items"
    leader = token("leader")
    assert len(found(client, "since = DATE('2022-01-01')", leader, homes)) == len(people())
    assert found(client, "T_AFTER(since, DATE('2022-01-01'))", leader, homes) == set()
    first = {"00000000-0000-0000-0000-000000001388"}  # accepted on 1 March, at 8 in China
    assert found(client, "accepted_at = TIMESTAMP('2023-03-01T08:00:00+08:00')", leader, disputes) == first
    assert found(client, "T_DURING(accepted_at, INTERVAL('2023-02-28', '2023-03-01'))", leader, disputes) == first
    assert found(client, "T_BEFORE(accepted_at, DATE('2023-03-02'))", leader, disputes) == first
    assert found(client, "T_BEFORE(accepted_at, DATE('2023-03-01'))", leader, disputes) == set()
    assert (
        found(client, "T_INTERSECTS(INTERVAL(accepted_at, deadline), INTERVAL('..', '2023-03-01'))", leader, disputes)
        == first
    )


REFUSED = [
    ("level =", "line 1, character"),
    ("", "not CQL2"),
    ("level", "filter takes a boolean"),
    ("geom = 1", 'no property "geom"; known: code'),
    ("level = 'six'", "= takes a number, not a text"),
    ("name LIKE 5", "like takes a text"),
    ("level AND true", "and takes a boolean"),
    ("geometry = geometry", "S_EQUALS"),
    ("level = pg_sleep(5)", "pg_sleep"),
    ("S_INTERSECTS(geometry, level)", "takes a geometry"),
    ("S_INTERSECTS(geometry, POINT(24 101))", "90"),
    ("S_INTERSECTS(geometry, BBOX(101, 25, 102, 24))", "axes"),
    ("S_WITHIN(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "crosses itself"),
    ("T_AFTER(level, DATE('2024-01-01'))", "takes a timestamp"),
    ("DATE('2024-13-01') = DATE('2024-13-01')", "2023-12-31"),
    ("INTERVAL('..', '..') = 1", "INTERVAL"),
    ("level = 1e999", "too large"),
    ("level ^ 9999 > 1", "overflows"),
    ("name LIKE '网格\\'", "cannot be evaluated"),
    ("(" * 30 + "level = 6" + ")" * 30, "nested too deeply"),
    ("(" * 30, "nested too deeply"),
    ("not " * 5000 + "true", "more than 500"),
    ("level = 1" + " + 1" * 400, "nested too deeply"),
    ("code = 'a\0b'", "invalid character"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED, ids=[text[:30] for text, _ in REFUSED])
def test_a_bad_filter_is_told_in_both_languages(client: TestClient, text: str, told: str) -> None:
    answer = client.get(GRIDS, params={"filter": text})
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert told in problem["detail_en"]
    assert problem["detail_zh"] != problem["detail_en"]
    assert not {"SELECT", "psycopg", "ST_", "numeric", "::"} & set(answer.text.split())


@pytest.mark.parametrize(
    "text",
    ["nope", "5", "[]", "{}", "null", '{"op":"="}', '{"op":"=","args":[1]}', '{"op":5,"args":[]}', '{"op":"and","args":[true]}',
     '{"op":"=","args":[null,1]}', '{"op":"=","args":[{"property":5},1]}', '{"op":"in","args":[{"property":"level"},6]}',
     '{"op":"s_equals","args":[{"property":"geometry"},{"bbox":[1,2]}]}',
     '{"op":"s_equals","args":[{"property":"geometry"},{"type":"Point","coordinates":["a"]}]}',
     '{"op":"s_equals","args":[{"property":"geometry"},{"type":"Nothing"}]}',
     '{"op":"t_after","args":[{"interval":[1]},{"date":"2024-01-01"}]}',
     '{"op":"not","args":[' * 500 + "true" + "]}" * 500],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_bad_json_is_told_too(client: TestClient, text: str) -> None:
    answer = client.get(GRIDS, params={"filter": text, "filter-lang": "cql2-json"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "invalid-input"


def test_a_filter_has_a_longest_length() -> None:
    with pytest.raises(InvalidInput, match="longer than"):
        parse_filter("level = 6 and " * 5000, "cql2-text")


def test_every_property_can_be_filtered_by(client: TestClient, token: Callable[..., Headers]) -> None:
    for name, collection in COLLECTIONS.items():
        parts = [f"{field.name} IS NULL OR {field.name} = {field.name}" for field in collection.fields]
        text = " AND ".join(f"({part})" for part in parts)
        everything = client.get(f"/ogc/collections/{name}/items?resulttype=hits", headers=token("operator")).json()
        told = found(client, text, token("operator"), f"/ogc/collections/{name}/items")
        assert len(told) == everything["numberMatched"]
