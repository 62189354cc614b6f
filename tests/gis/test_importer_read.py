"""Every format comes back as it was written; what cannot be read is refused with a plain reason."""

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from gis.errors import FileUnreadable, InvalidInput
from gis.importer.files import Format, opened
from gis.importer.table import EXTRA
from gis.importer.values import DAMAGED
from tests.gis.importer_files import TOWN, load, texts, workbook, write_shapefile


@pytest.fixture
def people() -> gpd.GeoDataFrame:
    frame = {"户主": ["示例甲", TOWN, None], "code": ["53232210120200701", "", "532322101202"], "人口": [3, 4, 5]}
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy([101.5, 101.6, 101.7], [24.5, 24.6, 24.7]), crs=4490)


DRIVERS = {
    "a.gpkg": ("GPKG", Format.GPKG, "EPSG:4490"),
    "a.geojson": ("GeoJSON", Format.GEOJSON, "EPSG:4490"),
    "a.fgb": ("FlatGeobuf", Format.FLATGEOBUF, "EPSG:4490"),
    "a.kml": ("KML", Format.KML, "EPSG:4326"),
}


@pytest.mark.parametrize("name", DRIVERS)
def test_vector_formats(tmp_path: Path, people: gpd.GeoDataFrame, name: str) -> None:
    driver, form, crs = DRIVERS[name]
    options = {"SPATIAL_INDEX": "NO"} if driver == "FlatGeobuf" else None  # the index reorders the rows
    pyogrio.write_dataframe(people, tmp_path / name, driver=driver, layer_options=options)
    table = load(tmp_path / name)
    assert table.format is form
    assert table.crs == crs
    assert texts(table, "户主") == ["示例甲", TOWN, ""]
    assert texts(table, "code") == ["53232210120200701", "", "532322101202"]
    assert texts(table, "人口") == ["3", "4", "5"]
    assert table.rows == [1, 2, 3]
    assert table.geometry is not None
    assert shapely.get_coordinates(table.geometry).tolist() == [[101.5, 24.5], [101.6, 24.6], [101.7, 24.7]]


def test_geoparquet(tmp_path: Path, people: gpd.GeoDataFrame) -> None:
    people.to_parquet(tmp_path / "a.parquet")
    table = load(tmp_path / "a.parquet")
    assert texts(table, "户主") == ["示例甲", TOWN, ""]
    assert table.geometry is not None
    assert shapely.equals(table.geometry, np.asarray(people.geometry.array)).all()
    pd.DataFrame({"经度": [101.5], "纬度": [24.5]}).to_parquet(tmp_path / "plain.parquet")
    plain = load(tmp_path / "plain.parquet")
    assert plain.geometry is None
    assert texts(plain, "经度") == ["101.5"]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030"])
@pytest.mark.parametrize("cpg", [True, False])
def test_shapefile_encodings(tmp_path: Path, encoding: str, cpg: bool) -> None:
    """Ten-byte names may end inside a character; 䂖 survives UTF-8 and GB 18030, with or without a .cpg."""
    name = "示例甲" if encoding == "gbk" else TOWN
    write_shapefile(tmp_path / "a.shp", {"户主姓名": [name, "乙"], "code": ["1", "2"]}, encoding)
    if not cpg:
        (tmp_path / "a.cpg").unlink()
    table = load(tmp_path / "a.shp")
    short = next(iter(table.columns))
    assert texts(table, short) == [name, "乙"]
    assert "户主姓名".startswith(short)
    assert len(short) >= 3
    assert table.crs == "EPSG:4490"


def test_shapefile_that_says_the_wrong_encoding(tmp_path: Path) -> None:
    write_shapefile(tmp_path / "a.shp", {"name": ["示例甲"]}, "gbk")
    (tmp_path / "a.cpg").write_text("UTF-8")
    with pytest.raises(FileUnreadable, match="--encoding"):
        load(tmp_path / "a.shp")
    assert texts(load(tmp_path / "a.shp", encoding="gbk"), "name") == ["示例甲"]
    (tmp_path / "a.cpg").write_text("ISO-8859-1")  # what some programs always write
    assert texts(load(tmp_path / "a.shp"), "name") == ["示例甲"]


def test_value_cut_inside_a_character(tmp_path: Path) -> None:
    write_shapefile(tmp_path / "a.shp", {"name": ["一二三四五六七八九十一二三四五六"]}, "utf-8")
    assert texts(load(tmp_path / "a.shp"), "name") == ["一二三四五六七八九十一二三"]


def test_shapefile_without_companions(tmp_path: Path, people: gpd.GeoDataFrame) -> None:
    write_shapefile(tmp_path / "a.shp", {"name": ["甲"]}, "utf-8")
    (tmp_path / "a.shx").unlink()
    with pytest.raises(FileUnreadable, match=r"a\.shx is missing"):
        load(tmp_path / "a.shp")


def test_folder_and_archive(tmp_path: Path) -> None:
    folder = tmp_path / "数据"
    folder.mkdir()
    write_shapefile(folder / "甲.shp", {"name": ["甲"]}, "gbk")
    assert texts(load(folder), "name") == ["甲"]
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"内层/{file.name}")
        archive.writestr("__MACOSX/._甲.shp", b"junk")
        archive.writestr("readme.txt", "说明")
    assert texts(load(packed), "name") == ["甲"]
    write_shapefile(folder / "乙.shp", {"name": ["乙"]}, "gbk")
    with pytest.raises(FileUnreadable, match="--layer"):
        load(folder)
    with opened(folder, "乙") as source:
        assert source.path.name == "乙.shp"


CSVS = {
    "bom": "\ufeff户主,经度\n示例甲,101.5\n".encode(),
    "utf-8": "户主,经度\n示例甲,101.5\n".encode(),
    "gbk": "户主,经度\n示例甲,101.5\n".encode("gbk"),
    "utf-16": "户主\t经度\n示例甲\t101.5\n".encode("utf-16"),
    "semicolon": "户主;经度\r\n示例甲;101.5\r\n".encode(),
    "title above": "示例县农户信息表,,\n户主,经度,\n示例甲,101.5,\n".encode(),
    "full-width comma": "户主，经度\n示例甲，101.5\n".encode(),
    "quoted": '户主,经度\n"示例甲","101.5"\n'.encode(),
}


@pytest.mark.parametrize("case", CSVS)
def test_csv(tmp_path: Path, case: str) -> None:
    (tmp_path / "a.csv").write_bytes(CSVS[case])
    table = load(tmp_path / "a.csv")
    assert texts(table, "户主") == ["示例甲"]
    assert texts(table, "经度") == ["101.5"]
    assert table.rows == [3 if case == "title above" else 2]


def test_csv_with_too_many_cells(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("户主,地址\n甲,一号,二单元\n\n乙,二号\n", encoding="utf-8")
    table = load(tmp_path / "a.csv")
    assert table.columns[EXTRA] == ["二单元", None]
    assert table.rows == [2, 4]


def test_csv_in_gbk_has_no_room_for_every_name(tmp_path: Path) -> None:
    """䂖 does not exist in GBK, so a GBK file cannot hold it; as GB 18030, which is read the same way, it does."""
    with pytest.raises(UnicodeEncodeError):
        TOWN.encode("gbk")
    (tmp_path / "a.csv").write_bytes(f"乡镇\n{TOWN}\n".encode("gb18030"))
    assert texts(load(tmp_path / "a.csv"), "乡镇") == [TOWN]
    assert texts(load(tmp_path / "a.csv", encoding="gbk"), "乡镇") == [TOWN]


def test_csv_in_a_stated_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("户主\n示例甲\n".encode("gbk"))
    with pytest.raises(FileUnreadable, match="line 1 is not text in utf-8"):
        load(tmp_path / "a.csv", encoding="utf-8")
    with pytest.raises(InvalidInput, match="usual are utf-8 and gbk"):
        load(tmp_path / "a.csv", encoding="gkb")


def test_xlsx(tmp_path: Path) -> None:
    rows = [
        ["示例县农户表"],
        ["户主", None, "编码", "经度"],
        [TOWN, "备", "53232210120200701", 101.5],
        [],
        ["乙", None, 532322101202, None],
    ]
    path = workbook(tmp_path / "a.xlsx", 户=rows, 空=[])
    table = load(path)
    assert table.layer == "户"
    assert texts(table, "户主") == [TOWN, "乙"]
    assert texts(table, "第2列") == ["备", ""]
    assert texts(table, "编码") == ["53232210120200701", "532322101202"]
    assert texts(table, "经度") == ["101.5", ""]
    assert table.rows == [3, 5]


def test_xlsx_numbers_that_lost_digits(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 表=[["编码"], [5.3232210120200704e16]])
    assert DAMAGED.fullmatch(texts(load(path), "编码")[0])


def test_xlsx_sheets(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 甲=[["a"], [1]], 乙=[["a"], [2]])
    with pytest.raises(FileUnreadable, match="--sheet"):
        load(path)
    assert texts(load(path, sheet="乙"), "a") == ["2"]
    with pytest.raises(FileUnreadable, match='no sheet "丙"'):
        load(path, sheet="丙")


def test_layers(tmp_path: Path, people: gpd.GeoDataFrame) -> None:
    path = tmp_path / "a.gpkg"
    people.to_file(path, layer="one")
    pyogrio.write_dataframe(pd.DataFrame({"note": ["x"]}), path, layer="notes", append=True)
    assert load(path).layer == "one"
    people.to_file(path, layer="two", mode="a")
    with pytest.raises(FileUnreadable, match=r"several layers.*one, two"):
        load(path)
    assert load(path, layer="two").layer == "two"
    assert load(path, layer="notes").geometry is None
    with pytest.raises(FileUnreadable, match='no layer "three"'):
        load(path, layer="three")


def test_rows_of_a_geopackage_go_by_fid(tmp_path: Path, people: gpd.GeoDataFrame) -> None:
    people.assign(fid=[7, 9, 12]).to_file(tmp_path / "a.gpkg", driver="GPKG")
    table = load(tmp_path / "a.gpkg")
    assert table.rows == [7, 9, 12]
    assert "fid" not in table.columns


def test_integer_codes_with_gaps_keep_their_digits(tmp_path: Path, people: gpd.GeoDataFrame) -> None:
    codes = pd.array([53232210120200701, None, 532322101202], dtype="Int64")
    people.assign(code=codes).to_file(tmp_path / "a.gpkg", driver="GPKG")
    assert texts(load(tmp_path / "a.gpkg"), "code") == ["53232210120200701", "", "532322101202"]


def test_folders_of_a_kml_are_one_table(tmp_path: Path) -> None:
    def folder(name: str) -> str:
        point = "<Point><coordinates>101.5,24.5,1800</coordinates></Point>"
        return f"<Folder><name>{name}</name><Placemark><name>{name}户</name>{point}</Placemark></Folder>"

    content = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folder("甲")}{folder("乙")}</Document></kml>'
    (tmp_path / "a.kml").write_text(content, encoding="utf-8")
    table = load(tmp_path / "a.kml")
    assert texts(table, "Name") == ["甲户", "乙户"]
    assert table.geometry is not None
    assert not shapely.has_z(table.geometry).any()
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.write(tmp_path / "a.kml", "doc.kml")
    assert len(load(tmp_path / "a.kmz")) == 2
