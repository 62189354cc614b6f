"""Lines that no neighbour unit crosses: rivers, roads. A file is a source; reading it again replaces its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from gis.arrays import F64, Geometries
from gis.crs import Crs, from_storage
from gis.db import Connection, bulk_insert, load_queries, to_ewkb

_SQL = load_queries(Path(__file__).with_name("barriers.sql"))
KINDS = ("river", "road", "other")


@dataclass(frozen=True, slots=True)
class Barriers:
    """What stands of one source and kind: number of lines and their metres."""

    source: str
    kind: str
    lines: int
    metres: float


def barriers_near(connection: Connection, lon: F64, lat: F64, system: Crs) -> Geometries | None:
    """The lines that meet the box of (n,) places (degrees EPSG:4490), in metres of ``system``; None if there are none."""
    if not lon.size:
        return None
    box = (float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))
    rows = connection.execute(_SQL["near"], box, binary=True).fetchall()
    if not rows:
        return None
    lines = shapely.from_wkb([bytes(row[0]) for row in rows])
    return shapely.transform(lines, lambda xy: np.column_stack(from_storage(xy[:, 0], xy[:, 1], system)))


def list_barriers(connection: Connection) -> list[Barriers]:
    """What stands, by source and kind."""
    return [Barriers(*row) for row in connection.execute(_SQL["sources"])]


def replace_barriers(
    connection: Connection, source: str, kinds: Sequence[str], names: Sequence[str], lines: Geometries
) -> tuple[int, int]:
    """Put (n,) lines, degrees EPSG:4490, in the place of those of a source; returns how many were there and how many are.

    Units stay as they are; whatever makes or mends units afterwards keeps to the lines.
    """
    gone = connection.execute(_SQL["drop"], [source]).rowcount
    shapes = np.array(
        [one if one.geom_type == "MultiLineString" else shapely.multilinestrings([one]) for one in lines], dtype=object
    )
    rows = zip([source] * len(shapes), kinds, names, to_ewkb(shapes), strict=True)
    return gone, bulk_insert(connection, ("gis", "barrier"), ("source", "kind", "name", "geom"), rows)
