"""One build of all tiles of the last edition, undone again: ``python -m tests.benchmarks.build_run URL``; prints JSON."""

import json
import resource
import sys
import time

from gis.db import connect_admin
from tests.benchmarks.store import rows
from tiles.build import build
from tiles.warm import encode_two_squares


def main(url: str) -> None:
    """Measure it: seconds by the clock and of the processor, peak of memory; compiled before."""
    [(edition,)] = rows(url, "last_edition")
    encode_two_squares()
    with connect_admin(url) as connection:
        wall, cpu = time.perf_counter(), time.process_time()
        with connection.transaction(force_rollback=True):
            build(connection, edition, everything=True)
            found = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    found["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
