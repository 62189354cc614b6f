"""Areas of polygons whose edges are straight in degrees."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.coverage_check import area_m2
from gis.crs import ELLIPSOID

degrees = st.floats(0.001, 0.9)


@given(st.floats(73, 135), st.floats(4, 53), degrees, degrees)
def test_against_geodesics_between_near_vertices(lon: float, lat: float, width: float, height: float) -> None:
    """Karney 2013 over vertices so near that geodesics follow the edges; a slanted polygon with a hole."""
    outer = [
        (lon, lat),
        (lon + width, lat + height / 3),
        (lon + width * 0.8, lat + height),
        (lon + width / 9, lat + height / 2),
    ]
    hole = shapely.Point(lon + width * 0.5, lat + height * 0.5).buffer(min(width, height) / 20)
    polygon = shapely.Polygon(outer).difference(hole)
    fine = shapely.orient_polygons(shapely.segmentize(polygon, max(width, height) / 2000))
    assert area_m2(polygon) == pytest.approx(abs(ELLIPSOID.geometry_area_perimeter(fine)[0]), rel=1e-6)


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=6, unique=True), st.floats(-0.4, 0.4))
def test_parts_add_up_and_vertices_on_edges_change_nothing(cuts: list[float], slant: float) -> None:
    whole = shapely.box(101.5, 24.5, 101.8, 24.7)
    places = np.sort(cuts) * 0.3 + 101.5
    knives = [shapely.LineString([(x + slant, 24.4), (x - slant, 24.8)]) for x in places]
    parts = shapely.get_parts(shapely.polygonize([shapely.node(shapely.multilinestrings([whole.exterior, *knives]))]))
    assert sum(area_m2(part) for part in parts) == pytest.approx(area_m2(whole), rel=1e-12)
    assert area_m2(shapely.MultiPolygon(list(parts))) == pytest.approx(area_m2(whole), rel=1e-12)
    assert area_m2(shapely.segmentize(whole, 0.013)) == pytest.approx(area_m2(whole), rel=1e-13)


def test_a_sliver_of_rounding_has_no_area() -> None:
    """3 km long and a nanometre wide; by geodesics between its corners it would measure 125 m²."""
    sliver = shapely.Polygon([(101.5, 24.5), (101.53, 24.5), (101.515, 24.5 + 1e-14)])
    assert area_m2(sliver) < 1e-4
    assert abs(ELLIPSOID.geometry_area_perimeter(sliver)[0]) > 100


def test_no_area() -> None:
    assert area_m2(shapely.Polygon()) == 0
