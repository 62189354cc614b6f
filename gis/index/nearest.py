"""Kernels for what a point's answer is worth: metres to the border, and who lies behind it.

Edges are straight in degrees. To find the nearest place of a border, degrees are scaled to metres for each edge, by the
radii of curvature halfway to it; what this neglects is below 1e-6 of the distance where distances and edges are shorter
than 25 km. The distance itself is the geodesic to that place (Vincenty 1975). Edges are looked at by 32: a box around
each such chunk tells whether it can matter.
"""

from typing import Any

import numpy as np
from numba import boolean, float64, int32, int64, void

from gis.index import layout as at
from gis.index.geodesic import A, F, geodesic
from gis.index.jit import DOUBLES, LONGS, Whole, doubles, integers, kernel, longs, part
from gis.index.layout import CHUNK, CONVEX, LIST, ONE
from gis.index.lookup import cell_of, covers, first_listed, raster, settle, side_of

FAR_M2 = 25_000.0**2  # beyond this, the nearest of all polygons is not sought in scaled degrees
_LONG_M2 = 100_000.0**2  # beyond this, the distance is left to PROJ
_STEP_M = 1e-3  # how far behind an edge of its own a polygon is asked what lies there
_SAME_M2 = 1e-12  # borders this little apart (1 µm, or 5e-10 of the distance) are equally near
_E2 = F * (2 - F)
_DEGREE = np.pi / 180
_LEAST_Y = A * (1 - _E2) * _DEGREE  # metres of a degree of latitude, at the equator
_POLE = np.cos(89.999 * _DEGREE)


@part
def _tables(address: Whole) -> Any:
    """Boxes of polygons and chunks, and the first row and chunk of each polygon."""
    head = longs(address, at.HEAD)
    grids = head[at.H_GRIDS]
    return (
        doubles(address + head[at.S_BOXES], 4 * grids),
        doubles(address + head[at.S_CHUNK_BOXES], 4 * head[at.H_CHUNKS]),
        integers(address + head[at.S_FIRST], grids + 1),
        integers(address + head[at.S_CHUNK], grids + 1),
    )


@part
def _scale(sine: float, cosine: float, turn: float) -> Any:
    """Metres of a degree of longitude and of latitude, ``turn`` radians north of where sine and cosine are known."""
    if abs(turn) < 0.02:
        t2 = turn * turn
        c, s = 1 - t2 / 2 * (1 - t2 / 12 * (1 - t2 / 30)), turn * (1 - t2 / 6 * (1 - t2 / 20))
    else:
        c, s = np.cos(turn), np.sin(turn)
    south = sine * c + cosine * s
    flat = 1 - _E2 * south * south
    root = np.sqrt(flat)
    return A / root * max(cosine * c - sine * s, _POLE) * _DEGREE, A * (1 - _E2) / (flat * root) * _DEGREE


@part
def _seen_from(lon: float, lat: float) -> Any:
    """A point with what its surroundings are measured by: sine, cosine and tangent of its latitude, metres of a degree."""
    sine, cosine = np.sin(lat * _DEGREE), max(np.cos(lat * _DEGREE), _POLE)
    metre_x, metre_y = _scale(sine, cosine, 0.0)
    return lon, lat, sine, cosine, abs(sine) / cosine, metre_x, metre_y


@part
def _box_m2(boxes: Any, k: Whole, point: Any) -> float:
    """No edge in a box is nearer to a point than this, squared metres."""
    lon, lat, _, _, tangent, metre_x, _ = point
    west, south, east, north = boxes[4 * k], boxes[4 * k + 1], boxes[4 * k + 2], boxes[4 * k + 3]
    turn = max(abs(south - lat), abs(north - lat)) / 2 * _DEGREE
    # cos(φ + t) ≥ cos φ · (1 − t tan φ − t² / 2); 0.4 %: the ellipsoid is no sphere.
    metre_x *= max(0.996 * (1 - turn * (tangent + turn / 2)), 0.0)
    dx, dy = max(west - lon, lon - east, 0.0) * metre_x, max(south - lat, lat - north, 0.0) * _LEAST_Y
    return dx * dx + dy * dy


@part
def _limit(least: float, point: Any) -> float:
    """What an edge may seem to be away, measured by the point's own latitude, and still be as near as ``least``."""
    return least * (1 + 1e-9) * (1 + (2 + 4 * point[4]) / A * np.sqrt(least)) + 2 * _SAME_M2


@part
def _roughly(xy: Any, row: Whole, point: Any) -> Any:
    """`_on_edge` by the point's own latitude."""
    k, metre_x, metre_y = 2 * row, point[5], point[6]
    ax, ay = (xy[k] - point[0]) * metre_x, (xy[k + 1] - point[1]) * metre_y
    dx, dy = (xy[k + 2] - point[0]) * metre_x - ax, (xy[k + 3] - point[1]) * metre_y - ay
    share = min(max(-(ax * dx + ay * dy) / max(dx * dx + dy * dy, 1e-300), 0.0), 1.0)
    return share, (ax + share * dx) ** 2 + (ay + share * dy) ** 2


@part
def _on_edge(xy: Any, row: Whole, point: Any, share: float) -> Any:
    """Where an edge is nearest to a point, as a share of its length, and how near, squared metres.

    ``share`` is about that place: metres are measured halfway to it.
    """
    k, lon, lat = 2 * row, point[0], point[1]
    level = xy[k + 1] + share * (xy[k + 3] - xy[k + 1])
    metre_x, metre_y = _scale(point[2], point[3], (level - lat) / 2 * _DEGREE)
    ax, ay = (xy[k] - lon) * metre_x, (xy[k + 1] - lat) * metre_y
    dx, dy = (xy[k + 2] - lon) * metre_x - ax, (xy[k + 3] - lat) * metre_y - ay
    share = min(max(-(ax * dx + ay * dy) / max(dx * dx + dy * dy, 1e-300), 0.0), 1.0)
    return share, (ax + share * dx) ** 2 + (ay + share * dy) ** 2


@part
def _in_chunk(here: Any, tables: Any, chunk: Whole, polygon: Whole, point: Any, best: Any) -> Any:
    """The nearest edge of a chunk or before it: squared metres, row, share."""
    xy, faces = here[3], here[4]
    least, nearest, where = best
    limit = _limit(least, point)
    begin = tables[2][polygon] + CHUNK * (chunk - tables[3][polygon])
    for row in range(begin, min(begin + CHUNK, tables[2][polygon + 1])):
        share, m2 = _roughly(xy, row, point)
        if m2 <= limit and faces[2 * row] >= 0:
            share, m2 = _on_edge(xy, row, point, share)
            if m2 < least or (m2 == least and row < nearest):
                least, nearest, where = m2, row, share
                limit = _limit(least, point)
    return least, nearest, where


@part
def _nearest_edge(here: Any, tables: Any, polygon: Whole, point: Any) -> Any:
    """The nearest edge of a polygon: squared metres, row, share."""
    chunk_boxes, chunks = tables[1], tables[3]
    promising, bound = np.int64(chunks[polygon]), np.inf
    for chunk in range(chunks[polygon], chunks[polygon + 1]):
        m2 = _box_m2(chunk_boxes, chunk, point)
        if m2 < bound:
            promising, bound = chunk, m2
    best = _in_chunk(here, tables, promising, polygon, point, (np.inf, np.int64(-1), 0.0))
    for chunk in range(chunks[polygon], chunks[polygon + 1]):
        if chunk != promising and _box_m2(chunk_boxes, chunk, point) <= _limit(best[0], point):
            best = _in_chunk(here, tables, chunk, polygon, point, best)
    return best


@part
def _behind(here: Any, tables: Any, polygon: Whole, point: Any, least: float) -> Whole:
    """The lowest polygon behind the edges that are as near as ``least``, −1 if none has one."""
    xy, faces = here[3], here[4]
    first, chunks = tables[2], tables[3]
    found, limit = np.int64(2**31), _limit(least, point)
    for chunk in range(chunks[polygon], chunks[polygon + 1]):
        if _box_m2(tables[1], chunk, point) > limit:
            continue
        begin = first[polygon] + CHUNK * (chunk - chunks[polygon])
        for row in range(begin, min(begin + CHUNK, first[polygon + 1])):
            share, m2 = _roughly(xy, row, point)
            if m2 > limit or faces[2 * row] < 0 or faces[2 * row + 1] < 0 or faces[2 * row + 1] >= found:
                continue
            if _on_edge(xy, row, point, share)[1] <= least * (1 + 1e-9) + _SAME_M2:
                found = np.int64(faces[2 * row + 1])
    return found if found < 2**31 else -1


@part
def _lies_on(here: Any, lon: float, lat: float, polygon: Whole) -> bool:
    """Whether a point lies on the border of a polygon."""
    value = np.int64(cell_of(here, lon, lat))
    if value >= -1:
        return False
    lists, xy, faces, scale = here[2], here[3], here[4], here[5]
    form, e = (-2 - value) & 3, (-2 - value) >> 2
    if form == LIST:
        left, place = lists[e], e + 1
        while left > 0:
            if lists[place] >> 1 == polygon:
                x, y = (np.floor(lon * scale) + 0.5) / scale, (np.floor(lat * scale) + 0.5) / scale
                inside = (lists[place] & 1) == 1
                return covers(lists, place + 2, lists[place + 1], inside, xy, lon, lat, x, y) == 2
            place += 2 + lists[place + 1]
            left -= 1
        return False
    if polygon not in (faces[2 * e], faces[2 * e + 1]):
        return False
    side = side_of(xy, e, lon, lat)
    if form == ONE:
        return side == 0.0
    second = side_of(xy, e + 1, lon, lat)
    return min(side, second) == 0.0 if form == CONVEX else max(side, second) == 0.0


@part
def _other(here: Any, lon: float, lat: float, polygon: Whole) -> Whole:
    """The lowest polygon but one that covers a point, −1 for none."""
    value = np.int64(cell_of(here, lon, lat))
    if value < -1 and ((-2 - value) & 3) == LIST:
        return first_listed(here[2], (-2 - value) >> 2, polygon, here[3], lon, lat, here[5])
    found = settle(value, here, lon, lat)
    if found != polygon or not _lies_on(here, lon, lat, polygon):
        return found if found != polygon else -1
    return here[4][2 * ((-2 - value) >> 2) + 1]


@part
def _probe(here: Any, lon: float, lat: float, row: Whole, polygon: Whole) -> Whole:
    """The lowest other polygon a millimetre to the right (outside) of a place on an edge, −1 for none."""
    xy = here[3]
    metre_x, metre_y = _scale(np.sin(lat * _DEGREE), np.cos(lat * _DEGREE), 0.0)
    dx, dy = (xy[2 * row + 2] - xy[2 * row]) * metre_x, (xy[2 * row + 3] - xy[2 * row + 1]) * metre_y
    step = _STEP_M / max(np.hypot(dx, dy), 1e-300)
    x = min(max(lon + dy * step / metre_x, -180.0), 180.0)
    return _other(here, x, min(max(lat - dx * step / metre_y, -90.0), 90.0), polygon)


@part
def _to_border(here: Any, tables: Any, polygon: Whole, lon: float, lat: float) -> Any:
    """Metres (NaN if left to PROJ) to the nearest place of a border, its longitude and latitude, who lies behind."""
    point = _seen_from(lon, lat)
    xy = here[3]
    m2, row, share = _nearest_edge(here, tables, polygon, point)
    behind = _behind(here, tables, polygon, point, m2)
    x = xy[2 * row] + share * (xy[2 * row + 2] - xy[2 * row])
    y = xy[2 * row + 1] + share * (xy[2 * row + 3] - xy[2 * row + 1])
    if behind < 0:
        behind = _probe(here, x, y, row, polygon)
    metres = geodesic(lon, lat, x, y) if m2 < _LONG_M2 else np.nan
    if m2 < 1e-6 and _lies_on(here, lon, lat, polygon):
        metres = 0.0
    return metres, x, y, behind


@part
def _nearest_polygon(here: Any, tables: Any, lon: float, lat: float) -> Whole:
    """The polygon nearest to a point that none covers, the lowest of those equally near; −1 if all are far."""
    point = _seen_from(lon, lat)
    boxes, grids = tables[0], tables[2].size - 1
    metre_x = 0.98 * point[5]  # 2 %: within 25 km, to 80° N, it is never less
    bounds, found = np.empty(grids), np.full(grids, np.inf)
    promising = 0
    for k in range(grids):
        dx = max(boxes[4 * k] - lon, lon - boxes[4 * k + 2], 0.0) * metre_x
        dy = max(boxes[4 * k + 1] - lat, lat - boxes[4 * k + 3], 0.0) * _LEAST_Y
        bounds[k] = dx * dx + dy * dy
        if bounds[k] < bounds[promising]:
            promising = k
    if grids == 0 or bounds[promising] > FAR_M2 or abs(lat) > 80.0:
        return -1
    least = _nearest_edge(here, tables, promising, point)[0]
    found[promising] = least
    for k in range(grids):
        if k != promising and bounds[k] <= _limit(least, point):
            found[k] = _nearest_edge(here, tables, k, point)[0]
            least = min(least, found[k])
    if least > FAR_M2:
        return -1
    for k in range(grids):
        if found[k] <= least * (1 + 1e-9) + _SAME_M2:
            return k
    return -1


@kernel("Tuple((int64, boolean, float64, float64, float64, int64))(int64, float64, float64)")
def place(address: Whole, lon: float, lat: float) -> Any:
    """Everything about one point.

    Returns
    -------
    polygon
        Of the point, −1 outside, −2 if it is no degrees.
    on_border
        Whether it lies on the border of it.
    distance_m
        To the nearest border of it, or of the nearest polygon; NaN if left to PROJ, or all polygons are far.
    lon, lat
        Nearest place of that border.
    other
        The polygon behind it, or the nearest; −1 for none.
    """
    if not ((abs(lon) <= 180.0) & (abs(lat) <= 90.0)):
        return -2, False, np.nan, np.nan, np.nan, -1
    here, tables = raster(address), _tables(address)
    polygon = np.int64(settle(cell_of(here, lon, lat), here, lon, lat))
    of = polygon if polygon >= 0 else np.int64(_nearest_polygon(here, tables, lon, lat))
    if of < 0:
        return -1, False, np.nan, np.nan, np.nan, -1
    metres, x, y, behind = _to_border(here, tables, of, lon, lat)
    if polygon < 0:
        return -1, False, metres, x, y, of
    return polygon, metres == 0.0 and _lies_on(here, lon, lat, polygon), metres, x, y, np.int64(behind)


@kernel(void(int64, DOUBLES, DOUBLES, LONGS, float64[:, ::1], int32[::1]))
def border(address: Whole, lon: Any, lat: Any, polygons: Any, nearest: Any, behind: Any) -> None:
    """Write for each point metres (NaN if left to PROJ), longitude and latitude of the nearest place of the border of a
    polygon to (n, 3) ``nearest``, and the polygon behind; NaN and −1 where the polygon is −1.
    """
    here, tables = raster(address), _tables(address)
    for k in range(lon.size):
        if polygons[k] < 0:
            nearest[k, 0], behind[k] = np.nan, -1
        else:
            metres, x, y, other = _to_border(here, tables, polygons[k], lon[k], lat[k])
            nearest[k, 0], nearest[k, 1], nearest[k, 2], behind[k] = metres, x, y, other


@kernel(void(int64, DOUBLES, DOUBLES, LONGS, boolean[::1]))
def on_border(address: Whole, lon: Any, lat: Any, polygons: Any, out: Any) -> None:
    """Write whether each point lies on the border of its polygon; false where the polygon is −1."""
    here = raster(address)
    for k in range(lon.size):
        out[k] = polygons[k] >= 0 and _lies_on(here, lon[k], lat[k], polygons[k])
