"""``python -m tests.tiles.killed_crew``: starts processes that encode tiles, prints their numbers, and waits to be killed."""

import multiprocessing
import sys
import time

from tiles.crew import Crew


def main() -> None:
    """Start them and wait."""
    with Crew() as crew:
        crew.start()
        while len(multiprocessing.active_children()) < crew.size:
            time.sleep(0.05)
        sys.stdout.write(" ".join(str(child.pid) for child in multiprocessing.active_children()) + "\n")
        sys.stdout.flush()
        time.sleep(300)


if __name__ == "__main__":
    main()
