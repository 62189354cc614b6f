"""A small map without scripts: GeoJSON geometries in degrees as SVG."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import cos, radians
from typing import Any

from shapely.geometry import shape

WIDTH, HEIGHT, EDGE = 760.0, 420.0, 12.0
_LETTER, _LINE = 6.5, 14.0  # half the width of a Chinese character, height of a line of labels, pixels
_SUFFIX = re.compile("居民委员会$|民委员会$")  # 桂花井村民委员会 → 桂花井村, 东城社区居民委员会 → 东城社区
_STEP = 0.6  # pixels: nearer corners are left out
_LEAST_SPAN = 0.002  # degrees: a lone point is not blown up beyond this

Points = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing on the map: an SVG path, or a dot at ``x``, ``y`` where ``path`` is empty.

    ``label`` goes there too; it is empty where it would lie on another. ``large`` tells whether it has room at twice
    the size, as on the small screen of a telephone.
    """

    title: str
    href: str
    path: str
    x: float
    y: float
    size: float
    label: str = ""
    large: bool = False


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


def outline(
    features: Iterable[tuple[str, str, Mapping[str, Any]]], around: Iterable[Mapping[str, Any]] = ()
) -> list[Shape]:
    """Shapes that fill a picture of `WIDTH` × `HEIGHT` pixels; those without a title and address lie behind the others.

    Parameters
    ----------
    features : title, address and geometry (Point or MultiPolygon, lon and lat in degrees) of each.
    around : geometries in which the features lie.
    """
    given = list(features)
    if not given:
        return []
    given = [*(("", "", geometry) for geometry in around), *given]
    corners = [point for _, _, geometry in given for ring in _rings(geometry) for point in ring]
    view = _view([p[0] for p in corners], [p[1] for p in corners])
    return _labelled([_shape(view, title, href, geometry) for title, href, geometry in given])


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
        return Shape(title, href, "", *view.pixel(rings[0][0]), size=0)
    area = shape(dict(geometry))
    inside = area.representative_point()
    path = " ".join(_path(view, ring) for ring in rings)
    return Shape(title, href, path, *view.pixel((inside.x, inside.y)), size=area.area)


def _labelled(shapes: list[Shape]) -> list[Shape]:
    """The shapes, with short names on as many areas as have room, the largest first."""
    texts = {i: _SUFFIX.sub("", one.title) for i, one in enumerate(shapes) if one.path and one.title}
    fine, large = _with_room(shapes, texts, 1), _with_room(shapes, texts, 2)
    return [replace(one, label=texts[i] if i in fine else "", large=i in large) for i, one in enumerate(shapes)]


def _with_room(shapes: list[Shape], texts: Mapping[int, str], size: float) -> set[int]:
    """Which labels can be drawn at a size so that none lies on another."""
    taken: list[tuple[float, float, float]] = []
    found: set[int] = set()
    for i in sorted(texts, key=lambda i: -shapes[i].size):
        half = size * sum(_LETTER if ord(letter) < 0x2E80 else 2 * _LETTER for letter in texts[i]) / 2
        x, y = shapes[i].x, shapes[i].y
        if all(abs(x - x1) > half + half1 or abs(y - y1) > size * _LINE for x1, y1, half1 in taken):
            taken.append((x, y, half))
            found.add(i)
    return found


def _path(view: _View, ring: Points) -> str:
    kept = [view.pixel(ring[0])]
    for point in ring[1:-1]:
        x, y = view.pixel(point)
        if abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= _STEP:
            kept.append((x, y))
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept) + "Z"
