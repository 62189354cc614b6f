"""What an import leaves behind besides rows: findings as layers, rejected rows to be mended and imported again."""

from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from openpyxl import load_workbook
from pyogrio import raw

from gis.clock import CHINA
from gis.db import Connection
from gis.errors import InvalidInput
from gis.importer.fields import REASON, ROW, Kind
from gis.importer.files import Format
from gis.importer.findings import Finding, by_rule, write_findings
from gis.importer.job import Checked, Options, check, read_file
from gis.importer.places import reference_system
from gis.importer.rejects import check_suffix, write_rejects
from gis.importer.rules import RULES
from gis.importer.table import Table
from tests.gis.importer_county import households, square
from tests.gis.importer_files import load, texts
from tests.gis.importer_job import TERMS, put


def faulty() -> pd.DataFrame:
    """Forty households of which 2 (row 4 of the sheet) has a bad count and 5 no name."""
    people = households(40).astype({"家庭人口": "str"})
    people.loc[2, "家庭人口"] = "很多"
    people.loc[5, "户主姓名"] = ""
    people["户编号"] = [f"00{i}" for i in range(40)]
    people["备注"] = '示例, "引号"'
    return people


def spatial(people: pd.DataFrame) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(people["经度"], people["纬度"])
    return gpd.GeoDataFrame(people.drop(columns=["经度", "纬度"]), geometry=points, crs=4490)


def written(people: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".csv":
        people.to_csv(path, index=False, encoding="gb18030")
    elif path.suffix == ".xlsx":
        people.to_excel(path, index=False)
    elif path.suffix == ".parquet":
        spatial(people).to_crs(4543).to_parquet(path)
    else:
        pyogrio.write_dataframe(spatial(people).to_crs(4543), path)
    return path


def checked(connection: Connection, path: Path, **more: Any) -> Checked:
    options = Options(kind=Kind.HOUSEHOLDS, path=path, **more)
    return check(connection, read_file(options), options, TERMS)


def mend(path: Path) -> None:
    """What a person does in a spreadsheet or QGIS."""
    if path.suffix == ".csv":
        text = path.read_text(encoding="utf-8-sig").replace("很多", "5").splitlines()
        text[2] = "示例补" + text[2]
        path.write_text("\n".join(text), encoding="utf-8")
    elif path.suffix == ".xlsx":
        book: Any = load_workbook(path)
        book.active["A3"], book.active["C2"] = "示例补", 5
        book.save(path)
    else:
        table = gpd.read_file(path)
        table["家庭人口"] = table["家庭人口"].replace("很多", "5")
        table.loc[table["户编号"] == "005", "户主姓名"] = "示例补"
        table.to_file(path, layer="rejected", driver="GPKG")


@pytest.mark.parametrize("name", ["in.csv", "in.xlsx", "in.gpkg", "in.geojson", "in.parquet", "in.fgb"])
def test_rejected_rows_are_mended_and_imported_again(work: Connection, tmp_path: Path, name: str) -> None:
    first = checked(work, written(faulty(), tmp_path / name))
    rejected = tmp_path / ("rejects" + {".csv": ".csv", ".xlsx": ".xlsx"}.get(Path(name).suffix, ".gpkg"))
    table = first.mapped.table
    check_suffix(rejected, table.format)
    write_rejects(table, first.rejected, first.findings, rejected)
    assert rejected.stat().st_mode & 0o777 == 0o600
    again = load(rejected)
    assert sorted(texts(again, "户编号")) == ["002", "005"]
    assert texts(again, "备注") == ['示例, "引号"'] * 2
    assert all(" / " in reason for reason in texts(again, REASON))
    assert [int(row) for row in texts(again, ROW)] == [table.rows[i] for i in first.rejected]
    assert {*table.columns} <= {*again.columns}
    assert reference_system(None, again.crs) == reference_system(None, table.crs)
    put(work, first, accept_valid=True)
    mend(rejected)
    second = checked(work, rejected)
    assert not second.findings
    assert second.accepted == [0, 1]
    assert put(work, second)["household"] == 2
    row = work.execute("SELECT count(*), count(DISTINCT geom) FROM gis.household").fetchone()
    assert row == (40, 40)


def test_rejected_rows_keep_names_outside_gbk(work: Connection, tmp_path: Path) -> None:
    people = faulty()
    people.loc[2, "地址"] = "䂖嘉镇示例路"
    first = checked(work, written(people, tmp_path / "in.csv"))
    assert first.mapped.table.encoding == "gb18030"
    write_rejects(first.mapped.table, first.rejected, first.findings, tmp_path / "r.csv")
    assert texts(load(tmp_path / "r.csv"), "地址")[0] == "䂖嘉镇示例路"


def test_a_cell_never_becomes_a_formula(tmp_path: Path) -> None:
    at = datetime(2023, 1, 5, 8, tzinfo=CHINA)
    columns: dict[str, list[Any]] = {
        "备注": ["=HYPERLINK(1)"],
        "时间": [at],
        "编码": ["53232210120200701"],
        "人口": [3],
    }
    table = Table(columns, [2], None, None, Format.XLSX)
    write_rejects(table, [0], [Finding("no-place", 0)], tmp_path / "r.xlsx")
    book: Any = load_workbook(tmp_path / "r.xlsx")
    assert [cell.data_type for cell in book.active[2]] == ["s", "s", "s", "n", "s", "n"]
    assert texts(load(tmp_path / "r.xlsx"), "时间") == ["2023-01-05 08:00:00+08:00"]


def test_rejected_rows_go_into_the_kind_of_file_they_came_in() -> None:
    for form, suffix in (
        (Format.CSV, ".csv"),
        (Format.XLSX, ".xlsx"),
        (Format.SHAPEFILE, ".gpkg"),
        (Format.KML, ".gpkg"),
    ):
        check_suffix(Path(f"r{suffix}"), form)
        with pytest.raises(InvalidInput, match=suffix):
            check_suffix(Path("r.txt"), form)


def read_layer(path: Path, layer: str) -> dict[str, list[Any]]:
    return raw.read_arrow(path, layer=layer)[1].to_pydict()


def test_findings_as_layers(tmp_path: Path) -> None:
    line = shapely.LineString([(101.5, 24.5), (101.6, 24.6)])
    findings = [
        Finding("outside", 0, (), {}, 120.5, shapely.Point(101.5, 24.5)),
        Finding("overlap", 1, ("53232210120100101", "53232210120100201"), {"others": "甲"}, 3.25, square(0, 0)),
        Finding("gap", None, ("53232210120100101",), {}, 0.5, shapely.MultiPolygon([square(1, 1)])),
        Finding("invalid", 2, (), {"reason": "x"}, None, line),
        Finding("missing-name", 2, (), {"label_zh": "户主", "label_en": "head"}),
    ]
    path = tmp_path / "findings.gpkg"
    path.write_bytes(b"an older file")
    write_findings(findings, [2, 3, 4], path)
    assert {name for name, _ in pyogrio.list_layers(path)} == {"points", "lines", "polygons", "no_place"}
    points, polygons = (read_layer(path, layer) for layer in ("points", "polygons"))
    assert [points[name] for name in ("rule", "row", "size", "unit")] == [["outside"], [2], [120.5], ["m"]]
    assert points["reason_zh"] == ["落在辖区外 120 米"]
    assert polygons["unit"] == ["m2", "m2"]
    assert polygons["row"] == [3, None]
    assert polygons["codes"][0] == "53232210120100101, 53232210120100201"
    assert gpd.read_file(path, layer="lines").crs == "EPSG:4490"
    assert read_layer(path, "no_place")["rule"] == ["missing-name"]
    assert read_layer(path, "no_place")["row"] == [4]
    assert sorted(tmp_path.iterdir()) == [path]


def test_no_findings_are_a_readable_file(tmp_path: Path) -> None:
    write_findings([], [], tmp_path / "f.gpkg")
    assert len(pyogrio.read_dataframe(tmp_path / "f.gpkg", layer="no_place")) == 0


def test_the_gravest_findings_come_first() -> None:
    findings = [
        Finding("odd-phone", 0),
        Finding("outside", 1, size=1),
        Finding("retires"),
        *[Finding("no-place", 2)] * 2,
    ]
    assert by_rule(findings) == {"no-place": 2, "outside": 1, "odd-phone": 1, "retires": 1}


def test_every_rule_speaks_both_languages() -> None:
    class Anything(dict[str, object]):
        def __missing__(self, key: str) -> object:
            return np.float64(1.5)

    for name, rule in RULES.items():
        zh, en = (text.format_map(Anything()) for text in (rule.zh, rule.en))
        assert any("\u4e00" <= character <= "\u9fff" for character in zh), name
        assert not any("\u4e00" <= character <= "\u9fff" for character in en.replace("䂖", "")), name
        assert (rule.unit is not None) == ("{size" in rule.zh), name
