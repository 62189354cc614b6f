"""Departmental nets laid over the grids that stand: where their cells lie, n to m, and what planners are shown of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from boundaries.editions import lock_publishing, prepared_edition
from boundaries.nets import Net
from gis.coverage import current_edition
from gis.coverage_check import area_m2
from gis.db import Connection, as_multi, bulk_insert, load_queries, to_ewkb
from gis.errors import Conflict, InvalidInput, NotReady
from gis.listing import Page, from_cursor, to_cursor
from gis.scope import Scope

_SQL = load_queries(Path(__file__).with_name("net_aliases.sql"))
SHARE_FLOOR = 0.01
"""Smaller shares of a cell in which nobody lives are what separate drawing makes differ, not a relation."""


@dataclass(frozen=True)
class Part:
    """Where a cell of a net lies in a basic grid: shares of the cell, 0 to 1; None if it has no household."""

    cell: str
    grid: str
    area_share: float
    household_share: float | None
    geometry: Any


@dataclass(frozen=True, slots=True)
class NetState:
    """A net as it was last laid over the grids of an ``edition``; its ``parts`` now, and how many nobody confirmed yet."""

    net: str
    edition: int
    laid_at: datetime
    confirmed_by: str | None
    cells: int
    parts: int
    unconfirmed: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a net, WKB in degrees EPSG:4490; ``grids``: code, share of area, share of households, the largest first."""

    code: str
    name: str
    geometry: bytes
    grids: list[tuple[str, float, float | None]]


def lay_over(connection: Connection, net: Net, edition: int | None = None) -> list[Part]:
    """How the cells of a net lie in the basic grids of an edition (the current one), by foreign code, the largest share first.

    Households count as far as the scope reaches; each in the grid that it is assigned to.

    Raises
    ------
    NotReady
        If nothing is published yet.
    """
    edition = edition or current_edition(connection)
    if edition is None:
        raise NotReady
    given = {"codes": net.codes, "shapes": to_ewkb(as_multi(list(net.polygons))), "edition": edition}
    rows = connection.execute(_SQL["leaves"], given).fetchall()
    codes = [row[0] for row in rows]
    polygons = np.array(shapely.from_wkb([bytes(row[1]) for row in rows]), dtype=np.object_)
    living = _households(connection, given)
    found: list[Part] = []
    cells, grids = shapely.STRtree(polygons).query(net.polygons, predicate="intersects")
    for cell, grid in zip(cells.tolist(), grids.tolist(), strict=True):
        shared = shapely.intersection(net.polygons[cell], polygons[grid])
        parts = [part for part in shapely.get_parts(shared) if part.geom_type == "Polygon"]
        share = sum(area_m2(part) for part in parts) / area_m2(net.polygons[cell])
        people = living[net.codes[cell]]
        if parts and (share >= SHARE_FLOOR or people[codes[grid]]):
            lives = people[codes[grid]] / sum(people.values()) if people else None
            found.append(Part(net.codes[cell], codes[grid], min(1.0, share), lives, shapely.multipolygons(parts)))
    return sorted(found, key=lambda part: (part.cell, -part.area_share, part.grid))


def _households(connection: Connection, given: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Numbers of households by cell and grid."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cell, grid, count in connection.execute(_SQL["households"], given):
        found[cell][grid] = count
    return found


def write_net(connection: Connection, net: Net, parts: Sequence[Part], *, confirmed_by: str | None = None) -> None:
    """Keep the cells of a net and where they lie from the current edition on; its name becomes a code system.

    ``confirmed_by`` is the person who looked at the parts.

    Raises
    ------
    NotReady
        If nothing is published yet.
    Conflict
        If an edition is just being published.
    """
    lock_publishing(connection)
    edition, half = current_edition(connection), prepared_edition(connection)
    if edition is None:
        raise NotReady
    if half is not None:
        raise Conflict(reason_zh=f"版本 {half} 正在发布", reason_en=f"edition {half} is being published")
    values = {"net": net.name, "edition": edition, "by": confirmed_by}
    for step in ("system", "forget_aliases", "end_aliases", "forget_net", "net"):
        connection.execute(_SQL[step], values)
    cells = zip(net.codes, net.names, to_ewkb(as_multi(list(net.polygons))), strict=True)
    bulk_insert(
        connection, ("boundaries", "net_cell"), ("net", "code", "name", "geom"), ((net.name, *row) for row in cells)
    )
    columns = ("code_system", "foreign_code", "code", "area_share", "household_share", "confirmed_by", "edition_from")
    aliases = (
        (net.name, one.cell, one.grid, one.area_share, one.household_share, confirmed_by, edition) for one in parts
    )
    bulk_insert(connection, ("gis", "alias"), columns, aliases)
    shapes = to_ewkb(as_multi([one.geometry for one in parts]))
    ground = ((net.name, one.cell, one.grid, edition, shape) for one, shape in zip(parts, shapes, strict=True))
    bulk_insert(connection, ("boundaries", "net_part"), ("net", "cell", "grid", "edition_from", "geom"), ground)


def list_nets(connection: Connection) -> list[NetState]:
    """The nets that are kept, by name."""
    return [NetState(*row) for row in connection.execute(_SQL["nets"])]


def read_net(connection: Connection, net: str) -> Net:
    """The cells of a net as they were kept.

    Raises
    ------
    InvalidInput
        If there is no such net.
    """
    check_net(connection, net)
    codes, names, shapes = zip(*connection.execute(_SQL["cells"], {"net": net}).fetchall(), strict=True)
    return Net(net, list(codes), list(names), shapely.from_wkb([bytes(shape) for shape in shapes]))


def list_cells(
    connection: Connection, net: str, scope: Scope, edition: int, *, limit: int = 50, cursor: str | None = None
) -> Page[Cell]:
    """The cells of a net that lie in a grid of the jurisdiction or in no grid at all, by code, as of an edition.

    Raises
    ------
    InvalidInput
        If there is no such net, or the cursor is none of this list's.
    """
    check_net(connection, net)
    (after,) = from_cursor(cursor, (str,))
    given = {"net": net, "prefixes": list(scope.prefixes), "edition": edition, "after": after, "limit": limit + 1}
    rows = connection.execute(_SQL["page"], given).fetchall()
    (total,) = connection.execute(_SQL["count"], given).fetchall()[0]
    page = [Cell(code, name, bytes(shape), [(g, a, h) for g, a, h in grids]) for code, name, shape, grids in rows]
    return Page(page[:limit], total, to_cursor(page[limit - 1].code) if page[limit:] else None)


def check_net(connection: Connection, net: str) -> None:
    """Refuse a net that there is not.

    Raises
    ------
    InvalidInput
    """
    known = [one.net for one in list_nets(connection)]
    if net not in known:
        raise InvalidInput(
            field="net",
            reason_zh=f"没有这张网；已登记的有：{'、'.join(known) or '无'}",
            reason_en=f"no such net; there are: {', '.join(known) or 'none'}",
        )
