"""Polygons of neighbour units: the cells nearest to a unit's households, cut at the grid's border."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.arrays import F64, I64, Geometries

COINCIDENT_RADIUS = 1e-6
"""Degrees: size of the outline of a unit all of whose homes share their points with an earlier unit (flats)."""


def unit_polygons(grid: BaseGeometry, lon: F64, lat: F64, unit: I64) -> list[BaseGeometry]:
    """Divide a grid among its units: every place belongs to the unit of the nearest household.

    Parameters
    ----------
    grid : (multi)polygon, degrees EPSG:4490.
    lon, lat : (n,) households inside it, degrees EPSG:4490.
    unit : (n,) unit of each, 0 … m − 1, every one used.

    Returns
    -------
    m geometries that tile the grid without gaps. Distances are those of the plane that touches the ellipsoid
    there (longitude shrunk by the cosine of the latitude); Voronoi cells after Aurenhammer (1991).
    """
    count = int(unit.max()) + 1
    if count == 1:
        return [grid]
    shrink = float(np.cos(np.radians(lat.mean())))
    places, first = np.unique(lon * shrink + 1j * lat, return_index=True)  # complex numbers sort by both parts
    owner = unit[first]
    cells = _cells(np.column_stack([places.real, places.imag]), grid, shrink)
    joined = np.array([shapely.coverage_union_all(cells[owner == number]) for number in range(count)], dtype=np.object_)
    found = shapely.intersection(shapely.transform(joined, lambda xy: xy / np.array([shrink, 1.0])), grid).tolist()
    for number in set(range(count)) - set(owner.tolist()):
        found[number] = shapely.Point(lon[unit == number][0], lat[unit == number][0]).buffer(COINCIDENT_RADIUS)
    return found


def _cells(points: F64, grid: BaseGeometry, shrink: float) -> Geometries:
    west, south, east, north = grid.bounds
    reach = shapely.box(west * shrink, south, east * shrink, north)
    if len(points) == 1:
        return np.array([reach.buffer(1)], dtype=np.object_)
    found = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=reach, ordered=True)
    return np.asarray(shapely.get_parts(found), dtype=np.object_)
