"""Random filters over the demonstration county: the same grids as shapely and Python find, or a plain refusal."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from gis.db import connect_admin
from tests.api.ogc.cql.grammar import Row, filters
from tests.conftest import Templates
from tests.examples import examples

ITEMS = "/ogc/collections/grids-level5/items"
TOKENS = [
    "level", "area_m2", "name", "code", "parent", "geometry", "other", "'a'", "''", "1", "0", "-2.5", "1e308", "1e999", "=", "<>", "<",
    ">=", "(", ")", ",", "+", "-", "*", "/", "^", "%", "div", "AND", "OR", "NOT", "LIKE", "NOT LIKE", "IN", "BETWEEN", "IS NULL", "true",
    "CASEI(", "ACCENTI(", "S_INTERSECTS(", "S_WITHIN(", "S_TOUCHES(", "T_AFTER(", "T_MEETS(", "INTERVAL(", "'..'", "DATE('2024-02-30')",
    "DATE('2024-01-01')", "TIMESTAMP('2024-01-01T00:00:00Z')", "BBOX(101,24,102,25)", "POINT(101 24)", "POINT(24 101)", "A_EQUALS(", "f(",
    "POLYGON((0 0,1 1,1 0,0 1,0 0))", "GEOMETRYCOLLECTION(POINT(101 24),LINESTRING(101 24,102 25))", "LINESTRING(101 24,101 24)", ";", "--",
]  # fmt: skip
CALLS = st.builds(
    "{}({}, {})".format,
    st.sampled_from(["S_INTERSECTS", "S_EQUALS", "S_CROSSES", "T_AFTER", "T_DURING", "T_EQUALS", "A_CONTAINS"]),
    *[st.sampled_from([token for token in TOKENS if token[0].isalnum() and not token.endswith("(")])] * 2,
)
SQL = re.compile(
    r"SELECT|psycopg|ST_[A-Z]|::|PostGIS|pg_|syntax error|SQLSTATE|numeric|double precision", re.IGNORECASE
)
RELAXED = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(50, 120)
)


@pytest.fixture(scope="module")
def database_url(templates: Templates) -> Iterator[str]:
    url = templates.clone(templates.county())
    yield url
    templates.drop(url)


@pytest.fixture(scope="module")
def rows(database_url: str) -> dict[str, Row]:
    """The grids of level 5 as they are stored."""
    text = (
        "SELECT code::text, name, level, parent, round(area_m2 * 10) / 10, ST_AsBinary(geom) FROM gis.grid_at(1)"
        " WHERE level = 5"
    )
    with connect_admin(database_url) as connection:
        found = connection.execute(text).fetchall()
    names = ("code", "name", "level", "parent", "area_m2")
    return {row[0]: Row(dict(zip(names, row, strict=False)), shapely.from_wkb(row[5])) for row in found}


@cache
def strategy(
    texts: tuple[str, ...], areas: tuple[float, ...], corners: tuple[tuple[float, float], ...]
) -> st.SearchStrategy[Any]:
    return filters(list(texts), list(areas), list(corners))


@RELAXED
@given(st.data())
def test_finds_the_grids_that_shapely_finds(client: TestClient, rows: dict[str, Row], data: st.DataObject) -> None:
    some = list(rows.values())[::25]
    texts = tuple(str(row.values[name]) for row in some for name in ("code", "name", "parent"))
    corners = tuple((float(x), float(y)) for row in some for x, y in shapely.get_coordinates(row.geometry)[:3])
    drawn = data.draw(strategy(texts, tuple(float(row.values["area_m2"]) for row in some), corners))
    answer = client.get(ITEMS, params={"filter": drawn.text, "limit": 1000, "skipGeometry": "true"})
    assert answer.status_code == 200, (drawn.text, answer.text)
    page = answer.json()
    expected = {code for code, row in rows.items() if drawn.value(row)}
    assert page["numberMatched"] == len(expected), drawn.text
    assert len(expected) > 1000 or {one["id"] for one in page["features"]} == expected, drawn.text


@RELAXED
@given(st.lists(st.sampled_from(TOKENS) | CALLS, max_size=8).map(" ".join) | CALLS | st.text(max_size=30))
def test_whatever_is_asked_is_answered_or_refused(client: TestClient, text: str) -> None:
    answer = client.get(ITEMS, params={"filter": text, "limit": 1})
    assert answer.status_code in {200, 400}, (text, answer.text)
    if answer.status_code == 400:
        problem = answer.json()
        assert not SQL.search(problem["detail_en"].replace(text, "")), problem
