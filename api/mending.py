"""Makes again what can be made from the rest: assignments of households, tiles."""

from pathlib import Path

import numpy as np
import shapely

from api.publishing import publishing_job
from api.unit_tiles import redrawing
from boundaries.editions import settle_households
from gis.arrays import Geometries, Texts
from gis.assign import assign_edition
from gis.coverage import county_codes, list_editions
from gis.db import Connection, Database, load_queries
from gis.locate import Locator
from gis.scope import everything
from tiles import build as tile_build
from tiles.store import is_built

_SQL = load_queries(Path(__file__).with_name("mending.sql"))
ACTOR = "doctor"


def assign_again(conninfo: str, edition: int) -> None:
    """Give every household of the current edition its grid and unit again; right ones stay.

    Raises
    ------
    Conflict
        If a publication is running.
    OutsideCounty
        If a household lies in no grid.
    """
    with Database(conninfo, size=2, statement_timeout_s=0) as database, publishing_job(database):
        with database.transaction() as connection:
            counties = county_codes(connection)
            codes, leaves = _leaves(connection, edition)
        locator = Locator(codes.tolist(), leaves)
        with database.transaction(everything(counties, ACTOR)) as connection:
            touched = _touched(connection, edition, locator)
            outlines = {code: leaf for code, leaf in zip(codes, leaves, strict=True) if code in touched}
            with redrawing(connection, edition):
                assign_edition(connection, edition, locator, outlines, left=sorted(touched))
            settle_households(connection, edition)


def _leaves(connection: Connection, edition: int) -> tuple[Texts, Geometries]:
    """Codes of an edition's basic grids, ascending, and their MultiPolygons in degrees EPSG:4490."""
    rows = connection.execute(_SQL["leaves"], [edition], binary=True).fetchall()
    wkb = np.array([bytes(row[1]) for row in rows], dtype=object)
    return np.array([row[0] for row in rows], dtype="U17"), shapely.from_wkb(wkb)


def _touched(connection: Connection, edition: int, locator: Locator) -> set[str]:
    """The basic grids that households without a right assignment are written down in, assigned to, or lie in."""
    rows = connection.execute(_SQL["astray"], [edition]).fetchall()
    lon, lat = (np.array([row[place] for row in rows], dtype=np.float64) for place in (2, 3))
    return {*locator.codes_at(lon, lat).tolist(), *(code for row in rows for code in row[:2])} - {"", None}


def draw_again(conninfo: str, edition: int) -> None:
    """Make all tiles of an edition again; if earlier ones have none, of all editions from the first of those on.

    Raises
    ------
    Conflict
        If a publication is running.
    """
    with Database(conninfo, size=2, statement_timeout_s=0) as database, publishing_job(database):
        with database.transaction() as connection:
            counties = county_codes(connection)
            numbers = sorted(one.number for one in list_editions(connection) if one.number <= edition)
            first = next((number for number in numbers if not is_built(connection, number)), edition)
        editions = [number for number in numbers if number >= first]
        with database.transaction(everything(counties, ACTOR)) as connection:
            for number in reversed(editions):  # each is built on those before it
                tile_build.discard(connection, number)
            for number in editions:
                tile_build.build(connection, number, everything=len(editions) == 1)
