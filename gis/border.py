"""How far a point is from a polygon's border, and which polygon lies behind it."""

import numpy as np

from gis.arrays import F64, I32, I64, Bools, ragged
from gis.crs import ELLIPSOID, geodesic_m
from gis.edges import Edges

_BLOCK = 1 << 19  # edges looked at in one go: bounds the memory
_STEP_M = 1e-3  # how far behind an edge of its own a polygon is asked what lies there
_SAME_M2 = 1e-12  # borders this little apart (1 µm) are equally near
_E2 = ELLIPSOID.es


def to_border(edges: Edges, lon: F64, lat: F64, polygon: I64) -> tuple[F64, I32]:
    """Distance of each point to the border of its polygon, and the polygon behind the nearest place of it.

    Parameters
    ----------
    lon, lat
        (n,) finite degrees EPSG:4490, inside or outside the polygon.
    polygon
        (n,) indexes 0 … N − 1.

    Returns
    -------
    distance_m
        (n,) geodesic metres to the nearest place of the border, rounding apart: candidates are ranked in a
        plane around the point that is true to 1e-6 of the distance within 5 km.
    behind
        (n,) int32 the polygon on the other side of the nearest edge; the lowest one where several edges are
        equally near; −1 where nothing lies behind. Where no other polygon has the same edge (outline,
        gap, overlap, a neighbour with other vertices), a millimetre behind the border decides.
    """
    distance_m, behind = np.empty(lon.size), np.empty(lon.size, dtype=np.int32)
    total = np.cumsum(edges.first[polygon + 1] - edges.first[polygon])
    start = 0
    while start < lon.size:
        done = total[start - 1] if start else 0
        end = max(int(np.searchsorted(total, done + _BLOCK)), start + 1)
        part = slice(start, end)
        distance_m[part], behind[part] = _block(edges, lon[part], lat[part], polygon[part])
        start = end
    return distance_m, behind


def nearest_polygon(edges: Edges, lon: float, lat: float) -> int:
    """The polygon whose border is nearest to a point that none covers (the lowest if several), −1 without polygons.

    Parameters
    ----------
    lon, lat
        Finite degrees EPSG:4490.
    """
    if edges.count == 0:
        return -1
    west, south, east, north = edges.boxes
    at_least = np.hypot(*_plane(lon, lat, np.clip(lon, west, east), np.clip(lat, south, north)))
    guess = np.array([np.argmin(at_least)])
    at_most = float(to_border(edges, np.array([lon]), np.array([lat]), guess)[0][0])
    slack = 1e-3 + (at_most / ELLIPSOID.a) ** 2  # the plane's error grows with the square of the distance
    candidates = np.flatnonzero(at_least * (1 - slack) <= at_most)
    distances = to_border(edges, np.full(candidates.size, lon), np.full(candidates.size, lat), candidates)[0]
    return int(candidates[np.argmin(distances)])


def _block(edges: Edges, lon: F64, lat: F64, polygon: I64) -> tuple[F64, I32]:
    count = edges.first[polygon + 1] - edges.first[polygon]
    point, edge = ragged(edges.first[polygon], count)
    ax, ay = _plane(lon[point], lat[point], edges.ax[edge], edges.ay[edge])
    bx, by = _plane(lon[point], lat[point], edges.bx[edge], edges.by[edge])
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    share = np.clip(-(ax * dx + ay * dy) / np.maximum(length2, 1e-300), 0, 1)
    distance2 = (ax + share * dx) ** 2 + (ay + share * dy) ** 2
    begin = np.cumsum(count) - count
    least = np.minimum.reduceat(distance2, begin)[point]
    nearest = np.flatnonzero(distance2 == least)
    nearest = nearest[np.diff(point[nearest], prepend=-1) > 0]  # one for each point
    beside = edges.behind[edge]
    beside[(beside < 0) | (distance2 > least + _SAME_M2)] = edges.count
    behind = np.minimum.reduceat(beside, begin)
    chosen, share = edge[nearest], share[nearest]
    lon2 = edges.ax[chosen] + share * (edges.bx[chosen] - edges.ax[chosen])
    lat2 = edges.ay[chosen] + share * (edges.by[chosen] - edges.ay[chosen])
    alone = behind == edges.count
    behind[alone] = _probe(edges, lon2[alone], lat2[alone], chosen[alone])
    return geodesic_m(lon, lat, lon2, lat2), behind


def _probe(edges: Edges, lon: F64, lat: F64, edge: I64) -> I32:
    """The lowest other polygon a millimetre to the right (outside) of places on edges, −1 for none."""
    dx, dy = _plane(edges.ax[edge], edges.ay[edge], edges.bx[edge], edges.by[edge])
    length = np.maximum(np.hypot(dx, dy), 1e-300)
    metre_lon, metre_lat = _plane(lon, lat, lon + 1e-3, lat + 1e-3)
    beyond_lon = np.clip(lon + dy / length * _STEP_M * 1e-3 / metre_lon, -180, 180)
    beyond_lat = np.clip(lat - dx / length * _STEP_M * 1e-3 / metre_lat, -90, 90)
    place, polygon = edges.covering(beyond_lon, beyond_lat)
    other: Bools = polygon != edges.owner[edge[place]]
    found = np.full(lon.size, edges.count, dtype=np.int32)
    np.minimum.at(found, place[other], polygon[other].astype(np.int32))
    found[found == edges.count] = -1
    return found


def _plane(lon: F64 | float, lat: F64 | float, to_lon: F64, to_lat: F64) -> tuple[F64, F64]:
    """Metres east and north from points to other points, by the radii of curvature at the middle latitude."""
    middle = np.radians((lat + to_lat) / 2)
    flat = 1 - _E2 * np.sin(middle) ** 2
    parallel_m = ELLIPSOID.a / np.sqrt(flat) * np.cos(middle)
    meridian_m = ELLIPSOID.a * (1 - _E2) / (flat * np.sqrt(flat))
    return np.radians(to_lon - lon) * parallel_m, np.radians(to_lat - lat) * meridian_m
