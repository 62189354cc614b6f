"""Rounding of a coverage to whole numbers that leaves it a coverage.

Rounding each vertex by itself keeps shared borders shared, but folds needles and crosses borders that run closer
together than a unit. Where that happens the lines around the place are snap-rounded (Hobby 1999, as in
JTS/GEOS OverlayNG) and the areas are put together again from them; the rest is not touched.
"""

import numpy as np
import shapely

from gis.arrays import Bools, Geometries
from gis.errors import WanggeError

_NEAR = 2.0  # units: rounding moves a border by less than that
_ROUNDS = 10  # a mended place may ask for mending beside it; after so many, all is made anew


def snapped(areas: Geometries) -> Geometries:
    """Round the vertices of an edge-matched coverage to whole numbers.

    Parameters
    ----------
    areas
        (n,) valid (Multi)Polygons without gaps or overlaps between them.

    Returns
    -------
    (n,) valid areas, again edge-matched; those that vanish are empty. Where areas overlapped after all, the first has it.

    Raises
    ------
    WanggeError
        If no coverage comes of it.
    """
    rounded = shapely.transform(areas, np.rint)
    tree = shapely.STRtree(areas)
    everything = np.ones(areas.size, dtype=bool)
    bad = _broken(rounded, everything)
    for rest in range(_ROUNDS, -1, -1):
        if not bad.any():
            return rounded
        mended = _with_neighbours(tree, areas, bad) if rest else everything
        rounded[mended] = _remade(tree, rounded, mended)
        bad = _broken(rounded, _with_neighbours(tree, areas, mended))
    if bad.any():
        raise WanggeError(detail="the coverage cannot be rounded to tile units")
    return rounded


def _broken(areas: Geometries, suspects: Bools) -> Bools:
    """Which suspects are invalid, or share a border with another suspect that is not matched edge by edge.

    Repeated vertices are taken out on the way.
    """
    broken = np.zeros(areas.size, dtype=bool)
    broken[suspects] = ~shapely.is_valid(areas[suspects])
    sound = np.flatnonzero(suspects & ~broken & ~shapely.is_empty(areas))
    areas[sound] = shapely.remove_repeated_points(areas[sound])
    edges = shapely.coverage_invalid_edges(areas[sound])
    broken[sound[~shapely.is_empty(edges)]] = True
    return broken


def _with_neighbours(tree: shapely.STRtree, areas: Geometries, chosen: Bools) -> Bools:
    """The chosen areas and all that come near them."""
    grown = chosen.copy()
    boxes = shapely.box(*(shapely.bounds(areas[chosen]) + np.array([-1, -1, 1, 1]) * _NEAR).T)
    grown[tree.query(boxes)[1]] = True
    return grown


def _remade(tree: shapely.STRtree, rounded: Geometries, chosen: Bools) -> Geometries:
    """The chosen areas anew, from the faces between their snap-rounded borders.

    A face belongs to the area (of the unrounded coverage that ``tree`` holds) which its inner point lies in or next to.
    """
    lines = shapely.union_all(shapely.boundary(rounded[chosen]), grid_size=1)
    faces = shapely.get_parts(shapely.polygonize([lines]))
    face, area = tree.query_nearest(shapely.point_on_surface(faces), max_distance=_NEAR)
    owners = np.full(faces.size, -1)
    owners[face[::-1]] = area[::-1]  # of several at the same distance the first stands
    order = np.argsort(owners, kind="stable")
    wanted = np.flatnonzero(chosen)
    first, last = (np.searchsorted(owners[order], wanted, side) for side in ("left", "right"))
    made = np.full(wanted.size, shapely.Polygon(), dtype=object)
    whole = last - first == 1
    made[whole] = faces[order[first[whole]]]
    for place in np.flatnonzero(last - first > 1):
        made[place] = shapely.coverage_union_all(faces[order[first[place] : last[place]]])
    return made
