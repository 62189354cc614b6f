"""Which tiles an edition may change: those near what it no longer has, or has instead."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gis.arrays import F64, I64
from gis.db import Connection, load_queries
from tiles.features import rank
from tiles.matrix import BUFFER, EXTENT, MAX_ZOOM, to_units
from tiles.store import SETS

_SQL = load_queries(Path(__file__).with_name("features.sql"))
_REACH = BUFFER + 1  # a drawn border lies at most a unit outside the box of what it bounds

Box = tuple[float, float, float, float]
"""West, south, east, north, degrees EPSG:4490."""


@dataclass(frozen=True)
class _Version:
    """A grid as one edition has it."""

    name: str
    point: tuple[float, float]
    area_m2: float
    box: Box


def touched(connection: Connection, base: int, edition: int) -> dict[tuple[str, int], I64]:
    """By tile matrix set and zoom (t, 2) columns and rows of the tiles that may differ between two editions."""
    boxes = changed_boxes(connection, base, edition)
    return {(tms, zoom): tiles_of(boxes, tms, zoom) for tms in SETS for zoom in range(MAX_ZOOM + 1)}


def changed_boxes(connection: Connection, base: int, edition: int) -> F64:
    """(b, 4) boxes around all that differs between two editions.

    A basic grid differs wherever it is or was: borders of its neighbours may differ nowhere else, for each of them is
    one of its own too. Of a grid above, the outline follows from these; its name is told all over it, its label in one
    place.
    """
    values = {"base": base, "edition": edition}
    boxes: list[Box] = [
        (row[0], row[1], row[2], row[3]) for row in connection.execute(_SQL["changed_units"], values, binary=True)
    ]
    versions: dict[tuple[str, int], list[_Version]] = {}
    for code, level, name, lon, lat, area_m2, *box in connection.execute(_SQL["changed_grids"], values, binary=True):
        found = _Version(name, (lon, lat), area_m2, (box[0], box[1], box[2], box[3]))
        versions.setdefault((code, level), []).append(found)
    for (_, level), found in versions.items():
        boxes += _boxes(level, found)
    return np.unique(np.array(boxes, dtype=np.float64).reshape(-1, 4), axis=0)


def _boxes(level: int, versions: list[_Version]) -> list[Box]:
    """Where the versions of one grid, the earliest first, differ in what tiles show."""
    first, last = versions[0], versions[-1]
    if level == 6 or len(versions) == 1 or first.name != last.name:
        return [version.box for version in versions]
    if first.point == last.point and rank(level, first.area_m2) == rank(level, last.area_m2):
        return []
    return [(*version.point, *version.point) for version in versions]


def tiles_of(boxes: F64, tms: str, zoom: int) -> I64:
    """(t, 2) columns and rows of the tiles of a zoom that (b, 4) boxes in degrees come near, ascending."""
    if not len(boxes):
        return np.empty((0, 2), dtype=np.int64)
    first = np.floor((to_units(tms, zoom, boxes[:, [0, 3]]) - _REACH) / EXTENT).astype(np.int64)
    last = np.floor((to_units(tms, zoom, boxes[:, [2, 1]]) + _REACH) / EXTENT).astype(np.int64)
    found = [
        np.stack(np.meshgrid(np.arange(a[0], b[0] + 1), np.arange(a[1], b[1] + 1), indexing="ij"), -1).reshape(-1, 2)
        for a, b in zip(first, last, strict=True)
    ]
    return np.unique(np.concatenate(found), axis=0)
