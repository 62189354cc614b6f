"""A small map without scripts: GeoJSON geometries in degrees as SVG."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from shapely.geometry import shape

WIDTH, HEIGHT, EDGE = 760.0, 420.0, 12.0
_STEP = 0.6  # pixels: nearer corners are left out
_LEAST_SPAN = 0.002  # degrees: a lone point is not blown up beyond this

Points = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing on the map: an SVG path, or a dot at ``x``, ``y`` where ``path`` is empty; its label goes there too."""

    title: str
    href: str
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class _View:
    """From degrees to pixels: equirectangular, true at the middle latitude, north up."""

    west: float
    north: float
    across: float
    scale: float
    left: float
    top: float

    def pixel(self, point: Sequence[float]) -> tuple[float, float]:
        x = self.left + (point[0] - self.west) * self.across * self.scale
        return round(x, 1), round(self.top + (self.north - point[1]) * self.scale, 1)


def outline(features: Iterable[tuple[str, str, Mapping[str, Any]]]) -> list[Shape]:
    """Shapes that fill a picture of `WIDTH` × `HEIGHT` pixels.

    Parameters
    ----------
    features : title, address and geometry (Point or MultiPolygon, lon and lat in degrees) of each.
    """
    given = list(features)
    corners = [point for _, _, geometry in given for ring in _rings(geometry) for point in ring]
    if not corners:
        return []
    view = _view([p[0] for p in corners], [p[1] for p in corners])
    return [_shape(view, title, href, geometry) for title, href, geometry in given]


def _rings(geometry: Mapping[str, Any]) -> list[Points]:
    if geometry["type"] == "Point":
        return [[geometry["coordinates"]]]
    return [ring for polygon in geometry["coordinates"] for ring in polygon]


def _view(lons: list[float], lats: list[float]) -> _View:
    west, south, east, north = min(lons), min(lats), max(lons), max(lats)
    across = cos(radians((south + north) / 2))
    wide = max((east - west) * across, _LEAST_SPAN)
    tall = max(north - south, _LEAST_SPAN)
    scale = min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / tall)
    left = (WIDTH - (east - west) * across * scale) / 2
    top = (HEIGHT - (north - south) * scale) / 2
    return _View(west, north, across, scale, left, top)


def _shape(view: _View, title: str, href: str, geometry: Mapping[str, Any]) -> Shape:
    rings = _rings(geometry)
    if geometry["type"] == "Point":
        return Shape(title, href, "", *view.pixel(rings[0][0]))
    inside = shape(dict(geometry)).representative_point()
    return Shape(title, href, " ".join(_path(view, ring) for ring in rings), *view.pixel((inside.x, inside.y)))


def _path(view: _View, ring: Points) -> str:
    kept = [view.pixel(ring[0])]
    for point in ring[1:-1]:
        x, y = view.pixel(point)
        if abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= _STEP:
            kept.append((x, y))
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept) + "Z"
