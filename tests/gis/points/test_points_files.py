"""Files of points get their grids: every pair of formats, reference systems, broken rows, foreign encodings."""

import itertools
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from gis.crs import from_storage
from gis.datum import Datum, from_cgcs2000
from gis.errors import FileUnreadable, InvalidInput, WanggeError
from gis.points.answers import Wanted
from gis.points.job import Located, Question, locate_file
from tests.gis.points.squares import EAST, NAMES, NORTH, ROWS, WEST, csv_text, locator, points_table, written

STREAMED = [".csv", ".parquet", ".geoparquet", ".gpkg", ".fgb", ".geojson", ".xlsx"]
CODES = [code for *_, code in ROWS]


def run(source: Path, target: Path, question: Question = Question(), *, resume: bool = False) -> Located:  # noqa: B008
    return locate_file(source, target, locator(), NAMES, question, resume=resume)


def frame_of(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str)
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str)
    if path.suffix == ".geoparquet":
        return gpd.read_parquet(path)
    return pd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)


def answers(path: Path, column: str = "grid_code") -> dict[str, str | None]:
    frame = frame_of(path)
    codes = [None if pd.isna(value) else str(value) for value in frame[column]]
    return dict(zip(frame["名称"], codes, strict=True))


def as_source(folder: Path, suffix: str) -> Path:
    path = folder / f"点{suffix}"
    names, lon, lat, _ = zip(*ROWS, strict=True)
    frame = pd.DataFrame({"名称": names, "经度": lon, "纬度": lat})
    shapes = gpd.GeoDataFrame({"名称": names}, geometry=gpd.points_from_xy(lon, lat), crs=4490)
    if suffix == ".csv":
        return written(folder, csv_text())
    if suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif suffix == ".parquet":
        frame.to_parquet(path, index=False)
    elif suffix == ".geoparquet":
        shapes.to_parquet(path, index=False)
    else:
        shapes.to_file(path, engine="pyogrio")
    return path


@pytest.mark.parametrize(("given", "wanted"), list(itertools.product(STREAMED, STREAMED)))
def test_every_pair_of_formats_carries_codes_and_chinese(tmp_path: Path, given: str, wanted: str) -> None:
    source, target = as_source(tmp_path, given), tmp_path / f"结果{wanted}"
    done = run(source, target)
    assert (done.rows, done.problems, done.outside) == (6, 0, 1)
    found = answers(target)
    assert found == {name: code for name, _, _, code in ROWS}
    if ".fgb" not in {given, wanted}:  # whose spatial index sorts the rows
        assert list(found) == [name for name, *_ in ROWS]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source.name, target.name])


@pytest.mark.parametrize("suffix", [".geoparquet", ".gpkg", ".fgb", ".geojson"])
def test_places_of_columns_become_points_in_storage(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out{suffix}"
    run(written(tmp_path, csv_text()), target)
    frame = frame_of(target)
    assert isinstance(frame, gpd.GeoDataFrame)
    found = dict(zip(frame["名称"], zip(frame.geometry.x, frame.geometry.y, strict=True), strict=True))
    assert found == {name: (lon, lat) for name, lon, lat, _ in ROWS}
    assert suffix == ".geojson" or (frame.crs is not None and frame.crs.to_epsg() == 4490)


@pytest.mark.parametrize("suffix", [".geoparquet", ".gpkg", ".fgb"])
def test_geometries_stay_in_their_own_system(tmp_path: Path, suffix: str) -> None:
    names, lon, lat, _ = zip(*ROWS[:4], strict=True)
    x, y = from_storage(np.array(lon), np.array(lat), "EPSG:4543")
    shapes = gpd.GeoDataFrame({"名称": names}, geometry=gpd.points_from_xy(x, y), crs=4543)
    source, target, flat = (tmp_path / name for name in (f"a{suffix}", f"b{suffix}", "c.csv"))
    shapes.to_parquet(source) if suffix == ".geoparquet" else shapes.to_file(source, engine="pyogrio")
    run(source, target)
    frame = frame_of(target)
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs is not None
    assert frame.crs.to_epsg() == 4543
    assert sorted(frame.geometry.x) == pytest.approx(sorted(x), abs=1e-9)
    assert answers(target)["甲"] == WEST
    run(source, flat)
    told = pd.read_csv(flat, dtype={"grid_code": str})
    assert sorted(told["lon"]) == pytest.approx(sorted(lon), abs=1e-9)


def test_native_points_of_geoparquet_are_read(tmp_path: Path) -> None:
    names, lon, lat, _ = zip(*ROWS, strict=True)
    shapes = gpd.GeoDataFrame({"名称": names}, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    source, target = tmp_path / "native.parquet", tmp_path / "out.csv"
    shapes.to_parquet(source, geometry_encoding="geoarrow")
    run(source, target)
    assert list(answers(target).values()) == CODES
    run(source, tmp_path / "out.gpkg")
    assert list(answers(tmp_path / "out.gpkg").values()) == CODES


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_datum_and_named_columns_are_obeyed(tmp_path: Path, datum: Datum) -> None:
    _, lon, lat, _ = zip(*ROWS, strict=True)
    shifted = from_cgcs2000(np.array(lon), np.array(lat), datum)
    text = "名称,东,北,x\n" + "".join(
        f"{row[0]},{x},{y},0\n" for row, x, y in zip(ROWS, *map(np.ndarray.tolist, shifted), strict=True)
    )
    target = tmp_path / "out.parquet"
    run(written(tmp_path, text), target, Question(datum=datum, lon="东", lat="北"))
    found = answers(target)
    assert [found[name] for name in "甲丙丁戊"] == [WEST, EAST, NORTH, None]


def test_metres_are_read_in_the_system_said(tmp_path: Path) -> None:
    x, y = from_storage(np.array([101.5, 102.5]), np.array([24.5, 25.5]), "EPSG:4543")
    source = written(tmp_path, f"名称,x,y\n甲,{x[0]},{y[0]}\n乙,{x[1]},{y[1]}\n")
    run(source, tmp_path / "out.csv", Question(crs="EPSG:4543"))
    assert answers(tmp_path / "out.csv") == {"甲": WEST, "乙": NORTH}
    with pytest.raises(InvalidInput):
        run(source, tmp_path / "out.csv", Question(crs="EPSG:4543", datum="gcj02"))


def test_chain_names_and_border_are_added(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    run(written(tmp_path, csv_text()), target, Question(Wanted(level=4, chain=True, names=True, border=True)))
    frame: Any = pd.read_parquet(target).set_index("名称")
    assert list(frame.columns) == [
        "经度", "纬度", "grid_code", "grid_name", "code_2", "name_2", "code_3", "name_3", "code_4", "name_4",
        "border_m", "neighbour", "problem",
    ]  # fmt: skip
    first = frame.loc["甲"]
    assert (first["grid_code"], first["grid_name"], first["name_2"]) == (WEST[:12], "䂖嘉村", "双柏县")
    assert first["border_m"] == pytest.approx(locator().locate_one(101.5, 24.5).border_m)
    assert (frame.loc["乙", "border_m"], frame.loc["乙", "neighbour"]) == (0, EAST)
    assert frame.loc["戊", ["grid_code", "code_2", "border_m", "neighbour"]].isna().all()


BROKEN = (
    "名称,经度,纬度,备注\n"
    '甲,101.5,24.5,"有, 逗号"\n'
    "乙,,,\n"
    "丙,abc,24.5,\n"
    "丁,24.5,101.5,写反了\n"
    "短,102.5\n"
    "长,102.5,24.5,多,余\n"
    "\n"
    "度,东经102度30分,24°30′,\n"
    '行,102.5,25.5,"两\n行"\n'
    "全,１０１．５,24.5,\n"
    "尾,nan,24.5,,\n"
)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".gpkg", ".fgb", ".xlsx"])
def test_broken_rows_stay_with_their_reason_and_stop_nothing(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out{suffix}"
    done = run(written(tmp_path, BROKEN), target)
    assert (done.rows, done.problems, done.outside) == (10, 6, 0)
    found, problems = answers(target), answers(target, "problem")
    assert list(found) == list("甲乙丙丁短长度行全尾")
    good = {"甲": WEST, "度": EAST, "行": NORTH, "全": WEST}
    assert found == {name: good.get(name) for name in found}
    assert {name for name, problem in problems.items() if problem} == set("乙丙丁短长尾")
    assert "axes flipped" in (problems["丁"] or "")
    assert "more cells" in (problems["长"] or "")
    assert answers(target, "备注")["长"] == "多,余"
    assert answers(target, "备注")["行"] == "两\n行"


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8-sig", "utf-16"])
def test_foreign_encodings_are_found_out(tmp_path: Path, encoding: str) -> None:
    text = csv_text() if encoding != "gbk" else csv_text().replace("䂖", "石")
    target = tmp_path / "out.csv"
    run(written(tmp_path, text, encoding), target)
    assert target.read_bytes().startswith("\ufeff名称,经度,纬度,grid_code,problem\n甲,101.5,24.5,".encode())
    assert list(answers(target).values()) == CODES


def test_a_damaged_byte_costs_no_row(tmp_path: Path) -> None:
    source = tmp_path / "damaged.csv"
    source.write_bytes(csv_text().encode().replace("乙".encode(), b"\xff\xfe"))
    run(source, tmp_path / "out.csv")
    assert list(answers(tmp_path / "out.csv").values()) == CODES


@pytest.mark.parametrize("separator", [";", "\t", "|", "，"])
def test_other_separators_and_titles_are_found_out(tmp_path: Path, separator: str) -> None:
    source = written(tmp_path, f"网格点位表{separator * 2}\n\n" + csv_text().replace(",", separator))
    run(source, tmp_path / "out.csv")
    assert list(answers(tmp_path / "out.csv").values()) == CODES


def test_geometries_that_are_no_points_are_told(tmp_path: Path) -> None:
    shapes: Any = [shapely.Point(101.5, 24.5), shapely.MultiPoint([(102.5, 24.5)]), shapely.box(101, 24, 102, 25), None]
    source = tmp_path / "mixed.parquet"
    gpd.GeoDataFrame({"名称": list("甲乙丙丁")}, geometry=shapes, crs=4490).to_parquet(source)
    run(source, tmp_path / "out.csv")
    assert answers(tmp_path / "out.csv") == {"甲": WEST, "乙": EAST, "丙": None, "丁": None}
    assert [bool(problem) for problem in answers(tmp_path / "out.csv", "problem").values()] == [
        False,
        False,
        True,
        True,
    ]


def test_wkt_columns_are_read(tmp_path: Path) -> None:
    source = written(tmp_path, "名称,wkt\n甲,POINT(101.5 24.5)\n乙,SRID=4490;POINT(102.5 24.5)\n丙,POINT(1\n")
    assert run(source, tmp_path / "out.csv").problems == 1
    assert answers(tmp_path / "out.csv") == {"甲": WEST, "乙": EAST, "丙": None}


def test_answers_of_an_earlier_run_are_replaced(tmp_path: Path) -> None:
    first, second = tmp_path / "a.parquet", tmp_path / "b.gpkg"
    run(written(tmp_path, csv_text()), first, Question(Wanted(level=3)))
    run(first, second)
    frame = gpd.read_file(second)
    assert [name for name in frame.columns if name.startswith("grid_code")] == ["grid_code"]
    assert list(answers(second).values()) == CODES


def test_codes_of_parquet_are_dictionary_encoded_and_what_pandas_wrote_comes_back(tmp_path: Path) -> None:
    source, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    frame = pd.DataFrame({"lon": [101.5], "lat": [24.5], "when": pd.to_datetime(["2023-01-05T09:30"]), "n": [7]})
    frame.to_parquet(source)
    run(source, target)
    assert pa.types.is_dictionary(pq.read_schema(target).field("grid_code").type)
    back = pd.read_parquet(target)
    pd.testing.assert_frame_equal(back[frame.columns], frame)


def test_empty_tables_stay_empty(tmp_path: Path) -> None:
    source, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(points_table().slice(0, 0), source)
    assert run(source, target).rows == 0
    assert pq.read_table(target).column_names == ["名称", "lon", "lat", "grid_code", "problem"]
    assert run(written(tmp_path, "名称,lon,lat\n"), tmp_path / "b.csv").rows == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("none.csv", None),
        ("empty.csv", b""),
        ("a.parquet", b"PAR1nonsense"),
        ("a.gpkg", b"no database"),
        ("a.doc", b"\0"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes | None) -> None:
    source = tmp_path / name
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(FileUnreadable):
        run(source, tmp_path / "out.csv")
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    "question",
    [Question(lon="东", lat="北"), Question(lon="经度"), Question(Wanted(level=7)), Question(crs="EPSG:1")],
)
def test_wrong_questions_are_refused(tmp_path: Path, question: Question) -> None:
    with pytest.raises(WanggeError):
        run(written(tmp_path, csv_text()), tmp_path / "out.csv", question)
    assert not list(tmp_path.glob("out*"))


def test_targets_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    source = written(tmp_path, csv_text())
    with pytest.raises(InvalidInput):
        run(source, tmp_path / "out.doc")
    with pytest.raises(FileUnreadable):
        run(source, tmp_path / "none" / "out.csv")
    with pytest.raises(InvalidInput):
        run(written(tmp_path, "a,b\n1,2\n", name="b.csv"), tmp_path / "out.csv")
