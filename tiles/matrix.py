"""Tile matrix sets: which there are, and where one of their tiles lies.

WebMercatorQuad (OGC 17-083r4, annex D) in EPSG:3857, and CGCS2000Quad: the quad tree of WGS1984Quad, two tiles wide
and one high at zoom 0, over EPSG:4490. CGCS2000Quad counts one zoom behind EPSG:3857: its tile at z covers the
longitudes of a WebMercatorQuad tile at z + 1.
"""

from dataclasses import dataclass
from functools import cache

import morecantile
import numpy as np
from morecantile import Tile, TileMatrixSet
from pyproj import CRS

from gis.arrays import F64
from gis.crs import from_storage, to_storage
from gis.errors import InvalidInput, NotFound

EXTENT = 4096
"""Units along a tile's side; 8 of them are one pixel of a tile drawn at 512 px."""
BUFFER = 64
"""Units around a tile that its areas, lines and symbols reach beyond its edge: 8 px, more than half a line's width."""
MAX_ZOOM = 16
WEB_MERCATOR, CGCS2000 = "WebMercatorQuad", "CGCS2000Quad"
_SEARCH = BUFFER + 2  # rounding moves a point by less than a unit


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a tile lies.

    Attributes
    ----------
    srid : reference system of the tile: 3857 (metres) or 4490 (degrees), x = easting or longitude first.
    zoom : zoom of the stored shapes with the tile's resolution.
    left, top : the tile's corner in ``srid``.
    unit : length of one of its ``EXTENT`` units, in ``srid``.
    west, south, east, north : the tile with its buffer, degrees EPSG:4490, to search stored rows.
    """

    srid: int
    zoom: int
    left: float
    top: float
    unit: float
    west: float
    south: float
    east: float
    north: float


@cache
def matrix_sets() -> dict[str, TileMatrixSet]:
    """The tile matrix sets by name; WebMercatorQuad is the default everywhere."""
    cgcs2000 = TileMatrixSet.custom(
        [-180, -90, 180, 90],
        CRS.from_epsg(4490),
        matrix_scale=[2, 1],
        maxzoom=MAX_ZOOM,
        id=CGCS2000,
    )
    return {WEB_MERCATOR: morecantile.tms.get(WEB_MERCATOR), CGCS2000: cgcs2000}


def check_matrix_set(name: str) -> str:
    """``name``, if it is a tile matrix set.

    Raises
    ------
    NotFound
        Otherwise; it names those there are.
    """
    if name not in matrix_sets():
        known = ", ".join(matrix_sets())
        raise NotFound(what_zh=f"瓦片矩阵集（可用：{known}）", what_en=f"tile matrix set (known: {known})", value=name)
    return name


def frame(tms: str, z: int, x: int, y: int) -> Frame:
    """Where the tile ``z/x/y`` (column from the west, row from the north) lies.

    Raises
    ------
    NotFound
        If there is no such tile matrix set.
    InvalidInput
        If zoom, column or row is out of range.
    """
    matrices = matrix_sets()[check_matrix_set(tms)]
    _check("z", z, MAX_ZOOM)
    matrix = matrices.matrix(z)
    _check("x", x, matrix.matrixWidth - 1)
    _check("y", y, matrix.matrixHeight - 1)
    bounds = matrices.xy_bounds(Tile(x, y, z))
    unit = (bounds.right - bounds.left) / EXTENT
    world = matrices.xy_bbox
    reach = _SEARCH * unit
    west, south = max(bounds.left - reach, world.left), max(bounds.bottom - reach, world.bottom)
    east, north = min(bounds.right + reach, world.right), min(bounds.top + reach, world.top)
    srid, zoom = (3857, z) if tms == WEB_MERCATOR else (4490, min(z + 1, MAX_ZOOM))
    lons, lats = to_storage([west, east], [south, north], srid)
    return Frame(srid, zoom, bounds.left, bounds.top, unit, *map(float, (lons[0], lats[0], lons[1], lats[1])))


def to_units(tms: str, zoom: int, lonlat: F64) -> F64:
    """Degrees EPSG:4490 (n, 2), longitude first, as units of a zoom's tiles from the set's north-west corner.

    x runs east, y south; not rounded. Tile ``x`` holds the units from ``x * EXTENT`` on, and so do rows.
    """
    matrices = matrix_sets()[check_matrix_set(tms)]
    world, matrix = matrices.xy_bbox, matrices.matrix(zoom)
    unit = (world.right - world.left) / (matrix.matrixWidth * EXTENT)
    x, y = lonlat.T if tms == CGCS2000 else from_storage(lonlat[:, 0], lonlat[:, 1], 3857)
    return np.column_stack([np.asarray(x) - world.left, world.top - np.asarray(y)]) / unit


def ground_zoom(tms: str, zoom: int) -> int:
    """The zoom of WebMercatorQuad with the same resolution on the ground: rules about zooms are written in these."""
    return zoom if tms == WEB_MERCATOR else min(zoom + 1, MAX_ZOOM)


def _check(field: str, value: int, highest: int) -> None:
    if not 0 <= value <= highest:
        raise InvalidInput(
            field=field, reason_zh=f"{value} 不在 0–{highest} 之内", reason_en=f"{value} is not within 0–{highest}"
        )
