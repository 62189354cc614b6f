"""How strong the random filters are: each wrong operation is noticed by some of them."""

import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.ogc.cql import compile as compiler
from api.ogc.cql import terms
from api.ogc.cql.parse import parse_filter
from tests.api.ogc.county import COUNTY, grids
from tests.api.ogc.cql.grammar import Expression, Row, filters

ITEMS = "/ogc/collections/grids/items"
MANY = 600
pytestmark = pytest.mark.long  # minutes on a busy machine
WRONG: dict[str, dict[str, str]] = {
    "<= is <": {"less_equal": "({a} < {b})"},
    ">= is >": {"greater_equal": "({a} > {b})"},
    "< is <=": {"less": "({a} <= {b})"},
    "> is >=": {"greater": "({a} >= {b})"},
    "= is <>": {"equal": "({a} <> {b})"},
    "<> holds of unknown": {"unequal": "({a} IS DISTINCT FROM {b})"},
    "NOT of unknown is true": {"not": "({a} IS NOT TRUE)"},
    "NOT of unknown is false, negated": {"not": "(NOT coalesce({a}, true))", "is_null": "({a} IS NOT NULL)"},
    "IS NULL never holds": {"is_null": "({a} IS NULL AND false)"},
    "AND inside BETWEEN is OR": {"and": "({a} OR {b})"},
    "LIKE has no case": {"like": "({a} ILIKE {b} OR {a} LIKE '%1')"},
    "IN is NOT IN": {"in": "({a} NOT IN ({b}))"},
    "division by zero is zero": {"divide": "coalesce({a} / NULLIF({b}, 0), 0)"},
    "- is +": {"subtract": "({a} + {b})"},
    "S_INTERSECTS is S_WITHIN": {"s_intersects": "ST_Within({a}, {b})"},
    "S_WITHIN is S_INTERSECTS": {"s_within": "ST_Intersects({a}, {b})"},
    "S_WITHIN is S_CONTAINS": {"s_within": "ST_Contains({a}, {b})"},
    "S_CONTAINS is S_INTERSECTS": {"s_contains": "ST_Intersects({a}, {b})"},
    "S_DISJOINT is S_TOUCHES": {"s_disjoint": "ST_Touches({a}, {b})"},
    "S_TOUCHES is S_INTERSECTS": {"s_touches": "ST_Intersects({a}, {b})"},
    "S_OVERLAPS is S_INTERSECTS": {"s_overlaps": "ST_Intersects({a}, {b})"},
    "S_CROSSES is S_INTERSECTS": {"s_crosses": "ST_Intersects({a}, {b})"},
    "S_EQUALS is S_WITHIN": {"s_equals": "ST_Within({a}, {b})"},
}


@pytest.fixture(scope="module")
def rows(client: TestClient) -> dict[str, Row]:
    """The grids of all levels; only the county has no parent."""
    page = client.get(ITEMS, params={"skipGeometry": "true", "limit": 1000}).json()
    found = {one["id"]: Row(one["properties"], grids()[one["id"]]) for one in page["features"]}
    assert found[COUNTY].values["parent"] is None
    return found


def as_read(corner: tuple[float, float]) -> tuple[float, ...]:
    """A corner as the parser reads it: of numbers with 17 digits in WKT it changes the last bit of every eighth."""
    point = parse_filter(f"S_EQUALS(geometry, POINT({corner[0]!r} {corner[1]!r}))", "cql2-text")["args"][1]
    return tuple(point["coordinates"])


@pytest.fixture(scope="module")
def chosen(rows: dict[str, Row]) -> list[tuple[str, set[str]]]:
    """Random filters, always the same, each with the grids it means."""
    some = list(rows.values())
    texts = [str(row.values[name]) for row in some for name in ("code", "name", "parent") if row.values[name]]
    corners = [(float(x), float(y)) for row in some for x, y in shapely.get_coordinates(row.geometry)[:3]]
    corners = [corner for corner in corners if as_read(corner) == corner]
    found: dict[str, Expression] = {}

    @settings(derandomize=True, database=None, max_examples=MANY, phases=[Phase.generate], deadline=None)
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        one = data.draw(filters(texts, [float(row.values["area_m2"]) for row in some], corners))
        found[one.text] = one

    draw()
    return [(one.text, {code for code, row in rows.items() if one.value(row) is True}) for one in found.values()]


def noticed(client: TestClient, chosen: list[tuple[str, set[str]]]) -> str | None:
    """The first filter that is not answered with the grids it means."""
    for text, expected in chosen:
        answer = client.get(ITEMS, params={"filter": text, "limit": 1000, "skipGeometry": "true"})
        if answer.status_code != 200 or {one["id"] for one in answer.json()["features"]} != expected:
            return text
    return None


def test_right_operations_are_not_noticed(client: TestClient, chosen: list[tuple[str, set[str]]]) -> None:
    assert noticed(client, chosen) is None


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_operation_is_noticed(
    client: TestClient, chosen: list[tuple[str, set[str]]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for operation, text in WRONG[name].items():
        assert operation in terms.OPERATIONS
        monkeypatch.setitem(vars(terms)["_SQL"], operation, text)
    assert noticed(client, chosen) is not None


@pytest.mark.parametrize(("one", "other"), [("and", " OR "), ("or", " AND ")])
def test_swapped_junctions_are_noticed(
    client: TestClient, chosen: list[tuple[str, set[str]]], monkeypatch: pytest.MonkeyPatch, one: str, other: str
) -> None:
    monkeypatch.setitem(vars(compiler)["_JOINED"], one, other)
    assert noticed(client, chosen) is not None
