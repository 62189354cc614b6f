"""One tile: stored layers of an edition, joined with those made for the request: centres and a caller's records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gis.codes import WIDTHS
from gis.db import Connection, load_queries
from gis.errors import NotFound, NotSignedIn
from gis.scope import Scope
from tiles import store
from tiles.layers import AGGREGATED_TO, COUNTED_AT, LAYERS, STORED, Layer
from tiles.matrix import WEB_MERCATOR, Frame, frame
from tiles.parts import Packed, Part, packed, part

_SQL = load_queries(Path(__file__).with_name("serve.sql"))

MAX_POINTS = 5000
"""Single points that a tile may hold; more are gathered to one count per basic grid instead, none is left out."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as it is answered.

    Attributes
    ----------
    packed : its bytes.
    gathered : layers that would have held too many points: level of the grids by which they are counted instead.
    """

    packed: Packed
    gathered: dict[str, int] = field(default_factory=dict[str, int])


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
) -> Tile:
    """One tile of an edition.

    Parameters
    ----------
    connection
        Inside a transaction; with ``scope`` set on it where a layer is personal.
    layers
        Names of layers, see `tiles.layers`; the tile holds them in this order.
    z, x, y
        Zoom, column from the west and row from the north in ``tms``.
    edition
        Number of an edition whose tiles are built.
    scope
        Jurisdiction that personal layers are cut down to.

    Returns
    -------
    The tile; empty where nothing is. Areas and lines reach 64 of its 4096 units beyond the edge.
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
    known = [_known(name) for name in layers]
    fixed = [name for name in layers if name in STORED]
    found: dict[str, Part] = {}
    if fixed:
        found = store.read_tiles(connection, edition, tms, [(z, x, y)], fixed).get((z, x, y), {})
    gathered: dict[str, int] = {}
    for layer in known:
        if layer.name not in STORED:
            found[layer.name] = part(_layer(connection, layer, place, _values(place, edition), scope, gathered))
    return Tile(packed(found[name] for name in layers if name in found), gathered)


def bounds(connection: Connection, edition: int) -> tuple[float, float, float, float]:
    """West, south, east, north of an edition's grids, degrees EPSG:4490.

    Raises
    ------
    NotFound
        If the edition has no grid.
    """
    found = store.bounds(connection, edition)
    if found is None:
        raise NotFound(what_zh="版本", what_en="edition", value=edition)
    return found


def _values(place: Frame, edition: int) -> dict[str, Any]:
    """What the queries ask for."""
    return {
        "edition": edition,
        "srid": place.srid,
        "dx": -place.left,
        "dy": -place.top,
        "fx": 1 / place.unit,
        "fy": -1 / place.unit,
        "west": place.west,
        "south": place.south,
        "east": place.east,
        "north": place.north,
    }


def _known(name: str) -> Layer:
    if name not in LAYERS:
        raise NotFound(what_zh="图层", what_en="layer", value=name)
    return LAYERS[name]


def _layer(
    connection: Connection,
    layer: Layer,
    place: Frame,
    values: dict[str, Any],
    scope: Scope | None,
    gathered: dict[str, int],
) -> bytes:
    """One layer that is not stored; whether it had to be gathered is written down."""
    if layer.permission is None:
        return _run(connection, layer.name, values | {"layer": layer.name})
    if scope is None:
        raise NotSignedIn
    asked = values | {"layer": layer.name, "prefixes": list(scope.prefixes), "limit": MAX_POINTS}
    if place.zoom > AGGREGATED_TO:
        number = connection.execute(_SQL[f"{layer.name}_number"], asked).fetchone()
        if number is None or number[0] > MAX_POINTS:
            gathered[layer.name] = 6
            return _run(connection, f"{layer.name}_gathered", asked)
        return _run(connection, layer.name, asked)
    level = next(level for level, last in COUNTED_AT.items() if place.zoom <= last)
    return _run(connection, f"{layer.name}_counted", asked | {"level": level, "width": WIDTHS[level]})


def _run(connection: Connection, query: str, values: dict[str, Any]) -> bytes:
    row = connection.execute(_SQL[query], values, binary=True).fetchone()
    return b"" if row is None else bytes(row[0])
