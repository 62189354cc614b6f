"""One build of all tiles of the last edition, undone again: ``python -m tests.benchmarks.build_run URL``; prints JSON."""

import json
import os
import re
import resource
import sys
import time
from pathlib import Path

from gis.db import connect_admin, load_queries
from tiles.build import build
from tiles.crew import Crew
from tiles.warm import encode_two_squares

_SQL = load_queries(Path(__file__).with_name("queries.sql"))  # no more of the tests is imported: memory is measured


def main(url: str) -> None:
    """Measure it: seconds by the clock and of the processor, peak of memory, at most; compiled before."""
    encode_two_squares()
    with connect_admin(url) as connection:
        [(edition,)] = connection.execute(_SQL["last_edition"]).fetchall()
        wall, cpu = time.perf_counter(), _cpu_s()
        with connection.transaction(force_rollback=True):
            build(connection, edition, everything=True)
            found = {"wall_s": time.perf_counter() - wall, "cpu_s": _cpu_s() - cpu}
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * Crew().size
    found["peak_bytes"] = (_peak_kib() + largest) * 1024
    sys.stdout.write(json.dumps(found) + "\n")


def _peak_kib() -> int:
    """The most memory that this process has had; the system's other figure begins with that of who started it."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return 0 if found is None else int(found[1])


def _cpu_s() -> float:
    """Seconds of the processor, of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    main(sys.argv[1])
