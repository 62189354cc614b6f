"""Building an edition: what did not change is shared, readers of other editions see nothing, and it can be undone."""

from typing import Any

import numpy as np
import pytest
import shapely

from gis.arrays import Geometries, Texts
from gis.codes import WIDTHS
from gis.db import Connection, Database
from tests.tiles.small_coverage import MOVED, small_coverage
from tiles.build import build, discard

ADD_EDITION = """INSERT INTO gis.edition (number, state, valid_from, activated_at, title, author, synthetic)
                 VALUES (%s, %s, '2024-01-01', %s, 'edition', 'test', true)"""
ADD_GRID = """INSERT INTO gis.grid (code, name, geom, label_point, area_m2, edition_from)
              SELECT %s, 'grid', ST_Multi(g), ST_PointOnSurface(g), ST_Area(g::geography), %s
              FROM (SELECT ST_GeomFromWKB(%s, 4490) AS g) AS given"""
SHAPES = """SELECT zoom, code, same_as, geom FROM tiles.shape
            WHERE edition_from <= %s AND (edition_to IS NULL OR edition_to > %s) ORDER BY zoom, code"""
BORDERS = """SELECT zoom, left_code, right_code, geom FROM tiles.border
             WHERE edition_from <= %s AND (edition_to IS NULL OR edition_to > %s)
             ORDER BY zoom, left_code, right_code"""


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


def _store(connection: Connection, edition: int, coverage: tuple[Texts, Geometries]) -> None:
    """Write an edition's grids as boundaries would: only what changed."""
    connection.execute(ADD_EDITION, [edition, "prepared" if edition > 1 else "current", None if edition > 1 else "now"])
    new = _grids(*coverage)
    standing = connection.execute(
        "SELECT code::text, ST_AsBinary(ST_GeometryN(geom, 1)) FROM gis.grid WHERE edition_to IS NULL"
    ).fetchall()
    old = {code: bytes(wkb) for code, wkb in standing}
    changed = [
        code for code in new if code not in old or not shapely.from_wkb(new[code]).equals(shapely.from_wkb(old[code]))
    ]
    gone = [code for code in old if code not in new or code in changed]
    connection.execute("UPDATE gis.grid SET edition_to = %s WHERE code::text = ANY (%s)", [edition, gone])
    for code in changed:
        connection.execute("INSERT INTO gis.code (code) VALUES (%s) ON CONFLICT DO NOTHING", [code])
        connection.execute(ADD_GRID, [code, edition, new[code]])


def _rows(connection: Connection, edition: int) -> list[Any]:
    """All rows that an edition consists of."""
    return [connection.execute(query, [edition, edition]).fetchall() for query in (SHAPES, BORDERS)]


@pytest.fixture
def store(empty_url: str) -> Database:
    return Database(empty_url, size=1)


def test_a_second_edition_shares_what_did_not_change(store: Database) -> None:
    with store, store.transaction() as connection:
        _store(connection, 1, small_coverage())
        build(connection, 1)
        first = _rows(connection, 1)
        _store(connection, 2, small_coverage(moved=True))
        build(connection, 2)
        assert _rows(connection, 1) == first
        second = _rows(connection, 2)
        assert second != first
        shared = connection.execute("SELECT count(*) FROM tiles.shape WHERE edition_to IS NULL AND edition_from = 1")
        assert (shared.fetchone() or [0])[0] > 0.6 * len(first[0])
        near = {
            row[1]
            for row in connection.execute("SELECT zoom, code FROM tiles.shape WHERE edition_from = 2 AND zoom = 16")
        }
        assert MOVED in near
        assert len(near) <= 8  # the moved grid, its neighbours, and those above them

        connection.execute("DELETE FROM tiles.shape; DELETE FROM tiles.border")
        build(connection, 2)
        assert _rows(connection, 2) == second


def test_discarding_leaves_no_trace(store: Database) -> None:
    with store, store.transaction() as connection:
        _store(connection, 1, small_coverage())
        build(connection, 1)
        before = connection.execute("SELECT * FROM tiles.shape ORDER BY zoom, code").fetchall()
        borders = connection.execute("SELECT * FROM tiles.border ORDER BY zoom, left_code, right_code").fetchall()
        _store(connection, 2, small_coverage(moved=True))
        build(connection, 2)
        discard(connection, 2)
        assert connection.execute("SELECT * FROM tiles.shape ORDER BY zoom, code").fetchall() == before
        assert (
            connection.execute("SELECT * FROM tiles.border ORDER BY zoom, left_code, right_code").fetchall() == borders
        )


def test_building_again_changes_nothing_and_progress_only_grows(store: Database) -> None:
    told: list[float] = []
    with store, store.transaction() as connection:
        _store(connection, 1, small_coverage())
        build(connection, 1, told.append)
        first = _rows(connection, 1)
        build(connection, 1)
        assert _rows(connection, 1) == first
    assert told == sorted(set(told))
    assert told[-1] == 1


def test_an_edition_without_grids_has_no_tiles(store: Database) -> None:
    with store, store.transaction() as connection:
        connection.execute(ADD_EDITION, [1, "current", "now"])
        build(connection, 1)
        assert _rows(connection, 1) == [[], []]
