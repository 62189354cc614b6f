"""One tile: stored layers of an edition, joined with those made for the request: centres, figures, a caller's records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gis.codes import WIDTHS
from gis.db import Connection, load_queries
from gis.errors import NotFound, NotSignedIn
from gis.scope import Scope
from tiles import store
from tiles.figures import Columns, Known
from tiles.layers import CLUSTERED_TO, LAYERS, STORED, Layer, counted_level
from tiles.matrix import WEB_MERCATOR, Frame, frame
from tiles.parts import Packed, packed, part

_SQL = load_queries(Path(__file__).with_name("serve.sql"))

MAX_POINTS = 5000
MAX_BYTES = 400_000
"""Single points, and their bytes before compression, that a layer may hold; with more it has clusters instead, so that
no point is left out."""
CELL = 512
"""Units along the cells whose points are one cluster: 64 pixels of a tile drawn at 512."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as it is answered.

    Attributes
    ----------
    packed : its bytes.
    gathered : layers that have clusters because they would have held too many points, or too many bytes of them.
    """

    packed: Packed
    gathered: list[str] = field(default_factory=list[str])


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
    figures: Known | None = None,
) -> Tile:
    """One tile of an edition.

    Parameters
    ----------
    connection
        Inside a transaction; with ``scope`` set on it where a layer is personal.
    layers
        Names of layers, see `tiles.layers`; the tile holds them in the order of those.
    z, x, y
        Zoom, column from the west and row from the north in ``tms``.
    edition
        Number of an edition whose tiles are built.
    scope
        Jurisdiction that personal layers are cut down to.
    figures
        Where the layer of figures comes from; needed if it is asked for.

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
    known = _known(layers)
    fixed = [name for name in layers if name in STORED]
    found = store.read_tiles(connection, edition, tms, [(z, x, y)], fixed).get((z, x, y), []) if fixed else []
    request = _Request(connection, place, _values(place, edition), scope, figures)
    made = [request.layer(layer) for layer in known if layer.name not in STORED]
    return Tile(packed([*found, part(made, once=True)] if made else found), request.gathered)


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


def _known(names: Sequence[str]) -> list[Layer]:
    for name in names:
        if name not in LAYERS:
            raise NotFound(what_zh="图层", what_en="layer", value=name)
    return [layer for name, layer in LAYERS.items() if name in names]


@dataclass
class _Request:
    """The layers of one tile that are made for a request."""

    connection: Connection
    place: Frame
    values: dict[str, Any]
    scope: Scope | None
    figures: Known | None
    gathered: list[str] = field(default_factory=list[str])

    def layer(self, layer: Layer) -> bytes:
        """One layer; that it had to be gathered is written down."""
        if layer.permission is not None:
            return self._personal(layer.name)
        if layer.name == "figures":
            return self._figures(layer.name)
        return self._run(layer.name, {"layer": layer.name})

    def _figures(self, name: str) -> bytes:
        if self.figures is None:
            raise ValueError("no figures are given")
        level = counted_level(self.place.zoom) or 6
        found: Columns = self.figures(self.connection, level)
        return self._run("figures", {"layer": name, "level": level, **found})

    def _personal(self, name: str) -> bytes:
        if self.scope is None:
            raise NotSignedIn
        asked = {"layer": name, "prefixes": list(self.scope.prefixes), "limit": MAX_POINTS, "cell": CELL}
        level = counted_level(self.place.zoom)
        if level is not None:
            return self._run(f"{name}_counted", asked | {"level": level, "width": WIDTHS[level]})
        if self.place.zoom > CLUSTERED_TO:
            single = self._single(name, asked)
            if single is not None:
                return single
            self.gathered.append(name)
        return self._run(f"{name}_clustered", asked)

    def _single(self, name: str, asked: dict[str, Any]) -> bytes | None:
        """A layer of single points, None if they or their bytes are too many."""
        number = self.connection.execute(_SQL[f"{name}_number"], self.values | asked).fetchone()
        if number is None or number[0] > MAX_POINTS:
            return None
        made = self._run(name, asked)
        return made if len(made) <= MAX_BYTES else None

    def _run(self, query: str, asked: dict[str, Any]) -> bytes:
        row = self.connection.execute(_SQL[query], self.values | asked, binary=True).fetchone()
        return b"" if row is None else bytes(row[0])
