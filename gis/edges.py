"""Polygons as flat arrays of directed edges, and the exact answer whether a polygon covers a point."""

from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.arrays import F64, I8, I32, I64, Bools, lonlat, ragged
from gis.crs import geocentric
from gis.errors import InvalidInput
from gis.predicates import orient

OUTSIDE, INSIDE, BORDER = 0, 1, 2


class Edges:
    """The directed edges of N polygons, those of one polygon together, its inside on their left.

    Attributes
    ----------
    owner
        (E,) int32 index of the polygon of each edge, ascending.
    ax, ay, bx, by
        (E,) start and end of each edge, degrees EPSG:4490, longitude first.
    first
        (N + 1,) position of each polygon's first edge.
    boxes
        West, south, east and north of each polygon, four arrays (N,).

    Notes
    -----
    For a point, only the edges in its *row* are looked at: the bounds are cut into ``rows`` strips of
    latitude, and an edge stands in every strip from that of its lower to that of its upper end. The strip of
    a latitude comes from a chain of roundings that are all monotone, so whatever they round, the strip of
    a point between an edge's ends lies between the strips of these ends: no edge can be missed.
    """

    def __init__(self, geometries: NDArray[Any], rows: int | None = None) -> None:
        """Take N polygons or multipolygons apart.

        Parameters
        ----------
        geometries
            (N,) shapely polygons and multipolygons, degrees EPSG:4490. They should be valid; what an invalid
            one covers is decided by even-odd parity.
        rows
            Number of strips; chosen by the number of edges if not given.

        Raises
        ------
        InvalidInput
            For another type of geometry, an empty one, and coordinates that are not degrees.
        """
        self.count = len(geometries)
        self.owner, start, end = _explode(geometries)
        self.ax, self.ay = lonlat(*start.T)
        self.bx, self.by = lonlat(*end.T)
        self.first: I64 = np.searchsorted(self.owner, np.arange(self.count + 1)).astype(np.int64)
        self.rows = rows or _strips(self.owner.size)
        self.west, self.east = _bounds(self.ax)
        self.south, self.north = _bounds(self.ay)
        self.row_height = max(self.north - self.south, 1e-9) / self.rows  # 1e-9: strips stay far wider than rounding
        self._index_rows()
        each = self.first[:-1]
        self.boxes = (
            np.minimum.reduceat(self.ax, each),
            np.minimum.reduceat(self.ay, each),
            np.maximum.reduceat(self.ax, each),
            np.maximum.reduceat(self.ay, each),
        )
        self._tree = shapely.STRtree(shapely.box(*self.boxes))

    def row_of(self, lat: F64) -> I64:
        """The strip of each latitude (n,), the first or last one for those beyond the bounds."""
        return strip_of(lat, self.south, self.row_height, self.rows)

    def relation(self, lon: F64, lat: F64, polygon: I64 | I32) -> I8:
        """How point k lies to polygon ``polygon[k]``: `OUTSIDE`, `INSIDE` or `BORDER`, exactly.

        Parameters
        ----------
        lon, lat
            (n,) finite degrees EPSG:4490.
        polygon
            (n,) indexes 0 … N − 1.
        """
        row = self.row_of(lat) - self._first_row[polygon]
        known = (row >= 0) & (row < self._row_count[polygon])
        bucket = np.where(known, self._first_bucket[polygon] + row, 0)
        start = self._bucket_start[bucket]
        point, place = ragged(start, np.where(known, self._bucket_start[bucket + 1] - start, 0))
        return self._cross(lon, lat, point, self._bucket_edges[place])

    def covering(self, lon: F64, lat: F64) -> tuple[I64, I64]:
        """Every pair (point k, polygon that covers it, border included), in no particular order."""
        point, polygon = self._tree.query(shapely.points(lon, lat))
        covers = self.relation(lon[point], lat[point], polygon) != OUTSIDE
        return point[covers], polygon[covers]

    def _cross(self, lon: F64, lat: F64, point: I64, edge: I32) -> I8:
        """Count, for each point, the edges that a ray from it to the east crosses (odd: inside).

        ``point`` and ``edge`` pair points with the edges to look at. An edge is crossed where its latitudes
        [lower, upper) hold the point's: half open, so that a vertex on the ray counts once or twice as it must.
        """
        px, py = lon[point], lat[point]
        ax, ay, bx, by = self.ax[edge], self.ay[edge], self.bx[edge], self.by[edge]
        meets = (np.minimum(ay, by) <= py) & (py <= np.maximum(ay, by)) & (px <= np.maximum(ax, bx))
        point, edge, px, py = point[meets], edge[meets], px[meets], py[meets]
        ax, ay, bx, by = ax[meets], ay[meets], bx[meets], by[meets]
        east_of_point = px < np.minimum(ax, bx)
        near = np.flatnonzero(~east_of_point)
        side = orient(ax[near], ay[near], bx[near], by[near], px[near], py[near])
        crossed = east_of_point
        crossed[near] = np.where(by[near] > ay[near], side > 0, side < 0)
        crossed &= (ay <= py) != (by <= py)
        answer = (np.bincount(point[crossed], minlength=lon.size) & 1).astype(np.int8)
        answer[point[near[side == 0]]] = BORDER  # within the edge's box and on its line
        return answer

    def _index_rows(self) -> None:
        """List the edges of each (polygon, strip) pair that has any, pairs of one polygon together."""
        low = self.row_of(np.minimum(self.ay, self.by))
        high = self.row_of(np.maximum(self.ay, self.by))
        self._first_row: I64 = np.minimum.reduceat(low, self.first[:-1])
        self._row_count: I64 = np.maximum.reduceat(high, self.first[:-1]) - self._first_row + 1
        self._first_bucket: I64 = np.cumsum(self._row_count) - self._row_count
        buckets = int(self._row_count.sum())
        edge, row = ragged(low, high - low + 1)
        bucket = self._first_bucket[self.owner[edge]] + row - self._first_row[self.owner[edge]]
        order = np.argsort(bucket, kind="stable")
        self._bucket_edges: I32 = edge[order].astype(np.int32)
        self._bucket_start: I64 = np.zeros(buckets + 2, dtype=np.int64)
        self._bucket_start[1:-1] = np.cumsum(np.bincount(bucket, minlength=buckets)[:buckets])
        self._bucket_start[-1] = edge.size

    @cached_property
    def balls(self) -> tuple[F64, F64]:
        """A ball around each polygon: (N, 3) geocentric metres of its centre and (N,) radius in metres."""
        west, south, east, north = self.boxes
        centre = geocentric((west + east) / 2, (south + north) / 2)
        start = self.first[:-1]
        off = np.linalg.norm(geocentric(self.ax, self.ay) - centre[self.owner], axis=-1)
        longest = np.linalg.norm(geocentric(self.ax, self.ay) - geocentric(self.bx, self.by), axis=-1)
        # A place on an edge is no farther than its nearer end and half the edge; 1 % for what the edge bends.
        return centre, np.maximum.reduceat(off, start) + np.maximum.reduceat(longest, start) * 0.51

    @cached_property
    def behind(self) -> I32:
        """(E,) the lowest other polygon that has the same edge (in either direction), −1 if none has."""
        vertex = np.unique(np.concatenate([self.ax + 1j * self.ay, self.bx + 1j * self.by]), return_inverse=True)[1]
        a, b = vertex[: self.owner.size], vertex[self.owner.size :]
        _, same = np.unique(np.minimum(a, b) * (vertex.size + 1) + np.maximum(a, b), return_inverse=True)
        order = np.lexsort((self.owner, same))
        group, owner = same[order], self.owner[order]
        starts: Bools = np.diff(group, prepend=-1) > 0
        lowest = owner[starts][group]
        # For the lowest owner itself, the answer is the next owner of the edge, if there is one.
        other = np.full(lowest.size, self.count, dtype=np.int32)
        np.minimum.at(other, group, np.where(owner > lowest, owner, self.count))
        answer = np.where(owner > lowest, lowest, other[group])
        result = np.empty(owner.size, dtype=np.int32)
        result[order] = np.where(answer == self.count, -1, answer)
        return result


def strip_of(value: F64, start: float, width: float, count: int) -> I64:
    """Number 0 … count − 1 of the strip that a coordinate lies in; monotone in ``value``."""
    return np.clip(np.floor((value - start) / width), 0, count - 1).astype(np.int64)


def _explode(geometries: NDArray[Any]) -> tuple[I32, F64, F64]:
    """Owner, (E, 2) start and (E, 2) end of every edge of non-zero length."""
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
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    edge = np.flatnonzero((point_ring[1:] == point_ring[:-1]) & (points[1:] != points[:-1]).any(axis=1))
    owner = part_owner[ring_part[point_ring[edge]]].astype(np.int32)
    return owner, points[edge], points[edge + 1]


def _strips(edges: int) -> int:
    """A power of two, about two strips for the square root of the number of edges."""
    return int(np.clip(2 ** round(np.log2(2 * max(edges, 1) ** 0.5)), 16, 2048))


def _bounds(values: F64) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
