"""From borders along cells to borders as surveyed: smoothed, crinkled, in degrees, and valid."""

from dataclasses import dataclass

import numpy as np
import shapely

from gis.arrays import F64, I64, Geometries
from gis.demo.hexes import Network
from gis.demo.land import crinkle, draw_together
from gis.demo.terrain import Terrain

AREA_M2 = 3885e6
MIDDLE = (101.55, 24.56)
"""Longitude and latitude of the middle of the county's bounding box."""

_METRES_PER_DEGREE = (101_319.0, 110_770.0)  # east and north at that latitude (GRS80)
_DECIMALS = 9  # 0.1 mm: shared nodes stay equal to the bit, and nothing visible moves


@dataclass(frozen=True, slots=True)
class Placement:
    """Plane metres → degrees EPSG:4490: moved and scaled so that the county has its size and place."""

    origin: F64
    scale: float

    def degrees(self, points: F64, shift: tuple[float, float] = (0.0, 0.0)) -> F64:
        """(n, 2) lon, lat, rounded to 1e-9°, of plane metres, ``shift`` degrees farther east and north."""
        at_home = np.round((points - self.origin) * self.scale / _METRES_PER_DEGREE + MIDDLE, _DECIMALS)
        return np.round(at_home + shift, _DECIMALS)


def place(outline: F64) -> Placement:
    """The placement that gives the closed ring ``outline`` (n, 2) the county's area, around its middle."""
    x, y = (outline - outline[0]).T
    area = abs(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))) / 2
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    return Placement(origin=middle, scale=float(np.sqrt(AREA_M2 / area)))


def surveyed(network: Network, rings: tuple[I64, I64, I64], terrain: Terrain) -> F64:
    """(n, 2) metres: the nodes of ``network`` as borders run in nature, so that the regions stay valid.

    Where bends cross each other, the leaves concerned fall back to gentler borders, in the last resort to
    those of the cells, which are valid by construction.
    """
    smooth = _smooth(network, rounds=3)
    bent = crinkle(terrain, smooth)
    cells = network.nodes
    choices = [draw_together(points) for points in (bent, (bent + smooth) / 2, smooth, (smooth + cells) / 2, cells)]
    stacked = np.stack(choices)
    gentler = np.zeros(len(cells), dtype=np.int64)
    while True:
        nodes = stacked[gentler, np.arange(len(cells))]
        wrong = faulty(polygons(nodes, rings))
        if wrong.size == 0:
            return nodes
        concerned = np.unique(rings[0][np.isin(rings[2][rings[1]], wrong)])
        if (gentler[concerned] == len(choices) - 1).all():
            concerned = np.arange(len(cells))
        gentler[concerned] = np.minimum(gentler[concerned] + 1, len(choices) - 1)


def polygons(nodes: F64, rings: tuple[I64, I64, I64]) -> Geometries:
    """One polygon per region from `Network.rings`; a region's largest ring is its shell, the others holes."""
    node, ring, label = rings
    coordinates = nodes[node]
    x, y = (coordinates - coordinates[0]).T
    cross = (x[:-1] * y[1:] - x[1:] * y[:-1]) * (ring[:-1] == ring[1:])
    order = np.lexsort((-np.bincount(ring[:-1], cross), label))
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    ring_ends = np.concatenate([[0], np.cumsum(np.bincount(ring)[order])])
    region_ends = np.concatenate([[0], np.cumsum(np.bincount(label))])
    in_order = coordinates[np.argsort(rank[ring], kind="stable")]
    return shapely.from_ragged_array(shapely.GeometryType.POLYGON, in_order, (ring_ends, region_ends))


def faulty(leaves: Geometries) -> I64:
    """Positions of polygons that are invalid or do not match their neighbours edge by edge."""
    unmatched = ~shapely.is_empty(shapely.coverage_invalid_edges(leaves))
    return np.flatnonzero(~shapely.is_valid(leaves) | unmatched)


def _smooth(network: Network, rounds: int) -> F64:
    """(n, 2) nodes, each moved ``rounds`` times half-way towards the middle of its neighbours."""
    start = np.concatenate([network.start, network.end])
    end = np.concatenate([network.end, network.start])
    count = len(network.nodes)
    degree = np.bincount(start, minlength=count)
    nodes = network.nodes
    for _ in range(rounds):
        means = [np.bincount(start, nodes[end, axis], minlength=count) / degree for axis in (0, 1)]
        nodes = 0.5 * nodes + 0.5 * np.column_stack(means)
    return nodes
