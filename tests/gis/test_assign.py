"""Assignments: each household in exactly one grid and unit, units inside their grid, newcomers beside neighbours."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from boundaries.drafts import Change
from gis.assign import assign_edition
from gis.coverage import load_coverage
from gis.db import Connection, Database
from gis.errors import OutsideCounty
from gis.partition import UnitPolicy
from gis.scope import everything
from gis.unit_shapes import unit_polygons
from tests.boundaries import squares


def rows(connection: Connection) -> pd.DataFrame:
    found = connection.execute(
        "SELECT h.id::text, ST_X(h.geom), ST_Y(h.geom), h.grid_code::text, a.grid_code::text, a.unit_code::text"
        " FROM gis.household AS h LEFT JOIN gis.assignment_at(1) AS a ON a.household_id = h.id ORDER BY h.id"
    ).fetchall()
    return pd.DataFrame(found, columns=["id", "lon", "lat", "kept", "grid", "unit"])


def outline(connection: Connection, grid: str) -> Any:
    row = connection.execute("SELECT ST_AsBinary(geom) FROM gis.grid_at(1) WHERE code = %s", [grid]).fetchone()
    assert row is not None
    return shapely.from_wkb(bytes(row[0]))


def test_every_household_of_the_county_is_assigned_where_it_lies(connection: Connection) -> None:
    frame = rows(connection)
    locator = load_coverage(connection).locator
    assert frame["grid"].tolist() == locator.codes_at(frame["lon"].tolist(), frame["lat"].tolist()).tolist()
    assert (frame["kept"] == frame["grid"]).all()
    assert (frame["unit"].str[:17] == frame["grid"]).all()
    assert len(frame) > 48_000


def test_units_keep_their_bounds_and_one_hamlet(connection: Connection) -> None:
    found = connection.execute(
        "SELECT a.unit_code, count(*), count(DISTINCT h.hamlet_id), max(u.size) FROM gis.assignment_at(1) AS a"
        " JOIN gis.household AS h ON h.id = a.household_id JOIN gis.unit_at(1) AS u ON u.code = a.unit_code GROUP BY 1"
    ).fetchall()
    policy = UnitPolicy()
    sizes = np.array([row[1] for row in found])
    assert {row[2] for row in found} == {1}
    assert [row[1] for row in found] == [row[3] for row in found]
    assert ((sizes >= policy.low) & (sizes <= policy.high)).mean() > 0.95
    assert sizes.max() <= policy.hard_high


def test_units_tile_their_grid_and_hold_their_households(connection: Connection) -> None:
    frame = rows(connection)
    for grid in sorted(frame["grid"].unique())[::150]:
        units = connection.execute(
            "SELECT code::text, ST_AsBinary(geom) FROM gis.unit_at(1) WHERE grid_code = %s ORDER BY code", [grid]
        ).fetchall()
        shapes = {code: shapely.from_wkb(bytes(wkb)) for code, wkb in units}
        whole = outline(connection, grid)
        assert sum(shape.area for shape in shapes.values()) == pytest.approx(whole.area, rel=1e-9)
        assert shapely.union_all(list(shapes.values())).symmetric_difference(whole).area < whole.area * 1e-9
        for _, home in frame[frame["grid"] == grid].iterrows():
            assert shapes[home["unit"]].distance(shapely.Point(home["lon"], home["lat"])) < 1e-9


def test_newcomer_joins_the_unit_of_the_nearest_home(connection: Connection) -> None:
    home = rows(connection).iloc[1000]
    added = connection.execute(
        "INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('示例新户', ST_Point(%s, %s, 4490), %s) RETURNING id",
        [home["lon"] + 1e-7, home["lat"], home["grid"]],
    ).fetchone()
    assert added is not None
    locator = load_coverage(connection).locator
    outlines = {home["grid"]: outline(connection, home["grid"])}
    done = assign_edition(connection, 1, locator, outlines, left=[home["grid"]])
    assert (done.moved, done.units_opened, done.units_closed) == (0, 0, 0)
    unit = connection.execute(
        "SELECT unit_code FROM gis.assignment_at(1) WHERE household_id = %s", [added[0]]
    ).fetchone()
    assert unit == (home["unit"],)


def test_household_outside_is_refused(connection: Connection) -> None:
    home = rows(connection).iloc[0]
    connection.execute(
        "INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('示例', ST_Point(0, 0, 4490), %s)",
        [home["grid"]],
    )
    with pytest.raises(OutsideCounty):
        assign_edition(connection, 1, load_coverage(connection).locator, {}, left=[home["grid"]])


def test_flats_at_one_point_leave_no_unit_without_a_place() -> None:
    square = shapely.box(101.5, 24.5, 101.51, 24.51)
    lon, lat = np.array([101.505, 101.505, 101.508]), np.array([24.505, 24.505, 24.508])
    shapes = unit_polygons(square, lon, lat, np.array([0, 1, 2]))
    assert all(not shape.is_empty for shape in shapes)
    assert shapes[0].covers(shapely.Point(lon[0], lat[0]))
    assert unit_polygons(square, lon[:1], lat[:1], np.array([0])) == [square]


def test_counties_far_apart_are_divided_each_in_its_own_zone(empty_url: str) -> None:
    far = {"110101": "远县", "110101001": "远街道", "110101001001": "远社区", "110101001001001": "远网格"}
    leaf = "11010100100100101"
    changes = [Change(code, "put", name) for code, name in far.items()]
    changes.append(Change(leaf, "put", "远网格", shapely.box(116.5, 24.5, 116.51, 24.51)))
    near = squares.leaf(3)
    with (
        Database(empty_url, size=1) as database,
        database.transaction(everything([squares.COUNTY, "110101"], "test")) as one,
    ):
        for number in range(12):
            for lon, code in ((101.502, near), (116.502, leaf)):
                one.execute(
                    "INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('示例', ST_Point(%s, %s, 4490), %s)",
                    [lon + number * 5e-4, 24.505, code],
                )
        squares.put(one, [*squares.first_changes(), *changes])
        found = one.execute("SELECT grid_code::text, count(DISTINCT unit_code) FROM gis.assignment_at(1) GROUP BY 1")
        assert dict(found.fetchall()) == {near: 1, leaf: 1}
