"""Files of points → files with their grids, beside merely reading and writing the same rows."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from gis.demo import build
from gis.locate import Locator
from gis.points.job import Question, locate_file
from tests.benchmarks.measure import Figure, Report, check_same, ratio, side_by_side, timed

POINTS, FEWER, ROUNDS, SAMPLE = 10_000_000, 1_000_000, 3, 1_000


def run() -> Report:
    """Measure ten million points of Parquet and a million of CSV."""
    county = build(county=0)
    locator = Locator(list(county.leaves["code"]), county.leaves.geometry.to_numpy())
    west, south, east, north = county.leaves.total_bounds
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(west, east, POINTS), rng.uniform(south, north, POINTS)
    table = pa.table({"id": np.arange(POINTS), "lon": lon, "lat": lat})
    with TemporaryDirectory(prefix="wangge-bench-") as name:
        folder = Path(name)
        pq.write_table(table, folder / "in.parquet", use_dictionary=False)
        csv.write_csv(table.slice(0, FEWER), folder / "in.csv")
        del table

        def ours(suffix: str) -> Callable[[], float]:
            source, target = folder / f"in{suffix}", folder / f"out{suffix}"
            return lambda: timed(lambda: locate_file(source, target, locator, county.names, Question()))

        ours(".parquet")()
        some = pq.read_table(folder / "out.parquet", columns=["grid_code"]).column(0)[-SAMPLE:].to_pylist()
        check_same(
            [code or "" for code in some], locator.codes_at(lon[-SAMPLE:], lat[-SAMPLE:]).tolist(), "grids of rows"
        )
        seconds = side_by_side(
            ROUNDS,
            parquet=ours(".parquet"),
            plain=lambda: timed(lambda: _copied(folder)),
            csv=ours(".csv"),
            plain_csv=lambda: timed(lambda: _copied_csv(folder)),
        )
    return Report(
        "文件归属网格",
        "files of points",
        [
            _figure(
                f"Parquet，{POINTS:,} 点", f"Parquet, {POINTS:,} points", seconds, "parquet", POINTS, "plain", "≤ 5 s"
            ),
            _figure("下界：pyarrow 读写", "bound: pyarrow reads and writes", seconds, "plain", POINTS),
            _figure(f"CSV，{FEWER:,} 点", f"CSV, {FEWER:,} points", seconds, "csv", FEWER, "plain_csv"),
            _figure("下界：pyarrow 读写", "bound: pyarrow reads and writes", seconds, "plain_csv", FEWER),
        ],
    )


def _copied(folder: Path) -> None:
    pq.write_table(pq.read_table(folder / "in.parquet"), folder / "copy.parquet", use_dictionary=False)


def _copied_csv(folder: Path) -> None:
    csv.write_csv(csv.read_csv(folder / "in.csv"), folder / "copy.csv")


def _figure(
    zh: str, en: str, seconds: dict[str, list[float]], key: str, count: int, bound: str = "", note: str = ""
) -> Figure:
    times: Any = ratio(seconds[key], seconds[bound]) if bound else None
    return Figure(zh, en, median(seconds[key]), count, "points", times, note)
