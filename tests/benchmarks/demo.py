"""Making and storing the demonstration county, then publishing it, beside a plain COPY of its households and grids."""

import json
import subprocess
import sys
from statistics import median

from gis.db import Connection, connect_admin
from gis.settings import ROOT
from tests.benchmarks.measure import Figure, Report, check, ratio, side_by_side, timed
from tests.benchmarks.store import SQL, copy_in, copy_out, county_url, rows
from tests.conftest import Templates

GOAL_S = 20
"""For making and storing; `up` and the building of tiles have goals of their own."""
ROUNDS = 2
_STAGES = (("其中生成", "of which making it"), ("其中写入", "of which storing"), ("其中发布", "of which publishing"))


def run(templates: Templates) -> Report:
    """Measure it; each round has a fresh empty store."""
    source = county_url(templates)
    [wanted] = rows(source, "loaded")
    stages: list[list[float]] = []

    def load() -> float:
        return _load(templates, wanted, stages)

    with connect_admin(templates.clone("county")) as connection:
        households, grids = copy_out(connection, "households_out"), copy_out(connection, "grids_out")
        connection.execute(SQL["plain_tables"])
        seconds = side_by_side(ROUNDS, whole=load, copy=lambda: _copy(connection, households, grids))
    whole, copy = seconds["whole"], seconds["copy"]
    made = [all_s - published for all_s, (*_, published) in zip(whole, stages, strict=True)]
    figures = [
        Figure(
            "演示县：生成、写入",
            "the county: made, stored",
            median(made),
            ratio=ratio(made, copy),
            note=f"≤ {GOAL_S} s",
        ),
        Figure("连同发布版本 1", "with edition 1 published", median(whole), ratio=ratio(whole, copy)),
    ]
    figures += [
        Figure(zh, en, median(durations))
        for (zh, en), durations in zip(_STAGES, zip(*stages, strict=True), strict=True)
    ]
    size = (len(households) + len(grids)) / 2**20
    figures.append(Figure("下界：COPY 同样的户和网格", "bound: COPY", median(seconds["copy"]), note=f"{size:.0f} MB"))
    return Report("演示县", "the demonstration county", figures)


def _load(templates: Templates, wanted: tuple[int, ...], stages: list[list[float]]) -> float:
    """Load it in a fresh process, with what an interpreter needs to start."""
    url = templates.clone(templates.empty())
    command = [sys.executable, "-P", "-m", "tests.benchmarks.demo_run", url, str(templates.folder)]
    told: list[str] = []
    seconds = timed(
        lambda: told.append(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    )
    stages.append(json.loads(told[0]))
    [loaded] = rows(url, "loaded")
    check(loaded == wanted and wanted[0] == wanted[2] > 0, f"households, grids, assigned: {loaded}")
    templates.drop(url)
    return seconds


def _copy(connection: Connection, households: bytes, grids: bytes) -> float:
    def both() -> None:
        copy_in(connection, "households_in", households)
        copy_in(connection, "grids_in", grids)

    seconds = timed(both)
    connection.execute(SQL["empty_plain"])
    return seconds
