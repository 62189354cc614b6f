"""Makes one tile (Mapbox Vector Tile 2.1) from the stored shapes and, inside a caller's scope, personal records."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gis.codes import WIDTHS
from gis.db import Connection, load_queries
from gis.errors import NotFound, NotSignedIn
from gis.scope import Scope
from tiles.layers import AGGREGATED_TO, COUNTED_AT, DETAIL_FROM, LAYERS, Layer
from tiles.matrix import WEB_MERCATOR, Frame, frame

_SQL = load_queries(Path(__file__).with_name("encode.sql"))

MAX_POINTS = 5000
"""Single points that a tile may hold; more are gathered to one count per basic grid instead, none is left out."""


def tile(
    connection: Connection,
    layers: Sequence[str],
    z: int,
    x: int,
    y: int,
    edition: int,
    *,
    tms: str = WEB_MERCATOR,
    scope: Scope | None = None,
) -> bytes:
    """One tile of an edition.

    Parameters
    ----------
    connection
        Inside a transaction; with ``scope`` set on it where a layer is personal.
    layers
        Names of layers, see `tiles.layers`.
    z, x, y
        Zoom, column from the west and row from the north in ``tms``.
    edition
        Number of an edition whose shapes are built.
    scope
        Jurisdiction that personal layers are cut down to.

    Returns
    -------
    The tile, not compressed; empty where nothing is. Areas and lines reach 64 of its 4096 units beyond the edge.
    Equal contents give equal bytes.

    Raises
    ------
    NotFound
        If there is no such layer or tile matrix set.
    InvalidInput
        If ``z/x/y`` is out of range.
    NotSignedIn
        If a layer is personal and no scope is given.
    """
    place = frame(tms, z, x, y)
    values: dict[str, Any] = {
        "edition": edition,
        "srid": place.srid,
        "zoom": place.zoom,
        "dx": -place.left,
        "dy": -place.top,
        "fx": 1 / place.unit,
        "fy": -1 / place.unit,
        "west": place.west,
        "south": place.south,
        "east": place.east,
        "north": place.north,
    }
    return b"".join(_layer(connection, _known(name), place, values, scope) for name in layers)


def bounds(connection: Connection, edition: int) -> tuple[float, float, float, float]:
    """West, south, east, north of an edition's grids, degrees EPSG:4490.

    Raises
    ------
    NotFound
        If the edition has no grid.
    """
    row = connection.execute(_SQL["bounds"], [edition]).fetchone()
    if row is None or row[0] is None:
        raise NotFound(what_zh="版本", what_en="edition", value=edition)
    return row[0], row[1], row[2], row[3]


def _known(name: str) -> Layer:
    if name not in LAYERS:
        raise NotFound(what_zh="图层", what_en="layer", value=name)
    return LAYERS[name]


def _layer(connection: Connection, layer: Layer, place: Frame, values: dict[str, Any], scope: Scope | None) -> bytes:
    """One layer of a tile. Zooms are those of the stored shapes: equal sizes on the ground in every matrix set."""
    if place.zoom < layer.minzoom:
        return b""
    if layer.permission is not None:
        return _personal(connection, layer, place, values, scope)
    deepest = max(level for level, first in DETAIL_FROM.items() if place.zoom >= first)
    query = "grids" if layer.level is not None else layer.name
    return _run(connection, query, values | {"layer": layer.name, "level": layer.level, "deepest": deepest})


def _personal(connection: Connection, layer: Layer, place: Frame, values: dict[str, Any], scope: Scope | None) -> bytes:
    if scope is None:
        raise NotSignedIn
    asked = values | {"layer": layer.name, "prefixes": list(scope.prefixes), "limit": MAX_POINTS}
    if place.zoom > AGGREGATED_TO:
        number = connection.execute(_SQL[f"{layer.name}_number"], asked).fetchone()
        many = number is None or number[0] > MAX_POINTS
        return _run(connection, f"{layer.name}_gathered" if many else layer.name, asked)
    level = next(level for level, last in COUNTED_AT.items() if place.zoom <= last)
    return _run(connection, f"{layer.name}_counted", asked | {"level": level, "width": WIDTHS[level]})


def _run(connection: Connection, query: str, values: dict[str, Any]) -> bytes:
    row = connection.execute(_SQL[query], values, binary=True).fetchone()
    return b"" if row is None else bytes(row[0])
