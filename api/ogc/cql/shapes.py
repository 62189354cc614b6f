"""Geometries that stand in a filter, as areas, lines and points in storage coordinates."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from api.ogc.cql.parse import bad
from gis.crs import Crs, to_storage
from gis.errors import InvalidInput

_PIECES = 256  # of a line in metres, whose straight pieces are bent in degrees


def literal(node: dict[str, Any], crs: Crs) -> shapely.Geometry:
    """A geometry or box of ``crs`` (official axis order) as lon and lat in degrees EPSG:4490.

    Raises
    ------
    InvalidInput
        If it cannot be read, is not valid (a polygon that crosses itself), or lies outside of the system's area.
    """
    geometry = _box(node["bbox"], crs) if "bbox" in node else _geometry(node, crs)
    if shapely.is_empty(geometry) or not shapely.is_valid(geometry):
        raise bad("几何为空或无效（例如自相交）", "a geometry is empty or not valid (a polygon that crosses itself)")
    return _flat_collection(geometry)


def _geometry(node: dict[str, Any], crs: Crs) -> shapely.Geometry:
    try:
        geometry = shapely.force_2d(shape(node))
    except Exception as error:  # shapely tells malformed GeoJSON by any class there is
        raise bad("几何不是有效的 GeoJSON 或 WKT", "a geometry is neither GeoJSON nor WKT") from error
    return _stored(geometry, crs)


def _box(numbers: Any, crs: Crs) -> shapely.Geometry:
    known = isinstance(numbers, list) and len(numbers) in {4, 6} and all(isinstance(n, int | float) for n in numbers)
    if not known or not np.isfinite(numbers).all():
        raise bad("BBOX 应为 4 个（或 6 个）数值", "BBOX takes four (or six) numbers")
    first, second, third, fourth = numbers if len(numbers) == 4 else (*numbers[:2], *numbers[3:5])
    along, across = (1, 0) if crs.north_first else (0, 1)
    low, high = [first, second], [third, fourth]
    if low[across] > high[across] or (low[along] > high[along] and crs.kind != "geographic"):
        raise bad("BBOX 的最小值大于最大值；请检查坐标轴顺序", "a minimum of BBOX exceeds its maximum; check the axes")
    if low[along] <= high[along]:
        return _stored(_between(low, high), crs)
    west, east = list(high), list(low)  # across the antimeridian
    west[along], east[along] = 180.0, -180.0
    return shapely.union(_stored(_between(low, west), crs), _stored(_between(east, high), crs))


def _between(low: list[float], high: list[float]) -> shapely.Geometry:
    """The polygon between two corners; the line or point it is if it has no area."""
    return shapely.envelope(shapely.MultiPoint([low, high]))


def _stored(geometry: shapely.Geometry, crs: Crs) -> shapely.Geometry:
    coordinates = shapely.get_coordinates(geometry)
    if crs.kind != "geographic" and len(coordinates) and np.isfinite(coordinates).all():
        longest = float(np.ptp(coordinates, axis=0).max())
        geometry = shapely.segmentize(geometry, longest / _PIECES) if longest > 0 else geometry
    try:
        return shapely.transform(geometry, lambda given: _degrees(given, crs))
    except InvalidInput as error:
        raise bad(str(error.fields.get("reason_zh")), str(error.fields.get("reason_en"))) from error


def _degrees(coordinates: NDArray[np.float64], crs: Crs) -> NDArray[np.float64]:
    x, y = coordinates.T[::-1] if crs.north_first else coordinates.T
    return np.column_stack(to_storage(x, y, crs))


def _flat_collection(geometry: shapely.Geometry) -> shapely.Geometry:
    """A collection of parts of one kind as their union: the database relates no collections."""
    return (
        shapely.union_all(shapely.get_parts(geometry)) if isinstance(geometry, shapely.GeometryCollection) else geometry
    )
