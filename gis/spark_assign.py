"""Points of many counties on Apache Spark: the same kernel in every Python worker, one mapped index per county.

PySpark is an extra (``locks/spark.lock``) and is imported only here, inside functions.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gis.county_indexes import OPEN_AT_ONCE, CountyIndexes
from gis.crs import Crs
from gis.datum import Datum
from gis.errors import Conflict, FileUnreadable, SetupNeeded
from gis.points.answers import Wanted, kept
from gis.points.job import Located
from gis.points.places import Places, find_places
from gis.settings import ROOT
from gis.spark_files import FileTask, answer_files, parquet_files, splits
from gis.spark_workers import ROUTE, Router, Worker

JAVA_FROM = 17
FAILURES = 4
"""How often a task may fail before the job does; a killed worker or executor is one failure of its task."""

_BATCH_ROWS = 1 << 16
_LOCAL = re.compile(r"local(\[.*\])?")


@dataclass(frozen=True, slots=True)
class SparkQuestion:
    """What is asked; as `gis.points.job.Question`, of Parquet with columns of coordinates or WKT.

    Attributes
    ----------
    together : whether rows are first brought together by county, so that a worker needs few indexes: for more counties
        than a machine has memory for, and always for more than a worker keeps open. Else rows stay where they are.
    split_bytes : of the source that a task takes at least: of points, which are small, some million rows.
    """

    wanted: Wanted
    lon: str | None = None
    lat: str | None = None
    crs: str | Crs | None = None
    datum: Datum = "cgcs2000"
    together: bool = False
    split_bytes: int = 32 << 20


def require_spark() -> None:
    """Check that PySpark and a Java are there.

    Raises
    ------
    SetupNeeded
        With what to do.
    """
    if find_spec("pyspark") is None:
        raise SetupNeeded(
            reason_zh="没有 PySpark；./wangge assign --engine spark 会自动安装，其他安装方式：pip install 'wangge[spark]'",
            reason_en="PySpark is missing; ./wangge assign --engine spark installs it, elsewhere pip install 'wangge[spark]'",
        )
    found = _java_version()
    if found < JAVA_FROM:
        zh, en = ("没有 Java", "there is no Java") if not found else (f"Java {found} 太旧", f"Java {found} is too old")
        raise SetupNeeded(
            reason_zh=f"{zh}；Spark 需要 Java {JAVA_FROM} 或更新版本：apt-get install openjdk-17-jre-headless，或设置 JAVA_HOME",
            reason_en=f"{en}; Spark needs Java {JAVA_FROM} or newer: apt-get install openjdk-17-jre-headless, or set JAVA_HOME",
        )


def _java_version() -> int:
    """The main version of the Java that Spark would start, 0 without one."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not Path(java).is_file():
        return 0
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(version[1]) if version else 0


def _spark(module: str) -> Any:
    """A module of PySpark, which is not there for most who read this code, nor for its checks."""
    return import_module(f"pyspark.{module}")


@contextmanager
def spark_session(master: str, *, packages: str = "", extra: dict[str, str] | None = None) -> Generator[Any]:
    """A Spark session whose Python workers find this code; on one machine it listens on loopback only.

    Parameters
    ----------
    master : ``local[2]`` (two workers), or the address of a cluster.
    packages : Maven coordinates of further jars.
    """
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    # local[N] becomes local[N,F]: without it a local Spark gives up at the first failed task.
    cores = re.fullmatch(r"local\[(\d+|\*)\]", master)
    chosen = f"local[{cores[1]},{FAILURES}]" if cores else master
    builder: Any = _spark("sql").SparkSession.builder
    settings = {
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(_BATCH_ROWS),
        "spark.sql.session.timeZone": "UTC",
        "spark.task.maxFailures": str(FAILURES),
        "spark.executorEnv.PYTHONPATH": os.environ["PYTHONPATH"],
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        **({"spark.jars.packages": packages} if packages else {}),
        **(_on_this_machine() if _LOCAL.match(master) else {}),
        **(extra or {}),
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.master(chosen).appName("wangge assign").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()


def _on_this_machine() -> dict[str, str]:
    return {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.memory": "2g"}


def assign_with_spark(session: Any, source: str, target: str, index: Path, question: SparkQuestion) -> Located:
    """Write Parquet with the columns wanted added to each row, as `gis.points.job.locate_file` does on one machine.

    Parameters
    ----------
    source : a Parquet file or folder, a path or an address that Spark reads.
    target : the folder to write. On this machine it appears under its name only when it is whole; elsewhere Spark's
        ``_SUCCESS`` says so.
    index : folder of indexes (`gis.county_indexes`), at the same path on every machine.

    Raises
    ------
    FileUnreadable
        If the source is not there or no Parquet.
    Conflict
        If the target exists.
    InvalidInput, InvalidCrs
        As for `gis.points.places.find_places`.
    """
    here = "://" not in target
    if here and Path(target).exists():
        raise Conflict(reason_zh=f"{target} 已经存在", reason_en=f"{target} exists already")
    indexes = CountyIndexes(index)
    indexes.index(0)  # compiles the kernel, once: workers on this machine load it
    together = question.together or len(indexes.counties) > OPEN_AT_ONCE
    files = parquet_files(source) if here and not together else None
    if files is not None:
        places = _places(pq.read_schema(files[0]).names, question)
        made, found = f"{target}.parts", tuple(splits(files, question.split_bytes))
        return answer_files(session, FileTask(str(index), places, question.wanted, made, found), Path(target))
    session.conf.set("spark.sql.files.maxPartitionBytes", str(question.split_bytes))
    rows = _read(session, source)
    answered = _answered(rows, str(index), question, together=together)
    made = f"{target}.parts" if here else target
    answered.write.mode("overwrite" if here else "errorifexists").parquet(made)
    done = _counted(session.read.parquet(made))
    if here:
        Path(made).replace(target)
    return done


def _places(columns: list[str], question: SparkQuestion) -> Places:
    return find_places(columns, None, lon=question.lon, lat=question.lat, crs=question.crs, datum=question.datum)


def _answered(rows: Any, index: str, question: SparkQuestion, *, together: bool) -> Any:
    """A data frame with the columns wanted."""
    places = _places(rows.columns, question)
    stays = kept(_named(rows.columns), question.wanted)
    if together:
        rows = _together(rows, Router(index, places))
    schema = _schema(rows, stays, question.wanted)
    return rows.mapInArrow(Worker(index, places, question.wanted, tuple(stays)), schema)


def _read(session: Any, source: str) -> Any:
    try:
        return session.read.parquet(source)
    except _spark("errors").PySparkException as error:
        detail = str(error).splitlines()[0][:200]
        raise FileUnreadable(path=source, reason_zh=f"不是 Parquet（{detail}）", reason_en=detail) from error


def _named(columns: list[str]) -> Any:
    return pa.schema([pa.field(name, pa.string()) for name in columns])


def _schema(rows: Any, stays: list[str], wanted: Wanted) -> Any:
    types = _spark("sql.types")
    added = [
        types.StructField(field.name, types.DoubleType() if pa.types.is_floating(field.type) else types.StringType())
        for field in wanted.fields(coded=False)
    ]
    return types.StructType([*[rows.schema[name] for name in stays], *added])


def _together(rows: Any, router: Router) -> Any:
    """Rows with those of a county in one partition each, as far as the number of partitions goes."""
    types = _spark("sql.types")
    schema = types.StructType([*rows.schema.fields]).add(ROUTE, types.IntegerType())
    return rows.mapInArrow(router, schema).repartition(ROUTE).sortWithinPartitions(ROUTE).drop(ROUTE)


def _counted(rows: Any) -> Located:
    f = _spark("sql.functions")
    good = f.col("problem").isNull()
    row = rows.agg(
        f.count("*"),
        f.coalesce(f.sum((~good).cast("long")), f.lit(0)),
        f.coalesce(f.sum((good & f.col("grid_code").isNull()).cast("long")), f.lit(0)),
    ).first()
    return Located(rows=row[0], problems=row[1], outside=row[2])
