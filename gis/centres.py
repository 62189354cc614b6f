"""Centres of comprehensive governance (综治中心): public offices of the county, its townships and villages."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from psycopg.rows import class_row

from gis.clock import local_today
from gis.codes import chain
from gis.db import Connection, load_queries
from gis.errors import Forbidden, NotFound
from gis.scope import Scope

_SQL = load_queries(Path(__file__).with_name("centres.sql"))


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre and the grid it serves; ``lon, lat`` in degrees EPSG:4490."""

    id: int
    grid: str
    name: str
    phone: str | None
    lon: float
    lat: float


def list_centres(connection: Connection, grid: str | None = None, day: date | None = None) -> list[Centre]:
    """The centres of a grid and those below it (all without one) that are open on a day (today if not given)."""
    with connection.cursor(row_factory=class_row(Centre)) as cursor:
        return cursor.execute(_SQL["list"], {"grid": grid, "day": day or local_today()}).fetchall()


def get_centre(connection: Connection, centre: int) -> Centre:
    """One centre.

    Raises
    ------
    NotFound
        If there is none with this id.
    """
    with connection.cursor(row_factory=class_row(Centre)) as cursor:
        found = cursor.execute(_SQL["get"], [centre]).fetchone()
    if found is None:
        raise NotFound(what_zh="综治中心", what_en="centre", value=centre)
    return found


def centre_for(connection: Connection, grid: str, day: date | None = None) -> Centre | None:
    """The centre that people of a grid turn to: its own, else that of the nearest grid above."""
    with connection.cursor(row_factory=class_row(Centre)) as cursor:
        return cursor.execute(_SQL["nearest_up"], {"chain": chain(grid), "day": day or local_today()}).fetchone()


def change_centre(
    connection: Connection, scope: Scope, centre: int, *, name: str | None = None, phone: str | None = None
) -> None:
    """Change what is given of a centre.

    Raises
    ------
    NotFound
        If there is none with this id.
    Forbidden
        If it lies outside the scope.
    """
    if not scope.covers(get_centre(connection, centre).grid):
        raise Forbidden(reason_zh="该综治中心不在您的辖区内", reason_en="this centre is outside your jurisdiction")
    connection.execute(_SQL["change"], {"id": centre, "name": name, "phone": phone})
