"""Grids: codes, names, the coverage they make, and the changes that lead to it."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaries.coverage_change import apply, judge
from boundaries.drafts import Change, open_draft, put_changes
from boundaries.editions import activate
from boundaries.publish import prepare
from gis.clock import local_today
from gis.crs import ELLIPSOID
from gis.db import Connection, Database
from gis.disputes import Terms
from gis.errors import CheckFailed
from gis.importer.fields import Kind
from gis.importer.findings import Finding
from gis.importer.grid_coverage import check_together
from gis.importer.grids import Grids
from gis.importer.job import Checked, Options, changes, check, read_file
from gis.working_days import WorkingCalendar
from tests.gis.importer_county import SCOPE, SIDE, VILLAGES, county, leaves, names, square

HERE = county()
TERMS = Terms(7, WorkingCalendar({}))
PEACE = "532322101201"


def frame(**changed: Any) -> gpd.GeoDataFrame:
    """The sixteen squares as a table; ``changed`` maps a code to another polygon, None takes it out."""
    drawn = {code: changed.get(f"g{code}", shape) for code, shape in leaves().items()}
    kept = {code: shape for code, shape in drawn.items() if shape is not None}
    return gpd.GeoDataFrame(
        {"网格编码": list(kept), "网格名称": [names()[code] for code in kept]}, geometry=list(kept.values()), crs=4490
    )


def run(connection: Connection, table: gpd.GeoDataFrame, folder: Path, **options: Any) -> Checked:
    path = folder / "grids.gpkg"
    table.to_file(path, driver="GPKG")
    chosen = Options(kind=Kind.GRIDS, path=path, **options)
    return check(connection, read_file(chosen), chosen, TERMS)


def told(checked: Checked) -> list[tuple[int | None, str]]:
    return [(finding.position, finding.rule) for finding in checked.findings]


def together(shapes: dict[str, Any], *, alone: bool = False) -> list[Finding]:
    geometry = np.empty(len(shapes), dtype=np.object_)
    geometry[:] = list(shapes.values())
    titles = {2: "示例县", 3: "示例镇", 4: "示例村"} if alone else {}
    rows = Grids(
        list(shapes), [True] * len(shapes), ["示例"] * len(shapes), [titles] * len(shapes), [""] * len(shapes), geometry
    )
    return check_together(rows, range(len(shapes)), None if alone else HERE)


def karney(polygon: Any) -> float:
    """Area by geodesics (Karney 2013) between vertices a few metres apart, which follow the straight edges."""
    fine = shapely.orient_polygons(shapely.segmentize(polygon, 1e-4))
    return abs(ELLIPSOID.geometry_area_perimeter(fine)[0])


def test_the_standing_county_changes_nothing(work: Connection, tmp_path: Path) -> None:
    checked = run(work, frame(), tmp_path)
    assert not checked.findings
    assert checked.accepted == list(range(16))
    assert changes(checked) == []


def test_first_import_into_an_empty_store(empty_url: str, tmp_path: Path) -> None:
    """From the file to a published edition: names of upper levels come from columns."""
    table = frame()
    table["乡镇"] = [VILLAGES[code[:12]][0] for code in table["网格编码"]]
    table["村委会"] = [VILLAGES[code[:12]][1] for code in table["网格编码"]]
    table["县"] = "示例县"
    with Database(empty_url, size=1) as database, database.transaction() as connection:
        checked = run(connection, table, tmp_path)
        assert not checked.findings
        draft = open_draft(connection, title="导入", author="test")
        put_changes(connection, draft, [Change(c.code, c.operation, c.name, c.geometry) for c in changes(checked)])
    with Database(empty_url, size=1) as database, database.transaction(SCOPE) as connection:
        activate(connection, prepare(connection, draft, valid_from=local_today()).edition)
        found = dict(connection.execute("SELECT code::text, name FROM gis.grid_at(1)").fetchall())
    assert found == names()


def test_parents_without_a_name(empty_url: str, tmp_path: Path) -> None:
    with Database(empty_url, size=1) as database, database.transaction() as connection:
        checked = run(connection, frame(), tmp_path)
    missing = {f.codes[0] for f in checked.findings if f.rule == "unnamed-parent"}
    assert missing == {code for code in names() if len(code) <= 12}
    with pytest.raises(CheckFailed):
        changes(checked)


@given(st.floats(0.05, 0.95), st.sampled_from([True, False]))
@settings(max_examples=30)
def test_overlap_and_gap_by_area(share: float, alone: bool) -> None:
    """A border moved on one side only, with and without a county below."""
    west, east = f"{PEACE}00101", f"{PEACE}00201"
    wide = square(0, 3, 1 + share, 1)
    (one, two) = [f for f in together({**leaves(), west: wide}, alone=alone) if f.rule == "overlap"]
    wanted = karney(square(1, 3, share, 1))
    assert one.size == two.size == pytest.approx(wanted, rel=1e-6)
    assert one.codes == (west, east)
    narrow = square(0, 2, share, 1)  # 003, below 001: its eastern part is lost
    (gap,) = [f for f in together({**leaves(), f"{PEACE}00301": narrow}, alone=alone) if f.rule == "gap"]
    hole = square(share, 2, 1 - share, 1)
    assert shapely.symmetric_difference(gap.geometry, hole).area < 1e-15
    assert gap.size == pytest.approx(karney(hole), rel=1e-6)
    assert gap.position is None


@pytest.mark.parametrize(("width_m", "found"), [(2e-6, False), (2e-5, True)])
def test_the_threshold_is_a_hundredth_of_a_square_metre(width_m: float, found: bool) -> None:
    """A sliver along 3.3 km of border: 0.0066 m² is rounding, 0.066 m² is a gap."""
    sliver = width_m / (SIDE * 101_300)
    west, south, east, north = square(0, 2).bounds
    shapes = {**leaves(), f"{PEACE}00301": shapely.box(west, south, east - sliver * SIDE, north)}
    assert bool([f for f in together(shapes, alone=True) if f.rule == "gap"]) is found
    assert not together(shapes)  # over a standing county a twentieth of a millimetre is no change at all


def test_beyond_the_outline() -> None:
    (finding,) = together({f"{PEACE}00101": square(-0.5, 3, 1.5, 1)})
    assert finding.rule == "beyond"
    assert finding.size == pytest.approx(karney(square(-0.5, 3, 0.5, 1)), rel=1e-6)


def test_part_of_the_county_is_checked_against_its_neighbours(work: Connection, tmp_path: Path) -> None:
    """Two grids exchange ground between them: fine; one takes it from a grid that the file does not hold: overlap."""
    both = {f"g{PEACE}00101": square(0, 3, 1.4, 1), f"g{PEACE}00201": square(1.4, 3, 0.6, 1)}
    table = frame(**both)
    pair = table[table["网格编码"].isin([f"{PEACE}00101", f"{PEACE}00201"])]
    checked = run(work, pair, tmp_path)
    assert not checked.findings
    assert {c.code for c in changes(checked)} == {f"{PEACE}00101", f"{PEACE}00201"}
    checked = run(work, pair.iloc[:1], tmp_path)
    assert told(checked) == [(0, "overlap")]
    assert checked.findings[0].values == {"others": f"{PEACE}00201"}


def test_rows_with_faults(work: Connection, tmp_path: Path) -> None:
    table = frame()
    table.loc[0, "网格编码"] = "5323221012010010"
    table.loc[1, "网格编码"] = ""
    table.loc[3, "网格编码"] = str(table.loc[2, "网格编码"])
    table.loc[4, "网格名称"] = " "
    table.loc[5, "网格名称"] = "?嘉第2网格"
    bow = shapely.Polygon([(101.5, 24.5), (101.53, 24.53), (101.53, 24.5), (101.5, 24.53)])
    shapes: list[Any] = [*table.geometry[:6], bow, None, *table.geometry[8:]]
    table = table.set_geometry(gpd.GeoSeries(shapes, crs=4490))
    table.loc[8, "网格编码"] = "5.32322E+16"
    checked = run(work, table, tmp_path)
    rows = [(row, rule) for row, rule in told(checked) if row is not None]
    assert rows == [
        (0, "bad-code"), (1, "missing-code"), (3, "duplicate-code"), (4, "missing-name"), (5, "lost-character"),
        (6, "invalid"), (7, "no-place"), (8, "damaged-code"),
    ]  # fmt: skip
    assert [f.values["other"] for f in checked.findings if f.rule == "duplicate-code"] == [3]
    assert checked.rejected == [0, 1, 3, 4, 6, 7, 8]


def test_codes_are_allocated_in_reading_order(work: Connection, tmp_path: Path) -> None:
    """A grid is cut in four; three parts have no code. Their parent is where they lie."""
    code = f"{PEACE}00101"
    parts = [square(0, 3, 0.5, 0.5), square(0.5, 3.5, 0.5, 0.5), square(0, 3.5, 0.5, 0.5), square(0.5, 3, 0.5, 0.5)]
    table = gpd.GeoDataFrame({"code": [code, "", "", ""], "name": list("甲乙丙丁")}, geometry=parts, crs=4490)
    assert (1, "missing-code") in told(run(work, table, tmp_path))
    checked = run(work, table, tmp_path, allocate=True)
    assert isinstance(checked.records, Grids)
    assert checked.records.code == [code, f"{code[:15]}03", f"{code[:15]}02", f"{code[:15]}04"]
    assert {rule for _, rule in told(checked)} == {"allocated"}
    again = run(work, table, tmp_path, allocate=True)
    assert isinstance(again.records, Grids)
    assert again.records.code[1:] == [f"{code[:15]}0{n}" for n in (6, 5, 7)]  # never the same code twice


def test_parents_that_are_said(work: Connection, tmp_path: Path) -> None:
    """A village's code, or its name, as parent: the new grids are level-5 grids of it with one basic grid each."""
    parts = [square(0, 3, 0.5, 1), square(0.5, 3, 0.25, 1), square(0.75, 3, 0.25, 1)]
    columns = {
        "code": [f"{PEACE}00101", "", ""],
        "name": list("甲乙丙"),
        "上级编码": ["", PEACE, ""],
        "村委会": ["", "", "和平村"],
    }
    checked = run(work, gpd.GeoDataFrame(columns, geometry=parts, crs=4490), tmp_path, allocate=True)
    assert isinstance(checked.records, Grids)
    assert checked.records.code == [f"{PEACE}00101", f"{PEACE}00501", f"{PEACE}00601"]
    found = {c.code: c.name for c in changes(checked)}
    assert found[f"{PEACE}005"] == "乙"
    assert PEACE not in found


def test_no_parent_to_be_found(empty_url: str, tmp_path: Path) -> None:
    table = gpd.GeoDataFrame({"code": [""], "name": ["甲"]}, geometry=[square(0, 0)], crs=4490)
    with Database(empty_url, size=1) as database, database.transaction() as connection:
        checked = run(connection, table, tmp_path, allocate=True)
    assert told(checked) == [(0, "no-parent")]


def test_grids_that_are_wholly_taken_are_retired(work: Connection, tmp_path: Path) -> None:
    merged = square(0, 3, 2, 1)
    table = gpd.GeoDataFrame({"code": [f"{PEACE}00101"], "name": ["和平第1网格"]}, geometry=[merged], crs=4490)
    checked = run(work, table, tmp_path)
    assert told(checked) == [(None, "retires")]
    found = changes(checked)
    assert [(c.code, c.operation) for c in found] == [(f"{PEACE}00101", "put"), (f"{PEACE}00201", "retire")]
    result = apply(leaves(), names(), [Change(c.code, c.operation, c.name, c.geometry) for c in found])
    assert judge(work, result) == []


def test_retired_codes_never_come_back(squares: Database, tmp_path: Path) -> None:
    with squares.transaction(SCOPE) as connection, connection.transaction(force_rollback=True):
        connection.execute("UPDATE gis.code SET retired_in = 1 WHERE code = %s", [f"{PEACE}00201"])
        connection.execute("DELETE FROM gis.grid WHERE code = %s", [f"{PEACE}00201"])
        checked = run(connection, frame(), tmp_path)
    assert (1, "retired-code") in told(checked)


def test_level_5_grids_that_are_not_divided(work: Connection, tmp_path: Path) -> None:
    table = frame()
    table["网格编码"] = table["网格编码"].str[:15]
    checked = run(work, table, tmp_path)
    assert {rule for _, rule in told(checked)} == {"undivided"}
    assert changes(checked) == []
    table["网格名称"] = [f"新名{i}" for i in range(16)]
    assert len(changes(run(work, table, tmp_path))) == 32


def test_rows_of_upper_grids_only_give_names(work: Connection, tmp_path: Path) -> None:
    table = frame()
    shapes: list[Any] = [*table.geometry, square(0, 2, 2, 2), None]
    columns = {
        "网格编码": [*table["网格编码"], PEACE, PEACE[:9]],
        "网格名称": [*table["网格名称"], "太平村民委员会", "新镇"],
    }
    checked = run(work, gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs=4490)), tmp_path)
    assert not checked.findings
    found = {(c.code, c.name, c.geometry) for c in changes(checked)}
    assert found == {(PEACE, "太平村民委员会", None), (PEACE[:9], "新镇", None)}


@pytest.mark.parametrize("driver", ["ESRI Shapefile", "FlatGeobuf", "GeoJSON", "KML"])
def test_formats_that_turn_rings_change_nothing(work: Connection, tmp_path: Path, driver: str) -> None:
    path = tmp_path / {"ESRI Shapefile": "g.shp", "FlatGeobuf": "g.fgb", "GeoJSON": "g.geojson", "KML": "g.kml"}[driver]
    table = frame().rename(columns={"网格编码": "code", "网格名称": "grid_name"})
    pyogrio.write_dataframe(table, path, driver=driver, encoding="UTF-8")
    options = Options(kind=Kind.GRIDS, path=path)
    checked = check(work, read_file(options), options, TERMS)
    assert not checked.findings
    assert changes(checked) == []


@pytest.mark.parametrize("crs", [4543, 4522, 3857])
def test_a_way_through_another_system_changes_nothing(work: Connection, tmp_path: Path, crs: int) -> None:
    """Only the one grid pair that was redrawn there is a change."""
    both = {f"g{PEACE}00101": square(0, 3, 1.4, 1), f"g{PEACE}00201": square(1.4, 3, 0.6, 1)}
    checked = run(work, frame(**both).to_crs(crs), tmp_path)
    assert not checked.findings
    found = changes(checked)
    assert [c.code for c in found] == [f"{PEACE}00101", f"{PEACE}00201"]
    result = apply(leaves(), names(), [Change(c.code, c.operation, c.name, c.geometry) for c in found])
    assert judge(work, result) == []


def test_names_of_parents_in_columns(work: Connection, empty_url: str, tmp_path: Path) -> None:
    """They never rename what stands; where nothing stands the most frequent one counts."""
    table = frame()
    table["村委会"] = ["太平村", "太平村", "和平村", *[""] * 13]
    checked = run(work, table, tmp_path)
    assert told(checked) == [(None, "other-name")]
    assert changes(checked) == []
    table["村委会"] = ["和平村", "和平", "和平村委会", *[""] * 13]
    assert not run(work, table, tmp_path).findings
    table["村委会"] = ["太平村", "太平村", "和平村", *[""] * 13]
    with Database(empty_url, size=1) as database, database.transaction() as connection:
        checked = run(connection, table, tmp_path)
    assert [f.values["name"] for f in checked.findings if f.rule == "two-names"] == ["太平村"]


def test_only_the_valid_rows(work: Connection, tmp_path: Path) -> None:
    table = frame(**{f"g{PEACE}00101": square(0, 3, 1.2, 1)})
    table["网格名称"] = table["网格名称"] + "改"
    checked = run(work, table, tmp_path)
    assert checked.rejected == [0, 1]
    with pytest.raises(CheckFailed, match="2 problems"):
        changes(checked)
    kept = [c.code for c in changes(checked, accept_valid=True) if len(c.code) == 17]
    assert len(kept) == 14


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_found_as_it_will_be_judged_at_publishing(work: Connection, seed: int) -> None:
    """Moved corners: the import finds something exactly when publishing would refuse for the geometry."""
    rng = np.random.default_rng(seed)
    shapes = leaves()
    for code in rng.choice(list(shapes), 3, replace=False).tolist():
        moved = shapely.get_coordinates(shapes[code])
        corner = rng.integers(1, 4)
        moved[corner] += rng.choice([0, 0, 1e-13, 1e-4, -1e-4], 2)
        shapes[code] = shapely.Polygon(moved)
    found = [f for f in together(shapes) if f.rule in {"overlap", "gap", "beyond"}]
    put = [Change(code, "put", names()[code], shape) for code, shape in shapes.items()]
    refused = [f for f in judge(work, apply(leaves(), names(), put)) if f.rule in {"overlap", "gap", "outside"}]
    assert bool(found) == bool(refused)
    assert sum(f.size or 0 for f in refused if f.rule != "overlap") == pytest.approx(
        sum(f.size or 0 for f in found if f.rule != "overlap"), abs=0.02
    )
