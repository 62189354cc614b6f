"""How far a point is from a polygon's border, and which polygon lies behind it."""

import numpy as np

from gis.arrays import F64, I32, I64, Bools, ragged
from gis.crs import ELLIPSOID, geocentric, geodesic_m
from gis.edges import Edges

_BLOCK = 1 << 19  # edges looked at in one go: bounds the memory
_STEP_M = 1e-3  # how far behind an edge of its own a polygon is asked what lies there
_SAME_M2 = 1e-12  # borders this little apart (1 µm, or 5e-10 of the distance) are equally near
_DOUBT = 8 / ELLIPSOID.a  # a metre: twice what a scale from a wrong latitude can do to a squared distance, to 70° N
_E2 = ELLIPSOID.es
_FLATTEST_M = ELLIPSOID.a**2 / ELLIPSOID.b  # largest radius of curvature


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
        (n,) geodesic metres to the nearest place of the border. Edges are straight in degrees. For finding that
        place, degrees are scaled to metres per edge, by the radii of curvature halfway to it; what this
        neglects is below 1e-6 of the distance where distances and edges are shorter than 25 km.
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
    # Through the earth, no place of a polygon is nearer than the centre of a ball around it less the radius.
    centre, radius_m = edges.balls
    to_centre = np.linalg.norm(centre - geocentric(lon, lat), axis=-1)
    guess = np.array([np.argmin(to_centre)])
    along = float(to_border(edges, np.array([lon]), np.array([lat]), guess)[0][0])
    # The chord of so long a geodesic is longest where the earth is flattest, at the poles (Schur's theorem).
    through = 2 * _FLATTEST_M * np.sin(min(along / 2 / _FLATTEST_M, np.pi / 2))
    candidates = np.flatnonzero(to_centre - radius_m <= through + 1e-3)
    distances = to_border(edges, np.full(candidates.size, lon), np.full(candidates.size, lat), candidates)[0]
    return int(candidates[np.argmin(distances)])


def _block(edges: Edges, lon: F64, lat: F64, polygon: I64) -> tuple[F64, I32]:
    count = edges.first[polygon + 1] - edges.first[polygon]
    point, edge = ragged(edges.first[polygon], count)
    level = np.clip(lat[point], np.minimum(edges.ay[edge], edges.by[edge]), np.maximum(edges.ay[edge], edges.by[edge]))
    share, distance2 = _nearest_on_edge(edges, edge, lon[point], lat[point], level)
    least = np.minimum.reduceat(distance2, np.cumsum(count) - count)[point]
    # Once more for the edges that may be nearest, now that the latitudes of their nearest places are known.
    close = distance2 <= least * (1 + _DOUBT * np.sqrt(least)) + _SAME_M2
    point, edge, share = point[close], edge[close], share[close]
    level = edges.ay[edge] + share * (edges.by[edge] - edges.ay[edge])
    share, distance2 = _nearest_on_edge(edges, edge, lon[point], lat[point], level)
    begin = np.flatnonzero(np.diff(point, prepend=-1))
    least = np.minimum.reduceat(distance2, begin)[point]
    beside = edges.behind[edge]
    beside[(beside < 0) | (distance2 > least * (1 + 1e-9) + _SAME_M2)] = edges.count
    behind = np.minimum.reduceat(beside, begin)
    nearest = np.flatnonzero(distance2 == least)
    nearest = nearest[np.diff(point[nearest], prepend=-1) > 0]  # one for each point
    chosen, share = edge[nearest], share[nearest]
    lon2 = edges.ax[chosen] + share * (edges.bx[chosen] - edges.ax[chosen])
    lat2 = edges.ay[chosen] + share * (edges.by[chosen] - edges.ay[chosen])
    alone = behind == edges.count
    behind[alone] = _probe(edges, lon2[alone], lat2[alone], chosen[alone])
    return geodesic_m(lon, lat, lon2, lat2), behind


def _nearest_on_edge(edges: Edges, edge: I64, lon: F64, lat: F64, near_lat: F64) -> tuple[F64, F64]:
    """Where each edge is nearest to its point, as a share of its length, and how near, squared metres.

    ``near_lat`` is about the latitude of that place: metres are measured halfway to it.
    """
    metre_x, metre_y = _metres_a_degree((lat + near_lat) / 2)
    ax, ay = (edges.ax[edge] - lon) * metre_x, (edges.ay[edge] - lat) * metre_y
    dx, dy = (edges.bx[edge] - lon) * metre_x - ax, (edges.by[edge] - lat) * metre_y - ay
    share = np.clip(-(ax * dx + ay * dy) / np.maximum(dx * dx + dy * dy, 1e-300), 0, 1)
    return share, (ax + share * dx) ** 2 + (ay + share * dy) ** 2


def _probe(edges: Edges, lon: F64, lat: F64, edge: I64) -> I32:
    """The lowest other polygon a millimetre to the right (outside) of places on edges, −1 for none."""
    metre_x, metre_y = _metres_a_degree(lat)
    dx, dy = (edges.bx[edge] - edges.ax[edge]) * metre_x, (edges.by[edge] - edges.ay[edge]) * metre_y
    step = _STEP_M / np.maximum(np.hypot(dx, dy), 1e-300)
    beyond_lon = np.clip(lon + dy * step / metre_x, -180, 180)
    beyond_lat = np.clip(lat - dx * step / metre_y, -90, 90)
    place, polygon = edges.covering(beyond_lon, beyond_lat)
    other: Bools = polygon != edges.owner[edge[place]]
    found = np.full(lon.size, edges.count, dtype=np.int32)
    np.minimum.at(found, place[other], polygon[other].astype(np.int32))
    found[found == edges.count] = -1
    return found


def _metres_a_degree(lat: F64) -> tuple[F64, F64]:
    """Lengths of a degree of longitude and of latitude at latitudes, by the radii of curvature; never zero."""
    phi = np.radians(np.minimum(np.abs(lat), 89.999))
    flat = 1 - _E2 * np.sin(phi) ** 2
    parallel_m = ELLIPSOID.a / np.sqrt(flat) * np.cos(phi)
    meridian_m = ELLIPSOID.a * (1 - _E2) / (flat * np.sqrt(flat))
    return np.radians(parallel_m), np.radians(meridian_m)
