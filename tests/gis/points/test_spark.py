"""Apache Spark gives the answers of the local engine, whatever dies on the way; without it the message says what to do."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from api.cli.main import run as run_command
from gis import spark_assign
from gis.county_indexes import save_county_indexes
from gis.demo import build
from gis.errors import Conflict, FileUnreadable, SetupNeeded
from gis.index_file import Manifest
from gis.locate import Locator
from gis.points.answers import Wanted
from gis.points.job import Question, locate_file
from gis.spark_assign import SparkQuestion, assign_with_spark, require_spark, spark_session

POINTS, COUNTIES = 1_000_000, 2
WANTED = Wanted(chain=True, names=True)


def _missing() -> str:
    try:
        require_spark()
    except SetupNeeded as error:
        return str(error)
    return ""


# Its gateway leaves sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
spark = pytest.mark.skipif(bool(_missing()), reason=_missing())


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
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a million points over two counties, the indexes, and the local engine's answers."""
    folder = tmp_path_factory.mktemp("spark")
    counties = [build(county=number) for number in range(COUNTIES)]
    names = {code: name for county in counties for code, name in county.names.items()}
    shapes = {code: shape for c in counties for code, shape in zip(c.leaves["code"], c.leaves.geometry, strict=True)}
    codes = sorted(shapes)
    polygons = np.array([shapes[code] for code in codes], dtype=np.object_)
    manifest = Manifest(1, date(2023, 1, 1), "演示", True, tuple(sorted({c.code for c in counties})), len(codes))
    save_county_indexes(folder / "index", manifest, names, codes, polygons)
    rng = np.random.default_rng(6)
    west, south, east, north = shapely.total_bounds(polygons)
    vertices = shapely.get_coordinates(polygons)
    lon, lat = rng.uniform((west - 0.1, south), (east, north), (POINTS, 2)).T
    some = rng.choice(POINTS, POINTS // 4, replace=False)
    lon[some], lat[some] = vertices[rng.integers(0, len(vertices), some.size)].T
    missing = np.arange(POINTS) % 1009 == 0
    table = pa.table(
        {
            "编号": np.arange(POINTS),
            "lon": pa.array(lon, mask=missing),
            "lat": lat,
            "备注": pa.array(["䂖"] * POINTS).dictionary_encode(),
        }
    )
    pq.write_table(table, folder / "points.parquet", row_group_size=60_000)
    locator = Locator(codes, polygons)
    locate_file(folder / "points.parquet", folder / "local.parquet", locator, names, Question(WANTED))
    return folder


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    with spark_session("local[2]", extra={"spark.sql.files.maxPartitionBytes": str(2 << 20)}) as opened:
        yield opened


def _same(ground: Path, made: Path, *, ordered: bool = True) -> None:
    wanted, found = pq.read_table(ground / "local.parquet"), pq.read_table(made)
    assert found.column_names == wanted.column_names
    assert len(found) == len(wanted)
    if not ordered:
        found = found.sort_by("编号")
    for name in wanted.column_names:
        values = wanted.column(name)
        plain = values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values
        assert found.column(name).combine_chunks().equals(plain.combine_chunks()), name


@spark
@pytest.mark.long
@pytest.mark.parametrize("together", [False, True])
def test_spark_answers_as_the_local_engine_does(ground: Path, session: Any, together: bool) -> None:
    made = ground / f"spark-{together}"
    question = SparkQuestion(WANTED, together=together)
    done = assign_with_spark(session, str(ground / "points.parquet"), str(made), ground / "index", question)
    assert (done.rows, done.problems) == (POINTS, -(-POINTS // 1009))
    _same(ground, made, ordered=False)
    assert not made.with_name(f"{made.name}.parts").exists()


@spark
@pytest.mark.long
def test_a_killed_worker_costs_no_row_and_doubles_none(ground: Path, session: Any) -> None:
    made = ground / "spark-killed"
    killed: list[int] = []
    over = threading.Event()

    def killer() -> None:
        while not over.is_set() and len(killed) < 3:
            for pid in _python_workers():
                if _cpu_ticks(pid) > 5 and pid not in killed:  # in the middle of a task, not idle
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                    break
            time.sleep(0.05)

    thread = threading.Thread(target=killer)
    thread.start()
    try:
        question = SparkQuestion(WANTED)
        done = assign_with_spark(session, str(ground / "points.parquet"), str(made), ground / "index", question)
    finally:
        over.set()
        thread.join()
    assert killed
    assert done.rows == POINTS
    _same(ground, made, ordered=False)


@spark
@pytest.mark.long
def test_what_is_there_or_missing_is_told(ground: Path, session: Any) -> None:
    question = SparkQuestion(WANTED)
    with pytest.raises(Conflict):
        assign_with_spark(session, str(ground / "points.parquet"), str(ground), ground / "index", question)
    with pytest.raises(FileUnreadable):
        assign_with_spark(session, str(ground / "none.parquet"), str(ground / "out"), ground / "index", question)


def _python_workers() -> list[int]:
    """The workers that this process's Spark has forked: children of its daemons."""
    parents = {int(p.name): _parent(int(p.name)) for p in Path("/proc").iterdir() if p.name.isdigit()}
    daemons = {pid for pid in parents if b"pyspark.daemon" in _command(pid) and _is_ours(pid, parents)}
    return [pid for pid, parent in parents.items() if parent in daemons and pid in daemons]


def _is_ours(pid: int, parents: dict[int, int]) -> bool:
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = parents.get(pid, 0)
    return False


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _cpu_ticks(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0
