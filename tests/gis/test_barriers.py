"""Rivers and roads from a file: read, replaced by the same file's, and heeded by repairs and divisions."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.barriers import list_barriers
from gis.db import Connection
from gis.importer.fields import Kind
from gis.importer.job import Checked, Options, check, read_file
from gis.unit_journal import read_changes
from gis.unit_measures import count_parts, read_members
from gis.unit_plans import repair_units, replan_units
from tests.conftest import COUNTY
from tests.gis.importer_job import TERMS, put

VILLAGE = "532322101202"


def lines(folder: Path, shapes: list[Any], **columns: list[str]) -> Path:
    path = folder / "rivers.gpkg"
    gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490").to_file(path, driver="GPKG")
    return path


def checked(connection: Connection, path: Path) -> Checked:
    options = Options(kind=Kind.BARRIERS, path=path)
    return check(connection, read_file(options), options, TERMS)


def through(connection: Connection, grid: str) -> tuple[Any, Any]:
    """A line from south to north through the middle of a grid's homes, and which of them lie east of it, by id."""
    rows = connection.execute(
        "SELECT h.id::text, ST_X(h.geom), ST_Y(h.geom) FROM gis.assignment_at(1) AS a"
        " JOIN gis.household AS h ON h.id = a.household_id WHERE a.grid_code = %s",
        [grid],
    ).fetchall()
    lon, lat = (np.array([row[k] for row in rows]) for k in (1, 2))
    middle = float(np.median(lon)) + 1e-7
    line = shapely.LineString([(middle, lat.min() - 0.001), (middle, lat.max() + 0.001)])
    return line, {row[0]: row[1] > middle for row in rows}


def test_lines_are_kept_by_source_and_kind_and_replaced(connection: Connection, tmp_path: Path) -> None:
    line, _ = through(connection, f"{VILLAGE}00201")
    far = shapely.LineString([(90, 30), (91, 30)])
    multi = shapely.MultiLineString([line, shapely.transform(line, lambda xy: xy + 1e-4)])
    path = lines(tmp_path, [line, multi, far], fclass=["stream", "高速公路", "fence"], name=["沙甸河", "昆楚", ""])
    found = checked(connection, path)
    assert [(one.position, one.rule) for one in found.findings] == [(2, "line-elsewhere")]
    assert put(connection, found) == {"barrier": 2}
    assert [(one.source, one.kind, one.lines) for one in list_barriers(connection)] == [
        ("rivers", "river", 1),
        ("rivers", "road", 1),
    ]
    put(connection, checked(connection, lines(tmp_path, [line], name=["沙甸河"])))
    assert [(one.kind, one.lines) for one in list_barriers(connection)] == [("other", 1)]
    assert [(one.kind, one.note) for one in read_changes(connection, COUNTY)] == [
        ("barriers", "rivers: 2 → 1"),
        ("barriers", "rivers: 0 → 2"),
    ]


def test_points_and_areas_are_no_barriers(connection: Connection, tmp_path: Path) -> None:
    line, _ = through(connection, f"{VILLAGE}00201")
    path = lines(tmp_path, [line.centroid, line.buffer(0.001)], name=["a", "b"])
    assert [one.rule for one in checked(connection, path).findings] == ["wrong-geometry"] * 2


@pytest.mark.parametrize("change", [repair_units, replan_units])
def test_no_unit_crosses_a_river_once_it_is_known(connection: Connection, tmp_path: Path, change: Any) -> None:
    grid = max(
        connection.execute(
            "SELECT grid_code::text, sum(size) FROM gis.unit_at(1) WHERE grid_code ^@ %s AND hamlet_id IN"
            " (SELECT hamlet_id FROM gis.unit_at(1) GROUP BY 1 HAVING count(*) > 3) GROUP BY 1",
            [VILLAGE],
        ).fetchall(),
        key=lambda row: row[1],
    )[0]
    line, east = through(connection, grid)
    before = read_members(connection, 1, grid)
    put(connection, checked(connection, lines(tmp_path, [line], name=["沙甸河"])))
    cut = read_members(connection, 1, grid)
    assert count_parts(before, before.numbers()) == 0
    assert count_parts(cut, cut.numbers()) > 0
    plan = change(connection, 1, grid)
    assert plan.moves
    after = read_members(connection, 1, grid)
    assert count_parts(after, after.numbers()) <= count_parts(cut, cut.numbers())
    sides: dict[str, list[bool]] = {}
    for one, unit in zip(after.ids.tolist(), after.unit.tolist(), strict=True):
        sides.setdefault(unit, []).append(bool(east[one]))
    both = [min(sum(flags), len(flags) - sum(flags)) for flags in sides.values()]
    assert all(few < 5 for few in both)  # a side of a hamlet with fewer than the hard minimum joins the other
    assert change(connection, 1, grid).moves == []
