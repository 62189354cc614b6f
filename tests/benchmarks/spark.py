"""The kernel in Apache Spark with one and two workers, beside one process without Spark and Apache Sedona's join."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from api.cli.console import err
from gis.county_indexes import save_county_indexes
from gis.demo import build
from gis.index_file import Manifest
from gis.locate import Locator
from gis.points.job import Question, locate_file
from gis.settings import ROOT
from gis.spark_assign import require_spark
from tests.benchmarks.measure import Figure, Report, WrongAnswer, check, timed

POINTS, FEWER, COUNTIES = 20_000_000, 2_000_000, 10
_ALL, _FEW = "points.parquet", "fewer.parquet"

Measured = dict[str, Any]


def run() -> Report:
    """Measure 20 million points over ten counties; Sedona, which needs far longer, on a tenth of them.

    Raises
    ------
    SetupNeeded
        Without PySpark or Java.
    """
    require_spark()
    with TemporaryDirectory(prefix="wangge-bench-") as name:
        folder = Path(name)
        locator, names = _ground(folder)
        alone = [timed(lambda: _alone(folder, locator, names)) for _ in range(2)]
        wanted = _counts(folder / "alone.parquet")
        figures = [_figure("一个进程，不用 Spark", "one process, no Spark", min(alone), POINTS)]
        one = _spark("kernel", 1, folder, _ALL)
        two = _spark("kernel", 2, folder, _ALL)
        for measured in (one, two):
            check(measured["counts"] == wanted, "Spark's answers are not those of one process")
        figures += [
            _figure("Spark，1 个 worker", "Spark, 1 worker", _seconds(one), POINTS),
            _figure("Spark，2 个 worker", "Spark, 2 workers", _seconds(two), POINTS, _seconds(two) / _seconds(one)),
        ]
        figures += _beside_sedona(folder)
    return Report("Spark：2,000 万点，10 个县", "Spark: 20 million points, 10 counties", figures)


def _ground(folder: Path) -> tuple[Locator, dict[str, str]]:
    counties = [build(county=number) for number in range(COUNTIES)]
    shapes = {code: shape for c in counties for code, shape in zip(c.leaves["code"], c.leaves.geometry, strict=True)}
    names = {code: name for county in counties for code, name in county.names.items()}
    codes = sorted(shapes)
    polygons = np.array([shapes[code] for code in codes], dtype=np.object_)
    inside = tuple(sorted({code[:6] for code in codes}))
    about = Manifest(1, date(2023, 1, 1), "演示县", synthetic=True, counties=inside, grids=len(codes))
    save_county_indexes(folder / "index", about, names, codes, polygons)
    pq.write_table(pa.table({"code": codes, "wkb": shapely.to_wkb(polygons).tolist()}), folder / "grids.parquet")
    boxes = np.array([county.leaves.total_bounds for county in counties])
    rng = np.random.default_rng(0)
    for name, count in ((_ALL, POINTS), (_FEW, FEWER)):
        west, south, east, north = boxes[rng.integers(0, COUNTIES, count)].T
        columns = {"id": np.arange(count), "lon": rng.uniform(west, east), "lat": rng.uniform(south, north)}
        pq.write_table(pa.table(columns), folder / name, use_dictionary=False, row_group_size=1 << 20)
    return Locator(codes, polygons), names


def _alone(folder: Path, locator: Locator, names: dict[str, str]) -> None:
    locate_file(folder / _ALL, folder / "alone.parquet", locator, names, Question())


def _counts(path: Path) -> dict[str, int]:
    codes = pq.read_table(path, columns=["grid_code"]).column("grid_code").combine_chunks()
    found: dict[str, int] = {}
    for one in codes.value_counts().to_pylist():
        if one["values"] is not None:
            found[one["values"][:6]] = found.get(one["values"][:6], 0) + one["counts"]
    return found


def _spark(engine: str, workers: int, folder: Path, points: str) -> Measured:
    command = [sys.executable, "-P", "-m", "tests.benchmarks.spark_run", engine, str(workers), str(folder), points]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WrongAnswer(f"{engine}, {workers}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _seconds(measured: Measured) -> float:
    return median(measured["seconds"][1:])


def _beside_sedona(folder: Path) -> list[Figure]:
    """Its jar comes from Maven's repository as this machine is set up for it; where it cannot be had, there is no line."""
    ours = _spark("kernel", 2, folder, _FEW)
    zh, en = f"Spark，2 个 worker，{FEWER:,} 点", f"Spark, 2 workers, {FEWER:,} points"
    figures = [_figure(zh, en, _seconds(ours), FEWER)]
    try:
        theirs = _spark("sedona", 2, folder, _FEW)
    except WrongAnswer as error:
        err.print(f"Apache Sedona: {str(error)[-500:]}", markup=False)
        return figures
    # On a border its join gives every grid, so it may have a few rows more.
    fit = all(n <= theirs["counts"].get(county, 0) <= n * 1.001 for county, n in ours["counts"].items())
    check(fit, "Sedona's join finds other counties")
    times = _seconds(theirs) / _seconds(ours)
    return [
        *figures,
        _figure("Apache Sedona 连接，2 个 worker", "Apache Sedona's join, 2 workers", _seconds(theirs), FEWER, times),
    ]


def _figure(zh: str, en: str, seconds: float, points: int, ratio: float | None = None) -> Figure:
    return Figure(zh, en, seconds, points, "points", ratio)
