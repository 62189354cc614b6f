"""The verb ``import`` as it is typed: rehearsal, writing, files it leaves, one clear line and an exit code for mistakes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from api.cli.main import run
from api.publishing import publishing_job
from boundaries.drafts import drop_draft, list_drafts, read_changes
from gis.db import Database
from gis.settings import settings
from tests.gis.importer_county import SCOPE, households, leaves, names, square
from tests.gis.importer_job import sizes

Wangge = Callable[..., tuple[int, str, str]]


@pytest.fixture
def wangge(
    squares_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Iterator[Wangge]:
    """Run ``wangge import`` on the sixteen squares: exit code, standard output and error."""
    monkeypatch.setenv("WANGGE_DATABASE_URL", squares_url)
    monkeypatch.setenv("WANGGE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WANGGE_LANG", "zh")
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()

    def call(*words: str | Path, lang: str = "en") -> tuple[int, str, str]:
        capfd.readouterr()
        code = run(["import", *map(str, words), "--lang", lang])
        told = capfd.readouterr()
        return code, told.out, told.err

    yield call
    settings.cache_clear()


@pytest.fixture(autouse=True)
def clean(squares: Database) -> Iterator[None]:
    """Every test begins with the empty tables of people, and leaves them so."""
    yield
    with squares.transaction(SCOPE) as connection:
        connection.execute("DELETE FROM gis.assignment")
        connection.execute("DELETE FROM gis.risk_rating")
        connection.execute("DELETE FROM gis.household")
        connection.execute("DELETE FROM gis.unit")
        for draft in list_drafts(connection):
            drop_draft(connection, draft.id)


def count(database: Database) -> int:
    with database.transaction(SCOPE) as connection:
        return sizes(connection)["household"]


def sheet(people: pd.DataFrame) -> Path:
    people.to_csv("people.csv", index=False, encoding="utf-8-sig")
    return Path("people.csv")


def test_rehearsal_then_writing(wangge: Wangge, squares: Database) -> None:
    path = sheet(households(60))
    code, out, _ = wangge("households", path)
    assert code == 0
    assert "→ head_name" in out
    assert "户主姓名" in out
    assert "in the village they name (60 rows): cgcs2000 100.0%" in out
    assert "60 rows can be imported, 0 are rejected" in out
    assert "nothing was written" in out
    assert count(squares) == 0
    code, out, _ = wangge("households", path, "--commit", lang="zh")
    assert code == 0
    assert "已写入：household 60" in out
    assert count(squares) == 60


def test_faults_are_told_and_written_to_files(wangge: Wangge, squares: Database) -> None:
    people = households(30).astype({"家庭人口": "str"})
    people.loc[3, "家庭人口"] = "[多]"
    people.loc[4, "经度"] = 103.0
    path = sheet(people)
    for words in ((), ("--commit",)):
        code, out, err = wangge("households", path, *words, "--findings", "f.gpkg", "--rejects", "r.csv")
        assert code == 8
        assert 'row 5: members "[多]" is not a whole number' in out
        assert "28 rows can be imported, 2 are rejected" in out
        assert "found 2 problems; nothing was written" in err
        assert count(squares) == 0
    assert len(gpd.read_file("f.gpkg", layer="points")) == 1
    assert len(pd.read_csv("r.csv")) == 2
    code, out, _ = wangge("households", path, "--accept-valid", "--commit")
    assert code == 0
    assert count(squares) == 28


def test_many_faults_are_summed_up(wangge: Wangge) -> None:
    people = households(30).assign(家庭人口="多")
    _, out, _ = wangge("households", sheet(people))
    assert out.count('members "多" is not') == 3
    assert "and 27 more of this kind" in out


def test_grids_become_a_draft(wangge: Wangge, squares: Database) -> None:
    moved = {"53232210120100101": square(0, 3, 1.5, 1), "53232210120100201": square(1.5, 3, 0.5, 1)}
    drawn = {**leaves(), **moved}
    table = gpd.GeoDataFrame(
        {"code": list(drawn), "name": [names()[code] for code in drawn]}, geometry=list(drawn.values()), crs=4490
    )
    pyogrio.write_dataframe(table, "grids.gpkg")
    code, out, _ = wangge("grids", "grids.gpkg")
    assert code == 0
    assert "the draft would hold 2 changes" in out
    with squares.transaction() as connection:
        assert list_drafts(connection) == []
    code, out, _ = wangge("grids", "grids.gpkg", "--commit", "--title", "和平村调整", "--author", "示例员")
    assert code == 0
    with squares.transaction() as connection:
        (draft,) = list_drafts(connection)
        assert {change.code for change in read_changes(connection, draft.id)} == set(moved)
    assert (draft.title, draft.author) == ("和平村调整", "示例员")
    assert f"written as draft {draft.id} (2 changes)" in out


def test_grids_that_change_nothing(wangge: Wangge, squares: Database) -> None:
    table = gpd.GeoDataFrame(
        {"code": list(leaves()), "name": [names()[code] for code in leaves()]},
        geometry=list(leaves().values()),
        crs=4490,
    )
    pyogrio.write_dataframe(table, "grids.fgb")
    code, out, _ = wangge("grids", "grids.fgb", "--commit")
    assert code == 0
    assert "nothing changes" in out
    with squares.transaction() as connection:
        assert list_drafts(connection) == []


def test_allocated_codes_of_a_rehearsal_are_not_used_up(wangge: Wangge, squares: Database) -> None:
    parts = [square(0, 3, 0.5, 1), square(0.5, 3, 0.5, 1)]
    table = gpd.GeoDataFrame({"code": ["53232210120100101", ""], "name": ["甲", "乙"]}, geometry=parts, crs=4490)
    pyogrio.write_dataframe(table, "grids.gpkg")
    for _ in range(2):
        assert "the code 53232210120100102 is allocated" in wangge("grids", "grids.gpkg", "--allocate")[1]
    code, out, _ = wangge("grids", "grids.gpkg", "--allocate", "--commit")
    assert code == 0
    assert "53232210120100102" in out
    assert "53232210120100103" in wangge("grids", "grids.gpkg", "--allocate")[1]


MISTAKES = {
    "kind": (("household", "people.csv"), 3, '"household" is none of grids | households'),
    "missing file": (("households", "nowhere.csv"), 3, "nowhere.csv: there is no such file"),
    "folder": (("households", "."), 3, "no file in it"),
    "empty": (("households", "empty.csv"), 3, "the file is empty"),
    "only a header": (("households", "header.csv"), 3, "the file has no rows"),
    "no geometry": (("households", "plain.csv"), 3, "no geometry"),
    "crs": (("households", "people.csv", "--crs", "EPSG:99999"), 3, 'system "EPSG:99999"'),
    "fitting crs": (("households", "people.csv", "--crs", "EPSG:4543"), 8, "give --crs EPSG:4490"),
    "datum": (("households", "people.csv", "--datum", "gcj2"), 3, "one of cgcs2000, wgs84, gcj02, bd09"),
    "fitting datum": (("households", "people.csv", "--datum", "bd09"), 8, "give --datum cgcs2000"),
    "column": (("households", "people.csv", "--map", "姓名=head_name"), 3, 'no column "姓名"'),
    "pair": (("households", "people.csv", "--map", "head_name"), 3, "no column=field"),
    "encoding": (("households", "people.csv", "--encoding", "klingon"), 3, 'no encoding "klingon"'),
    "rejects": (("households", "people.csv", "--rejects", "r.gpkg"), 3, "written as a .csv file"),
    "findings": (("households", "people.csv", "--findings", "f.csv"), 3, "a .gpkg file is needed"),
    "target folder": (("households", "people.csv", "--findings", "no/f.gpkg"), 3, "no folder"),
    "itself": (("households", "people.csv", "--rejects", "./people.csv"), 3, "would replace the imported file"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_one_clear_line(wangge: Wangge, squares: Database, case: str) -> None:
    words, code, reason = MISTAKES[case]
    sheet(households(200))
    Path("empty.csv").touch()
    Path("header.csv").write_text("户主,经度,纬度\n", encoding="utf-8")
    Path("plain.csv").write_text("户主,电话\n示例,000\n", encoding="utf-8")
    found, _, err = wangge(*words, "--commit")
    marked = [line for line in err.splitlines() if line.startswith("✗")]
    assert (found, len(marked)) == (code, 1)
    assert reason in marked[0]
    assert "Traceback" not in err
    chinese = wangge(*words, "--commit", lang="zh")[2]
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese.splitlines()[-1])
    assert count(squares) == 0


def test_no_import_while_an_edition_is_published(wangge: Wangge, squares: Database) -> None:
    path = sheet(households(20))
    with publishing_job(squares):
        assert wangge("households", path)[0] == 0  # a rehearsal disturbs nobody
        code, _, err = wangge("households", path, "--commit")
    assert code == 7
    assert "another publication is running" in err
    assert count(squares) == 0


def test_nothing_published_yet(wangge: Wangge, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", empty_url)
    settings.cache_clear()
    code, _, err = wangge("households", sheet(households(5)))
    assert code == 6
    assert "Nothing is published yet" in err
