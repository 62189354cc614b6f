"""gis.locate and gis.locate_chain in SQL: the look-up index's answers, by date, by index, for readers of public data."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import psycopg
import pytest
import shapely
from psycopg import sql

from boundaries.drafts import Change
from gis.codes import WIDTHS
from gis.coverage import load_coverage
from gis.db import Connection, Database
from gis.locate import Locator
from tests.boundaries.squares import COUNTY, DAY, SCOPE, first_changes, leaf, put, square, west
from tests.conftest import Templates

LATER = date(2024, 7, 1)


def near(coordinates: np.ndarray, seed: int) -> np.ndarray:
    """Vertices, edge midpoints, points along edges, and all of them 1e-16 … 1e-12 degrees off: (n, 2)."""
    rng = np.random.default_rng(seed)
    start, end = coordinates[:-1], coordinates[1:]
    exact = np.vstack([start, (start + end) / 2, start + rng.uniform(size=(len(start), 1)) * (end - start)])
    off = [exact + rng.choice([-1, 0, 1], exact.shape) * step for step in (1e-16, 1e-15, 2e-14, 1e-13, 1e-12)]
    return np.vstack([exact, *off])


def disagreements(connection: Connection, locator: Locator, points: np.ndarray, day: date | None) -> int:
    """Points whose basic grid, or any level above it, differs between SQL and the index."""
    lon, lat = points[:, 0], points[:, 1]
    found = connection.execute(
        "SELECT c.level2, c.level3, c.level4, c.level5, c.level6, gis.locate(p.lon, p.lat, 4, %s)"
        " FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS p(lon, lat, row),"
        " gis.locate_chain(p.lon, p.lat, %s) AS c ORDER BY p.row",
        [day, lon.tolist(), lat.tolist(), day],
    ).fetchall()
    wanted = [locator.codes_at(lon, lat, level).tolist() for level in (2, 3, 4, 5, 6, 4)]
    rows = zip(found, zip(*wanted, strict=True), strict=True)
    return sum(tuple(code or "" for code in row) != codes for row, codes in rows)


def outline(shapes: np.ndarray) -> np.ndarray:
    return shapely.get_coordinates(shapely.get_exterior_ring(shapely.get_parts(shapes)))


def test_the_county_at_its_borders(connection: Connection) -> None:
    coverage = load_coverage(connection)
    rows = connection.execute("SELECT ST_AsBinary(geom) FROM gis.grid_at(1) WHERE level = 6 ORDER BY code").fetchall()
    corners = outline(shapely.from_wkb(np.array([bytes(row[0]) for row in rows[::60]], dtype=object)))
    points = near(corners[:: max(1, len(corners) // 400)], seed=1)
    assert len(points) > 5000
    assert disagreements(connection, coverage.locator, points, None) == 0


@pytest.fixture(scope="module")
def moved(templates: Templates) -> Iterator[Database]:
    """Four squares in edition 1; from edition 2 on the border between 001 and 002 is slanted."""
    url = templates.clone(templates.empty())
    with Database(url, size=1) as database:
        with database.transaction(SCOPE) as connection:
            put(connection, first_changes(), DAY)
            first = west(1.2345678901)
            rest = shapely.difference(square(0, 1, 2), first)
            put(connection, [Change(leaf(1), "put", "一", first), Change(leaf(2), "put", "二", rest)], LATER)
        yield database
    templates.drop(url)


@pytest.mark.parametrize("day", [DAY, date(2024, 6, 30), LATER, None])
def test_a_slanted_border_on_its_day(moved: Database, day: date | None) -> None:
    with moved.transaction() as connection:
        coverage = load_coverage(connection, 2 if day in {LATER, None} else 1)
        corners = outline(np.array([west(1.2345678901), square(0, 1, 2), square(0, 1)], dtype=object))
        dense = shapely.get_coordinates(shapely.segmentize(shapely.linestrings(corners), 6e-4))
        points = near(dense, seed=2)
        assert len(points) > 5000
        assert disagreements(connection, coverage.locator, points, day) == 0


def one(connection: Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_levels_days_and_places_without_a_grid(moved: Database) -> None:
    with moved.transaction() as connection:
        inside = "gis.locate(101.511, 24.519"
        assert one(connection, f"SELECT {inside})") == leaf(1)
        assert one(connection, f"SELECT {inside}, 6, '2024-06-30')") == leaf(2)
        assert one(connection, f"SELECT {inside}, day => '2023-01-01')") == leaf(2)
        assert one(connection, f"SELECT {inside}, 6, '2022-12-31')") is None
        for level in (2, 3, 4, 5, 6):
            assert one(connection, f"SELECT {inside}, {level})") == leaf(1)[: WIDTHS[level]]
        for nothing in (f"{inside}, 7)", "gis.locate(0, 0)", "gis.locate('NaN', 24.5)", "gis.locate('Infinity', 0)",
                        "gis.locate(NULL, 24.5)", "gis.locate(1e300, -1e300)"):  # fmt: skip
            assert one(connection, f"SELECT {nothing}") is None
        assert one(connection, "SELECT gis.locate(101.51, 24.51)") == leaf(1)  # the corner of all four
        row = connection.execute("SELECT * FROM gis.locate_chain(101.511, 24.519, '2023-05-01')").fetchone()
        assert row == (1, COUNTY, leaf(2)[:9], leaf(2)[:12], leaf(2)[:15], leaf(2))
        row = connection.execute("SELECT * FROM gis.locate_chain(0, 0)").fetchone()
        assert row == (2, None, None, None, None, None)


def test_a_join_goes_by_the_spatial_index(connection: Connection) -> None:
    query = (
        "EXPLAIN SELECT * FROM (VALUES (101.6, 24.6), (101.7, 24.7)) AS p(lon, lat),"
        " gis.locate_chain(p.lon, p.lat, '2024-01-01')"
    )
    plan = "\n".join(row[0] for row in connection.execute(query))
    assert "Index Scan using grid_geom" in plan
    assert "Index Cond: (geom && " in plan
    assert "Function Scan on locate_chain" not in plan


def test_readers_may_call_it_and_see_no_people(connection: Connection) -> None:
    connection.execute("SET LOCAL ROLE wangge_reader")
    assert one(connection, "SELECT gis.locate(101.64, 24.69, 3)") == "532322101"
    assert one(connection, "SELECT count(*) FROM gis.grid_at(gis.current_edition()) WHERE level = 4") == 85
    for table in ("household", "assignment", "assignment_tally", "risk_rating", "dispute", "staff", "unit"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(sql.SQL("TABLE {}").format(sql.Identifier("gis", table)))
    for query in ("SELECT author FROM gis.edition", "SELECT confirmed_by FROM gis.alias", "SELECT household_share FROM gis.lineage",
                  "DELETE FROM gis.grid",
                  "SELECT * FROM gis.personal_counts('532322', 6, '2023-01-01', '2023-12-31', 1)"):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(query.encode())
