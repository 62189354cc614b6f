"""The unit of a point: nearest household of the same basic grid, against a plain search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.crs import geodesic_m
from gis.db import Connection
from gis.errors import InvalidInput
from gis.units import UnitIndex, list_units, load_units, unit_names

GRIDS = ["53232210120200101", "53232210120200201"]


def brute(
    households: list[tuple[str, float, float, str]], grid: str, lon: float, lat: float
) -> tuple[str | None, float]:
    near = [(float(geodesic_m(lon, lat, x, y)), unit) for own, x, y, unit in households if own == grid]
    distance = min(near, default=(float("nan"), None))[0]
    return min((unit for metres, unit in near if metres <= distance + 1e-6), default=None), distance


STEPS = st.integers(-400, 400).map(lambda n: n * 1e-5)


@given(
    st.lists(st.tuples(st.sampled_from(GRIDS), STEPS, STEPS, st.integers(1, 4)), min_size=1, max_size=40),
    st.lists(st.tuples(st.sampled_from([*GRIDS, "53232210120200301", ""]), STEPS, STEPS), min_size=1, max_size=10),
)
def test_nearest_is_that_of_a_plain_search(
    places: list[tuple[str, float, float, int]], points: list[tuple[str, float, float]]
) -> None:
    households = [(grid, 101.6 + x, 24.6 + y, f"{grid}{unit:03}") for grid, x, y, unit in places]
    grids, lon, lat, units = (list(column) for column in zip(*households, strict=True))
    index = UnitIndex(grids, np.array(lon), np.array(lat), units)
    asked = [(grid, 101.6 + x, 24.6 + y) for grid, x, y in points]
    found, distance_m = index.nearest(
        [p[0] for p in asked], np.array([p[1] for p in asked]), np.array([p[2] for p in asked])
    )
    for place, (grid, x, y) in enumerate(asked):
        unit, metres = brute(households, grid, x, y)
        assert found[place] == unit
        assert distance_m[place] == pytest.approx(metres, abs=2e-7, nan_ok=True)
        one = index.nearest_one(grid, x, y)
        assert (None if one < 0 else index.units[one]) == unit


def test_metres_decide_not_degrees() -> None:
    """A degree of longitude is 9 % shorter than one of latitude here: the household farther in degrees is nearer."""
    index = UnitIndex(
        GRIDS[:1] * 2, [101.6 + 0.00105, 101.6], [24.6, 24.6 + 0.001], [f"{GRIDS[0]}001", f"{GRIDS[0]}002"]
    )
    assert index.nearest(GRIDS[:1], 101.6, 24.6)[0] == [f"{GRIDS[0]}001"]


def test_flats_at_one_point_take_the_lowest_code() -> None:
    units = [f"{GRIDS[0]}{n:03}" for n in (7, 3, 5)]
    found, distance_m = UnitIndex(GRIDS[:1] * 3, [101.6] * 3, [24.6] * 3, units).nearest(GRIDS[:1], 101.6, 24.6)
    assert (found, distance_m.tolist()) == ([f"{GRIDS[0]}003"], [0.0])


def test_an_empty_index_knows_no_unit() -> None:
    found, distance_m = UnitIndex([], [], [], []).nearest([GRIDS[0], ""], [101.6, 1], [24.6, 1])
    assert found == [None, None]
    assert np.isnan(distance_m).all()


def test_positions_must_be_degrees() -> None:
    with pytest.raises(InvalidInput):
        UnitIndex(GRIDS[:1], [float("nan")], [24.6], [f"{GRIDS[0]}001"])


def test_households_find_their_own_unit_in_the_county(connection: Connection) -> None:
    rows = connection.execute(
        "SELECT a.grid_code::text, ST_X(h.geom), ST_Y(h.geom), a.unit_code::text FROM gis.household AS h"
        " JOIN gis.assignment_at(1) AS a ON a.household_id = h.id WHERE a.grid_code ^@ '532322101202' ORDER BY h.id"
    ).fetchall()
    grids, lon, lat, units = (list(column) for column in zip(*rows, strict=True))
    found, distance_m = load_units(connection, 1, "532322").nearest(grids, lon, lat)
    own = np.array(found) == np.array(units)
    # Only where two households stand in one place may another unit be as near.
    assert distance_m.max() == 0
    assert own.mean() > 0.99
    one, _ = load_units(connection, 1, grids[0]).nearest(grids[:1], lon[:1], lat[:1])
    assert one == found[:1]


def test_units_are_listed_page_by_page(connection: Connection) -> None:
    first = list_units(connection, 1, "532322101202", limit=7)
    rows, page = [*first.rows], first
    while page.next:
        page = list_units(connection, 1, "532322101202", limit=7, cursor=page.next)
        rows += page.rows
    codes = [unit.code for unit in rows]
    assert codes == sorted(set(codes))
    assert len(codes) == first.total
    assert unit_names(connection, 1, codes[:1]) == {codes[0]: rows[0].name}
