"""Warnings about the shapes of changed basic grids: parts, narrow parts, size, and a code apart from its village."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from boundaries.coverage_change import CoverageChange
from boundaries.drafts import Draft
from gis.arrays import Geometries
from gis.coverage_check import Finding, area_m2
from gis.crs import ELLIPSOID
from gis.db import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("judging.sql"))


@dataclass(frozen=True, slots=True)
class Limits:
    """What counts as too small and too narrow: area of a grid in m², mean width of a part in m."""

    min_area_m2: float = 1000
    min_width_m: float = 1


DEFAULT_LIMITS = Limits()


def shape_findings(connection: Connection, draft: Draft, change: CoverageChange, limits: Limits) -> list[Finding]:
    """What a change makes odd, not what was so before; the polygons must be valid."""
    codes = sorted(change.changed & change.after.keys())
    found = [finding for code in codes for finding in _of_one(code, change, limits)]
    return found + _apart(connection, draft, change)


def _of_one(code: str, change: CoverageChange, limits: Limits) -> Iterator[Finding]:
    shape, old = change.after[code], change.before.get(code)
    parts = shapely.get_parts(shape)
    before: Geometries = np.empty(0, dtype=np.object_) if old is None else shapely.get_parts(old)
    if len(parts) > max(1, len(before)):
        zh, en = f"网格 {code} 分成 {len(parts)} 块", f"grid {code} lies in {len(parts)} parts"
        yield Finding("multipart", (code,), zh, en, None, shape)
    for part in parts:
        width = mean_width_m(part)
        if width < limits.min_width_m and not any(shapely.equals(part, other) for other in before):
            zh, en = f"网格 {code} 的一部分只有 {width:.2f} m 宽", f"a part of grid {code} is only {width:.2f} m wide"
            yield Finding("sliver", (code,), zh, en, width, part)
    area = area_m2(shape)
    if area < limits.min_area_m2 and (old is None or area_m2(old) >= limits.min_area_m2):
        zh, en = f"网格 {code} 只有 {area:.1f} m²", f"grid {code} has only {area:.1f} m²"
        yield Finding("small", (code,), zh, en, area, shape)


def mean_width_m(polygon: Any) -> float:
    """Twice the area over the perimeter, metres: about the width of a long, narrow polygon (degrees EPSG:4490)."""
    return 2 * area_m2(polygon) / ELLIPSOID.geometry_length(polygon.boundary)


def _apart(connection: Connection, draft: Draft, change: CoverageChange) -> list[Finding]:
    """Changed grids that share no border with another grid of their village, though it has others."""
    lonely = [
        code
        for code in sorted(change.changed & change.after.keys())
        if not _beside_village(code, change.after)
        and (code not in change.before or _beside_village(code, change.before))
    ]
    if not lonely:
        return []
    values = {"edition": draft.base_edition, "villages": [c[:12] for c in lonely], "codes": sorted(change.before)}
    others = {row[0] for row in connection.execute(_SQL["villages"], values)}
    return [
        Finding(
            "nesting",
            (code,),
            f"网格 {code} 与 {code[:12]} 的其他网格不相连",
            f"grid {code} is apart from the other grids of {code[:12]}",
            None,
            change.after[code],
        )
        for code in lonely
        if code[:12] in others or any(other[:12] == code[:12] for other in change.after if other != code)
    ]


def _beside_village(code: str, outlines: dict[str, Any]) -> bool:
    border = shapely.boundary(outlines[code])
    mates = [shapely.boundary(shape) for other, shape in outlines.items() if other != code and other[:12] == code[:12]]
    return any(shapely.intersection(border, mate).length > 0 for mate in mates if shapely.intersects(border, mate))
