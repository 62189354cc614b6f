"""What cannot be read, or would do harm, is refused with a plain reason before anything parses it."""

import io
import random
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest

from gis.errors import FileUnreadable, TooLarge
from gis.importer import files
from gis.importer.files import opened
from tests.gis.importer_files import load, write_shapefile


def test_names_of_an_archive_never_become_paths(tmp_path: Path) -> None:
    packed = tmp_path / "in" / "a.zip"
    packed.parent.mkdir()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../outside.csv", "经度,纬度\n101.5,24.5\n")
        archive.writestr("/absolute.txt", "x")
    before = sorted(tmp_path.rglob("*"))
    with opened(packed) as source:
        unpacked = source.path
        assert unpacked.name == "data.csv"
        assert tmp_path not in unpacked.parents
    assert not unpacked.exists()
    assert sorted(tmp_path.rglob("*")) == before


def test_bombs_are_refused_before_unpacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "bomb.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 3_000_000)
    monkeypatch.setattr(files, "MAX_BYTES", 1_000_000)
    with pytest.raises(TooLarge, match=r"bomb\.zip"):
        load(packed)
    book = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 3_000_000)
    monkeypatch.setattr(files, "MAX_SHEET_BYTES", 1_000_000)
    with pytest.raises(TooLarge, match=r"bomb\.xlsx"):
        load(book)
    many = tmp_path / "many.zip"
    monkeypatch.setattr(files, "MAX_MEMBERS", 5)
    with zipfile.ZipFile(many, "w") as archive:
        for i in range(6):
            archive.writestr(f"{i}.csv", "a")
    with pytest.raises(TooLarge, match="5 members"):
        load(many)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            "户主\n".encode() + "示例村的人家和邻居们".encode() * 20 + b"\xff\xff" + "再来几个字".encode(),
            "neither sound",
        ),
        (b"a,b\n\x81\x7f\n", "neither sound"),
        (b'a,b\n"x,1\n', "no valid CSV"),
        (b"\n\n , \n", "no table"),
    ],
)
def test_broken_csv(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(FileUnreadable, match=reason):
        load(tmp_path / "a.csv")


def nested_zip() -> bytes:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.csv", "a")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("a.xlsx", inner.getvalue())
    return outer.getvalue()


ENTITY = b'<?xml version="1.0"?><!DOCTYPE k [<!ENTITY x SYSTEM "file:///etc/hostname">]><kml>&x;</kml>'
REFUSED = {
    "empty.csv": (b"", "the file is empty"),
    "old.xls": (b"\xd0\xcf\x11\xe0" + bytes(100), "old Excel"),
    "page.xls": (b"<html><table></table></html>", "web page"),
    "entity.kml": (ENTITY, "web page or other XML"),
    "source.json": (b"<OGRVRTDataSource></OGRVRTDataSource>", "web page or other XML"),
    "sqlite.gpkg": (b"SQLite format 3\0" + bytes(200), "format is not known"),
    "cut.geojson": (b'{"type":"FeatureCollection","features":[{"type"', "damaged"),
    "cut.gpkg": (b"SQLite format 3\0" + bytes(52) + b"GPKG" + bytes(100), "damaged"),
    "cut.fgb": (b"fgb\x03fgb\x01" + bytes(20), "no layer"),
    "cut.parquet": (b"PAR1" + bytes(20), "damaged"),
    "cut.zip": (b"PK\x03\x04" + bytes(50), "format is not known"),
    "nested.zip": (nested_zip(), "format is not known"),
    "noise.bin": (bytes(range(256)), "format is not known"),
    "binary.csv": (b"a,b\0\1\2", "format is not known"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    content, reason = REFUSED[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileUnreadable, match=reason) as caught:
        load(tmp_path / name)
    assert caught.value.exit_code == 3
    assert str(tmp_path) not in caught.value.message("zh") + caught.value.message("en")


def test_missing_and_folders_without_data(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="no such file"):
        load(tmp_path / "nowhere.csv")
    with pytest.raises(FileUnreadable, match="no file in it"):
        load(tmp_path)


def test_damaged_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook>")
        archive.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(FileUnreadable, match="damaged"):
        load(path)


def test_locked_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1  # the flag that says: encrypted
    path.write_bytes(content)
    with pytest.raises(FileUnreadable, match="locked"):
        load(path)


def test_what_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")

    def refuse(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files, "_format", refuse)
    with pytest.raises(FileUnreadable, match=r"cannot be opened \(Permission denied\)"):
        load(tmp_path / "a.csv")


def test_large_tables_of_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_SHEET_BYTES", 2**20)
    (tmp_path / "a.csv").write_bytes(b"a\n" * 2**20)
    with pytest.raises(TooLarge, match="1 MiB"):
        load(tmp_path / "a.csv")


def samples(folder: Path) -> dict[str, bytes]:
    """A small file of each format, and of a zipped Shapefile."""
    columns = {"户主": ["示例甲", "䂖", "丙"] * 5, "n": range(15)}
    people = gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy([101.5] * 15, [24.5] * 15), crs=4490)
    for name, driver in (("a.gpkg", "GPKG"), ("a.fgb", "FlatGeobuf"), ("a.geojson", "GeoJSON"), ("a.kml", "KML")):
        pyogrio.write_dataframe(people, folder / name, driver=driver)
    people.to_parquet(folder / "a.parquet")
    people.drop(columns="geometry").to_excel(folder / "a.xlsx", index=False)
    people.drop(columns="geometry").to_csv(folder / "a.csv", index=False)
    write_shapefile(folder / "a.shp", {"name": ["示例甲"] * 15}, "gbk")
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
            archive.write(folder / f"a{part}", f"a{part}")
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.suffix not in {".shx", ".cpg"}}


def test_damaged_bytes_are_read_or_refused(tmp_path: Path) -> None:
    """Bytes changed, added and cut off at random: never another error than one that says what is wrong."""
    rng = random.Random(20231)
    refused: list[FileUnreadable | TooLarge] = []
    for name, content in samples(tmp_path).items():
        for _ in range(40):
            broken = bytearray(content)
            for _ in range(rng.choice([1, 3, 30])):
                broken[rng.randrange(len(broken))] = rng.randrange(256)
            if rng.random() < 0.3:
                del broken[rng.randrange(len(broken)) :]
            (tmp_path / name).write_bytes(bytes(broken))
            opens = name if name not in {"a.dbf", "a.prj"} else "a.shp"
            try:
                load(tmp_path / opens)
            except (FileUnreadable, TooLarge) as error:
                refused.append(error)
        (tmp_path / name).write_bytes(content)
    assert len(refused) > 100
    assert all(error.message("zh") != error.message("en") for error in refused)
