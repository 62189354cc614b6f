"""Vertices given back the digits that a client rounded away: many programs write GeoJSON with six decimals of a degree."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from gis.arrays import F64

_DECIMALS = 1e6  # RFC 7946, 11.2, recommends six; QGIS writes no more


def unrounded(geometry: Any, known: Iterable[Any]) -> Any:
    """A geometry whose rounded vertices are those of ``known`` again where they came from there.

    A vertex with at most six decimals (11 cm) is taken for the known vertex that rounds to it; otherwise a border that nobody
    moved would come back as gaps and overlaps of several centimetres. A vertex with more digits, or one that is known as it
    is, stays, and so does one that two known vertices round to.

    Parameters
    ----------
    geometry : (multi)polygon in degrees EPSG:4490.
    known : geometries that share borders with it, its own outline before among them.
    """
    vertices = shapely.get_coordinates(geometry)
    rounded = np.all(np.rint(vertices * _DECIMALS) / _DECIMALS == vertices, axis=1)
    if not rounded.any():
        return geometry
    exact = _by_cell(shapely.get_coordinates(list(known)))

    def restored(given: F64) -> F64:
        found = given.copy()
        for row in np.flatnonzero(rounded):
            candidates = exact.get(_cell(given[row]), set())
            if len(candidates) == 1:
                found[row] = next(iter(candidates))
        return found

    return shapely.transform(geometry, restored)


def _by_cell(vertices: F64) -> dict[tuple[int, int], set[tuple[float, float]]]:
    cells: dict[tuple[int, int], set[tuple[float, float]]] = {}
    for x, y in np.unique(vertices, axis=0):
        cells.setdefault(_cell((x, y)), set()).add((float(x), float(y)))
    return cells


def _cell(vertex: Any) -> tuple[int, int]:
    return round(vertex[0] * _DECIMALS), round(vertex[1] * _DECIMALS)
