"""A whole executor of Apache Spark, a Java with its Python workers, is killed in the middle of the work."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gis.spark_assign import spark_session
from tests.gis.points.spark_ground import QUIET, check_though_killed, cpu_ticks, executors, python_workers, spark

pytestmark = [*QUIET, spark, pytest.mark.long]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A cluster on this machine: two executors of their own, as on many machines."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    try:
        with spark_session("local-cluster[2,1,1024]", extra={"spark.driver.host": "127.0.0.1"}) as opened:
            yield opened
    finally:
        del os.environ["SPARK_LOCAL_IP"]


def test_a_killed_executor_costs_no_row_and_doubles_none(ground: Path, session: Any) -> None:
    def at_work() -> list[int]:
        return executors() if any(cpu_ticks(pid) > 5 for pid in python_workers()) else []

    check_though_killed(ground, session, at_work, count=1)
