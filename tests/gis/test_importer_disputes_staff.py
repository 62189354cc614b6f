"""Disputes and staff: what is written and what is refused."""

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from boundaries.drafts import Change, open_draft, put_changes
from boundaries.editions import activate
from boundaries.publish import prepare
from gis.clock import CHINA
from gis.db import Connection, Database
from gis.disputes import Filter, events, list_disputes
from gis.errors import NotReady
from gis.importer.fields import Kind
from gis.staff import list_staff
from tests.gis.importer_county import SCOPE, county, households, publish, square
from tests.gis.importer_job import put, run, told


def disputes(count: int = 12) -> pd.DataFrame:
    people = households(count)
    return pd.DataFrame(
        {
            "标题": [f"示例纠纷{i}" for i in range(count)],
            "纠纷类型": ["邻里纠纷", "山林土地", "Labour", "other"] * (count // 4) + ["邻里"] * (count % 4),
            "来源": "热线",
            "紧急程度": ["紧急", "一般"] * (count // 2) + [""] * (count % 2),
            "涉及人数": 3,
            "发生时间": "2023年3月1日",
            "受理时间": [f"2023-03-{i % 20 + 1:02} 09:30" for i in range(count)],
            "办结时间": ["2023/4/2" if i % 3 else "" for i in range(count)],
            "是否成功": [["", "成功", "不成功"][i % 3] for i in range(count)],
            "村委会": people["村委会"],
            "经度": people["经度"],
            "纬度": people["纬度"],
        }
    )


def test_disputes(work: Connection, tmp_path: Path) -> None:
    put(work, run(work, Kind.HOUSEHOLDS, households(200), tmp_path))
    checked = run(work, Kind.DISPUTES, disputes(), tmp_path)
    assert not checked.findings
    assert put(work, checked) == {"dispute": 12, "dispute_event": 20}
    found = {d.title: d for d in list_disputes(work, SCOPE, Filter(), edition=1).rows}
    assert len({d.number for d in found.values()}) == 12
    locator = county().locator
    for i, (_, row) in enumerate(disputes().iterrows()):
        one = found[row["标题"]]
        assert (one.state, one.mediated, one.succeeded) == (
            [("accept", False, None), ("close", True, True), ("close", True, False)][i % 3]
        )
        assert one.category == ["neighbour", "forest_land", "labour", "other"][i % 4]
        assert one.urgency == ["urgent", "normal"][i % 2]
        assert (one.parties, one.source, one.edition) == (3, "热线", 1)
        assert one.grid == one.dealt_in == str(locator.codes_at(row["经度"], row["纬度"]))
        assert one.unit is not None
        assert one.unit.startswith(one.grid)
        assert one.accepted_at == datetime(2023, 3, i + 1, 9, 30, tzinfo=CHINA)
        assert one.deadline > one.accepted_at
        assert one.number.startswith("2023-")
        log = [(event.from_state, event.to_state, event.succeeded) for event in events(work, one.id)]
        assert log == [(None, "accept", None), *([("accept", "close", one.succeeded)] if one.state == "close" else [])]
    assert told(run(work, Kind.DISPUTES, disputes(), tmp_path)) == [(i, "already-stored") for i in range(12)]


def test_disputes_with_faults(work: Connection, tmp_path: Path) -> None:
    table = disputes(12)
    table["编号"] = ["A1", "A1", *[""] * 10]
    table["办理期限"] = ["2023-03-01", "2023-02-01", *[""] * 10]
    table["是否调处"] = ["", "", "", "", "否", *[""] * 7]
    table.loc[2, "受理时间"] = "很久以前"
    table.loc[3, "受理时间"] = ""
    table.loc[5, "办结时间"] = "2023-03-05"
    table.loc[6, "是否成功"] = "成功"
    table.loc[7, "纠纷类型"] = "口角"
    table.loc[8, "发生时间"] = "2099-01-01"
    table.loc[9, "受理时间"] = "2022-05-01"
    table.loc[9, "发生时间"] = "2022-04-30"
    table.loc[10, "标题"] = ""
    checked = run(work, Kind.DISPUTES, table, tmp_path)
    assert told(checked) == [
        (1, "date-order"), (1, "duplicate-row"), (2, "bad-date"), (3, "missing-date"), (4, "not-mediated"),
        (5, "date-order"), (6, "not-closed"), (7, "bad-value"), (8, "date-order"), (8, "future-date"), (9, "no-edition"),
        (10, "missing-name"),
    ]  # fmt: skip
    known = next(f.reason("zh") for f in checked.findings if f.rule == "bad-value")
    assert "邻里纠纷" in known
    assert "其他纠纷" in known
    assert put(work, checked, accept_valid=True)["dispute"] == 3
    deadline = work.execute("SELECT deadline FROM gis.dispute WHERE number = 'A1'").fetchone()
    assert deadline is not None
    assert deadline[0] == datetime(2023, 3, 1, 23, 59, 59, tzinfo=CHINA)


def staff() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "姓名": ["示例甲", "示例甲", "示例乙", "示例丙"],
            "电话": ["00000000001", "00000000001", "", "00000000003"],
            "专兼职": ["专职", "全职", "兼职", "part_time"],
            "网格": ["53232210120100101", "53232210120100201", "红山第1网格", "妥甸镇"],
            "任职日期": ["2023-01-01", "2023-01-01", "", "2023/5/1"],
        }
    )


def test_staff(work: Connection, tmp_path: Path) -> None:
    """Two rows of one name and phone are one person in two posts; a grid may be named, and be of any level."""
    checked = run(work, Kind.STAFF, staff(), tmp_path)
    assert not checked.findings
    assert put(work, checked) == {"staff": 3, "staff_post": 4}
    found = {person.name: person for person in list_staff(work, SCOPE).rows}
    assert [post.grid for post in found["示例甲"].posts] == ["53232210120100101", "53232210120100201"]
    assert found["示例甲"].employment == "full_time"
    assert found["示例乙"].posts[0].grid == "53232210420100101"
    assert found["示例丙"].posts[0].grid == "532322101"
    assert told(run(work, Kind.STAFF, staff(), tmp_path)) == [(i, "already-stored") for i in range(4)]
    more = staff().assign(职务="组长")
    assert put(work, run(work, Kind.STAFF, more, tmp_path)) == {"staff": 1, "staff_post": 4}  # without a phone: new


def test_staff_with_faults(work: Connection, tmp_path: Path) -> None:
    table = pd.concat([staff()] * 2, ignore_index=True)
    table["离任日期"] = ["2022-01-01", *[""] * 7]
    table.loc[1, "专兼职"] = "志愿"
    table.loc[2, "网格"] = "53232210120199901"
    table.loc[3, "网格"] = ""
    table.loc[4, "姓名"] = ""
    table.loc[6, "网格"] = "532322101201001"
    table.loc[7, "网格"] = "和平"
    checked = run(work, Kind.STAFF, table, tmp_path)
    assert told(checked) == [
        (0, "date-order"), (1, "bad-value"), (2, "unknown-grid"), (3, "missing-name"), (4, "missing-name"),
        (5, "duplicate-row"), (7, "unknown-grid"),
    ]  # fmt: skip


def test_nothing_published_yet(empty_url: str, tmp_path: Path) -> None:
    with Database(empty_url, size=1) as database, database.transaction() as connection:
        for kind, table in ((Kind.HOUSEHOLDS, households(3)), (Kind.DISPUTES, disputes(3)), (Kind.STAFF, staff())):
            with pytest.raises(NotReady):
                run(connection, kind, table, tmp_path)


def test_disputes_belong_to_the_edition_of_their_day(empty_url: str, tmp_path: Path) -> None:
    """A border moved in 2024: what was accepted before stays in the old grid; an open case is dealt with in the new."""
    west, east = "53232210120100101", "53232210120100201"
    inside = square(1, 3, 0.3, 1).centroid  # in 002, then in 001
    table = pd.DataFrame(
        {
            "标题": ["旧案", "未结", "新案"],
            "类型": "邻里",
            "受理时间": ["2023-06-01", "2023-06-02", "2024-06-01"],
            "办结时间": ["2023-06-20", "", ""],
            "lon": inside.x,
            "lat": inside.y,
        }
    )
    with Database(empty_url, size=1) as database, database.transaction(SCOPE) as connection:
        publish(connection)
        draft = open_draft(connection, title="移界", author="test")
        moved = {west: square(0, 3, 1.5, 1), east: square(1.5, 3, 0.5, 1)}
        put_changes(connection, draft, [Change(code, "put", code, shape) for code, shape in moved.items()])
        activate(connection, prepare(connection, draft, valid_from=date(2024, 1, 1)).edition)
        checked = run(connection, Kind.DISPUTES, table, tmp_path)
        assert not checked.findings
        put(connection, checked)
        found = {
            d.title: (d.edition, d.grid, d.dealt_in) for d in list_disputes(connection, SCOPE, Filter(), edition=2).rows
        }
    assert found == {"旧案": (1, east, east), "未结": (1, east, west), "新案": (2, west, west)}
