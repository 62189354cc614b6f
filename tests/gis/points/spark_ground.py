"""What the tests of Apache Spark share: the ground, its comparison with the local engine, the processes of a Spark."""

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from gis.county_indexes import save_county_indexes
from gis.demo import build
from gis.errors import SetupNeeded
from gis.index_file import Manifest
from gis.locate import Locator
from gis.points.answers import Wanted
from gis.points.job import Question, locate_file
from gis.spark_assign import SparkQuestion, assign_with_spark, require_spark

POINTS, COUNTIES = 1_000_000, 2
WANTED = Wanted(chain=True, names=True)
SMALL = 1 << 20
"""Bytes of a task's share: a dozen tasks."""


def _missing() -> str:
    try:
        require_spark()
    except SetupNeeded as error:
        return str(error)
    return ""


# Its gateway leaves sockets to the garbage collector.
QUIET = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
spark = pytest.mark.skipif(bool(_missing()), reason=_missing())


def make_ground(folder: Path) -> None:
    """Fill a folder: a million points over two counties, the indexes, and the local engine's answers."""
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


def same(ground: Path, made: Path, *, ordered: bool = True) -> None:
    """Check that a result has the local engine's rows, in any order unless ``ordered``."""
    wanted, found = pq.read_table(ground / "local.parquet"), pq.read_table(made)
    assert found.column_names == wanted.column_names
    assert len(found) == len(wanted)
    if not ordered:
        found = found.sort_by("编号")
    for name in wanted.column_names:
        assert plain(found.column(name)).equals(plain(wanted.column(name))), name


def plain(column: Any) -> Any:
    """A column in one piece, whether or not its texts are dictionary-encoded."""
    kind = column.type
    return (column.cast(kind.value_type) if pa.types.is_dictionary(kind) else column).combine_chunks()


def check_though_killed(ground: Path, session: Any, victims: Callable[[], list[int]], count: int) -> None:
    """Check that every row is there once though processes are killed in the middle of a task.

    ``victims`` tells, as often as it is asked, which processes may be killed now; ``count`` of them are, one by one.
    """
    made = ground / f"spark-killed-{count}"
    killed: list[int] = []
    over = threading.Event()

    def killer() -> None:
        while not over.is_set() and len(killed) < count:
            for pid in [pid for pid in victims() if pid not in killed][:1]:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
            time.sleep(0.03)

    thread = threading.Thread(target=killer)
    thread.start()
    try:
        question = SparkQuestion(WANTED, split_bytes=SMALL)
        done = assign_with_spark(session, str(ground / "points.parquet"), str(made), ground / "index", question)
    finally:
        over.set()
        thread.join()
    assert killed
    assert done.rows == POINTS
    same(ground, made, ordered=False)


def python_workers() -> list[int]:
    """The workers that this process's Spark has forked: children of its daemons."""
    parents = _parents()
    daemons = set(_ours(b"pyspark.daemon", parents))
    return [pid for pid, parent in parents.items() if parent in daemons and pid in daemons]


def executors() -> list[int]:
    """The executors, each a Java of its own, of this process's Spark."""
    return _ours(b"CoarseGrainedExecutorBackend", _parents())


def _ours(name: bytes, parents: dict[int, int]) -> list[int]:
    return [pid for pid in parents if name in _command(pid) and _is_ours(pid, parents)]


def _parents() -> dict[int, int]:
    return {int(p.name): _parent(int(p.name)) for p in Path("/proc").iterdir() if p.name.isdigit()}


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


def cpu_ticks(pid: int) -> int:
    """Processor time of a process so far, in ticks; 0 if it is gone."""
    fields = _stat(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0
