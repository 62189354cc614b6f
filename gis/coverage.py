"""The coverage of one edition in memory: codes, names and the look-up index."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import shapely

from gis.arrays import Geometries
from gis.db import Connection, load_queries
from gis.errors import NotFound, NotReady
from gis.locate import Locator

_SQL = load_queries(Path(__file__).with_name("coverage.sql"))


@dataclass(frozen=True, slots=True)
class Edition:
    """A published state of all boundaries."""

    number: int
    state: str
    valid_from: date
    title: str
    author: str
    synthetic: bool


@dataclass(frozen=True)
class Coverage:
    """An edition with its names and look-up index.

    Attributes
    ----------
    names : name of every grid of the edition by code, levels 2 to 6.
    locator : exactly-one look-up over the basic grids, lon, lat in degrees EPSG:4490.
    """

    edition: Edition
    names: dict[str, str]
    locator: Locator


def current_edition(connection: Connection) -> int | None:
    """Number of the current edition; None in an empty store."""
    row = connection.execute(_SQL["current_edition"]).fetchone()
    return None if row is None else row[0]


def county_codes(connection: Connection) -> list[str]:
    """Codes of the counties in the store, of whatever edition; empty in an empty store."""
    return [row[0] for row in connection.execute(_SQL["counties"])]


def read_edition(connection: Connection, number: int) -> Edition:
    """One published edition.

    Raises
    ------
    NotFound
        If it does not exist or is not published yet.
    """
    row = connection.execute(_SQL["edition"], [number]).fetchone()
    if row is None:
        raise NotFound(what_zh="版本", what_en="edition", value=number)
    return Edition(*row)


def list_editions(connection: Connection) -> list[Edition]:
    """All published editions, newest first."""
    return [Edition(*row) for row in connection.execute(_SQL["editions"])]


def edition_on(connection: Connection, day: date) -> int:
    """Number of the edition whose boundaries were valid on ``day``.

    Raises
    ------
    NotFound
        If the day lies before the first edition.
    """
    row = connection.execute(_SQL["edition_on"], [day]).fetchone()
    if row is None or row[0] is None:
        raise NotFound(what_zh="该日期的版本", what_en="edition valid on", value=day)
    return row[0]


def load_coverage(connection: Connection, number: int | None = None) -> Coverage:
    """Load an edition (the current one by default) and build its look-up index.

    Raises
    ------
    NotReady
        If nothing is published yet.
    NotFound
        If that edition does not exist.
    """
    number = number or current_edition(connection)
    if number is None:
        raise NotReady
    edition = read_edition(connection, number)
    return Coverage(edition, read_names(connection, number), Locator(*read_leaves(connection, number)))


def read_names(connection: Connection, number: int) -> dict[str, str]:
    """The name of every grid of an edition by its code, levels 2 to 6."""
    return dict(connection.execute(_SQL["names"], [number]).fetchall())


def read_leaves(connection: Connection, number: int) -> tuple[list[str], Geometries]:
    """Codes, ascending, and polygons (degrees EPSG:4490) of the basic grids of an edition."""
    rows = connection.execute(_SQL["leaves"], [number], binary=True).fetchall()
    shapes = shapely.from_wkb(np.array([bytes(row[1]) for row in rows], dtype=object))
    return [row[0] for row in rows], np.atleast_1d(shapes)
