"""The exactly-one contract, against brute force in fractions, on borders that rounding would get wrong."""

from fractions import Fraction

import numba
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.codes import parents
from gis.errors import InvalidCode, InvalidInput, NotFound
from gis.index.exact import orient
from gis.locate import Locator
from tests.gis.meshes import (
    BORDER,
    OUTSIDE,
    STYLES,
    Mesh,
    dissolve,
    first_exact,
    hard_points,
    lattice,
    leaf_codes,
    meshes,
    relation_exact,
    rings_of,
)

seeds = st.integers(0, 2**32 - 1)
point = st.floats(-180, 180) | st.floats(-1e-150, 1e-150) | st.sampled_from([0.0, 1.0, 101.5])
vertex = point.filter(lambda value: value == 0 or abs(value) >= 1e-200)


@numba.njit
def _orient(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    return orient(ax, ay, bx, by, px, py)


def _side(*values: float) -> int:
    return int(np.sign(_orient(*values)))


def _orient_exact(*values: float) -> int:
    ax, ay, bx, by, px, py = map(Fraction, values)
    det = (ax - px) * (by - py) - (ay - py) * (bx - px)
    return (det > 0) - (det < 0)


@given(st.tuples(*[vertex] * 4, *[point] * 2))
def test_orient_is_exact_on_any_doubles(values: tuple[float, ...]) -> None:
    assert _side(*values) == _orient_exact(*values)


@given(st.tuples(*[vertex] * 4), st.floats(0, 1), st.tuples(*[st.integers(-2, 2)] * 2))
def test_orient_is_exact_beside_the_line(ends: tuple[float, ...], share: float, ulps: tuple[int, int]) -> None:
    ax, ay, bx, by = ends
    point = np.array([ax + share * (bx - ax), ay + share * (by - ay)])
    px, py = (point + ulps * np.spacing(point)).tolist()
    values = (ax, ay, bx, by, px, py)
    assert _side(*values) == _orient_exact(*values)


def test_vertices_too_small_for_exact_products_are_zero() -> None:
    small = np.array([(-1e-201, 0.0), (1.0, -1e-300), (1.0, 1.0), (5e-324, 1.0)])
    locator = Locator(leaf_codes(1), [shapely.Polygon(small)])
    assert locator.locate([0.0, -5e-324, 0.5, 0.5], [0.5, 0.5, 0.0, -5e-324]).tolist() == [0, -1, 0, -1]
    assert set(np.unique(locator.index.parts.xy)) == {0.0, 1.0}


@settings(max_examples=150)
@given(meshes(), seeds)
def test_locate_is_the_lowest_code_that_covers_exactly(mesh: Mesh, seed: int) -> None:
    lon, lat = hard_points(mesh.polygons, np.random.default_rng(seed))
    locator = Locator(mesh.codes, mesh.polygons)
    assert locator.codes.tolist() == sorted(mesh.codes)
    assert locator.locate(lon, lat).tolist() == first_exact(mesh.in_code_order(), lon, lat)


@settings(max_examples=50)
@given(meshes(), seeds, st.integers(1, 3000))
def test_the_answer_does_not_depend_on_the_raster(mesh: Mesh, seed: int, cells: int) -> None:
    lon, lat = hard_points(mesh.polygons, np.random.default_rng(seed))
    expected = Locator(mesh.codes, mesh.polygons).locate(lon, lat)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gis.index.build._CELLS", cells)
        assert Locator(mesh.codes, mesh.polygons).locate(lon, lat).tolist() == expected.tolist()


@pytest.mark.parametrize("style", STYLES)
def test_no_edge_is_missed_where_it_crosses_the_rasters_lines(style: str) -> None:
    rng = np.random.default_rng(11)
    polygons = np.array(dissolve(lattice(style, 4, rng), rng.integers(0, 9, 32)), dtype=object)
    locator = Locator(leaf_codes(len(polygons)), polygons)
    xy, scale = locator.index.parts.xy, locator.index.parts.scale
    edge = rng.choice(np.flatnonzero(locator.index.parts.kind > 0), 1000)
    (ax, ay), (bx, by) = xy[edge].T, xy[edge + 1].T
    with np.errstate(divide="ignore", invalid="ignore"):  # level and upright edges cross only one kind of line
        lines = np.round((ax + rng.random(edge.size) * (bx - ax)) * scale) / scale
        upright = np.column_stack([lines, ay + (lines - ax) / (bx - ax) * (by - ay)])
        lines = np.round((ay + rng.random(edge.size) * (by - ay)) * scale) / scale
        level = np.column_stack([ax + (lines - ay) / (by - ay) * (bx - ax), lines])
    points = np.concatenate([upright, level])
    points = points[np.isfinite(points).all(axis=1) & (np.abs(points - [101, 24]) < 9).all(axis=1)]
    lon, lat = (points + rng.integers(-2, 3, points.shape) * np.spacing(points)).T
    assert locator.locate(lon, lat).tolist() == first_exact(list(polygons), lon, lat)


@settings(max_examples=50)
@given(meshes(), seeds)
def test_the_border_is_told_from_the_inside(mesh: Mesh, seed: int) -> None:
    lon, lat = hard_points(mesh.polygons, np.random.default_rng(seed), limit=25)
    locator = Locator(mesh.codes, mesh.polygons)
    for k, polygon in enumerate(mesh.in_code_order()):
        rings = rings_of(polygon)
        expected = [relation_exact(rings, x, y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
        on_border = locator.on_border(lon, lat, np.full(lon.size, k))
        assert on_border.tolist() == [relation == BORDER for relation in expected]
        alone = Locator(mesh.codes[:1], [polygon]).locate(lon, lat)
        assert alone.tolist() == [-1 if relation == OUTSIDE else 0 for relation in expected]


@settings(max_examples=50)
@given(meshes(), seeds)
def test_answers_do_not_depend_on_the_order_of_grids_and_points(mesh: Mesh, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lon, lat = hard_points(mesh.polygons, rng)
    grids, points = rng.permutation(len(mesh.codes)), rng.permutation(lon.size)
    one = Locator(mesh.codes, mesh.polygons).codes_at(lon, lat)
    other = Locator([mesh.codes[k] for k in grids], mesh.polygons[grids]).codes_at(lon[points], lat[points])
    assert one[points].tolist() == other.tolist()


@settings(max_examples=50)
@given(st.sampled_from(STYLES), seeds)
def test_levels_agree_with_the_parents_own_polygons(style: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vertices = lattice(style, 3, rng)
    labels = rng.permutation(np.arange(18) % 7)
    leaves = np.array([*dissolve(vertices, labels), None], dtype=object)[:-1]
    leaf = Locator(leaf_codes(7), leaves)
    upper = np.array([*dissolve(vertices, labels // 3), None], dtype=object)[:-1]
    level5 = Locator(np.unique(parents(leaf_codes(7))).tolist(), upper)
    lon, lat = hard_points(leaves, rng)
    assert (leaf.locate(lon, lat) >= 0).any()
    assert level5.codes_at(lon, lat).tolist() == leaf.codes_at(lon, lat, level=5).tolist()
    assert leaf.codes_at(lon, lat, level=5).tolist() == parents(leaf.codes_at(lon, lat)).tolist()


@pytest.mark.parametrize("style", STYLES)
def test_a_larger_coverage_agrees_with_geos(style: str) -> None:
    rng = np.random.default_rng(5)
    size = 24
    polygons = np.array(dissolve(lattice(style, size, rng), rng.integers(0, 150, 2 * size * size)), dtype=object)
    codes = leaf_codes(len(polygons))
    lon, lat = hard_points(polygons, rng, limit=2500)
    hits = shapely.STRtree(polygons).query(shapely.points(lon, lat), predicate="intersects")
    expected = np.full(lon.size, len(polygons))
    np.minimum.at(expected, hits[0], hits[1])
    expected[expected == len(polygons)] = -1
    assert Locator(codes, polygons).locate(lon, lat).tolist() == expected.tolist()


def _squares() -> Locator:
    """Four squares of a quarter degree around (101.25, 24.25): 1 SW, 2 SE, 3 NW, 4 NE, each its own parent."""
    vertices = lattice("square", 2, np.random.default_rng(0))
    polygons = dissolve(vertices, [0, 0, 1, 1, 2, 2, 3, 3])
    return Locator(leaf_codes(4, per_parent=1), polygons)


def test_a_shared_border_belongs_to_the_lowest_code_and_the_outline_to_its_grid() -> None:
    squares = _squares()
    lon = np.array([101.25, 101.25, 101.4, 101.25, 101.0, 101.5, 101.0 - 1e-14, 101.4])
    lat = np.array([24.1, 24.25, 24.25, 24.4, 24.5, 24.5, 24.1, 24.3])
    assert squares.locate(lon, lat).tolist() == [0, 0, 1, 2, 2, 3, 0 if 101.0 - 1e-14 == 101.0 else -1, 3]


def test_shapes_of_arrays_are_kept() -> None:
    squares = _squares()
    assert squares.locate(101.1, 24.1).shape == ()
    assert squares.locate([[101.1, 99.0]], [[24.1, 24.1]]).tolist() == [[0, -1]]
    assert squares.locate([101.1, 101.4], 24.1).tolist() == [0, 1]
    assert squares.locate([], []).tolist() == []
    assert squares.locate(101.1, 24.1).dtype == np.int32
    assert squares.codes_at(101.1, 24.1, level=2).tolist() == "532322"


def test_more_points_than_one_block() -> None:
    squares = _squares()
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(100.9, 101.6, 70_000), rng.uniform(23.9, 24.6, 70_000)
    within = (lon >= 101) & (lon <= 101.5) & (lat >= 24) & (lat <= 24.5)
    expected = np.where(within, (lon > 101.25) + 2 * (lat > 24.25), -1)
    assert (squares.locate(lon, lat) == expected).all()


def test_an_overlap_belongs_to_the_lowest_code_even_without_an_edge_nearby() -> None:
    small, large = shapely.box(101.4, 24.4, 101.6, 24.6), shapely.box(101, 24, 102, 25)
    lowest_is_large = Locator(leaf_codes(2), np.array([large, small], dtype=object))
    assert set(lowest_is_large.locate([101.5, 101.4, 101.1], [24.5, 24.5, 24.1]).tolist()) == {0}
    lowest_is_small = Locator(leaf_codes(2), np.array([small, large], dtype=object))
    assert lowest_is_small.locate([101.5, 101.4, 101.1], [24.5, 24.5, 24.1]).tolist() == [0, 0, 1]


def test_outside_is_empty_and_never_wraps_to_the_last_code() -> None:
    assert _squares().codes_at([99.0, 101.1], [24.0, 24.1]).tolist() == ["", "53232210120200101"]


def test_the_chain_of_a_code_of_the_index() -> None:
    squares = _squares()
    assert squares.chain("53232210120200201")[-2:] == ["532322101202002", "53232210120200201"]
    assert squares.chain("532322101") == ["532322", "532322101"]
    for absent in ("53232210120200202", "532323", "53232210120200201001"):
        with pytest.raises(NotFound):
            squares.chain(absent)
    with pytest.raises(InvalidCode):
        squares.chain("5323")


@pytest.mark.parametrize(("lon", "lat"), [(np.nan, 24), (101, np.inf), (24.1, 101.1), (181, 0), ([1, 2], [1, 2, 3])])
def test_bad_points_are_refused(lon: float, lat: float) -> None:
    squares = _squares()
    for ask in (squares.locate, squares.codes_at, squares.locate_one):
        with pytest.raises(InvalidInput):
            ask(lon, lat)


@pytest.mark.parametrize("level", [0, 1, 7])
def test_a_level_the_index_does_not_know_is_refused(level: int) -> None:
    with pytest.raises(InvalidInput):
        _squares().codes_at(101.1, 24.1, level=level)


def test_bad_grids_are_refused() -> None:
    box, line = shapely.box(101, 24, 102, 25), shapely.LineString([(101, 24), (102, 25)])
    one, two = leaf_codes(2)
    for codes, shapes in (
        ([one, one], [box, box]),
        ([one], [box, box]),
        ([one, "532322"], [box, box]),
        ([one, two], [box, line]),
        ([one], [None]),
        ([one], [shapely.Polygon()]),
        ([one], [shapely.Polygon([(101, 24), (102, 25), (101, 24)])]),
        ([one], [shapely.box(24, 101, 25, 102)]),
        ([one], [shapely.box(459_457, 2_710_728, 459_500, 2_710_800)]),
        (["12"], [box]),
    ):
        with pytest.raises(InvalidInput):
            Locator(codes, shapes)


def test_without_grids_everything_is_outside() -> None:
    empty = Locator([], [])
    assert empty.locate([101.0, 0.0], [24.0, 0.0]).tolist() == [-1, -1]
    assert empty.codes_at([101.0], [24.0]).tolist() == [""]
    place = empty.locate_one(101.0, 24.0)
    assert (place.code, place.how, place.border_m, place.neighbour) == (None, "outside", None, None)
