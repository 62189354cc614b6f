"""Distance to the border and the neighbour behind it, against a search along every edge by geodesics."""

from typing import Any

import numba
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.arrays import F64
from gis.crs import ELLIPSOID, geodesic_m
from gis.errors import InvalidInput
from gis.index.geodesic import geodesic
from gis.locate import Locator
from tests.gis.meshes import STYLES, dissolve, hard_points, lattice, leaf_codes

ONE, TWO, THREE = leaf_codes(3)
GOLDEN = (5**0.5 - 1) / 2


@numba.njit
def _geodesic(lon: float, lat: float, lon2: float, lat2: float) -> float:
    return geodesic(lon, lat, lon2, lat2)


def _edge_distances(polygon: Any, lon: float, lat: float) -> F64:
    """Geodesic distance from a point to each edge of a polygon, by golden-section search along the edge."""
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(polygon))]
    a = np.concatenate([ring[:-1] for ring in rings])
    b = np.concatenate([ring[1:] for ring in rings])

    def distance(share: F64) -> F64:
        place = a + share[:, None] * (b - a)
        return geodesic_m(lon, lat, place[:, 0], place[:, 1])

    low, high = np.zeros(len(a)), np.ones(len(a))
    for _ in range(42):  # to 2e-9 of the edge; the error is of second order
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        nearer = distance(left) < distance(right)
        low, high = np.where(nearer, low, left), np.where(nearer, right, high)
    return np.minimum(distance((low + high) / 2), np.minimum(distance(low * 0), distance(low * 0 + 1)))


def _array(polygons: list[Any]) -> Any:
    found = np.empty(len(polygons), dtype=object)
    found[:] = polygons
    return found


@settings(max_examples=12)
@given(st.sampled_from(["jitter", "few ulps"]), st.integers(0, 2**32 - 1))
def test_distance_is_the_geodesic_to_the_nearest_edge(style: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    polygons = _array(dissolve(lattice(style, 3, rng), rng.integers(0, 5, 18)))
    locator = Locator(leaf_codes(len(polygons)), polygons)
    lon, lat = hard_points(polygons, rng, limit=5)
    index = locator.locate(lon, lat)
    distance, _ = locator.border(lon, lat, index)
    for k in np.flatnonzero(index >= 0):
        expected = _edge_distances(polygons[index[k]], lon[k], lat[k]).min()
        assert distance[k] == pytest.approx(expected, rel=1e-7, abs=1e-6)


@pytest.mark.parametrize("turned", [0, 1, 2, 3])
def test_of_two_far_edges_the_northern_is_nearer_as_meridians_meet(turned: int) -> None:
    # The same distance in degrees north-west and south-east of the point, some 9 km.
    corners = np.array([(101.0, 23.75), (102.25, 25.0), (102.0, 25.0), (101.0, 24.0)])
    band = shapely.Polygon(np.roll(corners, turned, axis=0))
    distance = Locator([ONE], [band]).locate_one(101.5, 24.375).border_m
    assert distance == pytest.approx(_edge_distances(band, 101.5, 24.375).min(), rel=1e-7)


@settings(max_examples=20)
@given(st.sampled_from(STYLES), st.integers(0, 2**32 - 1))
def test_the_neighbour_is_as_near_as_the_border(style: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    polygons = _array(dissolve(lattice(style, 3, rng), rng.integers(-1, 5, 18)))
    locator = Locator(leaf_codes(len(polygons)), polygons)
    lon, lat = hard_points(polygons, rng, limit=5)
    index = locator.locate(lon, lat)
    distance, neighbour = locator.border(lon, lat, index)
    assert np.isnan(distance[index < 0]).all()
    assert (neighbour[index < 0] == -1).all()
    for k in np.flatnonzero(neighbour >= 0):
        assert neighbour[k] != index[k]
        assert _edge_distances(polygons[neighbour[k]], lon[k], lat[k]).min() <= distance[k] * (1 + 1e-6) + 2e-3


@settings(max_examples=40)
@given(st.sampled_from(STYLES), st.integers(0, 2**32 - 1))
def test_zero_is_the_border_and_only_the_border_is_on_it(style: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    polygons = _array(dissolve(lattice(style, 2, rng), rng.integers(0, 3, 8)))
    locator = Locator(leaf_codes(len(polygons)), polygons)
    lon, lat = hard_points(polygons, rng, limit=20)
    index = locator.locate(lon, lat)
    on_border = locator.on_border(lon, lat, index)
    assert (locator.border(lon, lat, index)[0][on_border] == 0).all()
    assert not on_border[index < 0].any()
    for k in np.flatnonzero(index >= 0)[:20]:
        place = locator.locate_one(float(lon[k]), float(lat[k]))
        assert (place.how == "border") == on_border[k]
        assert place.code == locator.codes[index[k]]


def test_every_shared_edge_knows_the_other_side() -> None:
    rng = np.random.default_rng(2)
    polygons = dissolve(lattice("jitter", 8, rng), np.arange(128) // 4)
    parts = Locator(leaf_codes(len(polygons)), polygons).index.parts
    rows = np.flatnonzero(parts.faces[:, 0] >= 0)
    owner, behind = parts.faces[rows].T.tolist()
    ends = [frozenset(map(tuple, pair)) for pair in np.stack([parts.xy[rows], parts.xy[rows + 1]], axis=1).tolist()]
    owners: dict[frozenset[Any], set[int]] = {}
    for end, one in zip(ends, owner, strict=True):
        owners.setdefault(end, set()).add(one)
    expected = [min(owners[end] - {one}, default=-1) for end, one in zip(ends, owner, strict=True)]
    assert behind == expected
    assert -1 in expected
    assert max(expected) > 0


def _place(polygons: list[Any], lon: float, lat: float) -> tuple[str | None, str, float | None, str | None]:
    place = Locator(leaf_codes(len(polygons)), polygons).locate_one(lon, lat)
    return place.code, place.how, place.border_m, place.neighbour


def test_neighbours_inside_on_the_border_and_at_the_countys_edge() -> None:
    west, east = shapely.box(101, 24, 101.01, 24.01), shapely.box(101.01, 24, 101.02, 24.01)
    # 0.001° of longitude at 24.005° N: the parallel's radius N cos φ, times π / 180,000.
    sine2 = np.sin(np.radians(24.005)) ** 2
    step = 6_378_137 / (1 - 0.006_694_380_022_9 * sine2) ** 0.5 * np.cos(np.radians(24.005)) * np.pi / 180_000
    assert _place([west, east], 101.009, 24.005) == (ONE, "inside", pytest.approx(step, rel=1e-6), TWO)
    assert _place([west, east], 101.011, 24.005) == (TWO, "inside", pytest.approx(step, rel=1e-6), ONE)
    assert _place([west, east], 101.01, 24.005) == (ONE, "border", 0, TWO)
    assert _place([west, east], 101.001, 24.005) == (ONE, "inside", pytest.approx(step, rel=1e-6), None)
    assert _place([west, east], 101.0, 24.0) == (ONE, "border", 0, None)


def test_outside_names_the_nearest_grid() -> None:
    west, east = shapely.box(101, 24, 101.01, 24.01), shapely.box(101.01, 24, 101.02, 24.01)
    for lon, lat, nearest, border in (
        (101.021, 24.005, TWO, 101.02),
        (100.9, 24.005, ONE, 101.0),
        (101.01, 25.0, ONE, None),
        (-75.0, -24.0, None, None),
    ):
        code, how, border_m, neighbour = _place([west, east], lon, lat)
        assert (code, how) == (None, "outside")
        assert border_m is not None
        assert nearest is None or neighbour == nearest
        if border is not None:
            assert border_m == pytest.approx(float(geodesic_m(lon, lat, border, lat)), rel=1e-5)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.floats(0, 360), st.floats(0.02, 1) | st.just(40))
def test_outside_the_nearest_of_all_is_found(seed: int, angle: float, far: float) -> None:
    rng = np.random.default_rng(seed)
    polygons = _array(dissolve(lattice("jitter", 4, rng), rng.integers(-1, 16, 32)))
    lon, lat = 101.22 + far * np.cos(np.radians(angle)), 24.42 + far * np.sin(np.radians(angle))
    place = Locator(leaf_codes(len(polygons)), polygons).locate_one(lon, lat)
    if place.how == "outside":
        expected = min(_edge_distances(polygon, lon, lat).min() for polygon in polygons)
        assert place.border_m == pytest.approx(expected, rel=1e-4)


def test_an_islands_and_a_holes_neighbours() -> None:
    island = shapely.box(101.004, 24.004, 101.006, 24.006)
    around = shapely.box(101, 24, 101.01, 24.01).difference(island)
    assert _place([around, island], 101.005, 24.0055)[::3] == (TWO, ONE)
    assert _place([around, island], 101.005, 24.0061)[::3] == (ONE, TWO)
    assert _place([around], 101.005, 24.0061)[::3] == (ONE, None)
    assert _place([around], 101.005, 24.0055)[1::2] == ("outside", ONE)


def test_neighbours_without_common_vertices() -> None:
    # Three grids meet in a T: the western one has no vertex where the other two meet.
    west = shapely.box(101, 24, 101.01, 24.02)
    south, north = shapely.box(101.01, 24, 101.02, 24.01), shapely.box(101.01, 24.01, 101.02, 24.02)
    assert _place([west, south, north], 101.009, 24.005)[::3] == (ONE, TWO)
    assert _place([west, south, north], 101.009, 24.015)[::3] == (ONE, THREE)
    assert _place([west, south, north], 101.011, 24.005)[::3] == (TWO, ONE)
    assert _place([west, south, north], 101.011, 24.015)[::3] == (THREE, ONE)


def test_a_gap_has_nobody_behind_and_an_overlap_its_other_owner() -> None:
    west, apart = shapely.box(101, 24, 101.01, 24.01), shapely.box(101.0101, 24, 101.02, 24.01)
    over = shapely.box(101.0099, 24, 101.02, 24.01)
    assert _place([west, apart], 101.009, 24.005)[::3] == (ONE, None)
    assert _place([west, over], 101.00995, 24.005)[::3] == (ONE, TWO)


def test_the_meeting_point_of_many_has_the_lowest_and_the_next() -> None:
    vertices = lattice("square", 2, np.random.default_rng(0))
    polygons = dissolve(vertices, [3, 3, 1, 1, 2, 2, 0, 0])
    one, two, *_ = leaf_codes(4)
    assert _place(polygons, 101.25, 24.25) == (one, "border", 0, two)


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_of_two_neighbours_equally_near_the_lower_is_named(order: tuple[int, int]) -> None:
    # The two triangles of the north-eastern quarter poke into the rest with one common corner.
    vertices = lattice("square", 2, np.random.default_rng(0)) / 100 + [100, 24]
    polygons = dissolve(vertices, [0, 0, 0, 0, 0, 0, *order])
    one, two, _ = leaf_codes(3)
    corner = vertices[1, 1]
    for off in np.random.default_rng(1).uniform(1e-6, 1e-3, (50, 2)):
        assert _place(polygons, *(corner - off).tolist())[::3] == (one, two)


@pytest.mark.parametrize("vertices", [33, 64, 65, 500])
def test_of_a_large_grid_every_edge_is_looked_at(vertices: int) -> None:
    rng = np.random.default_rng(vertices)
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)]) * rng.uniform(0.8, 1, (vertices, 1))
    grid = shapely.Polygon(np.array([101.5, 24.5]) + circle * [0.1, 0.05])
    locator = Locator([ONE], [grid])
    lon, lat = (np.array([101.5, 24.5]) + rng.uniform(-1.2, 1.2, (40, 2)) * [0.1, 0.05]).T
    for x, y in zip(lon.tolist(), lat.tolist(), strict=True):
        assert locator.locate_one(x, y).border_m == pytest.approx(_edge_distances(grid, x, y).min(), rel=1e-6, abs=1e-6)


@given(st.tuples(st.floats(-180, 180), st.floats(-89, 89)), st.floats(0, 360), st.floats(0, 100_000))
def test_the_kernels_geodesic_is_that_of_proj(start: tuple[float, float], azimuth: float, metres: float) -> None:
    lon, lat, _ = ELLIPSOID.fwd(*start, azimuth, metres)
    # Longitudes are not taken around the date line: an edge does not cross it.
    far = lon + 360 * np.round((start[0] - lon) / 360)
    assert _geodesic(*start, far, lat) == pytest.approx(ELLIPSOID.inv(*start, lon, lat)[2], abs=1e-6)


def test_one_point_and_many_have_the_same_answers() -> None:
    rng = np.random.default_rng(4)
    polygons = _array(dissolve(lattice("jitter", 6, rng), rng.integers(0, 9, 72)))
    locator = Locator(leaf_codes(len(polygons)), polygons)
    lon, lat = hard_points(polygons, rng, limit=200)
    index = locator.locate(lon, lat)
    distance, neighbour = locator.border(lon, lat, index)
    codes = np.append(locator.codes, "").tolist()
    for k in np.flatnonzero(index >= 0):
        place = locator.locate_one(float(lon[k]), float(lat[k]))
        assert (place.code, place.border_m) == (codes[index[k]], distance[k])
        assert (place.neighbour or "") == codes[neighbour[k]]


@pytest.mark.parametrize("index", [[0, 0], [1], [-2]])
def test_indexes_that_do_not_fit_are_refused(index: list[int]) -> None:
    locator = Locator([ONE], [shapely.box(101, 24, 102, 25)])
    with pytest.raises(InvalidInput):
        locator.border([101.5], [24.5], np.array(index))
    with pytest.raises(InvalidInput):
        locator.on_border([101.5], [24.5], np.array(index))
