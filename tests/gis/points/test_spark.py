"""Apache Spark gives the answers of the local engine, whatever dies on the way; without it the message says what to do."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from api.cli.main import run as run_command
from gis import spark_assign
from gis.errors import Conflict, FileUnreadable, SetupNeeded
from gis.spark_assign import SparkQuestion, assign_with_spark, require_spark, spark_session
from tests.gis.points.spark_ground import (
    POINTS,
    QUIET,
    SMALL,
    WANTED,
    check_though_killed,
    cpu_ticks,
    plain,
    python_workers,
    same,
    spark,
)

pytestmark = QUIET


# --- without Spark -----------------------------------------------------------------------------------------


def test_without_pyspark_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(spark_assign, "find_spec", {}.get)
    assert run_command(["assign", "a.parquet", "b", "--engine", "spark", "--lang", "en"]) == SetupNeeded.exit_code
    assert "pip install 'wangge[spark]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("java", "told"), [(None, "no Java"), ("echo 'openjdk version \"11.0.2\"' >&2", "Java 11 is too old")]
)
def test_without_a_new_java_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, java: str | None, told: str
) -> None:
    monkeypatch.setattr(spark_assign, "find_spec", str)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if java is not None:
        program = tmp_path / "bin" / "java"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{java}\n", encoding="utf-8")
        program.chmod(0o755)
    with pytest.raises(SetupNeeded, match=told):
        require_spark()


@pytest.mark.parametrize("option", [["--resume"], ["--layer", "a"], ["--encoding", "gbk"]])
def test_options_of_the_other_engine_are_refused(option: list[str]) -> None:
    assert run_command(["assign", "a.parquet", "b", "--engine", "spark", *option]) == 2


# --- with it -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    with spark_session("local[2]") as opened:
        yield opened


@spark
@pytest.mark.long
@pytest.mark.parametrize("together", [False, True])
def test_spark_answers_as_the_local_engine_does(ground: Path, session: Any, together: bool) -> None:
    made = ground / f"spark-{together}"
    question = SparkQuestion(WANTED, together=together, split_bytes=SMALL)
    done = assign_with_spark(session, str(ground / "points.parquet"), str(made), ground / "index", question)
    assert (done.rows, done.problems) == (POINTS, -(-POINTS // 1009))
    same(ground, made, ordered=False)
    assert not made.with_name(f"{made.name}.parts").exists()


@spark
@pytest.mark.long
def test_folders_whose_names_are_columns_go_through_spark(ground: Path, session: Any) -> None:
    for year in (2024, 2025):
        (ground / "years" / f"年={year}").mkdir(parents=True)
        shutil.copy(ground / "points.parquet", ground / "years" / f"年={year}" / "points.parquet")
    made = ground / "spark-years"
    done = assign_with_spark(session, str(ground / "years"), str(made), ground / "index", SparkQuestion(WANTED))
    assert done.rows == 2 * POINTS
    found = session.read.parquet(str(made)).where("`年` = 2025")
    wanted = pq.read_table(ground / "local.parquet")
    assert found.where("grid_code IS NULL").count() == plain(wanted["grid_code"]).null_count
    assert found.select("grid_code").distinct().count() - 1 == len(plain(wanted["grid_code"]).unique().drop_null())


@spark
@pytest.mark.long
def test_a_killed_worker_costs_no_row_and_doubles_none(ground: Path, session: Any) -> None:
    def busy() -> list[int]:
        return [pid for pid in python_workers() if cpu_ticks(pid) > 5]

    check_though_killed(ground, session, busy, count=3)


@spark
@pytest.mark.long
def test_what_is_there_or_missing_is_told(ground: Path, session: Any) -> None:
    question = SparkQuestion(WANTED)
    with pytest.raises(Conflict):
        assign_with_spark(session, str(ground / "points.parquet"), str(ground), ground / "index", question)
    with pytest.raises(FileUnreadable):
        assign_with_spark(session, str(ground / "none.parquet"), str(ground / "out"), ground / "index", question)
