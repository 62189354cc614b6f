"""No scope sees a household or a dispute of another grid, in whatever edition, tile or zoom it looks for it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import LiteralString

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.codes import WIDTHS
from gis.db import Database
from gis.scope import Scope
from tests.boundaries.squares import COUNTY, SCOPE, TOWN, VILLAGE, leaf
from tests.conftest import Templates
from tests.gis.five_editions import five_editions
from tests.tiles.decoded import decode, tile_at
from tiles.layers import counted_level
from tiles.matrix import CGCS2000, WEB_MERCATOR, ground_zoom
from tiles.serve import tile

CODES = [COUNTY, TOWN, VILLAGE, *(leaf(number)[:15] for number in range(1, 8)), *map(leaf, range(1, 8))]
"""Of all grids there ever were, the retired ones too."""
DISPUTE = """INSERT INTO gis.dispute (number, title, category, source, urgency, geom, occurred_at, accepted_at, deadline,
                                      state, grid_code, edition, border_m, sure)
             VALUES (%(code)s::text, '示例', 'neighbour', 'visit', 'normal', ST_Point(%(lon)s, %(lat)s, 4490), '2020-05-01',
                     '2020-05-01', '2020-06-01', 'handle', %(code)s, 1, 100, true)"""
RECORDS: dict[str, LiteralString] = {
    "households": "SELECT id::text, grid_code::text, ST_X(geom), ST_Y(geom) FROM gis.household",
    "disputes": "SELECT id::text, grid_code::text, ST_X(geom), ST_Y(geom) FROM gis.dispute",
}
PLACES = [(101.505, 24.515), (101.515, 24.515), (101.5025, 24.505), (101.515, 24.505)]


@dataclass(frozen=True)
class Truth:
    """By layer: id → code it is in now, longitude, latitude. By edition: household → code it was in."""

    records: dict[str, dict[str, tuple[str, float, float]]]
    assigned: dict[int, dict[str, str]]


@pytest.fixture(scope="module")
def store(templates: Templates) -> Iterator[tuple[Database, Truth]]:
    with five_editions(templates) as url, Database(url, size=1) as database:
        with database.transaction(SCOPE) as connection:
            for number, (lon, lat) in enumerate(PLACES, 1):
                connection.execute(DISPUTE, {"lon": lon, "lat": lat, "code": leaf(number)})
            records = {layer: connection.execute(query).fetchall() for layer, query in RECORDS.items()}
            truth = Truth({layer: {row[0]: row[1:] for row in rows} for layer, rows in records.items()}, {})
            for edition in range(1, 6):
                rows = connection.execute(
                    "SELECT household_id::text, grid_code::text FROM gis.assignment_at(%s)", [edition]
                ).fetchall()
                truth.assigned[edition] = dict(rows)
        yield database, truth


SCOPES = st.sets(st.sampled_from(CODES), min_size=1, max_size=3).map(lambda codes: tuple(sorted(codes)))


@settings(max_examples=150, deadline=None)
@given(
    prefixes=SCOPES,
    layer=st.sampled_from(["households", "disputes"]),
    edition=st.integers(1, 5),
    z=st.integers(0, 16),
    tms=st.sampled_from([WEB_MERCATOR, CGCS2000]),
    at=st.integers(0, 10**6),
)
def test_a_tile_holds_what_is_in_the_scope_and_nothing_else(
    store: tuple[Database, Truth], prefixes: tuple[str, ...], layer: str, edition: int, z: int, tms: str, at: int
) -> None:
    database, truth = store
    records = truth.records[layer]
    _, lon, lat = list(records.values())[at % len(records)]
    scope = Scope(prefixes, "test", "operator")
    with database.transaction(scope) as connection:
        made = tile(connection, [layer], *tile_at(lon, lat, z, tms), edition, tms=tms, scope=scope)
    found = [feature.properties for feature in decode(made.packed.plain()).get(layer, [])]
    mine = {name for name, record in records.items() if record[0].startswith(prefixes)}
    assert {counts["id"] for counts in found if "id" in counts} <= mine
    level = counted_level(ground_zoom(tms, z))
    if level is None:
        assert sum(counts.get("count", 1) for counts in found) <= len(mine)
        return
    codes = truth.assigned[edition] if layer == "households" else {name: record[0] for name, record in records.items()}
    # One who moved into the scope later was somebody else's then, one who moved out is somebody else's now.
    seen = [name for name in mine if codes[name].startswith(prefixes)]
    expected = Counter(codes[name][: WIDTHS[level]] for name in seen)
    assert all(expected[counts["code"]] == counts["count"] for counts in found)
    assert z > 0 or {counts["code"] for counts in found} == set(expected)
