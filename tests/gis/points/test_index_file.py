"""Indexes saved to files and opened without a database, and what GeoPandas users do with them."""

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.datum import from_cgcs2000
from gis.errors import FileUnreadable, InvalidCrs, InvalidInput
from gis.geopandas_locate import locate_points, locate_table
from gis.index_file import Manifest, open_index, save_index
from gis.locate import Locator
from gis.points.answers import Wanted
from tests.gis.points.squares import EAST, NAMES, ROWS, WEST, locator

MANIFEST = Manifest(3, date(2024, 1, 1), "三版", synthetic=True, counties=("532322",), grids=4)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "双柏.index"
    save_index(path, MANIFEST, NAMES, locator())
    return path


def points() -> Any:
    names, lon, lat, _ = zip(*ROWS, strict=True)
    return gpd.GeoDataFrame({"名称": names}, geometry=gpd.points_from_xy(lon, lat), crs=4490, index=list("uvwxyz"))


def test_an_index_comes_back_with_what_it_says_of_itself(saved: Path) -> None:
    index = open_index(saved)
    assert (index.manifest, index.names) == (MANIFEST, NAMES)
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(100, 105, 5_000).round(2), rng.uniform(23, 27, 5_000).round(2)
    assert (index.locator.locate(lon, lat) == locator().locate(lon, lat)).all()
    assert index.locator.locate_one(101.9, 24.5) == locator().locate_one(101.9, 24.5)
    assert Locator.open(saved).codes_at(101.5, 24.5).item() == WEST


def test_the_same_index_has_the_same_checksum(saved: Path) -> None:
    again = saved.with_name("again.index")
    assert save_index(again, MANIFEST, NAMES, locator()) == open_index(saved).checksum()
    assert save_index(again, MANIFEST, {**NAMES, EAST: "改名"}, locator()) != open_index(saved).checksum()


def test_what_is_no_index_is_told(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        open_index(tmp_path / "none.index")
    locator().save(tmp_path / "bare.index", {})
    with pytest.raises(FileUnreadable):
        open_index(tmp_path / "bare.index")
    locator().save(tmp_path / "newer.index", {**MANIFEST.as_meta(), "format": 99, "names": {}})
    with pytest.raises(FileUnreadable, match="99"):
        open_index(tmp_path / "newer.index")
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 1
    saved.write_bytes(content)
    with pytest.raises(FileUnreadable):
        open_index(saved)


@pytest.mark.parametrize("crs", [4490, 4326, 3857, 4543, 4522])
def test_series_of_any_system_keep_their_index(crs: int) -> None:
    shapes = points().geometry.iloc[[0, 2, 3, 4]].to_crs(crs)
    if crs in {4543, 4522}:  # the zone ends before the point outside
        shapes = shapes.iloc[:3]
    found = locate_points(shapes, locator())
    wanted = [ROWS[0][3], ROWS[2][3], ROWS[3][3], None][: len(shapes)]
    assert found.index.tolist() == shapes.index.tolist()
    assert [None if pd.isna(code) else code for code in found] == wanted


def test_tables_hold_the_chain_and_why_a_row_has_none() -> None:
    shapes = points()
    shapes.loc["w", "geometry"] = None
    shapes.loc["x", "geometry"] = shapely.box(101, 24, 102, 25)
    found: Any = locate_table(shapes, locator(), NAMES, Wanted(3, chain=True, names=True, border=True))
    assert found.columns.tolist() == [field.name for field in Wanted(3, chain=True, names=True, border=True).fields()]
    assert found.loc["u", ["code_2", "name_2", "code_3"]].tolist() == ["532322", "双柏县", "532322101"]
    assert found["border_m"].tolist()[:2] == [pytest.approx(locator().locate_one(101.5, 24.5).border_m), 0]
    assert found["problem"].notna().tolist() == [False, False, True, True, False, False]
    joined = shapes.join(found)
    assert joined.loc["u", "grid_name"] == "妥甸镇"


def test_datum_and_missing_systems_are_obeyed() -> None:
    lon, lat = from_cgcs2000([101.5], [24.5], "gcj02")
    bare: Any = gpd.GeoSeries(gpd.points_from_xy(lon, lat))
    assert locate_points(bare, locator(), 4, datum="gcj02").tolist() == [WEST[:12]]
    with pytest.raises(InvalidInput):
        locate_points(bare, locator(), 7)
    with pytest.raises(InvalidCrs):
        locate_points(bare.set_crs(32648), locator())
    assert locate_points(bare.iloc[:0], locator()).empty
