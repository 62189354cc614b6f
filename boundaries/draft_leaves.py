"""The basic grids of a draft as it stands: those of its edition, with its changes over them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from psycopg import sql

from gis.db import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("draft_leaves.sql"))
_LEAVES, _IN_WINDOW = sql.SQL(_SQL["leaves"]), sql.SQL(_SQL["in_window"])
_READ = sql.SQL(
    "SELECT f.code, f.name, ST_AsBinary(f.geom) FROM ({}) AS f {} ORDER BY f.code LIMIT %(limit)s OFFSET %(offset)s"
)
_COUNT = sql.SQL("SELECT count(*) FROM ({}) AS f {}")
_EXTENT = sql.SQL(
    "SELECT ST_XMin(e.b), ST_YMin(e.b), ST_XMax(e.b), ST_YMax(e.b) FROM (SELECT ST_Extent(f.geom) AS b FROM ({}) AS f) AS e"
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A basic grid: name and outline in degrees EPSG:4490."""

    name: str
    geometry: Any


def read_draft_leaves(
    connection: Connection,
    draft: int,
    code: str | None = None,
    *,
    window: bytes | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> dict[str, Leaf]:
    """The basic grids of a draft as it stands, inside its scope, by code and in its order.

    Parameters
    ----------
    code : only that one, if it is there.
    window : only those that touch this area: WKB, degrees EPSG:4490, longitude first.
    limit, offset : a page of them.
    """
    values = {**_values(draft, code, window), "limit": limit, "offset": offset}
    rows = connection.execute(_READ.format(_LEAVES, _where(window)), values).fetchall()
    return {code: Leaf(name, shapely.from_wkb(bytes(wkb))) for code, name, wkb in rows}


def count_draft_leaves(connection: Connection, draft: int, *, window: bytes | None = None) -> int:
    """How many basic grids a draft has, of those that touch ``window``."""
    values = _values(draft, None, window)
    (row,) = connection.execute(_COUNT.format(_LEAVES, _where(window)), values).fetchall()
    return row[0]


def draft_extent(connection: Connection, draft: int) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a draft's basic grids in degrees EPSG:4490; None if it has none."""
    (row,) = connection.execute(_EXTENT.format(_LEAVES), _values(draft, None, None)).fetchall()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def _values(draft: int, code: str | None, window: bytes | None) -> dict[str, Any]:
    return {"draft": draft, "code": code, "window": window}


def _where(window: bytes | None) -> sql.Composable:
    return sql.SQL("") if window is None else _IN_WINDOW
