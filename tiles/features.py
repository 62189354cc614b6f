"""What the tiles of an edition show, read from the store: grids of all levels, their labels, units."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.arrays import F64, I64, Geometries, Texts
from gis.codes import WIDTHS
from gis.db import Connection, load_queries
from tiles.arcs import Arcs, arcs
from tiles.encode import Table
from tiles.mvt import Values, int_value, text_value

_SQL = load_queries(Path(__file__).with_name("features.sql"))
Row = Sequence[Any]
"""Of a grid: code, level, name, parent, id, longitude and latitude of the label, m², WKB if it is a basic grid."""
LEVELS = (6, 5, 4, 3, 2)
"""Finest first, as the rows of `Grids.table`."""


@dataclass(frozen=True)
class Grids:
    """The grids of an edition.

    Attributes
    ----------
    arcs : borders of the basic grids.
    table : properties of all grids; areas are the basic grids.
    labels : properties of their labels, row by row as ``table``.
    points : (g, 2) label points, degrees EPSG:4490.
    levels : (g,) level of each row.
    codes : (g,) code of each row, ascending.
    """

    arcs: Arcs
    table: Table
    labels: Table
    points: F64
    levels: I64
    codes: Texts


@dataclass(frozen=True)
class Units:
    """The neighbour units of an edition: outlines in degrees EPSG:4490, and properties row by row."""

    geoms: Geometries
    table: Table


class _Texts:
    """Values of properties, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str | int | None, int] = {None: -1}
        self._data: list[bytes] = []

    def row(self, values: Iterable[str | int | None]) -> list[int]:
        return [self._number(value) for value in values]

    def _number(self, value: str | int | None) -> int:
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self._data)
            self._data.append(text_value(value) if isinstance(value, str) else int_value(value or 0))
        return number

    def values(self) -> Values:
        starts = np.cumsum([0, *map(len, self._data)], dtype=np.int64)
        return Values(np.frombuffer(b"".join(self._data), dtype=np.uint8).copy(), starts)


def rank(level: int, area_m2: float) -> int:
    """The rank of a label: lower is placed first; higher levels before lower ones, large grids before small ones."""
    return level * 100 - math.floor(math.log2(area_m2))


def short(code: str, level: int) -> str:
    """The last part of a code, all of a county's."""
    return code if level == 2 else code[WIDTHS[level - 1] :]


def read_grids(connection: Connection, edition: int) -> Grids:
    """The grids of an edition, in the order of their codes."""
    return grids_of(read_rows(connection, edition))


def read_rows(connection: Connection, edition: int) -> list[Row]:
    """The grids of an edition as rows, in the order of their codes."""
    return [*connection.execute(_SQL["grids"], [edition], binary=True)]


def grids_of(rows: Sequence[Row]) -> Grids:
    """Grids from rows of all levels, in the order of their codes."""
    place = {row[0]: number for number, row in enumerate(rows)}
    leaves = [row for row in rows if row[1] == LEVELS[0]]
    above = [[place[row[0][: WIDTHS[level]]] for row in leaves] for level in LEVELS]
    texts, label_texts = _Texts(), _Texts()
    tags = [texts.row((code, name, level, parent)) for code, level, name, parent, *_ in rows]
    label_tags = [
        label_texts.row((row[0], row[2], row[1], short(row[0], row[1]), rank(row[1], row[7]))) for row in rows
    ]
    geoms = shapely.from_wkb(np.array([bytes(row[8]) for row in leaves], dtype=object))
    fids = [row[4] for row in rows]
    return Grids(
        arcs(geoms),
        _table(above, tags, fids, texts),
        _table([], label_tags, fids, label_texts),
        np.array([row[5:7] for row in rows], dtype=np.float64).reshape(-1, 2),
        np.array([row[1] for row in rows], dtype=np.int64),
        np.array([row[0] for row in rows], dtype="U17"),
    )


def read_units(connection: Connection, edition: int, box: F64 | None = None) -> Units:
    """The neighbour units of an edition, in the order of their codes; all, or what `near` may ask of a box.

    ``box`` is (4,) west, south, east, north, degrees EPSG:4490.
    """
    if box is None:
        return units_of(connection.execute(_SQL["units"], [edition], binary=True).fetchall())
    values = dict(zip(("west", "south", "east", "north"), box.tolist(), strict=True), edition=edition)
    return units_of(connection.execute(_SQL["units_near"], values, binary=True).fetchall())


def units_of(rows: Sequence[Sequence[Any]]) -> Units:
    """Units from rows of code, name, code of the grid, id, WKB."""
    texts = _Texts()
    tags = [texts.row(row[:3]) for row in rows]
    geoms = shapely.from_wkb(np.array([bytes(row[4]) for row in rows], dtype=object))
    return Units(geoms, _table([list(range(len(rows)))], tags, [row[3] for row in rows], texts))


def near(units: Units, boxes: F64) -> tuple[Arcs, Table]:
    """The arcs of the units that come near (b, 4) boxes and of all that touch those, with the table for them.

    So no arc near the boxes differs from that of all units.
    """
    tree = shapely.STRtree(units.geoms)
    first = np.unique(tree.query(shapely.box(*boxes.T))[1])
    chosen = np.unique(tree.query(shapely.box(*shapely.bounds(units.geoms[first]).T))[1])
    above = np.ascontiguousarray(units.table.above[:, chosen])
    return arcs(units.geoms[chosen]), units.table._replace(above=above, shown=units.table.shown[chosen])


def _table(above: list[list[int]], tags: list[list[int]], fids: list[int], texts: _Texts) -> Table:
    areas = np.array(above, dtype=np.int64).reshape(len(above), -1 if above else 0)
    return Table(
        areas,
        np.array(tags, dtype=np.int64).reshape(len(tags), -1 if tags else 1),
        np.array(fids, dtype=np.int64),
        texts.values(),
        np.ones(areas.shape[1], dtype=np.int64),
    )
