"""A run that is interrupted leaves its finished parts, and the next one goes on with them; no result is ever half."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gis.errors import Conflict
from gis.points import job, sources
from gis.points.answers import Wanted
from gis.points.job import Question, locate_file
from tests.gis.points.squares import NAMES, locator

ROWS, PART, GROUP = 1_000, 64, 24
FORMATS = [".parquet", ".csv", ".gpkg", ".fgb"]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PART_ROWS", PART)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(100.5, 104, ROWS), rng.uniform(24, 26, ROWS)
    lon[::97] = np.nan
    path = tmp_path / "points.parquet"
    pq.write_table(pa.table({"id": np.arange(ROWS), "lon": lon, "lat": lat}), path, row_group_size=GROUP)
    return path


def dying_at(monkeypatch: pytest.MonkeyPatch, calls: int) -> list[int]:
    """Let the look-up of parts be interrupted after so many; what is given back counts all that were begun."""
    begun: list[int] = []
    real = job.answer

    def dying(table: Any, *rest: Any) -> Any:
        begun.append(len(table))
        if len(begun) > calls:
            raise KeyboardInterrupt
        return real(table, *rest)

    monkeypatch.setattr(job, "answer", dying)
    return begun


def run(source: Path, target: Path, *, resume: bool = False, **rest: Any) -> job.Located:
    return locate_file(source, target, locator(), NAMES, Question(**rest), resume=resume)


def rows_of(path: Path) -> list[dict[str, Any]]:
    again = path.with_name("again.parquet")
    run(path, again)
    table = pq.read_table(again).select(["id", "grid_code", "problem"]).to_pylist()
    again.unlink()
    return sorted(({**row, "id": int(row["id"])} for row in table), key=lambda row: row["id"])


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("given", [".parquet", ".csv"])
def test_a_resumed_run_gives_what_one_run_gives(
    source: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, given: str
) -> None:
    whole = source.with_name(f"whole{given}")
    run(source, whole)
    with monkeypatch.context() as patch:
        begun = dying_at(patch, ROWS)
        run(whole, source.with_name("one.csv"))
        parts = len(begun)
    wanted = rows_of(whole)
    assert [row["id"] for row in wanted] == list(range(ROWS))
    target = source.with_name(f"out{suffix}")
    with monkeypatch.context() as patch:
        dying_at(patch, 5)
        with pytest.raises(KeyboardInterrupt):
            run(whole, target)
    assert not target.exists()
    kept = len(list(target.with_name(f"{target.name}.parts").glob("*.arrow")))
    assert 1 <= kept <= 5
    begun = dying_at(monkeypatch, ROWS)
    done = run(whole, target, resume=True)
    assert (done.resumed, len(begun)) == (kept, parts - kept)
    assert (done.rows, done.problems) == (ROWS, 11)
    assert not target.with_name(f"{target.name}.parts").exists()
    assert rows_of(target) == wanted


def test_without_resume_it_begins_anew(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = source.with_name("out.parquet")
    with monkeypatch.context() as patch:
        dying_at(patch, 3)
        with pytest.raises(KeyboardInterrupt):
            run(source, target)
    assert run(source, target).resumed == 0
    assert pq.read_metadata(target).num_rows == ROWS


def test_parts_of_another_question_or_file_are_refused(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = source.with_name("out.parquet")
    with monkeypatch.context() as patch:
        dying_at(patch, 3)
        with pytest.raises(KeyboardInterrupt):
            run(source, target)
    with pytest.raises(Conflict):
        run(source, target, resume=True, wanted=Wanted(level=3))
    with pytest.raises(Conflict):
        locate_file(source, target, locator(), NAMES, Question(), resume=True, index="another edition")
    pq.write_table(pq.read_table(source).slice(1), source)
    with pytest.raises(Conflict):
        run(source, target, resume=True)


def test_an_earlier_result_stays_until_the_new_one_is_whole(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = source.with_name("out.parquet")
    target.write_bytes(b"earlier")
    with monkeypatch.context() as patch:
        dying_at(patch, 3)
        with pytest.raises(KeyboardInterrupt):
            run(source, target)
    assert target.read_bytes() == b"earlier"
    run(source, target, resume=True)
    assert pq.read_metadata(target).num_rows == ROWS


def test_a_run_that_fails_before_its_first_part_leaves_nothing(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dying_at(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        run(source, source.with_name("out.csv"))
    assert [path.name for path in source.parent.iterdir()] == [source.name]


def test_progress_ends_at_one_and_never_goes_back(source: Path) -> None:
    shares: list[float] = []
    whole = source.with_name("whole.csv")
    run(source, whole)
    for path in (source, whole):
        shares.clear()
        locate_file(path, source.with_name("out.parquet"), locator(), NAMES, Question(), progress=shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1)
