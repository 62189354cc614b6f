"""Exact checks of a coverage: invalid polygons, overlaps, gaps, places lost or gained; findings are data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gis.arrays import F64, Geometries
from gis.crs import ELLIPSOID

AREA_FLOOR_M2 = 0.01
"""Smaller differences are the rounding of new vertices, not errors of the drawing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: rule, codes concerned, size (m² or m by the rule), place (EPSG:4490), plain words."""

    rule: str
    codes: tuple[str, ...]
    reason_zh: str
    reason_en: str
    size: float | None = None
    geometry: Any = None


def area_m2(geometry: Any) -> float:
    """Area of a (multi)polygon in degrees EPSG:4490, in m² on the ellipsoid (`areas_m2`)."""
    return float(areas_m2([geometry])[0])


def areas_m2(geometries: Sequence[Any] | Geometries) -> F64:
    """Areas of (n,) (multi)polygons in degrees EPSG:4490, in m² on the ellipsoid; holes are taken off.

    Edges are straight in degrees, as in PostGIS, GeoJSON and tiles, so that areas of parts add up to the whole. The
    geodesic between the ends of a 3 km edge bulges 8 cm away from it: with geodesic edges a sliver as thin as rounding
    could measure 100 m², and an area would change when a vertex is inserted into an edge.

    Notes
    -----
    Green's theorem in the authalic (equal-area) coordinate of the latitude (Snyder 1987, eq. 3-12), integrated along
    each edge by three Gauss–Legendre nodes.
    """
    parts, owner = shapely.get_parts(
        shapely.orient_polygons(np.asarray(geometries, dtype=np.object_)), return_index=True
    )
    rings, part = shapely.get_rings(parts, return_index=True)
    degrees, ring = shapely.get_coordinates(rings, return_index=True)
    lon, lat = np.radians(degrees).T
    inner = np.flatnonzero(np.diff(ring) == 0)  # not from one ring to the next
    east, start, rise = np.diff(lon)[inner], lat[inner], np.diff(lat)[inner]
    mine = owner[part[ring[inner]]]
    # From a parallel near by, one for each, so that nothing large is taken from anything large.
    first = np.flatnonzero(np.diff(mine, prepend=-1))
    zero = np.repeat(_authalic_m2(start[first]), np.diff(first, append=mine.size))
    below = sum(w * (_authalic_m2(start + t * rise) - zero) for t, w in _GAUSS)
    return np.abs(np.bincount(mine, east * below, minlength=len(geometries)))


_GAUSS = ((0.5 - 0.15**0.5, 5 / 18), (0.5, 8 / 18), (0.5 + 0.15**0.5, 5 / 18))


def _authalic_m2(lat: F64) -> F64:
    """Area in m² between the equator and latitudes in radians, per radian of longitude."""
    e = ELLIPSOID.es**0.5
    sine = np.sin(lat)
    return ELLIPSOID.b**2 / 2 * (sine / (1 - ELLIPSOID.es * sine**2) + np.arctanh(e * sine) / e)


def check_coverage(codes: list[str], polygons: Geometries) -> list[Finding]:
    """Check a whole coverage by itself: valid polygons, no overlap, no hole of 0.01 m² or more.

    Parameters
    ----------
    codes, polygons : (n,) codes and (multi)polygons in degrees EPSG:4490.
    """
    found = invalid_polygons(codes, polygons)
    if found:
        return found
    if shapely.coverage_is_valid(polygons):
        union = shapely.coverage_union_all(polygons)
    else:
        found = overlaps(codes, polygons, range(len(codes)))
        union = shapely.union_all(polygons)
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors]
    return found + _areas("gap", holes, codes, polygons, "网格之间有空隙", "a gap between grids")


def check_change(codes: list[str], polygons: Geometries, before: dict[str, Any], changed: set[str]) -> list[Finding]:
    """Check an edited coverage around its changes: nothing lost, nothing gained, no overlap.

    Parameters
    ----------
    codes, polygons : (n,) the coverage after the change, degrees EPSG:4490.
    before : code to (multi)polygon before the change.
    changed : codes put, changed or removed.

    Notes
    -----
    Union before against union after over the changed grids and their neighbours, and pairwise intersections: unlike
    edge matching this finds every lost or doubled area of 0.01 m² or more.
    """
    mine = [i for i, code in enumerate(codes) if code in changed]
    found = invalid_polygons([codes[i] for i in mine], polygons[mine])
    if found:
        return found
    old = np.array([before[code] for code in sorted(changed) if code in before], dtype=np.object_)
    touched = shapely.union_all(np.concatenate([old, polygons[mine]]))
    around = shapely.STRtree(polygons).query(touched, predicate="intersects").tolist()
    near = [i for i in around if codes[i] not in changed]
    union_before = shapely.union_all(np.concatenate([old, polygons[near]]))
    union_after = shapely.union_all(np.concatenate([polygons[mine], polygons[near]]))
    lost = shapely.get_parts(shapely.difference(union_before, union_after))
    gained = shapely.get_parts(shapely.difference(union_after, union_before))
    return [
        *overlaps(codes, polygons, mine),
        *_areas("gap", lost, codes, polygons, "改动后有区域不属于任何网格", "an area that no grid covers any more"),
        *_areas("outside", gained, codes, polygons, "改动超出了原辖区范围", "an area beyond the old outline"),
    ]


def invalid_polygons(codes: list[str], polygons: Geometries) -> list[Finding]:
    """Polygons that are invalid (OGC Simple Features, 6.1.11) or empty."""
    bad = np.flatnonzero(~shapely.is_valid(polygons) | shapely.is_empty(polygons))
    return [
        Finding(
            "invalid",
            (codes[i],),
            f"图形无效：{shapely.is_valid_reason(polygons[i])}",
            f"invalid geometry: {shapely.is_valid_reason(polygons[i])}",
            None,
            polygons[i],
        )
        for i in bad.tolist()
    ]


def overlaps(codes: list[str], polygons: Geometries, among: Sequence[int]) -> list[Finding]:
    """Pairs with at least one member in ``among`` (positions) that share an area of 0.01 m² or more."""
    positions = np.asarray(among, dtype=np.int64)
    tree = shapely.STRtree(polygons)
    left, right = tree.query(polygons[positions], predicate="intersects")
    pairs = {(min(a, b), max(a, b)) for a, b in zip(positions[left].tolist(), right.tolist(), strict=True) if a != b}
    found: list[Finding] = []
    for a, b in sorted(pairs):
        shared = shapely.intersection(polygons[a], polygons[b])
        parts = [p for p in shapely.get_parts(shared) if p.geom_type == "Polygon"]
        size = sum(area_m2(p) for p in parts)
        if size >= AREA_FLOOR_M2:
            zh, en = f"与 {codes[b]} 重叠 {size:.2f} m²", f"overlaps {codes[b]} by {size:.2f} m²"
            found.append(Finding("overlap", (codes[a], codes[b]), zh, en, size, shapely.multipolygons(parts)))
    return found


def _areas(rule: str, parts: Any, codes: list[str], polygons: Geometries, zh: str, en: str) -> list[Finding]:
    tree = shapely.STRtree(polygons)
    found: list[Finding] = []
    for part in parts:
        size = area_m2(part) if part.geom_type == "Polygon" else 0.0
        if size >= AREA_FLOOR_M2:
            near = tuple(sorted(codes[i] for i in tree.query(part, predicate="intersects").tolist()))
            found.append(Finding(rule, near, f"{zh}（{size:.2f} m²）", f"{en} ({size:.2f} m²)", size, part))
    return found
