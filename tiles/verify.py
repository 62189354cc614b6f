"""Decodes stored tiles as a client does, and counts what must not be: gaps, overlaps, invalid areas, levels that differ."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from shapely.geometry import shape

from gis.arrays import Geometries
from gis.db import Connection
from tiles import store
from tiles.layers import GROUPS, STORED
from tiles.matrix import BUFFER, EXTENT
from tiles.parts import packed

_LEVELS = [STORED.index(f"level{level}") for level in range(2, 7)]
_HEAVIEST = 3
_RIM = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER).exterior


@dataclass
class Zoom:
    """What there is at one zoom of a tile matrix set.

    Attributes
    ----------
    tiles : tiles that hold anything.
    size : their bytes as stored, each tile with all its layers.
    heaviest : bytes, column and row of the heaviest.
    layers : tiles by layer.
    """

    tiles: int = 0
    size: int = 0
    heaviest: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])
    layers: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a tile: its address, the layer, what it is, and how much (square units)."""

    tms: str
    tile: tuple[int, int, int]
    layer: str
    what: str
    amount: float


def statistics(connection: Connection, edition: int) -> dict[tuple[str, int], Zoom]:
    """By tile matrix set and zoom what an edition's stored tiles amount to."""
    sizes = dict(store.read_part_sizes(connection, edition))
    found: dict[tuple[str, int], Zoom] = {}
    for (tms, z, x, y), numbers in store.read_all_tiles(connection, edition):
        zoom = found.setdefault((store.SETS[tms], z), Zoom())
        size = sum(sizes[number][0] for number in numbers if number)
        zoom.tiles += 1
        zoom.size += size
        for group, number in zip(GROUPS, numbers, strict=True):
            if number:
                zoom.layers.update(name for name, own in zip(group, sizes[number][1], strict=False) if own)
        zoom.heaviest = sorted([*zoom.heaviest, (size, x, y)], reverse=True)[:_HEAVIEST]
    return found


def verify(
    connection: Connection, edition: int, sets: Sequence[str] = store.SETS
) -> Iterator[tuple[int, list[Problem]]]:
    """Decode every tile of an edition; yields tiles done so far and the problems of the last one.

    Tiles that share all their parts are looked at once.
    """
    parts = dict(store.read_all_parts(connection, edition))
    seen: set[tuple[int, ...]] = set()
    rows = [row for row in store.read_all_tiles(connection, edition) if store.SETS[row[0][0]] in sets]
    for done, ((tms, z, x, y), numbers) in enumerate(rows, 1):
        problems: list[Problem] = []
        if tuple(numbers) not in seen:
            seen.add(tuple(numbers))
            whole = packed(parts[number] for number in numbers if number).plain()
            problems = [
                Problem(store.SETS[tms], (z, x, y), layer, what, amount) for layer, what, amount in wrongs(whole)
            ]
        yield done, problems


def wrongs(tile: bytes) -> Iterator[tuple[str, str, float]]:
    """What is wrong with a tile, not compressed: layer, what, and how much.

    Of each level: areas invalid by themselves; ground that two have; ground of the finest level that the level lacks
    or has beyond it; borders of neighbours that do not share their vertices.
    """
    decoded = _decoded(tile)
    ground = None
    for name in reversed([STORED[place] for place in _LEVELS]):
        areas = decoded.get(name, np.empty(0, dtype=object))
        yield from _invalid(name, areas)
        united = shapely.union_all(areas)
        overlap = float(shapely.area(areas).sum() - united.area)
        if overlap:
            yield name, "overlap", overlap
        if shapely.length(shapely.difference(shapely.coverage_invalid_edges(areas), _RIM)).any():
            yield name, "unmatched", 1.0
        ground = united if ground is None else ground
        for what, rest in (("gap", ground.difference(united)), ("beyond", united.difference(ground))):
            if rest.area:
                yield name, what, rest.area
    yield from _invalid("units", decoded.get("units", np.empty(0, dtype=object)))


def _invalid(name: str, areas: Geometries) -> Iterator[tuple[str, str, float]]:
    number = int((~shapely.is_valid(areas)).sum())
    if number:
        yield name, "invalid", float(number)


def _decoded(tile: bytes) -> dict[str, Geometries]:
    """The geometries of each layer, in tile units."""
    layers: dict[str, Any] = mapbox_vector_tile.decode(tile)
    return {
        name: np.array([shape(feature["geometry"]) for feature in layer["features"]], dtype=object)
        for name, layer in layers.items()
    }
