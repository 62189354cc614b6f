"""Lists of neighbour units: out and in again, matched by code or members, compared, refused with reasons, written whole."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from api.cli.units_lists_command import without_formulas
from gis.db import Connection
from gis.errors import NotFound
from gis.importer.fields import Kind
from gis.importer.job import Checked
from gis.importer.unit_lists import Comparison, compare_list, read_list
from gis.importer.units import UnitList
from gis.importer.write import Columns
from gis.partition import DEFAULT_POLICY, UnitPolicy
from gis.unit_journal import read_changes
from gis.unit_locks import lock_units
from gis.unit_measures import divided, read_members
from tests.conftest import COUNTY
from tests.gis.importer_job import put, run, told

VILLAGE = "532322101202"
COLUMNS = ["联户单元编码", "联户单元名称", "联户长", "户编号"]


@pytest.fixture
def table(connection: Connection) -> Any:
    """The list of a village's units as it is written out."""
    return pd.DataFrame(read_list(connection, 1, VILLAGE, people=False).values)


def units(connection: Connection) -> dict[str, str]:
    rows = connection.execute(
        "SELECT household_id::text, unit_code::text FROM gis.assignment_at(1) WHERE grid_code ^@ %s", [VILLAGE]
    )
    return dict(rows.fetchall())


def errors(checked: Checked) -> list[tuple[int | None, str]]:
    return [(one.position, one.rule) for one in checked.findings if one.severity == "error"]


def comparison(connection: Connection, checked: Checked) -> Comparison:
    assert isinstance(checked.records, UnitList)
    found = compare_list(connection, checked.records, checked.accepted, 1)
    assert found is not None
    return found


def test_what_was_written_out_changes_nothing_when_read(connection: Connection, table: Any, tmp_path: Path) -> None:
    before = units(connection)
    checked = run(connection, Kind.UNITS, table, tmp_path)
    assert told(checked) == []
    found = comparison(connection, checked)
    assert (found.plan.moves, found.listed) == ([], found.standing)
    assert found.as_many.units == found.listed.units
    assert found.as_many.metres <= found.listed.metres
    written = put(connection, checked)
    assert written == {"household": 0, "unit_opened": 0, "unit_closed": 0, "unit_head": 0}
    assert units(connection) == before


def test_a_list_without_codes_is_matched_by_members(connection: Connection, table: Any, tmp_path: Path) -> None:
    before = units(connection)
    named = table.assign(联户单元编码="第" + table["联户单元编码"].str[17:] + "户组")[COLUMNS]
    checked = run(connection, Kind.UNITS, named, tmp_path)
    assert errors(checked) == []
    put(connection, checked)
    assert units(connection) == before


def test_moves_names_heads_and_new_units_are_written_together(
    connection: Connection, table: Any, tmp_path: Path
) -> None:
    grid = table["网格编码"].iloc[0]
    first, second = sorted(table.loc[table["网格编码"] == grid, "联户单元编码"].unique())[:2]
    mine, others = (table.index[table["联户单元编码"] == one] for one in (first, second))
    table.loc[mine[1], "联户单元编码"] = second
    table.loc[others[:3], "联户单元编码"] = "新楼"
    table.loc[mine[0], ["联户单元名称", "联户长"]] = ["'=东头联户", "是"]
    table = table.loc[[*mine[:2], *others]]
    checked = run(connection, Kind.UNITS, table, tmp_path)
    assert errors(checked) == []
    assert (int(others[0]), "new-unit") not in told(checked)  # positions are those of the file
    before = units(connection)
    written = put(connection, checked)
    assert written == {"household": 4, "unit_opened": 1, "unit_closed": 0, "unit_head": 1}
    after = units(connection)
    ids = table["户编号"]
    assert after[ids[mine[1]]] == second
    (new,) = {after[ids[k]] for k in others[:3]}
    assert new.startswith(grid)
    assert new not in set(before.values())
    untouched = set(before) - {ids[mine[1]], *(ids[k] for k in others[:3])}
    assert {one: after[one] for one in untouched} == {one: before[one] for one in untouched}
    rows = connection.execute("SELECT code::text, name, size FROM gis.unit_at(1) WHERE grid_code = %s", [grid])
    names = {code: (name, size) for code, name, size in rows}
    assert names[first] == ("=东头联户", mine.size - 1)
    assert names[new][1] == 3
    head = connection.execute("SELECT unit_code::text, household_id::text FROM gis.unit_head WHERE until IS NULL")
    assert head.fetchall() == [(first, ids[mine[0]])]
    (entry,) = read_changes(connection, VILLAGE)
    assert (entry.kind, entry.actor, entry.moved) == ("import", "test", 4)
    away = table.loc[[mine[0]]].assign(联户单元编码=second, 联户长="")
    put(connection, run(connection, Kind.UNITS, away, tmp_path))
    assert connection.execute("SELECT 1 FROM gis.unit_head WHERE until IS NULL").fetchall() == []


def test_a_unit_that_loses_all_is_closed_and_its_code_never_comes_back(
    connection: Connection, table: Any, tmp_path: Path
) -> None:
    grid = table["网格编码"].iloc[0]
    first, second = sorted(table.loc[table["网格编码"] == grid, "联户单元编码"].unique())[:2]
    joined = table[table["联户单元编码"] == first].assign(联户单元编码=second)
    assert put(connection, run(connection, Kind.UNITS, joined, tmp_path))["unit_closed"] == 1
    back = joined.assign(联户单元编码=first)
    assert set(errors(run(connection, Kind.UNITS, back, tmp_path))) == {(k, "unknown-unit") for k in range(len(back))}
    assert (
        put(connection, run(connection, Kind.UNITS, joined.assign(联户单元编码="再分"), tmp_path))["unit_opened"] == 1
    )
    assert first not in units(connection).values()


def test_rows_with_faults_are_rejected_each_with_its_reason(connection: Connection, table: Any, tmp_path: Path) -> None:
    rows: Any = table[COLUMNS].iloc[:12].copy().reset_index(drop=True)
    rows["户主"] = ""
    elsewhere = table.loc[table["网格编码"] != table["网格编码"].iloc[0], "联户单元编码"].iloc[0]
    held = table["联户单元编码"].iloc[-1]
    lock_units(connection, 1, [rows.loc[9, "联户单元编码"], held], by="test")
    rows.loc[0, "联户单元编码"] = ""
    rows.loc[1, "联户单元编码"] = f"{rows.loc[1, '联户单元编码'][:17]}999"
    rows.loc[2, "联户单元编码"] = elsewhere
    rows.loc[3, "户编号"] = "00000000-0000-0000-0000-000000000000"
    rows.loc[4, "户编号"] = ""
    rows.loc[5, "户编号"] = rows.loc[6, "户编号"]
    rows.loc[7, "联户单元编码"] = "5.32322E+19"
    rows.loc[9, "联户单元编码"] = "别处"
    rows.loc[10:11, "联户长"] = "是"
    rows.loc[8, "联户长"] = "查无此人"
    assert [one for one in told(run(connection, Kind.UNITS, rows, tmp_path)) if one[1] not in {"unit-size", "new-unit"}] == [
        (0, "missing-unit"), (1, "unknown-unit"), (2, "straddles"), (3, "unknown-household"), (4, "nobody"),
        (6, "duplicate-row"), (7, "damaged-code"), (8, "odd-head"), (9, "locked-unit"), (11, "second-head"),
    ]  # fmt: skip


def test_households_are_found_by_name_and_what_tells_them_apart(connection: Connection, tmp_path: Path) -> None:
    people: Any = pd.DataFrame(read_list(connection, 1, VILLAGE, people=True).values)
    twice = people["户主"].duplicated(keep=False)
    assert twice.any()
    plain = people.drop(columns=["户编号", "电话"]).assign(地址="", 网格编码="")
    checked = run(connection, Kind.UNITS, plain, tmp_path)
    known = connection.execute("SELECT head_name FROM gis.household GROUP BY 1 HAVING count(*) > 1").fetchall()
    several = {position for position, rule in errors(checked) if rule == "several-households"}
    assert several == set(np.flatnonzero(people["户主"].isin([row[0] for row in known])).tolist())
    full = run(connection, Kind.UNITS, people.drop(columns="户编号"), tmp_path)
    assert len(errors(full)) < len(errors(checked))
    assert "*" in people["电话"].str.cat()  # masked, and so of no use to tell them apart


def test_households_are_found_by_where_they_stand(connection: Connection, tmp_path: Path) -> None:
    people: Any = read_list(connection, 1, VILLAGE, people=True)
    table = pd.DataFrame(people.values)[["联户单元编码", "网格编码"]].head(200)
    lon, lat = (shapely.get_x(people.geometry[:200]), shapely.get_y(people.geometry[:200]))
    metre = 1 / 111_000
    homes = connection.execute("SELECT ST_X(geom), ST_Y(geom) FROM gis.household WHERE until IS NULL").fetchall()
    near = near_m(np.array(homes), lon, lat)
    checked = run(connection, Kind.UNITS, table.assign(经度=lon, 纬度=lat), tmp_path)
    alone = (near <= 10).sum(axis=1) == 1
    assert {row for row, _ in errors(checked)} == set(np.flatnonzero(~alone).tolist())
    assert {rule for _, rule in errors(checked)} <= {"several-near"}
    assert comparison(connection, checked).plan.moves == []  # each of those that were found is itself
    table = table.assign(经度=lon.astype(str), 纬度=lat.astype(str))[alone].head(6).reset_index(drop=True)
    lone = np.flatnonzero(alone)[:6]
    table.loc[0, "纬度"] = str(lat[lone[0]] + 2000 * metre)
    table.loc[1, "纬度"] = "山上"
    table.loc[2, ["经度", "纬度"]] = ""
    table.loc[3, "网格编码"] = f"{COUNTY}999"
    table.loc[4, "纬度"] = str(lat[lone[4]] + 2 * metre)
    found = run(connection, Kind.UNITS, table, tmp_path)
    assert errors(found) == [(0, "nobody-near"), (1, "bad-number"), (2, "nobody"), (3, "nobody-near")]
    told = next(one for one in found.findings if one.rule == "nobody-near")
    assert told.size is not None
    assert "10" in told.reason("zh")
    assert f"{told.size:.1f}" in told.reason("en")


def near_m(homes: Any, lon: Any, lat: Any) -> Any:
    """Metres from (n,) places to all homes, by geodesics."""
    geod = pyproj.Geod(ellps="GRS80")
    lons, lats = homes.T
    rows = [
        geod.inv(np.full_like(lons, x), np.full_like(lats, y), lons, lats)[2] for x, y in zip(lon, lat, strict=True)
    ]
    return np.array(rows)


def test_a_place_tells_people_of_one_name_apart(connection: Connection, tmp_path: Path) -> None:
    people: Any = read_list(connection, 1, VILLAGE, people=True)
    plain = pd.DataFrame(people.values)[["联户单元编码", "户主"]]
    placed = plain.assign(经度=shapely.get_x(people.geometry), 纬度=shapely.get_y(people.geometry))
    checked = run(connection, Kind.UNITS, placed, tmp_path)
    assert len(errors(checked)) * 20 < len(errors(run(connection, Kind.UNITS, plain, tmp_path)))
    assert comparison(connection, checked).plan.moves == []
    lost = placed.assign(经度=0.0).head(20)
    assert {rule for _, rule in errors(run(connection, Kind.UNITS, lost, tmp_path))} <= {"several-households"}


def test_each_county_is_compared_by_its_own_policy(connection: Connection) -> None:
    whole = read_members(connection, 1, VILLAGE)
    last = whole.grid == whole.grid[-1]
    moved = replace(whole, grid=np.where(last, [f"532323{one[6:]}" for one in whole.grid.tolist()], whole.grid))
    small = UnitPolicy(target=5, low=4, high=6, hard_low=2, hard_high=8)
    found = divided(moved, {"532323": small})
    alone = divided(whole, DEFAULT_POLICY)
    mine = [sorted(np.bincount(one).tolist()) for one in found]
    assert all((a == b).all() for a, b in zip(found[:-1], alone[:-1], strict=True))
    assert max(mine[-1]) <= 6 < max(max(one) for one in mine[:-1])
    assert [county for county, _ in moved.counties()] == [COUNTY, "532323"]


def test_a_worse_list_is_told_what_it_would_gain(connection: Connection, table: Any, tmp_path: Path) -> None:
    mixed = table.copy()
    for _, mine in table.groupby("网格编码"):
        mixed.loc[mine.index, "联户单元编码"] = np.roll(mine["联户单元编码"].to_numpy(), 3)
    found = comparison(connection, run(connection, Kind.UNITS, mixed, tmp_path))
    assert found.listed.units == found.standing.units == found.as_many.units
    assert found.listed.metres > found.standing.metres >= found.as_many.metres
    assert found.parts[1] > found.parts[0]
    saved = sum(one.listed_m - one.computed_m for one in found.gains)
    assert saved == pytest.approx(found.listed.metres - found.as_many.metres)
    assert found.plan.moves


def test_a_list_holds_no_person_unless_asked(connection: Connection) -> None:
    plain: Any = read_list(connection, 1, VILLAGE, people=False)
    assert list(plain.values) == ["联户单元编码", "联户单元名称", "网格编码", "村民小组", "联户长", "户编号"]
    assert plain.geometry is None
    with pytest.raises(NotFound):
        read_list(connection, 1, "999999", people=False)


def test_no_text_of_a_list_is_a_formula() -> None:
    given = ["=1+1", "+86 1", "-2", "@x", "\t=1", "东头", "", None, -2, -0.5]
    found = list(without_formulas(Columns({"名称": given})).values["名称"])
    assert found == ["'=1+1", "'+86 1", "'-2", "'@x", "'\t=1", "东头", "", None, -2, -0.5]
