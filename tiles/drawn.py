"""A coverage that is stored nowhere, a draft's, as the rows that tiles are made from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from gis.arrays import Geometries
from gis.codes import ancestors, level_of
from gis.coverage_check import area_m2
from gis.label_points import label_points
from tiles.features import Row

NEW = -1
"""Id of a grid that has none yet."""


def drawn_rows(leaves: Mapping[str, Any], names: Mapping[str, str], known: Sequence[Row] = ()) -> list[Row]:
    """Rows of all levels of a coverage, for `tiles.features.grids_of`.

    Parameters
    ----------
    leaves
        Basic grids: code to (Multi)Polygon, degrees EPSG:4490. They need be neither valid nor without gap or overlap.
    names
        Names of grids of all levels by code; a grid without one bears its code.
    known
        Rows of an edition: ids are taken from there, and of grids with the same outline label points and sizes, so that
        only what is changed is worked out.
    """
    before = {row[0]: row for row in known}
    below: dict[str, list[str]] = defaultdict(list)
    for leaf in leaves:
        for code in (*ancestors(leaf), leaf):
            below[code].append(leaf)
    stale = _stale(leaves, before)
    fresh = [code for code in below if code in stale or code not in before]
    places = dict(
        zip(fresh, _labels([_outline([leaves[leaf] for leaf in below[code]]) for code in fresh]), strict=True)
    )
    rows: list[Row] = []
    for code in sorted(below):
        level, old = level_of(code), before.get(code)
        lon, lat, size = places[code] if code in places or old is None else old[5:8]
        parent = ancestors(code)[-1] if level > 2 else None
        wkb = shapely.to_wkb(leaves[code]) if level == 6 else None
        rows.append((code, level, names.get(code, code), parent, NEW if old is None else old[4], lon, lat, size, wkb))
    return rows


def _stale(leaves: Mapping[str, Any], before: Mapping[str, Row]) -> set[str]:
    """The codes of basic grids with another outline than before, and of all above them."""
    old = {code: row[8] for code, row in before.items() if row[1] == 6}
    both = [code for code in leaves if code in old]
    was: Geometries = shapely.from_wkb(np.array([bytes(old[code]) for code in both], dtype=object))
    same = shapely.equals_exact(was, np.array([leaves[code] for code in both], dtype=object))
    kept = {code for code, equal in zip(both, same, strict=True) if equal}
    return {code for leaf in (leaves.keys() | old.keys()) - kept for code in (*ancestors(leaf), leaf)}


def _outline(parts: list[Any]) -> Any:
    return shapely.union_all(shapely.make_valid(np.array(parts, dtype=object)))


def _labels(outlines: list[Any]) -> list[tuple[float, float, float]]:
    """Longitude and latitude of the label, and size in m², of each."""
    if not outlines:
        return []
    points = label_points(np.array(outlines, dtype=object))
    return [
        (float(shapely.get_x(point)), float(shapely.get_y(point)), max(area_m2(outline), 1.0))
        for point, outline in zip(points, outlines, strict=True)
    ]
