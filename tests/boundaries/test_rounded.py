"""Vertices that a client rounded to six decimals come back exactly; whatever was drawn anew stays as drawn."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from boundaries.rounded import unrounded

places = st.tuples(st.floats(101.0, 101.002), st.floats(24.0, 24.002))


def rounded(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(geometry, lambda vertices: np.round(vertices, 6))


@given(st.lists(places, min_size=3, max_size=12, unique_by=lambda place: (round(place[0], 6), round(place[1], 6))))
def test_a_rounded_outline_is_the_old_one_again(ring: list[tuple[float, float]]) -> None:
    old = shapely.Polygon(ring)
    assert shapely.equals_exact(unrounded(rounded(old), [old]), old, 0)


@given(st.lists(places, min_size=3, max_size=12), st.lists(places, min_size=3, max_size=12))
def test_no_vertex_moves_further_than_a_rounding(
    ring: list[tuple[float, float]], other: list[tuple[float, float]]
) -> None:
    drawn = shapely.Polygon(ring)
    found = unrounded(drawn, [shapely.Polygon(other)])
    assert np.abs(shapely.get_coordinates(found) - shapely.get_coordinates(drawn)).max() <= 0.5000001e-6


def test_what_has_more_digits_or_two_origins_stays() -> None:
    old = shapely.Polygon([(101.0000001, 24), (101.0000002, 24.0000001), (101.1, 24.1)])
    fine = shapely.Polygon([(101.00000013, 24), (101.2, 24), (101.1, 24.1)])
    assert shapely.equals_exact(unrounded(fine, [old]), fine, 0)
    coarse = shapely.Polygon([(101, 24), (101.2, 24), (101.1, 24.1)])
    assert shapely.equals_exact(unrounded(coarse, [old]), coarse, 0)
