"""The bounding box of a request as an exact area in storage coordinates."""

import math

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import Crs, from_storage, to_storage
from gis.errors import InvalidInput

Ring = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""West, south, east, north (or x, y, x, y in metres)."""

_PIECES = 256  # straight pieces an edge of a box in metres is cut into: bends less than 1 mm across a county
_MARGIN = 0.01  # degrees around the county: no feature lies beyond


def parse_box(text: str) -> tuple[float, ...]:
    """The four or six finite numbers of a ``bbox`` parameter (Features part 1, 7.15.3), heights left out.

    Returns
    -------
    four numbers in the order given: first axis, second axis, first axis, second axis

    Raises
    ------
    InvalidInput
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in {4, 6} or not all(map(math.isfinite, numbers)):
        raise _bad("应为 4 个（或 6 个）有限数值，用逗号分隔", "four (or six) finite numbers with commas between them")
    return tuple(numbers) if len(numbers) == 4 else (numbers[0], numbers[1], numbers[3], numbers[4])


def window(box: tuple[float, ...], crs: Crs, county: Box) -> bytes:
    """The area of a box of ``crs``, in the official axis order of that system (part 2, 6.4).

    Parameters
    ----------
    box : four numbers as from `parse_box`.
    county : extent of the edition in degrees; what lies beyond holds nothing and need not be projected.

    Returns
    -------
    WKB, lon and lat in degrees EPSG:4490

    Raises
    ------
    InvalidInput
        If a minimum exceeds its maximum, except west over east in degrees: such a box crosses the antimeridian.
        If longitude comes first and no latitude of the box is one.
    """
    west, south, east, north = (box[1], box[0], box[3], box[2]) if crs.north_first else box
    if south > north or (west > east and crs.kind != "geographic"):
        raise _bad("最小值大于最大值；请检查坐标轴顺序", "a minimum exceeds its maximum; check the order of the axes")
    if max(south, -north) > 90 and crs.kind == "geographic" and not crs.north_first:
        raise _bad(
            "经纬度超出范围；请检查坐标轴顺序和 bbox-crs", "not degrees; check the order of the axes and bbox-crs"
        )
    # Where latitude comes first such a box is answered, empty and with a hint: OGC's own test suite sends it.
    if crs.kind == "geographic":
        return shapely.to_wkb(_degrees(west, south, east, north))
    return shapely.to_wkb(_metres((west, south, east, north), crs, county))


def misses(area: bytes, county: Box) -> bool:
    """Whether an area as from `window` lies beside the county altogether."""
    return not bool(shapely.intersects(shapely.from_wkb(area), shapely.box(*county)))


def _degrees(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """The box as far as there are degrees: one beyond them holds nothing."""
    west, south, east, north = max(west, -360.0), max(south, -90.0), min(east, 360.0), min(north, 90.0)
    if south > north or west > 360 or east < -360:
        return shapely.Polygon()
    if west <= east:
        corners = np.array([(west, south), (east, south), (east, north), (west, north)])
        return _area(corners, flat=west == east or south == north)
    return shapely.union(shapely.box(west, south, 180, north), shapely.box(-180, south, east, north))


def _metres(box: Box, crs: Crs, county: Box) -> shapely.Geometry:
    """The box cut to the county and followed along its edges: a straight edge in metres is bent in degrees."""
    around = _outline((county[0] - _MARGIN, county[1] - _MARGIN, county[2] + _MARGIN, county[3] + _MARGIN))
    x, y = from_storage(around[:, 0], around[:, 1], crs)
    west, south = max(box[0], x.min()), max(box[1], y.min())
    east, north = min(box[2], x.max()), min(box[3], y.max())
    if west > east or south > north:
        return shapely.Polygon()
    edge = _outline((west, south, east, north))
    return _area(np.column_stack(to_storage(edge[:, 0], edge[:, 1], crs)), flat=west == east or south == north)


def _area(ring: Ring, *, flat: bool) -> shapely.Geometry:
    """The polygon of a ring; of a box without area the line or point it is: such a polygon would not be valid."""
    if not flat:
        return shapely.Polygon(ring)
    return shapely.Point(ring[0]) if np.ptp(ring, axis=0).max() == 0 else shapely.LineString(ring)


def _outline(box: Box) -> Ring:
    west, south, east, north = box
    along = np.linspace(0.0, 1.0, _PIECES, endpoint=False)
    x, y = west + along * (east - west), south + along * (north - south)
    ones = np.ones(_PIECES)
    return np.concatenate([
        np.column_stack([x, south * ones]),
        np.column_stack([east * ones, y]),
        np.column_stack([x[::-1] + (east - x[-1]), north * ones]),
        np.column_stack([west * ones, y[::-1] + (north - y[-1])]),
    ])  # fmt: skip


def _bad(zh: str, en: str) -> InvalidInput:
    return InvalidInput(field="bbox", reason_zh=zh, reason_en=en)
