"""Stored shapes and borders: rows that stand for editions ``[edition_from, edition_to)``, so that editions share them."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import shapely

from gis.arrays import Geometries, Texts
from gis.db import Connection, load_queries
from tiles.borders import Borders
from tiles.generalise import Shapes, to_metres

_SQL = load_queries(Path(__file__).with_name("store.sql"))

Kind = Literal["shapes", "borders"]
Row = tuple[int, str, str, bytes | None]
"""Zoom; code; for a shape the basic grid it is drawn as, for a border the code on its right (empty for none); EWKB."""


def read_leaves(connection: Connection, edition: int) -> tuple[Texts, Geometries]:
    """Codes of an edition's basic grids, ascending, and their MultiPolygons in degrees EPSG:4490."""
    rows = connection.execute(_SQL["leaves"], [edition], binary=True).fetchall()
    wkb = np.array([bytes(row[1]) for row in rows], dtype=object)
    return np.array([row[0] for row in rows], dtype="U17"), shapely.from_wkb(wkb)


def shape_rows(zoom: int, shapes: dict[int, Shapes]) -> Iterator[Row]:
    """Rows of the shapes of a zoom, all levels; those drawn as their basic grid carry no geometry."""
    for level in shapes.values():
        own = level.same_as == ""
        stored = np.full(own.size, None, dtype=object)
        stored[own] = to_metres(level.geoms[own], zoom)
        yield from _rows(zoom, level.codes, level.same_as, stored)


def border_rows(zoom: int, found: Borders) -> Iterator[Row]:
    """Rows of the borders of a zoom."""
    yield from _rows(zoom, found.left, found.right, to_metres(found.lines, zoom))


def _rows(zoom: int, codes: Texts, others: Texts, geoms: Geometries) -> Iterator[Row]:
    ewkb = shapely.to_wkb(geoms, include_srid=True)
    for code, other, geom in zip(codes.tolist(), others.tolist(), ewkb, strict=True):
        yield zoom, code, other, geom


def write(connection: Connection, kind: Kind, edition: int, rows: Iterable[Row]) -> None:
    """Write all rows of an edition: those that stand already are kept, others that stand are ended."""
    standing = _standing(connection, kind)
    with connection.cursor() as cursor, cursor.copy(_SQL[f"copy_{kind}"]) as copy:
        for zoom, code, other, geom in rows:
            key = (zoom, code, other)
            if key in standing and standing[key] == _digest(geom):
                del standing[key]
            else:
                copy.write_row((zoom, code, other or None, None if geom is None else geom.hex(), edition))
    gone = list(standing)
    ended = {
        "edition": edition,
        "zooms": [zoom for zoom, _, _ in gone],
        "codes": [code for _, code, _ in gone],
        "others": [other for _, _, other in gone],
    }
    connection.execute(_SQL[f"end_{kind}"], ended)


def _standing(connection: Connection, kind: Kind) -> dict[tuple[int, str, str], bytes | None]:
    rows = connection.execute(_SQL[f"standing_{kind}"], binary=True)
    return {(zoom, code, other): digest and bytes(digest) for zoom, code, other, digest in rows}


def _digest(geom: bytes | None) -> bytes | None:
    return None if geom is None else hashlib.sha256(geom).digest()


def discard(connection: Connection, edition: int) -> None:
    """Undo all that was written for a prepared edition."""
    for query in ("discard_shapes", "discard_borders", "revive_shapes", "revive_borders"):
        connection.execute(_SQL[query], [edition])
