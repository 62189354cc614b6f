"""``units`` as a person types it."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.cli.main import run
from gis.settings import settings
from tests.conftest import Templates

Told = Callable[..., str]
VILLAGE = "532322101202"


@pytest.fixture(scope="module")
def _store(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    url = templates.clone(templates.county())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANGGE_DATABASE_URL", url)
        patch.setenv("WANGGE_DATA", str(tmp_path_factory.mktemp("units") / "data"))
        settings.cache_clear()
        yield
    settings.cache_clear()
    templates.drop(url)


@pytest.fixture
def told(_store: None, capsys: pytest.CaptureFixture[str]) -> Told:
    """Run ``wangge units …``, expect an exit code, return what it says in English."""

    def say(*words: str, code: int = 0) -> str:
        assert run(["units", *words, "--lang", "en"]) == code
        found = capsys.readouterr()
        return found.out + found.err

    return say


def test_sizes_are_compared_and_a_repair_is_shown_first(told: Told) -> None:
    assert "as they stand" in told("policy", VILLAGE)
    plan = told("plan", VILLAGE)
    assert "0 opened, 0 closed; 0 households move" in plan
    assert "nothing was written" in plan
    told("repair", VILLAGE)
    told("plan", "999999", code=4)


def test_a_county_decides_after_a_rehearsal(told: Told) -> None:
    assert "rehearsal" in told("policy", VILLAGE, "--set", "low=6", "--set", "high=14")
    assert "decided by" not in told("policy", VILLAGE)
    assert "decided for 532322" in told("policy", VILLAGE, "--set", "low=6", "--set", "high=14", "--commit")
    assert "decided by" in told("policy", VILLAGE)
    assert "nothing changes" in told("policy", VILLAGE, "--set", "low=6", "--commit")
    assert "target" in told("policy", VILLAGE, "--set", "size=6", code=3)
    told("policy", VILLAGE, "--set", "low=40", code=3)
    told("policy", VILLAGE, "--set", "low=8", "--set", "high=12", "--commit")


def test_locks_drift_and_the_journal(told: Told) -> None:
    unit = f"{VILLAGE}00101001"
    assert "1 locked" in told("lock", unit)
    assert unit in told("locked")
    assert "lock" in told("log", VILLAGE)
    assert "1 unlocked" in told("unlock", unit)
    told("lock", f"{VILLAGE}00101999", code=4)
    told("lock", "12", code=3)
    assert "basic grids" in told("status", VILLAGE)
    assert "divided anew" in told("replan", f"{VILLAGE}00101")


def test_a_list_goes_out_and_in(told: Told, tmp_path: Path) -> None:
    for suffix in ("csv", "xlsx", "gpkg"):
        file = tmp_path / f"units.{suffix}"
        assert "households" in told("export", str(file), "--grid", VILLAGE, "--people")
        assert file.stat().st_mode & 0o077 == 0
        read = told("import", str(file))
        assert "0 are rejected" in read
        assert "0 opened, 0 closed; 0 households move" in read
        assert "computed, as" in read
    told("export", str(tmp_path / "units.parquet"), code=3)
    with (tmp_path / "units.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    rows[0][0] = f"{VILLAGE}00101999"
    rows[1][0] = "东头"
    with (tmp_path / "changed.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    rejects = tmp_path / "rejects.csv"
    assert "nothing was written" in told("import", str(tmp_path / "changed.csv"), "--rejects", str(rejects), code=8)
    assert "never used again" in rejects.read_text(encoding="utf-8-sig")
    done = told("import", str(tmp_path / "changed.csv"), "--accept-valid", "--commit")
    assert "household 1, unit_opened 1" in done
    assert "import" in told("log")
    rejects.write_text(rejects.read_text(encoding="utf-8-sig").replace("00101999", "00101001"), encoding="utf-8")
    assert "0 opened, 0 closed; 0 households move" in told("import", str(rejects))
