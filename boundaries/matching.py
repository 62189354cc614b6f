"""Makes neighbours share every vertex of their common border, so that the coverage is matched edge by edge."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from gis.coverage_check import Finding

REACH = 1e-9
"""Degrees, a tenth of a millimetre: a vertex this near to a neighbour's border lies on it."""


def match_nodes(outlines: dict[str, Any], changed: set[str]) -> dict[str, Any]:
    """Insert the vertices that one side of a border has and the other lacks.

    Parameters
    ----------
    outlines : a coverage after a change, code to (multi)polygon in degrees EPSG:4490.
    changed : codes whose outline changed.

    Returns
    -------
    Code to outline of those that had to be changed for it, of either side; empty for a matched coverage.
    """
    codes = sorted(outlines)
    polygons = np.array([outlines[code] for code in codes], dtype=np.object_)
    if shapely.coverage_is_valid(polygons):
        return {}
    tree = shapely.STRtree(polygons)
    mine = [i for i, code in enumerate(codes) if code in changed]
    near = {
        j
        for i in mine
        for j in tree.query(shapely.box(*shapely.buffer(polygons[i], REACH).bounds), predicate="intersects").tolist()
    }
    order = [*mine, *sorted(near - set(mine))]  # what was drawn moves to what stands, then what stands gains its nodes
    for _ in range(2):
        for i in order:
            polygons[i] = _with_nodes_of(polygons, i, tree.query(polygons[i], predicate="intersects").tolist())
    return {codes[i]: polygons[i] for i in order if not _as_drawn(polygons[i], outlines[codes[i]])}


def _as_drawn(one: Any, other: Any) -> bool:
    """Whether two outlines have the same vertices; one may be a polygon, the other a multipolygon of it."""
    return np.array_equal(shapely.get_coordinates(one), shapely.get_coordinates(other))


def _with_nodes_of(polygons: Any, i: int, others: list[int]) -> Any:
    vertices = [shapely.get_coordinates(polygons[j]) for j in others if j != i]
    if not vertices:
        return polygons[i]
    points = np.unique(np.concatenate(vertices), axis=0)
    border = shapely.boundary(polygons[i])
    on_it = shapely.distance(border, shapely.points(points)) <= REACH
    return shapely.snap(polygons[i], shapely.multipoints(points[on_it]), REACH) if on_it.any() else polygons[i]


def matched(outlines: Sequence[Any]) -> list[Any]:
    """Versions of one outline, each with the vertices of the others that lie on its border within `REACH`."""
    shapes = np.array(outlines, dtype=np.object_)
    for _ in range(2):
        for i in range(shapes.size):
            shapes[i] = _with_nodes_of(shapes, i, list(range(shapes.size)))
    return shapes.tolist()


def same_outline(one: Any, other: Any) -> bool:
    """Whether two outlines are the same but for vertices on straight lines and rounding."""
    a, b = shapely.boundary(one), shapely.boundary(other)
    return bool(shapely.hausdorff_distance(a, b) <= REACH)


def unmatched(outlines: dict[str, Any]) -> list[Finding]:
    """Borders whose two sides still differ: a point between them would belong to no grid, or to two."""
    codes = sorted(outlines)
    polygons = np.array([outlines[code] for code in codes], dtype=np.object_)
    if shapely.coverage_is_valid(polygons):
        return []
    edges = shapely.coverage_invalid_edges(polygons)
    return [
        Finding(
            "unmatched",
            (codes[i],),
            f"网格 {codes[i]} 与相邻网格的共同边界不一致",
            f"the border of {codes[i]} differs from its neighbour's",
            None,
            edges[i],
        )
        for i in np.flatnonzero(~shapely.is_empty(edges)).tolist()
    ]
