"""Generalisation: the whole coverage simplified once per zoom, on the integer grid of that zoom's tiles.

Borders are shared through all of it. Leaves are simplified together (`shapely.coverage_simplify`, Visvalingam–Whyatt
on the arcs between nodes), their vertices are rounded to tile units, and parents are the unions of what came out. So
no client sees a gap or an overlap at any zoom, and levels nest exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from gis.arrays import F64, Geometries, Texts
from gis.codes import WIDTHS
from gis.crs import from_storage
from tiles.matrix import EXTENT, MAX_ZOOM
from tiles.snap import snapped

WORLD_M = 2 * 20_037_508.342_789_244
"""Side of the square of EPSG:3857, metres."""
TOLERANCE = 4.0
"""Tile units: half a pixel of a tile drawn at 512 px (4096 units); triangles below its square are dropped."""


@dataclass(frozen=True)
class Shapes:
    """Generalised grids of one zoom and level.

    Attributes
    ----------
    codes : (n,) codes, ascending.
    same_as : (n,) code of the basic grid that a grid has its whole area in common with, if it has no other; else empty.
    geoms : (n,) MultiPolygons in units of the zoom's tiles, x east, y north from the south-west corner of EPSG:3857,
        all whole numbers; normalised, so that equal areas are equal bytes.
    """

    codes: Texts
    same_as: Texts
    geoms: Geometries


def unit_m(zoom: int) -> float:
    """Length of a tile unit at ``zoom`` in metres of EPSG:3857."""
    return WORLD_M / (EXTENT << zoom)


def to_units(geoms: Geometries, zoom: int) -> Geometries:
    """Geometries in degrees EPSG:4490 (longitude first) as tile units of ``zoom``, not rounded."""

    def project(lonlat: F64) -> F64:
        x, y = from_storage(lonlat[:, 0], lonlat[:, 1], 3857)
        return (np.column_stack([x, y]) + WORLD_M / 2) / unit_m(zoom)

    return shapely.transform(geoms, project)


def to_metres(geoms: Geometries, zoom: int) -> Geometries:
    """Geometries in tile units of ``zoom`` as metres EPSG:3857, with its SRID."""
    moved = shapely.transform(geoms, lambda units: units * unit_m(zoom) - WORLD_M / 2)
    return shapely.set_srid(moved, 3857)


def pyramid(codes: Texts, leaves: Geometries) -> Iterator[tuple[int, dict[int, Shapes]]]:
    """Generalise a coverage for every zoom, finest first.

    Each zoom starts from the one below it, which costs a fraction of starting anew and gives almost the same vertices,
    since the order in which Visvalingam–Whyatt drops them does not depend on the tolerance.

    Parameters
    ----------
    codes, leaves
        (n,) codes of basic grids, ascending, and their (Multi)Polygons in degrees EPSG:4490: an edge-matched coverage.

    Yields
    ------
    zoom
        16 … 0.
    shapes
        By level, 2 … 6. A grid that is narrower than a tile unit (an eighth of a pixel) at that zoom may be missing.
    """
    units = to_units(leaves, MAX_ZOOM)
    for zoom in range(MAX_ZOOM, -1, -1):
        if codes.size:
            units = snapped(shapely.coverage_simplify(units, TOLERANCE))
            kept = ~shapely.is_empty(units)
            codes, units = codes[kept], units[kept]
        yield zoom, dissolved(codes, units)
        units = shapely.transform(units, lambda coordinates: coordinates / 2)


def dissolved(codes: Texts, geoms: Geometries) -> dict[int, Shapes]:
    """The shapes of every level from those of the basic grids: a parent is the coverage union of its children.

    Parameters
    ----------
    codes, geoms
        (n,) codes of basic grids, ascending, and their areas: edge-matched.
    """
    levels = {6: Shapes(codes, np.zeros_like(codes), _multi(shapely.normalize(geoms)))}
    for level in range(5, 1, -1):
        below = levels[level + 1]
        parents, first, counts = np.unique(
            below.codes.astype(f"U{WIDTHS[level]}"), return_index=True, return_counts=True
        )
        only = below.codes[first] if level == 5 else below.same_as[first]
        areas = below.geoms[first]
        for place in np.flatnonzero(counts > 1):
            children = below.geoms[first[place] : first[place] + counts[place]]
            areas[place] = shapely.normalize(shapely.coverage_union_all(children))
        levels[level] = Shapes(parents, np.where(counts == 1, only, ""), _multi(areas))
    return levels


def _multi(geoms: Geometries) -> Geometries:
    """Every area as a MultiPolygon."""
    parts, owner = shapely.get_parts(geoms, return_index=True)
    made = np.empty(geoms.size, dtype=object)
    shapely.multipolygons(parts, indices=owner, out=made)
    return made
