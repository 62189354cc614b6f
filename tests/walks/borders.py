"""A border of the demonstration county, moved: what a planner brings in a walk."""

from itertools import permutations
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from tests.walks.conftest import Running


def leaves_of(server: Running, village: str) -> gpd.GeoDataFrame:
    """The basic grids in and around a village, with code, name and polygon."""
    west, south, east, north = server.json(f"/grids/{village}")["bbox"]
    address = f"/ogc/collections/grids/items?level=6&bbox={west},{south},{east},{north}&limit=1000&f=json"
    return gpd.GeoDataFrame.from_features(server.json(address)["features"], crs="OGC:CRS84")


def moved_border(leaves: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Any]:
    """Two neighbours after the first took a disc out of the other, and a point inside the disc."""
    shapes: list[Any] = list(leaves.geometry)
    for i, j in permutations(range(len(shapes)), 2):
        shared = shapely.intersection(shapes[i], shapes[j])
        if shared.length < 0.002:
            continue
        disc = shapely.line_interpolate_point(shapely.line_merge(shared), 0.5, normalized=True).buffer(0.0003)
        bite = shapely.intersection(disc, shapes[j])
        grown, left = shapely.union(shapes[i], bite), shapely.difference(shapes[j], bite)
        inside = shapely.covers(shapely.union(shapes[i], shapes[j]), disc)
        if inside and {bite.geom_type, grown.geom_type, left.geom_type} == {"Polygon"}:
            changed = leaves.iloc[[i, j]].copy()
            changed.geometry = np.array([grown, left], dtype=object)
            return changed, bite.representative_point()
    raise AssertionError("no two neighbours share a border long enough")
