"""A whole executor of Apache Spark, a Java with its Python workers, is killed in the middle of the work."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gis.spark_assign import SparkQuestion, assign_with_spark, spark_session
from tests.gis.points.spark_ground import POINTS, QUIET, WANTED, cpu_ticks, executors, python_workers, same, spark

pytestmark = [*QUIET, spark, pytest.mark.long]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A cluster on this machine: two executors of their own, as on many machines."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    try:
        small = {"spark.sql.files.maxPartitionBytes": str(2 << 20), "spark.driver.host": "127.0.0.1"}
        with spark_session("local-cluster[2,1,1024]", extra=small) as opened:
            yield opened
    finally:
        del os.environ["SPARK_LOCAL_IP"]


def test_a_killed_executor_costs_no_row_and_doubles_none(ground: Path, session: Any) -> None:
    made = ground / "spark-executor-killed"
    killed: list[int] = []
    over = threading.Event()

    def killer() -> None:
        while not over.is_set() and not killed:
            if any(cpu_ticks(pid) > 5 for pid in python_workers()):  # in the middle of a task
                killed.append(executors()[0])
                os.kill(killed[0], signal.SIGKILL)
            time.sleep(0.02)

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
    same(ground, made, ordered=False)
