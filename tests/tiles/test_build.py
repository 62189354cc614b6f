"""Building an edition: only what differs is encoded, the bytes are those of a full build, and it can be undone."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Rollback

from gis.arrays import Geometries, Texts
from gis.codes import WIDTHS
from gis.db import Connection, Database
from tests.examples import examples
from tests.tiles.decoded import decode
from tests.tiles.small_coverage import MOVED, small_coverage
from tiles import store
from tiles.build import build, discard
from tiles.layers import STORED
from tiles.matrix import WEB_MERCATOR
from tiles.parts import packed

NEAR_MOVED = {MOVED, "53232210220102101"}
ADD_EDITION = """INSERT INTO gis.edition (number, state, valid_from, activated_at, title, author, synthetic)
                 VALUES (%s, %s, '2024-01-01', %s, 'edition', 'test', true)"""
ADD_GRID = """INSERT INTO gis.grid (code, name, geom, label_point, area_m2, edition_from)
              SELECT %s, %s, ST_Multi(g), ST_PointOnSurface(g), ST_Area(g::geography), %s
              FROM (SELECT ST_GeomFromWKB(%s, 4490) AS g) AS given"""
ADD_UNIT = """INSERT INTO gis.unit (code, name, size, geom, edition_from)
              SELECT %s, 'unit', 10, ST_Multi(ST_GeomFromWKB(%s, 4490)), %s"""


def _grids(codes: Texts, leaves: Geometries) -> dict[str, bytes]:
    """Grids of all levels with their outline as WKB."""
    found: dict[str, bytes] = {}
    for width in WIDTHS.values():
        if width > 17:
            continue
        above = codes.astype(f"U{width}")
        for code in np.unique(above):
            found[str(code)] = shapely.to_wkb(shapely.coverage_union_all(leaves[above == code]))
    return found


def store_edition(
    connection: Connection, edition: int, coverage: tuple[Texts, Geometries], renamed: frozenset[str] = frozenset()
) -> None:
    """Write an edition's grids, and each basic grid as a unit, as boundaries would: only what changed."""
    connection.execute(ADD_EDITION, [edition, "prepared" if edition > 1 else "current", None if edition > 1 else "now"])
    new = _grids(*coverage)
    standing = connection.execute(
        "SELECT code::text, ST_AsBinary(geom), name FROM gis.grid WHERE edition_to IS NULL"
    ).fetchall()
    old = {code: (bytes(wkb), name) for code, wkb, name in standing}
    names = {code: "renamed" if code in renamed else "grid" for code in new}
    changed = [
        code
        for code in new
        if code not in old
        or names[code] != old[code][1]
        or not shapely.from_wkb(new[code]).equals(shapely.from_wkb(old[code][0]))
    ]
    gone = [code for code in old if code not in new or code in changed]
    for table in ("UPDATE gis.grid SET edition_to = %s WHERE edition_to IS NULL AND code::text = ANY (%s)",
                  "UPDATE gis.unit SET edition_to = %s WHERE edition_to IS NULL AND grid_code = ANY (%s)"):  # fmt: skip
        connection.execute(table, [edition, gone])
    for code in changed:
        connection.execute("INSERT INTO gis.code (code) VALUES (%s) ON CONFLICT DO NOTHING", [code])
        connection.execute(ADD_GRID, [code, names[code], edition, new[code]])
        if len(code) == 17:
            connection.execute(ADD_UNIT, [code + "001", new[code], edition])


def _tiles(connection: Connection, edition: int) -> dict[store.Place, list[bytes]]:
    """Every tile of an edition: the bytes of its parts, whatever their parts are numbered."""
    parts = {number: part.deflated for number, part in store.read_all_parts(connection, edition)}
    found = store.read_all_tiles(connection, edition)
    return {place: [parts[number] if number else b"" for number in numbers] for place, numbers in found}


def _count(connection: Connection, query: Any) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def database(empty_url: str) -> Database:
    return Database(empty_url, size=1)


def test_a_second_edition_shares_what_did_not_change(database: Database) -> None:
    with database, database.transaction() as connection:
        store_edition(connection, 1, small_coverage())
        build(connection, 1)
        first = _tiles(connection, 1)
        store_edition(connection, 2, small_coverage(moved=True))
        build(connection, 2)
        assert _tiles(connection, 1) == first
        second = _tiles(connection, 2)
        changed = {place for place in first.keys() | second.keys() if first.get(place) != second.get(place)}
        assert 0 < len(changed) < 0.4 * len(first)
        told = store.changed_tiles(connection, 1, 2)
        assert {(store.SETS.index(tms), z, x, y) for tms, z, x, y in told} == changed
        assert _count(connection, "SELECT count(*) FROM tiles.tile WHERE edition_from = 2") <= len(changed)
        finest = {(z, x, y) for tms, z, x, y in changed if (tms, z) == (0, 16)}
        for tile, layers in store.read_tiles(connection, 2, WEB_MERCATOR, sorted(finest), ["level6"]).items():
            codes = {feature.properties["code"] for feature in decode(packed(layers).plain())["level6"]}
            assert codes & NEAR_MOVED, tile


CHANGES = st.fixed_dictionaries(
    {
        "moved": st.booleans(),
        "without": st.sets(st.integers(0, 31), max_size=2),
        "merged": st.sets(st.integers(0, 30), max_size=2),
        "renamed": st.sets(st.sampled_from(["532322", "532322102", "532322101201", "53232210220101601"]), max_size=2),
    }
)


def _changed(codes: Texts, leaves: Geometries, without: set[int], merged: set[int]) -> tuple[Texts, Geometries]:
    """The coverage with some grids left out and some joined with the next one."""
    kept = dict(zip(codes.tolist(), leaves, strict=True))
    names = list(kept)
    for number in merged:
        one, other = names[number % len(names)], names[(number + 1) % len(names)]
        if one in kept and other in kept:
            kept[one] = shapely.union_all([kept[one], kept.pop(other)])
    for number in without:
        kept.pop(names[number % len(names)], None)
    return np.array(list(kept), dtype="U17"), np.array(list(kept.values()), dtype=object)


@settings(max_examples=examples(2, 6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 50), change=CHANGES)
def test_what_is_built_of_a_change_is_what_a_full_build_gives(
    database_of_many: Database, seed: int, change: dict[str, Any]
) -> None:
    before = small_coverage(seed, roughness=0.2)
    after = _changed(*small_coverage(seed, roughness=0.2, moved=change["moved"]), change["without"], change["merged"])
    with database_of_many.transaction() as connection:
        store_edition(connection, 1, before)
        build(connection, 1)
        store_edition(connection, 2, after, frozenset(change["renamed"]))
        build(connection, 2)
        quick = _tiles(connection, 2)
        build(connection, 2, everything=True)
        assert _tiles(connection, 2) == quick
        raise Rollback


@pytest.fixture
def database_of_many(empty_url: str) -> Any:
    with Database(empty_url, size=1) as database:
        yield database


def test_discarding_leaves_no_trace(database: Database) -> None:
    everything = (
        "SELECT * FROM tiles.tile ORDER BY tms, z, x, y",
        "SELECT * FROM tiles.part ORDER BY number",
        "SELECT edition FROM tiles.built",
    )
    with database, database.transaction() as connection:
        store_edition(connection, 1, small_coverage())
        build(connection, 1)
        before = [connection.execute(query).fetchall() for query in everything]
        store_edition(connection, 2, small_coverage(moved=True))
        build(connection, 2)
        assert store.is_built(connection, 2)
        discard(connection, 2)
        assert [connection.execute(query).fetchall() for query in everything] == before
        assert not store.is_built(connection, 2)


def test_building_again_changes_nothing_and_progress_only_grows(database: Database) -> None:
    told: list[float] = []
    with database, database.transaction() as connection:
        store_edition(connection, 1, small_coverage())
        build(connection, 1, told.append)
        first = _tiles(connection, 1)
        build(connection, 1)
        assert _tiles(connection, 1) == first
    assert told == sorted(set(told))
    assert told[-1] == 1


def test_an_edition_without_grids_has_no_tiles(database: Database) -> None:
    with database, database.transaction() as connection:
        connection.execute(ADD_EDITION, [1, "current", "now"])
        build(connection, 1)
        assert _tiles(connection, 1) == {}


def test_a_tile_read_alone_is_the_one_read_with_all(database: Database) -> None:
    with database, database.transaction() as connection:
        store_edition(connection, 1, small_coverage())
        build(connection, 1)
        found = _tiles(connection, 1)
        for place in list(found)[:: max(len(found) // 50, 1)]:
            (_, z, x, y), tms = place, store.SETS[place[0]]
            read = store.read_tiles(connection, 1, tms, [(z, x, y)], STORED)[z, x, y]
            assert [part.deflated for part in read] == [deflated for deflated in found[place] if deflated]
        assert store.read_tiles(connection, 1, WEB_MERCATOR, [(16, 0, 0)], STORED) == {}
