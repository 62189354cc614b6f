"""Publishing one moved border, to the tile that every worker answers; and all tiles of the edition made anew."""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from morecantile import tms as matrix_sets

from api.publishing import publish
from boundaries.drafts import Change, open_draft, put_changes
from gis.clock import local_today
from gis.coverage import county_codes
from gis.db import Database
from gis.settings import ROOT
from tests.benchmarks.border_moves import border_moves, counties_store
from tests.benchmarks.measure import Figure, Report, WrongAnswer, check
from tests.benchmarks.store import server, until_in_memory
from tests.boundaries.edits import County, Xy
from tests.conftest import Templates

ROUNDS, WORKERS = 5, 2
_AFTER_S, _CERTAIN = 2.0, 20
_ACTOR = "bench"


@dataclass(frozen=True, slots=True)
class Times:
    """Of one publication: seconds until its commit, and from there to the last old tile that any worker answered."""

    committed: float
    stale: float


def run(templates: Templates, counties: int = 1) -> Report:
    """Measure publications of one border each over a service of two workers, then a build of all tiles.

    Parameters
    ----------
    counties : so many demonstration counties in one store: costs should follow the change, not the store.

    Raises
    ------
    WrongAnswer
        If a worker still answers an old tile when all should be fresh.
    """
    data = Path(mkdtemp(dir=templates.folder))
    with (
        counties_store(templates, counties) as url,
        Database(url, size=2, statement_timeout_s=0) as database,
        server(url, templates.folder, DATA=str(data), WORKERS=str(WORKERS)) as port,
    ):
        until_in_memory(data)
        with database.transaction() as connection:
            county = County(connection)
        places = [county.code((number + 1) / (ROUNDS + 2)) for number in range(ROUNDS)]
        found = [_published(database, port, *move) for move in border_moves(county, places)]
        built = _built(url)
    committed, stale = (median(times) for times in zip(*((t.committed, t.stale) for t in found), strict=True))
    most = max(one.stale for one in found)
    memory = f"CPU {built['cpu_s']:.1f} s, {built['peak_bytes'] / 2**20:,.0f} MiB"
    return Report(
        f"发布，{counties} 个县",
        f"publishing, counties: {counties}",
        [
            Figure("移动一条界线，到提交", "one border moved, to the commit", committed),
            Figure(
                "提交后到每个进程都给出新瓦片",
                "from the commit to the fresh tile of every worker",
                stale,
                note=f"≤ 1 s; {most:.2f} s",
            ),
            Figure(
                "重做全部瓦片", "all tiles made anew", built["wall_s"], ratio=built["wall_s"] / committed, note=memory
            ),
        ],
    )


def _published(database: Database, port: int, changes: list[Change], place: Xy) -> Times:
    tile = matrix_sets.get("WebMercatorQuad").tile(*place, 14)
    path = f"/tiles/level6,borders/{tile.z}/{tile.x}/{tile.y}.mvt"
    with database.transaction() as connection:
        counties = county_codes(connection)
        draft = open_draft(connection, title="bench", author=_ACTOR)
        put_changes(connection, draft, changes)
    before = _tag(port, path)
    with _watched(port, path) as seen:
        started = time.perf_counter()
        publish(database, draft, valid_from=local_today(), actor=_ACTOR, counties=counties)
        committed = time.perf_counter()
        time.sleep(_AFTER_S)
    old = [when for when, tag in seen if tag == before]
    check(len(seen) > _CERTAIN and all(tag != before for _, tag in seen[-_CERTAIN:]), f"{path} is old still")
    return Times(committed - started, max(0.0, max(old, default=committed) - committed))


@contextmanager
def _watched(port: int, path: str) -> Generator[list[tuple[float, str]]]:
    """Ask for a tile over and over, by new connections, whoever takes them: when, and the tag of the answer."""
    seen: list[tuple[float, str]] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            asked = time.perf_counter()
            seen.append((asked, _tag(port, path)))
            time.sleep(0.005)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _tag(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("HEAD", path)
        return connection.getresponse().headers.get("ETag", "")
    finally:
        connection.close()


def _built(url: str) -> dict[str, float]:
    """What a build of all tiles takes, in a process of its own."""
    command = [sys.executable, "-P", "-m", "tests.benchmarks.build_run", url]
    done = subprocess.run(command, cwd=Path(ROOT), capture_output=True, text=True, check=False)
    if done.returncode:
        raise WrongAnswer(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])
