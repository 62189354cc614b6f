"""Every border is drawn once, between the right grids, at the highest level that it bounds."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import shapely

from gis.codes import WIDTHS
from tests.tiles.small_coverage import COUNTY, small_coverage
from tiles.borders import Borders, borders
from tiles.generalise import Shapes, pyramid
from tiles.matrix import MAX_ZOOM


@cache
def _zooms() -> dict[int, tuple[dict[int, Shapes], Borders]]:
    return {zoom: (shapes, borders(shapes[6])) for zoom, shapes in pyramid(*small_coverage())}


def _segments(geometry: shapely.Geometry) -> list[tuple[tuple[float, ...], ...]]:
    """Undirected segments of lines."""
    found: list[tuple[tuple[float, ...], ...]] = []
    for line in shapely.get_parts(geometry):
        points = [tuple(point) for point in shapely.get_coordinates(line).tolist()]
        found += [tuple(sorted(pair)) for pair in pairwise(points)]
    return found


@pytest.mark.parametrize("zoom", range(MAX_ZOOM + 1))
def test_every_edge_is_in_one_border_once(zoom: int) -> None:
    shapes, found = _zooms()[zoom]
    drawn = [segment for line in found.lines for segment in _segments(line)]
    assert len(drawn) == len(set(drawn))
    rings = shapely.get_rings(shapely.get_parts(shapes[6].geoms))
    assert set(drawn) == {segment for ring in rings for segment in _segments(ring)}


@pytest.mark.parametrize("zoom", [8, 12, 16])
def test_a_border_lies_between_its_two_grids(zoom: int) -> None:
    shapes, found = _zooms()[zoom]
    areas = {code: area for level in shapes.values() for code, area in zip(level.codes, level.geoms, strict=True)}
    for level, left, right, lines in zip(found.levels, found.left, found.right, found.lines, strict=True):
        assert len(left) == WIDTHS[level]
        assert len(right) in {0, WIDTHS[level]}
        assert areas[left].boundary.covers(lines)
        if right:
            assert left < right
            assert left[: WIDTHS[level - 1]] == right[: WIDTHS[level - 1]] or level == 2
            assert areas[right].boundary.covers(lines)
        for line in shapely.get_parts(lines):
            start, end = shapely.get_coordinates(line)[:2]
            along = (end - start) / np.hypot(*(end - start))
            beside = (start + end) / 2 + np.array([-along[1], along[0]]) * 1e-3
            assert areas[left].covers(shapely.Point(beside))


@pytest.mark.parametrize("zoom", [8, 16])
def test_borders_of_a_level_and_above_are_the_outlines_of_its_grids(zoom: int) -> None:
    shapes, found = _zooms()[zoom]
    for level in range(2, 7):
        drawn = shapely.union_all(found.lines[found.levels <= level])
        assert drawn.equals(shapely.union_all(shapely.boundary(shapes[level].geoms)))


def test_the_county_has_nothing_on_its_right() -> None:
    _, found = _zooms()[12]
    outer = found.levels == 2
    assert found.left[outer].tolist() == [COUNTY]
    assert found.right[outer].tolist() == [""]


def test_two_counties_share_a_border_of_level_two() -> None:
    shapes = Shapes(
        np.array(["53232210120100101", "53232310120100101"]),
        np.array(["", ""]),
        np.array([shapely.box(0, 0, 4, 4), shapely.box(4, 0, 8, 4)], dtype=object),
    )
    found = borders(shapes)
    assert list(zip(found.left, found.right, found.levels.tolist(), strict=True)) == [
        ("532322", "", 2),
        ("532322", "532323", 2),
        ("532323", "", 2),
    ]
    assert found.lines[1].length == 4


def test_no_grids_no_borders() -> None:
    nothing = np.empty(0, dtype="U17")
    assert borders(Shapes(nothing, nothing, np.empty(0, dtype=object))).lines.size == 0
