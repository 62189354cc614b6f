"""One point inside each polygon for its label: the centre of the largest circle that fits."""

import numpy as np
import shapely

from gis.arrays import F64, Geometries

DETAIL = 1 / 200
"""Share of a polygon's extent: outlines are simplified and centres sought only as finely as a label needs."""


def label_points(polygons: Geometries) -> Geometries:
    """Points for labels, (n,) geometries to (n,) points inside them, in the CRS given.

    The centre of the maximum inscribed circle (García-Castellanos & Lombardo 2007) of the simplified outline; where
    that lies outside the true one, a point on its surface.
    """
    size = _extent(polygons) * DETAIL
    outlines = shapely.simplify(polygons, size, preserve_topology=False)
    broken = np.flatnonzero(shapely.is_empty(outlines) | ~shapely.is_valid(outlines))
    outlines[broken] = shapely.simplify(polygons[broken], size[broken], preserve_topology=True)  # ten times as slow
    radii = shapely.maximum_inscribed_circle(outlines, tolerance=size)
    centres = shapely.get_point(radii, 0)
    inside = shapely.covers(polygons, centres)
    return np.where(inside, centres, shapely.point_on_surface(polygons))


def _extent(polygons: Geometries) -> F64:
    bounds = shapely.bounds(polygons)
    return np.asarray(np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]), dtype=np.float64)
