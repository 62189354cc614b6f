"""Cells as values, and columns as fields."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.clock import CHINA
from gis.errors import InvalidInput
from gis.importer.fields import FIELDS, REASON, Kind
from gis.importer.files import Format
from gis.importer.mapping import Mapped, map_columns, parse_pairs
from gis.importer.table import Table, text
from gis.importer.values import code, is_phone, lost_characters, moment, number, whole


@given(st.floats(-180, 180))
def test_numbers_come_back(value: float) -> None:
    assert number(repr(value)) == value
    assert number(f" {value!r} ") == value


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59999))
def test_degrees_with_minutes_and_seconds(degrees: int, minutes: int, milliseconds: int) -> None:
    seconds = milliseconds / 1000
    wanted = degrees + minutes / 60 + seconds / 3600
    assert number(f"{degrees}°{minutes}′{seconds}″") == pytest.approx(wanted, abs=1e-12)
    assert number(f"东经{degrees}度{minutes}分{seconds}秒") == pytest.approx(wanted, abs=1e-12)
    assert number(f"{degrees}°{minutes}'{seconds}''W") == pytest.approx(-wanted, abs=1e-12)


@pytest.mark.parametrize("bad", ["nan", "inf", "1e999", "101,5", "1_0", "北", "101°61′", "101°5′60″", "--1", ""])
def test_no_coordinates(bad: str) -> None:
    assert number(bad) is None


FORMS = (
    "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y年%m月%d日%H:%M:%S", "%Y.%m.%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S", "%Y%m%d %H:%M:%S",
)  # fmt: skip


@given(st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)), st.sampled_from(FORMS))  # noqa: DTZ001 (hypothesis wants none)
def test_times_come_back(at: datetime, form: str) -> None:
    wanted = at.replace(microsecond=0, tzinfo=CHINA)
    assert moment(wanted.strftime(form)) == wanted


def test_times_with_a_zone_and_days_of_a_spreadsheet() -> None:
    assert moment("2023-01-05T01:00:00Z") == datetime(2023, 1, 5, 1, tzinfo=UTC)
    assert moment("44931") == datetime(2023, 1, 5, tzinfo=CHINA)
    assert moment("44931.5") == datetime(2023, 1, 5, 12, tzinfo=CHINA)
    assert moment("2023年1月5日") == datetime(2023, 1, 5, tzinfo=CHINA)


@pytest.mark.parametrize("bad", ["", "昨天", "2023-02-30", "2023-13-01", "2023", "12", "2023/1"])
def test_no_times(bad: str) -> None:
    assert moment(bad) is None


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [("4", 4), ("4人", 4), ("４口", 4), ("4.0", 4), ("4.5", None), ("四", None), ("-1", None), ("9" * 12, None)],
)
def test_counts(cell: str, wanted: int | None) -> None:
    assert whole(cell) == wanted


def test_codes_phones_and_lost_characters() -> None:
    assert code(" 532322 101 202 007 01 ") == "53232210120200701"
    assert code("'５３２３２２") == "532322"
    assert is_phone("000-0001 2345")
    assert not is_phone("1.38E+10")
    assert lost_characters("?嘉镇")
    assert lost_characters("\ufffd嘉镇")
    assert lost_characters("\ue000嘉镇")
    assert not lost_characters("䂖嘉镇")


def test_numbers_as_text() -> None:
    assert text(13.0) == "13"
    assert text(float("nan")) == ""
    assert text(float(2**53)) == "9007199254740992.0"  # from here on doubles skip whole numbers
    assert text(53232210120200701) == "53232210120200701"
    assert text("\ufeff 甲\u3000") == "甲"
    assert text(datetime(2023, 1, 5, 8, tzinfo=UTC) + timedelta(0)) == "2023-01-05 08:00:00+00:00"


def table(*columns: str, form: Format = Format.CSV) -> Table:
    return Table({name: ["1"] for name in columns}, [2], None, None, form)


def mapped(kind: Kind, *columns: str, **given: str) -> Mapped:
    return map_columns(table(*columns), kind, given)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_name_of_a_field_is_recognised(kind: Kind) -> None:
    """Also with marks, blanks, case and remarks in brackets."""
    for field in FIELDS[kind]:
        for name in field.names:
            for written in (name, f" {name.upper()} ", f"{name}（必填）", f"*{name}"):
                others = [other.name for other in FIELDS[kind] if other.name != field.name]
                assert map_columns(table(*others, written), kind, {}).columns[field.name] == written


def test_columns_in_chinese() -> None:
    found = mapped(Kind.HOUSEHOLDS, "序号", "户主姓名", "联系电话", "行政村", "经度(度)", "纬度(度)", REASON)
    assert found.columns == {
        "head_name": "户主姓名", "phone": "联系电话", "village": "行政村", "lon": "经度(度)", "lat": "纬度(度)"
    }  # fmt: skip
    assert found.unused == ["序号"]


def test_given_columns_come_first() -> None:
    found = mapped(Kind.HOUSEHOLDS, "甲", "户主", "lon", "lat", 甲="head_name", lon="lat", lat="lon")
    assert found.columns == {"head_name": "甲", "lon": "lat", "lat": "lon"}
    assert found.unused == ["户主"]
    assert "village" not in mapped(Kind.HOUSEHOLDS, "户主", "村", "x", "y", 村="-").columns


def test_names_that_a_shapefile_cut() -> None:
    found = map_columns(table("户主姓", "township_n", "lon", "lat", form=Format.SHAPEFILE), Kind.HOUSEHOLDS, {})
    assert found.columns["head_name"] == "户主姓"
    assert found.columns["township"] == "township_n"
    whole = table("村委会", "网格编码", "网格名称", form=Format.SHAPEFILE)  # not cut: 村委会编码 is another field
    assert map_columns(replace(whole, encoding="gb18030", columns={**whole.columns, "wkt": ["x"]}), Kind.GRIDS, {}).columns == {
        "code": "网格编码", "name": "网格名称", "village_name": "村委会", "wkt": "wkt"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "given", "reason"),
    [
        (["lon", "lat"], {}, "no column was found for: head_name"),
        (["户主"], {}, "no geometry"),
        (["户主", "lon"], {}, "no geometry"),
        (["户主", "lon", "lat"], {"户": "head_name"}, 'no column "户"'),
        (["户主", "lon", "lat"], {"户主": "head"}, 'no field "head"'),
        (["甲", "乙", "lon", "lat"], {"甲": "head_name", "乙": "head_name"}, "both"),
    ],
)
def test_mappings_that_cannot_be(columns: list[str], given: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        map_columns(table(*columns), Kind.HOUSEHOLDS, given)


def test_pairs() -> None:
    assert parse_pairs(["a=b=lon", " 经度 = lat "]) == {"a=b": "lon", "经度": "lat"}
    for bad in ("lon", "=lon", "a="):
        with pytest.raises(InvalidInput, match="column=field"):
            parse_pairs([bad])
