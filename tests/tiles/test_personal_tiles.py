"""Households and disputes in tiles: all of the caller's, none of anybody else's, at every zoom."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.codes import WIDTHS
from gis.db import Connection, Database
from gis.errors import Forbidden, NotSignedIn
from gis.scope import Scope
from tests.examples import examples
from tests.tiles.decoded import Feature, decode, inside, tile_at, vertices
from tiles import serve
from tiles.layers import AGGREGATED_TO, CLUSTERED_TO
from tiles.matrix import CGCS2000, WEB_MERCATOR, frame
from tiles.serve import bounds, tile

COUNTY = ("532322",)


@dataclass(frozen=True)
class Record:
    """A household or a dispute as stored; ``kind`` is its risk or its state."""

    id: str
    code: str
    lon: float
    lat: float
    kind: str


@dataclass(frozen=True)
class Truth:
    """Everything that is in the county, read with the scope of all of it."""

    households: dict[str, Record]
    disputes: dict[str, Record]

    def of(self, layer: str) -> dict[str, Record]:
        return self.households if layer == "households" else self.disputes


def _scope(prefixes: tuple[str, ...]) -> Scope:
    return Scope(prefixes, "test", "operator")


@pytest.fixture(scope="module")
def truth(database: Database) -> Truth:
    with database.transaction(_scope(COUNTY)) as connection:
        households = connection.execute(
            """SELECT h.id::text, h.grid_code::text, ST_X(h.geom), ST_Y(h.geom), coalesce(r.level, 'none')
               FROM gis.household AS h
               LEFT JOIN gis.risk_rating AS r ON r.household_id = h.id AND r.ended_at IS NULL
               WHERE h.until IS NULL"""
        ).fetchall()
        disputes = connection.execute(
            "SELECT id::text, grid_code::text, ST_X(geom), ST_Y(geom), state FROM gis.dispute"
        ).fetchall()
    return Truth({row[0]: Record(*row) for row in households}, {row[0]: Record(*row) for row in disputes})


def _read(
    database: Database, prefixes: tuple[str, ...], layer: str, place: tuple[int, int, int], tms: str = WEB_MERCATOR
) -> list[Feature]:
    scope = _scope(prefixes)
    with database.transaction(scope) as connection:
        return decode(tile(connection, [layer], *place, 1, tms=tms, scope=scope).packed.plain()).get(layer, [])


def _places(database: Database, z: int, tms: str = WEB_MERCATOR) -> Iterator[tuple[int, int, int]]:
    """All tiles that the county touches."""
    with database.transaction() as connection:
        west, south, east, north = bounds(connection, 1)
    _, left, top = tile_at(west, north, z, tms)
    _, right, bottom = tile_at(east, south, z, tms)
    return ((z, x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))


def _prefixes(truth: Truth, picks: list[tuple[int, int]]) -> tuple[str, ...]:
    """Jurisdictions of any level that hold households."""
    codes = sorted({record.code for record in truth.households.values()})
    return tuple(codes[number % len(codes)][: WIDTHS[level]] for number, level in picks)


PICKS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(3, 6)), min_size=1, max_size=3)
LAYER = st.sampled_from(["households", "disputes"])


@settings(max_examples=examples(12, 40), deadline=None)
@given(picks=PICKS, layer=LAYER, z=st.integers(CLUSTERED_TO + 1, 16), at=st.integers(0, 10**6))
def test_single_points_are_those_of_the_scope_in_the_tile(
    database: Database, truth: Truth, picks: list[tuple[int, int]], layer: str, z: int, at: int
) -> None:
    prefixes = _prefixes(truth, picks)
    mine = [record for record in truth.of(layer).values() if record.code.startswith(prefixes)]
    around = (mine or list(truth.households.values()))[at % len(mine or truth.households)]
    place = tile_at(around.lon, around.lat, z)
    found = {feature.properties["id"] for feature in _read(database, prefixes, layer, place)}
    west, south, east, north = _reach(place)
    expected = {record.id for record in mine if west < record.lon < east and south < record.lat < north}
    assert found == expected


def _reach(place: tuple[int, int, int]) -> tuple[float, float, float, float]:
    """The tile with its buffer: the search box without its margin of two units."""
    box = frame(WEB_MERCATOR, *place)
    share = 2 / (4096 + 2 * 66)
    dx, dy = (box.east - box.west) * share, (box.north - box.south) * share
    return box.west + dx, box.south + dy, box.east - dx, box.north - dy


@settings(max_examples=examples(10, 25), deadline=None)
@given(picks=PICKS, layer=LAYER, z=st.integers(0, AGGREGATED_TO))
def test_counts_are_those_of_the_scope(
    database: Database, truth: Truth, picks: list[tuple[int, int]], layer: str, z: int
) -> None:
    prefixes = _prefixes(truth, picks)
    width = 9 if z < 10 else 12 if z == 10 else 15
    expected = Counter(record.code[:width] for record in truth.of(layer).values() if record.code.startswith(prefixes))
    found: dict[str, int] = {}
    for place in _places(database, min(z, 8)) if z < 10 else _near(database, truth, prefixes, z):
        for feature in _read(database, prefixes, layer, place):
            code, count = feature.properties["code"], feature.properties["count"]
            assert found.setdefault(code, count) == count  # the same in the buffer of the next tile
    assert set(found) <= set(expected)
    assert all(expected[code] == count for code, count in found.items())
    if z < 10:
        assert found == expected


def _near(database: Database, truth: Truth, prefixes: tuple[str, ...], z: int) -> set[tuple[int, int, int]]:
    """Tiles with households of the scope, and some beside them."""
    mine = [record for record in truth.households.values() if record.code.startswith(prefixes)][:40]
    return {tile_at(record.lon, record.lat, z) for record in mine}


@pytest.mark.parametrize("tms", [WEB_MERCATOR, CGCS2000])
@pytest.mark.parametrize(("z", "width"), [(8, 9), (10, 12)])
def test_no_household_is_lost_in_the_counts(database: Database, truth: Truth, z: int, width: int, tms: str) -> None:
    ground = z if tms == WEB_MERCATOR else z - 1
    found: dict[str, dict[str, int]] = {}
    for place in _places(database, ground, tms):
        for feature in _read(database, COUNTY, "households", place, tms):
            found[feature.properties["code"]] = feature.properties
    expected = Counter(record.code[:width] for record in truth.households.values())
    assert {code: counts["count"] for code, counts in found.items()} == expected
    risks = Counter(record.kind for record in truth.households.values())
    for risk in ("red", "yellow", "green"):
        assert sum(counts[risk] for counts in found.values()) == risks[risk]


@settings(max_examples=examples(10, 30), deadline=None)
@given(picks=PICKS, layer=LAYER, z=st.integers(AGGREGATED_TO + 1, CLUSTERED_TO), at=st.integers(0, 10**6))
def test_clusters_hold_each_point_of_the_scope_once(
    database: Database, truth: Truth, picks: list[tuple[int, int]], layer: str, z: int, at: int
) -> None:
    prefixes = _prefixes(truth, picks)
    mine = [record for record in truth.of(layer).values() if record.code.startswith(prefixes)]
    around = (mine or list(truth.households.values()))[at % len(mine or truth.households)]
    place = tile_at(around.lon, around.lat, z)
    expected = Counter(_cell(record, place) for record in mine if tile_at(record.lon, record.lat, z) == place)
    found = _read(database, prefixes, layer, place)
    assert len(found) <= (4096 // serve.CELL) ** 2  # no cloud
    assert Counter({_at(feature): feature.properties.get("count", 1) for feature in found}) == expected
    for feature in found:
        assert ("id" in feature.properties) == ("count" not in feature.properties)
        assert feature.properties.get("id", around.id) in {record.id for record in (*mine, around)}


def _cell(record: Record, place: tuple[int, int, int]) -> tuple[int, int]:
    z, x, y = place
    across = (record.lon + 180) / 360 * 2**z - x
    down = (1 - math.asinh(math.tan(math.radians(record.lat))) / math.pi) / 2 * 2**z - y
    return math.floor(across * 4096) // serve.CELL, math.floor(down * 4096) // serve.CELL


def _at(feature: Feature) -> tuple[int, int]:
    x, y = shapely.get_coordinates(feature.geometry)[0]
    return int(x) // serve.CELL, int(y) // serve.CELL


@pytest.mark.parametrize("limit", ["MAX_POINTS", "MAX_BYTES"])
@pytest.mark.parametrize("layer", ["households", "disputes"])
def test_too_many_points_or_bytes_are_clustered_and_none_is_cut(
    database: Database, truth: Truth, monkeypatch: pytest.MonkeyPatch, layer: str, limit: str
) -> None:
    record = next(iter(truth.of(layer).values()))
    place = tile_at(record.lon, record.lat, 14)
    single = [found for found in _read(database, COUNTY, layer, place) if inside(vertices(found.geometry))]
    scope = _scope(COUNTY)
    with database.transaction(scope) as connection:
        whole = tile(connection, [layer], *place, 1, scope=scope)
    assert whole.gathered == []
    most = len(single) // 2 if limit == "MAX_POINTS" else len(whole.packed.plain()) - 1
    monkeypatch.setattr(serve, limit, most)
    with database.transaction(scope) as connection:
        assert tile(connection, [layer], *place, 1, scope=scope).gathered == [layer]
    gathered = _read(database, COUNTY, layer, place)
    assert sum(found.properties.get("count", 1) for found in gathered) == len(single)
    assert all(inside(vertices(found.geometry)) for found in gathered)


@pytest.mark.parametrize("tms", [WEB_MERCATOR, CGCS2000])
def test_a_point_lies_where_it_was_surveyed(database: Database, truth: Truth, tms: str) -> None:
    record = next(iter(truth.households.values()))
    z, x, y = tile_at(record.lon, record.lat, 16, tms)
    found = _read(database, COUNTY, "households", (z, x, y), tms)
    (own,) = [feature for feature in found if feature.properties["id"] == record.id]
    across, down = shapely.get_coordinates(own.geometry)[0] / 4096
    if tms == CGCS2000:
        lon, lat = -180 + (x + across) * 180 / 2**z, 90 - (y + down) * 180 / 2**z
    else:
        lon = (x + across) / 2**z * 360 - 180
        lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (y + down) / 2**z))))
    unit = 360 / 2**z / 4096
    assert (lon, lat) == pytest.approx((record.lon, record.lat), abs=unit)


def test_a_risk_is_shown_as_rated_and_none_as_none(database: Database, truth: Truth) -> None:
    red = next(record for record in truth.households.values() if record.kind == "red")
    found = _read(database, COUNTY, "households", tile_at(red.lon, red.lat, 14))
    assert found
    for feature in found:
        assert set(feature.properties) == {"id", "risk"}
        assert feature.properties["risk"] == truth.households[feature.properties["id"]].kind


def test_a_dispute_of_a_grid_that_is_gone_is_still_counted(connection: Connection) -> None:
    connection.execute("INSERT INTO gis.code (code) VALUES ('532322199'), ('53232219929900101')")
    connection.execute(
        """UPDATE gis.dispute SET grid_code = '53232219929900101'
           WHERE id = (SELECT id FROM gis.dispute ORDER BY id LIMIT 1)"""
    )
    found = decode(tile(connection, ["disputes"], 0, 0, 0, 1, scope=_scope(COUNTY)).packed.plain())["disputes"]
    assert sum(feature.properties["count"] for feature in found) == 1381
    assert {"532322199"} <= {feature.properties["code"] for feature in found}


@pytest.mark.parametrize("layer", ["households", "disputes"])
@pytest.mark.parametrize("z", [0, 9, 10, 12, 14, 16])
def test_the_database_refuses_where_the_scope_is_not_set(database: Database, truth: Truth, layer: str, z: int) -> None:
    record = next(iter(truth.of(layer).values()))
    place = tile_at(record.lon, record.lat, z)
    with pytest.raises(Forbidden), database.transaction() as connection:
        tile(connection, [layer], *place, 1, scope=_scope(COUNTY))
    with pytest.raises(NotSignedIn), database.transaction(_scope(COUNTY)) as connection:
        tile(connection, [layer], *place, 1)


def test_row_policies_hold_even_if_the_predicate_claims_more(database: Database, truth: Truth) -> None:
    village = next(iter(truth.households.values())).code[:12]
    with database.transaction(_scope((village,))) as connection:
        found = decode(tile(connection, ["households"], 0, 0, 0, 1, scope=_scope(COUNTY)).packed.plain())["households"]
    assert [feature.properties["code"] for feature in found] == [village[:9]]
