"""The project file: what a planner's QGIS needs is set, and no secret is in it."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from psycopg import errors

from boundaries.qgis_project import FILE, NAME, Place, project_for, store_project
from gis.db import Connection, Database, connect_admin

ROOT = ET.parse(FILE).getroot()  # noqa: S314 - our own file
LAYERS = {layer.findtext("id"): layer for layer in ROOT.iter("maplayer")}


def source(layer: str) -> str:
    return LAYERS[layer].findtext("datasource") or ""


def test_every_layer_is_a_view_and_every_field_is_a_column(planner: Connection) -> None:
    for name, layer in LAYERS.items():
        assert len(str(name)) > 10  # QGIS gives a layer with a shorter id another one, and loses its place in the tree
        found = re.search(r'table="edit"\."(\w+)"', source(str(name)))
        assert found is not None
        view = found[1]
        rows = planner.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0", ["edit." + view]
        )
        columns = {column for (column,) in rows} | {"label"}
        fields = {str(field.get("name")) for field in layer.findall("fieldConfiguration/field")}
        assert fields <= columns
        assert columns - {"geom", "label"} <= fields


def test_editing_keeps_the_coverage_together() -> None:
    assert ROOT.findtext("properties/Digitizing/TopologicalEditing") == "1"
    assert ROOT.findtext("properties/Digitizing/AvoidIntersectionsList/value") == "wangge_leaf"
    assert [name for name, layer in LAYERS.items() if layer.get("readOnly") == "0"] == ["wangge_leaf"]
    for path, name, value in (
        ("autotransaction", "active", "0"),
        ("snapping-settings", "enabled", "1"),
        ("projectlayers/maplayer/geometryOptions", "geometryPrecision", "0"),
    ):
        assert {found.get(name) for found in ROOT.findall(path)} == {value}


@pytest.mark.parametrize("host", ["db.example", "::1", "it's \\ odd"])
def test_the_place_of_the_database_is_filled_in_without_a_login(host: str) -> None:
    text = project_for(Place(host, 5432, "wangge"), (1.5, 2, 3, 4)).decode()
    root = ET.fromstring(text)  # noqa: S314 - made here
    sources = [found.text or "" for found in root.iter("datasource")]
    quoted = host.replace("\\", "\\\\").replace("'", "\\'")
    assert all(one.startswith(f"dbname='wangge' host='{quoted}' port=5432 key=") for one in sources)
    assert len(sources) == len(LAYERS)
    assert "password" not in text
    assert "user=" not in text
    shown = root.find("ProjectViewSettings/DefaultViewExtent")
    assert shown is not None
    assert (shown.get("xmin"), shown.get("ymax")) == ("1.5", "4")


def test_planners_read_the_stored_project_and_cannot_change_it(
    empty_url: str, squares: Database, planner: Connection, sign_in: Callable[..., Connection]
) -> None:
    with connect_admin(empty_url) as admin:
        for port in (5432, 5433):
            store_project(admin, Place("db.example", port, "wangge"))
    ((name, metadata, content),) = planner.execute("SELECT name, metadata, content FROM edit.qgis_projects").fetchall()
    assert name == NAME
    assert set(json.loads(json.dumps(metadata))) == {"last_modified_time", "last_modified_user"}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (inside,) = archive.namelist()
        text = archive.read(inside).decode()
    assert inside.endswith(".qgs")
    assert "port=5433" in text
    assert 'xmin="101.5"' in text
    with pytest.raises(errors.InsufficientPrivilege):
        planner.execute("UPDATE edit.qgis_projects SET content = ''")
