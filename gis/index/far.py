"""The nearest polygon to a point that lies far from all: by balls through the earth, where degrees tell nothing."""

import numpy as np

from gis.arrays import F64, I64
from gis.crs import ELLIPSOID, geocentric, geodesic_m
from gis.index.buffer import Parts

_FLATTEST_M = ELLIPSOID.a**2 / ELLIPSOID.b  # largest radius of curvature


def balls(parts: Parts) -> tuple[F64, F64]:
    """A ball around each polygon: (N, 3) geocentric metres of its centre and (N,) radius in metres."""
    west, south, east, north = parts.boxes.T
    centre = geocentric((west + east) / 2, (south + north) / 2)
    first = parts.first[:-1]
    place = geocentric(parts.xy[:, 0], parts.xy[:, 1])
    off = np.linalg.norm(place - np.repeat(centre, np.diff(parts.first), axis=0), axis=-1)
    long = np.linalg.norm(np.diff(place, axis=0, append=place[-1:]), axis=-1)
    long[parts.faces[:, 0] < 0] = 0
    # A place on an edge is no farther than its nearer end and half the edge; 1 % for what the edge bends.
    return centre, np.maximum.reduceat(off, first) + np.maximum.reduceat(long, first) * 0.51


def nearest_far(address: int, around: tuple[F64, F64], lon: float, lat: float) -> tuple[int, float]:
    """The polygon whose border is nearest to a point that none covers (the lowest if several), and how far, metres."""
    # Through the earth, no place of a polygon is nearer than the centre of a ball around it less the radius.
    centre, radius_m = around
    to_centre = np.linalg.norm(centre - geocentric(lon, lat), axis=-1)
    guess = np.array([np.argmin(to_centre)])
    along = float(to_borders(address, lon, lat, guess)[0])
    # The chord of so long a geodesic is longest where the earth is flattest, at the poles (Schur's theorem).
    through = 2 * _FLATTEST_M * np.sin(min(along / 2 / _FLATTEST_M, np.pi / 2))
    candidates = np.flatnonzero(to_centre - radius_m <= through + 1e-3)
    distances = to_borders(address, lon, lat, candidates)
    best = int(np.argmin(distances))
    return int(candidates[best]), float(distances[best])


def to_borders(address: int, lon: float, lat: float, polygons: I64) -> F64:
    """Geodesic metres from one point to the borders of (n,) polygons."""
    from gis.index.nearest import border

    count = polygons.size
    nearest, behind = np.empty((count, 3)), np.empty(count, dtype=np.int32)
    border(address, np.full(count, lon), np.full(count, lat), polygons, nearest, behind)
    return geodesic_m(lon, lat, nearest[:, 1], nearest[:, 2])
