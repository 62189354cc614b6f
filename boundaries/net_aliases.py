"""Codes of departmental nets as aliases of the grids that stand: n to m, with shares of area, confirmed by a person."""

from pathlib import Path

import numpy as np
import shapely

from boundaries.nets import Net
from gis.coverage_check import area_m2
from gis.db import Connection, load_queries
from gis.errors import NotReady

_SQL = load_queries(Path(__file__).with_name("net_aliases.sql"))
SHARE_FLOOR = 0.01
"""Smaller shares of a cell are what separate drawing makes differ, not a relation."""

Alias = tuple[str, str, float]
"""Foreign code, code of a basic grid, share of the foreign cell's area that lies in it (0 to 1]."""


def aliases_of(connection: Connection, net: Net) -> list[Alias]:
    """How the cells of a net lie in the basic grids of the current edition, by foreign code, the largest share first.

    Raises
    ------
    NotReady
        If nothing is published yet.
    """
    rows = connection.execute(_SQL["leaves"]).fetchall()
    if not rows:
        raise NotReady
    codes = [row[0] for row in rows]
    polygons = np.array(shapely.from_wkb([bytes(row[1]) for row in rows]), dtype=np.object_)
    found: list[Alias] = []
    cells, grids = shapely.STRtree(polygons).query(net.polygons, predicate="intersects")
    for cell, grid in zip(cells.tolist(), grids.tolist(), strict=True):
        shared = shapely.intersection(net.polygons[cell], polygons[grid])
        parts = [part for part in shapely.get_parts(shared) if part.geom_type == "Polygon"]
        share = sum(area_m2(part) for part in parts) / area_m2(net.polygons[cell])
        if share >= SHARE_FLOOR:
            found.append((net.codes[cell], codes[grid], min(1.0, share)))
    return sorted(found, key=lambda row: (row[0], -row[2], row[1]))


def write_aliases(connection: Connection, net: Net, aliases: list[Alias], *, confirmed_by: str | None = None) -> None:
    """Replace the aliases of a net's code system; ``confirmed_by`` is the person who looked at them."""
    connection.execute(_SQL["system"], {"id": net.name})
    connection.execute(_SQL["forget"], {"system": net.name})
    foreign, codes, shares = zip(*aliases, strict=True) if aliases else ((), (), ())
    connection.execute(
        _SQL["write"],
        {
            "system": net.name,
            "foreign": list(foreign),
            "codes": list(codes),
            "shares": list(shares),
            "by": confirmed_by,
        },
    )
