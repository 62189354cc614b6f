"""The demonstration county made, stored and published in a fresh process: ``python -m tests.benchmarks.demo_run URL FOLDER``.

Prints the seconds of its stages as JSON, as a user has them: nothing is kept in memory from a county before.
"""

import json
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path


def main(url: str, folder: str) -> None:
    """Load it into an empty migrated database."""
    # Not above: the processes that it starts run this module anew, which those of the service do not.
    from api.demo import load_demo
    from gis.db import Database

    marks: list[float] = []

    def begin(_zh: str, _en: str) -> Callable[[float], None]:
        marks.append(time.perf_counter())
        return lambda _share: None

    with Database(url, size=2, statement_timeout_s=0) as database:
        load_demo(database, Path(folder), begin)
        marks.append(time.perf_counter())
    sys.stdout.write(json.dumps([b - a for a, b in pairwise(marks)]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
