"""The demo county's coverage: basic grids with codes, names and shared borders, nested by construction."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely

from gis.arrays import F64, I64, Geometries, Texts
from gis.demo.land import crinkle, draw_together, make_land
from gis.demo.naming import Gazetteer, gazetteer
from gis.demo.regions import Regions, regions
from gis.demo.shape import Placement, place, polygons, surveyed
from gis.demo.streams import stream
from gis.numbering import reading_order


@dataclass(frozen=True, slots=True)
class Ground:
    """The county's ground, the same for every county that is built from one seed; leaves in the order of their codes.

    Attributes
    ----------
    suffixes
        (1563,) digits of each leaf's code after the county's six.
    village
        (1563,) position of each leaf's village among the 85.
    nodes, rings
        Nodes of all borders in plane metres, and the leaves' rings (see `Network.rings`).
    cell_leaf, cells, cell_effort
        Cells of the county: their leaf (ascending), their centre (n, 2) in plane metres, how hard they are to cross.
    """

    suffixes: list[str]
    village: I64
    nodes: F64
    rings: tuple[I64, I64, I64]
    placement: Placement
    cell_leaf: I64
    cells: F64
    cell_effort: I64

    def leaves(self) -> Geometries:
        """(1563,) polygons in plane metres."""
        return polygons(self.nodes, self.rings)


@lru_cache(maxsize=1)
def make_ground(seed: int) -> Ground:
    """Draw the ground: terrain, regions, numbers, borders. Equal seeds give equal bytes."""
    generator = stream(seed)
    villages = gazetteer(0).villages
    communities = np.array([int(village.code[9:]) < 200 for village in villages])
    counts = np.unique([village.code[:9] for village in villages], return_counts=True)[1]
    found = regions(make_land(generator), communities, counts.astype(np.int64), generator)
    land = found.land
    moved = draw_together(crinkle(land.terrain, np.column_stack([land.x, land.y])))
    suffixes = _suffixes(found, moved, [village.code[6:] for village in villages])
    order = np.argsort(suffixes)
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    leaf = rank[found.basic]
    network = land.network(leaf)
    rings = network.rings()
    nodes = surveyed(network, rings, land.terrain)
    outline = shapely.coverage_union_all(polygons(nodes, rings))
    cells = np.argsort(leaf, kind="stable")
    return Ground(
        suffixes=suffixes[order].tolist(),
        village=found.grid_parent[found.basic_parent[order]],
        nodes=nodes,
        rings=rings,
        placement=place(shapely.get_coordinates(outline)),
        cell_leaf=leaf[cells],
        cells=moved[cells],
        cell_effort=land.effort[cells],
    )


def _suffixes(found: Regions, moved: F64, villages: list[str]) -> Texts:
    """Digits 7–17 of each leaf's code: grids of a village and parts of a grid in reading order of their middles."""
    grid_numbers = _numbers(found.basic_parent[found.basic], found.grid_parent, moved)
    basic_numbers = _numbers(found.basic, found.basic_parent, moved)
    grids = [
        f"{villages[village]}{number:03d}" for village, number in zip(found.grid_parent, grid_numbers, strict=True)
    ]
    return np.array(
        [f"{grids[grid]}{number:02d}" for grid, number in zip(found.basic_parent, basic_numbers, strict=True)]
    )


def _numbers(region: I64, parent: I64, cells: F64) -> I64:
    """Number of each region within its parent, from 1, in reading order."""
    count = np.bincount(region)
    x, y = (np.bincount(region, axis) / count for axis in cells.T)
    numbers = np.empty(parent.size, dtype=np.int64)
    for members in np.split(np.arange(parent.size), np.flatnonzero(np.diff(parent)) + 1):
        numbers[members[reading_order(x[members], y[members])]] = np.arange(1, members.size + 1)
    return numbers


def shift(county: int) -> tuple[float, float]:
    """Degrees east and north that county ``county`` lies from the first: 30 side by side, then the next row."""
    row, column = divmod(county, 30)
    return float(column), 0.7 * row


def leaves(ground: Ground, places: Gazetteer, county: int) -> gpd.GeoDataFrame:
    """The basic grids: ``code``, ``name``, ``geometry`` (Polygon, lon/lat EPSG:4490), in the order of the codes."""
    degrees = ground.placement.degrees(ground.nodes, shift(county))
    codes = [places.county.code + suffix for suffix in ground.suffixes]
    names = grid_names(ground, places)
    table = {"code": codes, "name": [names[code] for code in codes]}
    return gpd.GeoDataFrame(table, geometry=polygons(degrees, ground.rings), crs="EPSG:4490")


def grid_names(ground: Ground, places: Gazetteer) -> dict[str, str]:
    """Names of all grids of levels 2–6 by code: 桂花井第3网格, its parts 桂花井第3网格第1片."""
    names = {place.code: place.name for place in [places.county, *places.townships, *places.villages]}
    codes = [places.county.code + suffix for suffix in ground.suffixes]
    parts = Counter(code[:15] for code in codes)
    for code, village in zip(codes, ground.village.tolist(), strict=True):
        grid = f"{places.villages[village].short}第{int(code[12:15])}网格"
        names[code[:15]] = grid
        names[code] = grid if parts[code[:15]] == 1 else f"{grid}第{int(code[15:])}片"
    return names
