"""Files of points get their grids: every format in and out, rows without a place kept."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from gis.coverage import Coverage, load_coverage
from gis.db import Database
from gis.errors import FileUnreadable, InvalidInput
from gis.point_files import assign_file

ROWS = "名称,经度,纬度\n甲,101.55,24.55\n乙,,\n丙,0,0\n"


@pytest.fixture(scope="module")
def coverage(database: Database) -> Coverage:
    with database.transaction() as connection:
        return load_coverage(connection)


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str)
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str)
    return gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".gpkg", ".fgb", ".geojson"])
def test_every_format_carries_codes_as_text(coverage: Coverage, points: Path, suffix: str) -> None:
    target = points.with_name(f"out{suffix}")
    done = assign_file(points, target, coverage, crs=None, datum="cgcs2000", level=6)
    assert (done.rows, done.unplaced, done.outside) == (3, 1, 1)
    frame = _read(target)
    row = frame[frame["名称"] == "甲"].iloc[0]
    assert row["grid_code"] == coverage.locator.codes_at(101.55, 24.55).item()
    assert row["grid_name"] == coverage.names[row["grid_code"]]
    assert len(frame) == 3


def test_level_and_datum_are_obeyed(coverage: Coverage, points: Path) -> None:
    out = points.with_name("out.csv")
    assign_file(points, out, coverage, crs=None, datum="gcj02", level=3)
    frame = pd.read_csv(out, dtype=str)
    assert frame["grid_code"].str.len().max() == 9


def test_unknown_targets_and_sources_are_refused(coverage: Coverage, points: Path) -> None:
    with pytest.raises(InvalidInput):
        assign_file(points, points.with_name("out.doc"), coverage, crs=None, datum="cgcs2000", level=6)
    with pytest.raises(FileUnreadable):
        assign_file(points, points.parent / "none" / "out.csv", coverage, crs=None, datum="cgcs2000", level=6)
    with pytest.raises(FileUnreadable):
        assign_file(points.with_name("none.csv"), points, coverage, crs=None, datum="cgcs2000", level=6)
