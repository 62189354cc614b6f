"""The verb ``recode`` and its files: every format in and out, one row or several, what it tells and refuses."""

from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from api.cli.main import run
from gis.code_files import ADDED
from gis.importer.write import Columns, write_table
from gis.settings import settings
from tests.boundaries.squares import leaf
from tests.conftest import Templates
from tests.gis.five_editions import five_editions

Wangge = Callable[..., tuple[int, str, str]]
CODES = [leaf(1), leaf(2), leaf(4), "", "无", leaf(1)]


@pytest.fixture(scope="module")
def url(templates: Templates) -> Iterator[str]:
    with five_editions(templates) as url:
        yield url


@pytest.fixture
def wangge(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Iterator[Wangge]:
    """Run ``wangge recode``: exit code, standard output and error."""
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    monkeypatch.setenv("WANGGE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WANGGE_LANG", "zh")
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()

    def call(*words: str | Path, lang: str = "en") -> tuple[int, str, str]:
        capfd.readouterr()
        code = run(["recode", *map(str, words), "--lang", lang])
        told = capfd.readouterr()
        return code, told.out, told.err

    yield call
    settings.cache_clear()


def frame() -> pd.DataFrame:
    return pd.DataFrame({"编号": range(1, 7), "旧编码": CODES, "备注": ["=1+1", "乙", None, "丁", "戊", "己"]})


def write(suffix: str, folder: Path) -> Path:
    path = folder / f"old{suffix}"
    if suffix == ".csv":
        frame().to_csv(path, index=False, encoding="gb18030")
    elif suffix == ".xlsx":
        write_table(Columns({str(name): list(values) for name, values in frame().items()}), path, layer="old")
    elif suffix == ".parquet":
        frame().to_parquet(path)
    else:
        shapes = gpd.points_from_xy(range(500000, 500006), range(2700000, 2700006), crs="EPSG:4543")
        gpd.GeoDataFrame(frame(), geometry=shapes).to_file(path)
    return path


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str)
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str)
    return pd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".gpkg"])
@pytest.mark.parametrize("explode", [False, True])
def test_every_format(wangge: Wangge, tmp_path: Path, suffix: str, explode: bool) -> None:
    code, out, _ = wangge(write(suffix, tmp_path), "--out", f"new{suffix}", *(["--explode"] if explode else []))
    assert code == 0
    assert 'the column "旧编码" as of edition 5' in out
    found = read(tmp_path / f"new{suffix}")
    assert [name for name in found.columns if name != "geometry"] == ["编号", "旧编码", "备注", *ADDED]
    heirs = {leaf(1): [leaf(5), leaf(2)] if explode else [leaf(5)], leaf(2): [leaf(2)], leaf(4): [leaf(7)]}
    wanted = [(old, new) for old in CODES for new in heirs.get(old, [None])]
    rows = found.astype(object).where(found.notna(), None)
    assert [(old or "", new) for old, new in zip(rows["旧编码"], rows["new_code"], strict=True)] == wanted
    assert rows["kind"].tolist()[-1] == "split"
    assert rows["备注"].tolist()[0] == "=1+1"
    unknown = rows[rows["kind"] == "unknown"]
    assert unknown["编号"].astype(int).tolist() == [4, 5]
    assert [reason.split(" / ")[0] for reason in unknown["reason"]] == ["没有编码", "不符合网格编码规则"]
    weights = found["weight"].astype(float)
    first = weights[found["编号"].astype(int) == 1]
    assert first.tolist() == pytest.approx([0.6, 0.4] if explode else [0.6], abs=1e-3)


def test_geometries_stay_in_their_own_system(wangge: Wangge, tmp_path: Path) -> None:
    wangge(write(".gpkg", tmp_path), "--out", "new.gpkg", "--explode")
    found = gpd.read_file(tmp_path / "new.gpkg")
    assert found.crs == "EPSG:4543"
    assert found.geometry.iloc[0] == found.geometry.iloc[1] == shapely.Point(500000, 2700000)


def test_a_second_run_keeps_the_columns_of_the_first(wangge: Wangge, tmp_path: Path) -> None:
    wangge(write(".csv", tmp_path), "--out", "a.csv", "--from", "1", "--to", "2020-12-31")
    code, *_ = wangge("a.csv", "--out", "b.csv", "--column", "new_code")
    assert code == 0
    found = read(tmp_path / "b.csv")
    assert found["new_code"].tolist()[:3] == CODES[:3]
    assert found["new_code_2"].tolist()[:3] == [leaf(5), leaf(2), leaf(7)]


def test_dates_systems_and_weights(wangge: Wangge, tmp_path: Path) -> None:
    (tmp_path / "mca.txt").write_text("adcode\nA\nB\n", encoding="utf-8")
    code, out, _ = wangge(
        "mca.txt", "--out", "n.csv", "--system", "mca", "--to", "2021-06-01", "--weights", "households"
    )
    assert code == 0
    assert "edition 2" in out
    found = read(tmp_path / "n.csv")
    assert found["new_code"].tolist()[0] == leaf(5)
    assert float(found["weight"].iloc[0]) == pytest.approx(2 / 3)


def test_the_summary_counts_rows(wangge: Wangge, tmp_path: Path) -> None:
    _, out, _ = wangge(write(".csv", tmp_path), "--out", "n.csv", lang="zh")
    rows = {line.split()[0]: int(line.split()[1]) for line in out.splitlines() if line and line.split()[0].isascii()}
    assert rows == {"unchanged": 1, "renamed": 1, "split": 2, "unknown": 2}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["old.csv", "--out", "n.doc"], 3, "can write .csv"),
        (["old.csv", "--out", "no/n.csv"], 3, "the folder does not exist"),
        (["none.csv", "--out", "n.csv"], 3, "there is no such file"),
        (["old.csv", "--out", "n.csv", "--column", "x"], 3, "one of: 编号, 旧编码, 备注"),
        (["old.csv", "--out", "n.csv", "--system", "klingon"], 3, "one of mca, nbs2023"),
        (["old.csv", "--out", "n.csv", "--to", "9"], 4, 'no edition "9"'),
        (["old.csv", "--out", "n.csv", "--to", "99999999999"], 4, "no edition"),
        (["old.csv", "--out", "n.csv", "--from", "1999-01-01"], 4, "no edition valid on"),
        (["old.csv", "--out", "n.csv", "--from", "x"], 3, "a date such as"),
        (["old.csv", "--out", "n.csv", "--from", "3", "--to", "2"], 3, "is later than"),
        (["old.csv", "--out", "n.csv", "--weights", "x"], 2, "--weights"),
        (["old.csv"], 2, "--out"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(
    wangge: Wangge, tmp_path: Path, words: list[str], code: int, says: str
) -> None:
    write(".csv", tmp_path)
    found, _, err = wangge(*words)
    assert (found, says in err) == (code, True), err
    assert not (tmp_path / "n.csv").exists()
