"""Households: what is written, what is refused, and that nothing is written by halves."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from gis.clock import local_today
from gis.db import Connection
from gis.errors import CheckFailed, CoordinatesMisread
from gis.importer.fields import Kind
from tests.gis.importer_county import SCOPE, SIDE, SOUTH, WEST, county, households
from tests.gis.importer_job import NOTHING, put, run, sizes, told


def test_households(work: Connection, tmp_path: Path) -> None:
    people = households()
    checked = run(work, Kind.HOUSEHOLDS, people, tmp_path)
    assert not checked.findings
    assert sizes(work) == NOTHING
    written = put(work, checked)
    rated = int((people["风险等级"] != "").sum())
    hamlets = people.groupby(["村委会", "村民小组"]).ngroups
    assert written == {"household": 400, "risk_rating": rated, "hamlet": hamlets}
    found = sizes(work)
    assert (found["household"], found["assignment"], found["risk_rating"], found["hamlet"]) == (
        400,
        400,
        rated,
        hamlets,
    )
    rows = work.execute(
        "SELECT h.head_name, h.phone, h.members, h.address, ST_X(h.geom), ST_Y(h.geom), h.since, m.name, m.village::text,"
        " h.grid_code::text, a.grid_code::text, a.unit_code::text, r.level FROM gis.household AS h"
        " JOIN gis.hamlet AS m ON m.id = h.hamlet_id JOIN gis.assignment_at(1) AS a ON a.household_id = h.id"
        " LEFT JOIN gis.risk_rating AS r ON r.household_id = h.id ORDER BY h.head_name"
    ).fetchall()
    locator = county().locator
    grids = locator.codes_at(people["经度"].to_numpy(), people["纬度"].to_numpy()).tolist()
    colours = {"": None, "红": "red", "黄": "yellow", "绿": "green"}
    for row, grid, (_, wanted) in zip(rows, grids, people.iterrows(), strict=True):
        assert row[:4] == (wanted["户主姓名"], wanted["联系电话"], wanted["家庭人口"], wanted["地址"])
        assert row[4:6] == (wanted["经度"], wanted["纬度"])
        assert row[6:] == (
            local_today(), wanted["村民小组"], grid[:12], grid, grid, row[11], colours[wanted["风险等级"]]
        )  # fmt: skip
        assert row[11].startswith(grid)
    assert max(Counter(row[11] for row in rows).values()) <= 15


def test_the_same_file_twice(work: Connection, tmp_path: Path) -> None:
    people = households(50)
    put(work, run(work, Kind.HOUSEHOLDS, people, tmp_path))
    before = sizes(work)
    again = run(work, Kind.HOUSEHOLDS, people, tmp_path)
    assert told(again) == [(i, "already-stored") for i in range(50)]
    with pytest.raises(CheckFailed, match="50 problems"):
        put(work, again)
    with pytest.raises(CheckFailed):
        put(work, again, accept_valid=True)  # no row is left
    assert sizes(work) == before


def test_newcomers_join_the_units_of_their_grid(work: Connection, tmp_path: Path) -> None:
    put(work, run(work, Kind.HOUSEHOLDS, households(300), tmp_path))
    units = {row[0] for row in work.execute("SELECT code::text FROM gis.unit_at(1)")}
    more = households(20, seed=9)
    more["户主姓名"] = more["户主姓名"] + "新"
    put(work, run(work, Kind.HOUSEHOLDS, more, tmp_path))
    rows = work.execute("SELECT code::text, size FROM gis.unit_at(1)").fetchall()
    assert {row[0] for row in rows} == units
    assert sum(row[1] for row in rows) == 320


def test_ids_of_other_systems(work: Connection, tmp_path: Path) -> None:
    """A UUID stays what it is; another system's number always becomes the same id, so it is known again."""
    people = households(3)
    people["户编号"] = ["H-1", "4f5b5c0e-0000-4000-8000-000000000001", ""]
    put(work, run(work, Kind.HOUSEHOLDS, people, tmp_path))
    ids = {str(row[0]) for row in work.execute("SELECT id FROM gis.household")}
    assert "4f5b5c0e-0000-4000-8000-000000000001" in ids
    moved = people.assign(户主姓名="改名")
    assert told(run(work, Kind.HOUSEHOLDS, moved, tmp_path)) == [(0, "already-stored"), (1, "already-stored")]
    people.loc[2, "户编号"] = "H-1"
    assert (2, "duplicate-row") in told(run(work, Kind.HOUSEHOLDS, people, tmp_path))


def test_rows_with_faults(work: Connection, tmp_path: Path) -> None:
    people = households(40).astype({"家庭人口": "str", "经度": "str"})
    people.loc[0, "户主姓名"] = ""
    people.loc[1, "家庭人口"] = "一"
    people.loc[2, "风险等级"] = "橙"
    people.loc[3, "经度"] = "东"
    people.loc[4, "经度"] = "103.5"
    people.loc[5, "联系电话"] = "1.38E+10"
    people.loc[6, "户主姓名"] = "?某"
    people.loc[7, "家庭人口"] = ""
    people.loc[8] = people.loc[9]
    people.loc[10, "村委会"] = "没有的村"
    checked = run(work, Kind.HOUSEHOLDS, people, tmp_path)
    assert told(checked) == [
        (0, "missing-name"), (1, "bad-count"), (2, "bad-value"), (3, "bad-number"), (4, "outside"), (5, "odd-phone"),
        (6, "lost-character"), (7, "no-members"), (9, "duplicate-row"), (10, "unknown-village"),
    ]  # fmt: skip
    assert checked.rejected == [0, 1, 2, 3, 4, 9]
    for finding in checked.findings:
        assert finding.reason("zh") != finding.reason("en")
        assert "{" not in finding.reason("zh") + finding.reason("en")
    with pytest.raises(CheckFailed, match="6 problems"):
        put(work, checked)
    assert sizes(work) == NOTHING
    assert put(work, checked, accept_valid=True)["household"] == 34
    names = {row[0] for row in work.execute("SELECT head_name FROM gis.household")}
    assert names == {people["户主姓名"][i] for i in checked.accepted}


def test_a_failure_half_way_leaves_nothing(squares_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gis.db import Database
    from gis.importer import households as module

    def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr(module, "assign_edition", fail)
    with Database(squares_url, size=1) as database:
        with pytest.raises(RuntimeError), database.transaction(SCOPE) as connection:
            put(connection, run(connection, Kind.HOUSEHOLDS, households(30), tmp_path))
        with database.transaction(SCOPE) as connection:
            assert sizes(connection) == NOTHING


def test_wrong_datum_writes_nothing(work: Connection, tmp_path: Path) -> None:
    from gis.datum import from_cgcs2000

    people = households()
    lon, lat = from_cgcs2000(people["经度"].to_numpy(), people["纬度"].to_numpy(), "gcj02")
    shifted = people.assign(经度=lon, 纬度=lat)
    with pytest.raises(CoordinatesMisread, match="--datum gcj02"):
        run(work, Kind.HOUSEHOLDS, shifted, tmp_path)
    checked = run(work, Kind.HOUSEHOLDS, shifted, tmp_path, datum="gcj02")
    assert not checked.findings
    put(work, checked)
    rows = work.execute("SELECT ST_X(geom), ST_Y(geom) FROM gis.household ORDER BY head_name").fetchall()
    np.testing.assert_allclose(rows, people[["经度", "纬度"]], atol=1e-9)
    assert sizes(work)["household"] == 400


def test_households_on_a_border_belong_to_the_lowest_code(work: Connection, tmp_path: Path) -> None:
    corner = [round(WEST + 2 * SIDE, 9), round(SOUTH + 2 * SIDE, 9)]
    people = households(5)
    people.loc[0, "经度"], people.loc[0, "纬度"] = corner
    people["村委会"] = ""
    put(work, run(work, Kind.HOUSEHOLDS, people, tmp_path))
    row = work.execute(
        "SELECT a.grid_code::text, a.how FROM gis.assignment_at(1) AS a JOIN gis.household AS h ON h.id = a.household_id"
        " WHERE h.head_name = %s",
        [people["户主姓名"][0]],
    ).fetchone()
    assert row == ("53232210120100401", "border")
