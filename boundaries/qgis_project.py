"""The QGIS project in which planners edit: `qgis/wangge.qgs`, and a copy of it in the database that QGIS opens from there."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from boundaries.planners import PLANNER_ROLE
from gis.clock import local_today
from gis.coverage import current_edition
from gis.db import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("qgis_project.sql"))
FILE = Path(__file__).with_name("qgis") / "wangge.qgs"
NAME = "网格草稿"
SERVICE = "service='wangge'"


@dataclass(frozen=True, slots=True)
class Place:
    """The database as planners reach it."""

    host: str
    port: int
    dbname: str


Extent = tuple[float, float, float, float]
"""West, south, east, north in degrees EPSG:4490."""


def project_for(place: Place, extent: Extent | None = None) -> bytes:
    """The project as XML whose layers lie in a database; without user and password, for which QGIS asks.

    ``extent`` is what is shown first, by default that of the file.
    """
    source = f"dbname={_quoted(place.dbname)} host={_quoted(place.host)} port={place.port}"
    root = ET.fromstring(FILE.read_bytes())  # noqa: S314 - our own file
    for found in root.iter("datasource"):
        found.text = (found.text or "").replace(SERVICE, source)
    shown = root.find("ProjectViewSettings/DefaultViewExtent")
    if extent is not None and shown is not None:
        shown.attrib.update(zip(("xmin", "ymin", "xmax", "ymax"), map(repr, extent), strict=True))
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", r"\\").replace("'", r"\'") + "'"


def store_project(connection: Connection, place: Place) -> None:
    """Write the project into the database, where QGIS finds it (Project › Open From › PostgreSQL, schema ``edit``).

    ``connection`` is of a user who may act as the owner, not of the service's own role.
    """
    row = connection.execute(_SQL["extent"], [current_edition(connection)]).fetchone()
    extent = None if row is None or row[0] is None else (row[0], row[1], row[2], row[3])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FILE.name, project_for(place, extent))
    metadata = json.dumps({"last_modified_time": f"{local_today()}T00:00:00", "last_modified_user": PLANNER_ROLE})
    connection.execute(_SQL["store"], {"name": NAME, "metadata": metadata, "content": packed.getvalue()})
