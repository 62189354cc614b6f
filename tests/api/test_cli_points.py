"""``locate``, ``assign`` and ``export`` as a person types them, with the store and with a saved index alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.cli.main import run
from gis.county_indexes import CountyIndexes
from gis.index_file import open_index
from gis.settings import ROOT, settings
from tests.conftest import COUNTY, Templates
from tests.gis.points.squares import CODES, ROWS, WEST, csv_text, locator, written
from tests.gis.points.test_index_file import MANIFEST, NAMES, save_index

POINT = ("101.64", "24.69")


@pytest.fixture
def index(tmp_path: Path) -> str:
    path = tmp_path / "squares.index"
    save_index(path, MANIFEST, NAMES, locator())
    return str(path)


@pytest.fixture
def store(templates: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands work on a store with the demonstration county."""
    url = templates.clone(templates.county())
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    monkeypatch.setenv("WANGGE_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
    templates.drop(url)


def test_a_saved_index_answers_as_the_store_does(
    store: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "county.index")
    assert run(["locate", *POINT, "--lang", "en"]) == 0
    wanted = capsys.readouterr().out
    assert COUNTY in wanted
    assert run(["export", "index", "--out", path, "--datetime", "2023-06-30"]) == 0
    assert open_index(Path(path)).manifest.edition == 1
    capsys.readouterr()
    assert run(["locate", *POINT, "--index", path, "--lang", "en"]) == 0
    assert capsys.readouterr().out == wanted
    source = written(tmp_path, f"名称,lon,lat\n甲,{POINT[0]},{POINT[1]}\n")
    for extra, target in (([], "a.csv"), (["--index", path], "b.csv"), (["--edition", "1"], "c.csv")):
        assert run(["locate", str(source), "--out", str(tmp_path / target), "--names", *extra]) == 0
    texts = {(tmp_path / name).read_text(encoding="utf-8-sig") for name in ("a.csv", "b.csv", "c.csv")}
    assert len(texts) == 1
    assert run(["export", "index", "--out", str(tmp_path / "by"), "--by-county"]) == 0
    assert CountyIndexes(tmp_path / "by").counties == [COUNTY]
    assert run(["export", "index", "--out", path, "--edition", "9"]) == 4


def test_files_and_assign_are_one_thing(index: str, tmp_path: Path) -> None:
    source = written(tmp_path, csv_text(), "gbk".replace("gbk", "gb18030"))
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    options = ["--index", index, "--chain", "--border", "--level", "4", "--encoding", "gb18030"]
    assert run(["locate", str(source), "--out", str(first), *options]) == 0
    assert run(["assign", str(source), str(second), *options]) == 0
    assert pq.read_table(first).equals(pq.read_table(second))
    assert pq.read_table(first).column("grid_code").to_pylist()[0] == WEST[:12]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["locate", "points.csv"], 2),
        (["locate", "101.5", "north"], 2),
        (["locate", "101.5", "24.5", "--out", "a.csv"], 2),
        (["locate", "101.5", "24.5", "--edition", "1", "--index", "a"], 2),
        (["locate", "99", "24.5", "--index", "INDEX"], 4),
        (["locate", "none.csv", "--out", "a.csv", "--index", "INDEX"], 3),
        (["locate", "101.5", "24.5", "--index", "none"], 3),
        (["assign", "a.csv", "b.csv", "--engine", "dask"], 2),
        (["export", "tiles", "--out", "a"], 2),
        (["export", "index", "--out", "/none/here"], 3),
    ],
)
def test_mistakes_are_told(index: str, words: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([index if word == "INDEX" else word for word in words]) == code
    assert capsys.readouterr().err


def test_a_negative_longitude_is_a_point(index: str) -> None:
    assert run(["locate", "--index", index, "--", "-70.5", "24.5"]) == 4


def test_a_killed_run_is_resumed(index: str, tmp_path: Path) -> None:
    """Killed outright, in a process of its own, in the middle of a file; then gone on with."""
    rows = 3_000_000
    rng = np.random.default_rng(8)
    columns = {"id": np.arange(rows), "lon": rng.uniform(100.5, 104, rows), "lat": rng.uniform(24, 26, rows)}
    source, target = tmp_path / "points.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table(columns), source, use_dictionary=False, row_group_size=200_000)
    command = [sys.executable, "-P", "-m", "api.cli", "locate", str(source), "--out", str(target), "--index", index]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([*command, "--border"], cwd=ROOT, env=environment)
    parts = target.with_name("out.parquet.parts")
    while process.poll() is None and not list(parts.glob("*.arrow")):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not target.exists()
    assert list(parts.glob("*.arrow"))
    assert run(["locate", str(source), "--out", str(target), "--index", index, "--border", "--resume"]) == 0
    table = pq.read_table(target)
    assert table.column("id").to_numpy().tolist() == list(range(rows))
    some = slice(None, None, 997)
    wanted = locator().codes_at(columns["lon"][some], columns["lat"][some]).tolist()
    assert [code or "" for code in table.column("grid_code").to_pandas().astype(object)[some].fillna("")] == wanted
    assert not parts.exists()


def test_the_rows_of_the_example_are_all_there(index: str, tmp_path: Path) -> None:
    source = written(tmp_path, csv_text())
    assert run(["locate", str(source), "--out", str(tmp_path / "out.csv"), "--index", index]) == 0
    frame = pd.read_csv(tmp_path / "out.csv", dtype=str)
    assert set(frame["grid_code"].dropna()) == set(CODES)
    assert len(frame) == len(ROWS)
