"""At every zoom the generalised grids are a coverage of whole numbers, and levels nest exactly."""

from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.codes import WIDTHS
from tests.tiles.small_coverage import small_coverage
from tiles.generalise import TOLERANCE, Shapes, dissolved, pyramid, to_metres, to_units, unit_m
from tiles.matrix import MAX_ZOOM
from tiles.snap import snapped

ZOOMS = range(MAX_ZOOM + 1)


@cache
def _pyramid() -> dict[int, dict[int, Shapes]]:
    return dict(pyramid(*small_coverage()))


@pytest.mark.parametrize("zoom", ZOOMS)
def test_grids_of_a_zoom_are_a_valid_coverage_of_whole_numbers(zoom: int) -> None:
    for shapes in _pyramid()[zoom].values():
        assert shapely.is_valid(shapes.geoms).all()
        assert shapely.coverage_is_valid(shapes.geoms)
        coordinates = shapely.get_coordinates(shapes.geoms)
        assert (coordinates == np.rint(coordinates)).all()
        assert list(shapes.codes) == sorted(set(shapes.codes))


@pytest.mark.parametrize("zoom", ZOOMS)
def test_parents_are_exactly_their_children(zoom: int) -> None:
    levels = _pyramid()[zoom]
    for level in range(2, 6):
        above, below = levels[level], levels[level + 1]
        parents = below.codes.astype(f"U{WIDTHS[level]}")
        assert set(above.codes) == set(parents)
        for code, area in zip(above.codes, above.geoms, strict=True):
            children = below.geoms[parents == code]
            assert shapely.area(children).sum() == area.area
            assert shapely.union_all(children).equals(area)


@pytest.mark.parametrize("zoom", ZOOMS)
def test_a_grid_with_one_basic_grid_names_it(zoom: int) -> None:
    levels = _pyramid()[zoom]
    leaves = dict(zip(levels[6].codes, levels[6].geoms, strict=True))
    for level in range(2, 6):
        for code, same, area in zip(levels[level].codes, levels[level].same_as, levels[level].geoms, strict=True):
            inside = [leaf for leaf in leaves if leaf.startswith(code)]
            assert same == (inside[0] if len(inside) == 1 else "")
            assert not same or leaves[same].equals_exact(area)


def test_nothing_is_lost_where_it_can_be_seen() -> None:
    codes, leaves = small_coverage()
    for zoom in range(9, MAX_ZOOM + 1):
        drawn = _pyramid()[zoom][6]
        wide = shapely.area(to_units(leaves, zoom)) > 100  # a square pixel and a half
        assert set(codes[wide]) <= set(drawn.codes)


@pytest.mark.parametrize("zoom", [6, 9, 12, 16])
def test_the_outline_stays_within_a_few_pixels_and_loses_vertices(zoom: int) -> None:
    _, leaves = small_coverage()
    true = shapely.union_all(to_units(leaves, zoom))
    drawn = _pyramid()[zoom][2].geoms[0]
    assert shapely.area(shapely.symmetric_difference(true, drawn)) < TOLERANCE * true.length
    assert shapely.get_num_coordinates(drawn) <= shapely.get_num_coordinates(true)


def test_metres_and_back() -> None:
    zoom = 12
    whole = np.array([shapely.box(3_205_123, 2_345_678, 3_205_130, 2_345_690)], dtype=object)
    metres = to_metres(whole, zoom)
    assert shapely.get_srid(metres).tolist() == [3857]
    west = shapely.bounds(metres)[0][0]
    assert west == pytest.approx(3_205_123 * unit_m(zoom) - 20_037_508.342789244, abs=1e-6)
    # The unit of zoom 0 is the world's circumference over the extent of one tile.
    assert unit_m(0) == pytest.approx(2 * np.pi * 6_378_137 / 4096)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), side=st.floats(2, 400), depth=st.integers(0, 4))
def test_rounding_keeps_any_coverage_a_coverage(seed: int, side: float, depth: int) -> None:
    codes, degrees = small_coverage(seed, depth=depth, roughness=0.2)
    west, south, east, north = shapely.total_bounds(degrees)
    scale = side / max(east - west, north - south)
    areas = shapely.transform(degrees, lambda xy: (xy - np.array([west, south])) * scale)
    rounded = snapped(areas)
    kept = rounded[~shapely.is_empty(rounded)]
    assert shapely.is_valid(kept).all()
    assert shapely.coverage_is_valid(kept)
    coordinates = shapely.get_coordinates(kept)
    assert (coordinates == np.rint(coordinates)).all()
    # No ground is counted twice or lost: what the outline holds is the sum of its parts.
    assert shapely.area(kept).sum() == shapely.area(shapely.union_all(kept))
    levels = dissolved(codes[~shapely.is_empty(rounded)], kept)
    assert all(shapely.coverage_is_valid(shapes.geoms) for shapes in levels.values())


def test_rounding_twice_changes_nothing() -> None:
    _, leaves = small_coverage()
    once = snapped(to_units(leaves, 8))
    assert shapely.equals_exact(snapped(once), once).all()


def test_an_overlap_goes_to_the_grid_that_comes_first() -> None:
    overlapping = np.array([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10)], dtype=object)
    first, second = snapped(overlapping)
    assert first.equals(shapely.box(0, 0, 10, 10))
    assert second.equals(shapely.box(10, 0, 15, 10))


def test_an_empty_edition_has_empty_zooms() -> None:
    for _, levels in pyramid(np.empty(0, dtype="U17"), np.empty(0, dtype=object)):
        assert all(shapes.codes.size == 0 for shapes in levels.values())
