"""Decoded tiles: features per layer with shapely geometries in tile units, y downwards as stored."""

from dataclasses import dataclass
from itertools import pairwise
from struct import unpack_from
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from shapely.geometry import shape

from tiles.copying import PartRows
from tiles.matrix import WEB_MERCATOR, matrix_sets
from tiles.parts import Part


@dataclass(frozen=True)
class Feature:
    """One feature of a tile."""

    id: int | None
    properties: dict[str, Any]
    geometry: shapely.Geometry


def decode(data: bytes) -> dict[str, list[Feature]]:
    """The features of each layer."""
    if not data:
        return {}
    layers = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})
    return {
        name: [Feature(found.get("id"), found["properties"], shape(found["geometry"])) for found in layer["features"]]
        for name, layer in layers.items()
    }


def parts_of(found: PartRows) -> list[Part]:
    """The parts that rows for PostgreSQL's binary COPY hold."""
    return [_part(found.rows[first:last]) for first, last in pairwise([0, *found.ends.tolist()])]


def _part(row: bytes) -> Part:
    fields, at = list[bytes](), 2
    while at < len(row):
        (length,) = unpack_from(">i", row, at)
        fields.append(row[at + 4 : at + 4 + length])
        at += 4 + length
    _, digest, deflated, crc, _, sizes = fields
    numbers = unpack_from(f">{len(sizes) // 4}i", sizes)
    return Part(deflated, int.from_bytes(crc, "big"), numbers[6::2], digest)


def tile_at(lon: float, lat: float, z: int, tms: str = WEB_MERCATOR) -> tuple[int, int, int]:
    """``z, x, y`` of the tile that holds a point."""
    tile = matrix_sets()[tms].tile(lon, lat, z)
    return z, tile.x, tile.y


def vertices(geometry: shapely.Geometry) -> set[tuple[float, float]]:
    """The vertices of a geometry."""
    return {(float(x), float(y)) for x, y in shapely.get_coordinates(geometry)}


def inside(points: set[tuple[float, float]]) -> set[tuple[float, float]]:
    """The points within the tile itself, which of two tiles belong to the eastern and southern one."""
    return {point for point in points if 0 <= point[0] < 4096 and 0 <= point[1] < 4096}


def areas(features: list[Feature]) -> np.ndarray[Any, Any]:
    """The geometries of features as an array."""
    return np.array([feature.geometry for feature in features], dtype=object)
