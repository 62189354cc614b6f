"""Polygons as rows of vertices, and which polygons have an edge in common."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.arrays import F64, I32, lonlat, ragged
from gis.errors import InvalidInput
from gis.index.layout import CHUNK

_ZERO = 1e-200  # degrees; products of smaller ones would leave the doubles


def explode(geometries: NDArray[Any]) -> tuple[F64, I32, I32]:
    """The rings of polygons, inside on their left, one after the other.

    Parameters
    ----------
    geometries
        (N,) shapely polygons and multipolygons, degrees EPSG:4490. They should be valid; what an invalid
        one covers is decided by even-odd parity.

    Returns
    -------
    xy
        (R, 2) float64 vertices; the last of each ring repeats its first, no other repeats the one before.
    owner
        (R,) int32 the polygon whose edge goes from this row's vertex to the next row's; −1 in the last row of a ring.
    first
        (N + 1,) int32 the first row of each polygon, and R.

    Raises
    ------
    InvalidInput
        For another type of geometry, an empty one, and coordinates that are not degrees.
    """
    kinds = shapely.get_type_id(geometries)
    flat = ~np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    flat |= ~(shapely.area(geometries) > 0)
    for place in np.flatnonzero(flat).tolist():
        raise InvalidInput(
            field="geometries",
            reason_zh=f"第 {place + 1} 个不是有面积的多边形",
            reason_en=f"number {place + 1} is not a polygon with an area",
        )
    parts, part_owner = shapely.get_parts(shapely.orient_polygons(geometries), return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    lonlat(points[:, 0], points[:, 1])
    points[np.abs(points) < _ZERO] = 0.0  # there is one zero, too, so that equal vertices have equal bits
    keep = np.ones(len(points), dtype=np.bool_)
    keep[1:] = (ring[1:] != ring[:-1]) | (points[1:] != points[:-1]).any(axis=1)
    points, ring = points[keep], ring[keep]
    owner = part_owner[ring_part[ring]].astype(np.int32)
    first = np.searchsorted(owner, np.arange(len(geometries) + 1)).astype(np.int32)
    last = np.ones(len(points), dtype=np.bool_)
    last[:-1] = ring[1:] != ring[:-1]
    owner[last] = -1
    return points, owner, first


def chunked(xy: F64, owner: I32, first: I32) -> tuple[I32, F64, F64]:
    """Boxes around polygons and around every `CHUNK` rows of one.

    Returns
    -------
    chunk
        (N + 1,) int32 number of each polygon's first chunk, and C.
    boxes, chunk_boxes
        (N, 4) and (C, 4) west, south, east, north.
    """
    rows = np.diff(first.astype(np.int64))
    counts = -(-rows // CHUNK)
    chunk = np.append(0, np.cumsum(counts)).astype(np.int32)
    _, number = ragged(np.zeros(rows.size, dtype=np.int64), counts)
    starts = np.repeat(first[:-1], counts) + CHUNK * number
    if not len(xy):
        return chunk, np.empty((0, 4)), np.empty((0, 4))
    end = np.where((owner < 0)[:, None], xy, np.roll(xy, -1, axis=0))
    low, high = np.minimum(xy, end), np.maximum(xy, end)
    chunk_boxes = np.hstack([np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)])
    low, high = chunk_boxes[:, :2], chunk_boxes[:, 2:]
    boxes = np.hstack([np.minimum.reduceat(low, chunk[:-1]), np.maximum.reduceat(high, chunk[:-1])])
    return chunk, boxes, chunk_boxes
