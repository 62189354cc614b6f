"""One measurement of Spark in a process and a Java of its own: ``python -m tests.benchmarks.spark_run ENGINE …``.

Prints a line of JSON: the seconds of each round, and how many points got each county's codes.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gis.points.answers import Wanted
from gis.spark_assign import SparkQuestion, assign_with_spark, spark_session

ROUNDS = 1
SEDONA = "org.apache.sedona:sedona-spark-shaded-4.0_2.13:1.8.0"
_SEDONA_SETTINGS = {
    "spark.sql.extensions": "org.apache.sedona.sql.SedonaSqlExtensions",
    "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
    "spark.kryo.registrator": "org.apache.sedona.core.serde.SedonaKryoRegistrator",
}
_JOIN = """
SELECT p.id, g.code AS grid_code FROM points p JOIN grids g ON ST_Intersects(g.shape, ST_Point(p.lon, p.lat))
"""


def main(engine: str, cores: str, folder: Path, points: str) -> None:
    """Measure ``kernel`` or ``sedona`` on ``points`` of ``folder`` with so many workers."""
    made = folder / f"made-{engine}-{cores}"
    sedona = engine == "sedona"
    extra = _SEDONA_SETTINGS if sedona else {}
    with spark_session(f"local[{cores}]", packages=SEDONA if sedona else "", extra=extra) as session:
        run = (_sedona if sedona else _kernel)(session, folder, points, made)
        seconds: list[float] = []
        for _ in range(ROUNDS + 1):  # the first starts the Python workers, and compiles what Java has not yet
            shutil.rmtree(made, ignore_errors=True)
            start = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - start)
        rows = session.read.parquet(str(made)).where("grid_code IS NOT NULL")
        found = rows.groupBy(rows.grid_code.substr(1, 6).alias("county")).count().collect()
    sys.stdout.write(json.dumps({"seconds": seconds, "counts": {row[0]: row[1] for row in found}}) + "\n")


def _kernel(session: Any, folder: Path, points: str, made: Path) -> Callable[[], object]:
    question = SparkQuestion(Wanted())
    return lambda: assign_with_spark(session, str(folder / points), str(made), folder / "index", question)


def _sedona(session: Any, folder: Path, points: str, made: Path) -> Callable[[], object]:
    """The join that Sedona does best: the grids broadcast with an index over them."""
    session.read.parquet(str(folder / points)).createOrReplaceTempView("points")
    grids = session.read.parquet(str(folder / "grids.parquet"))
    grids.selectExpr("code", "ST_GeomFromWKB(wkb) AS shape").hint("broadcast").createOrReplaceTempView("grids")
    return lambda: session.sql(_JOIN).write.parquet(str(made))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4])
