"""``python -m tests.api.killed_publication URL DRAFT POINT``: publishes a draft and is killed at one point of it."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from api import publishing
from boundaries import publish as writing
from gis.clock import local_today
from gis.db import Database
from tests.boundaries.squares import COUNTY


def die(*_: object, **__: object) -> None:
    """End at once: nothing is rolled back, closed or cleared by this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def after(work: Callable[..., Any]) -> Callable[..., Any]:
    """Do the work, then die before its transaction is committed."""

    def done(*given: object, **named: object) -> None:
        work(*given, **named)
        die()

    return done


POINTS: dict[str, Callable[[], Any]] = {
    "rows half written": lambda: patch.object(writing, "mark_published", die),
    "rows written, not committed": lambda: patch.object(publishing, "prepare", after(publishing.prepare)),
    "prepared, no tiles": lambda: patch.object(publishing.tile_build, "build", die),
    "tiles half made": lambda: patch.object(publishing.tile_build.store, "mark_built", die),
    "tiles made, not committed": lambda: patch.object(
        publishing.tile_build, "build", after(publishing.tile_build.build)
    ),
    "tiles made, not current": lambda: patch.object(publishing, "activate", die),
    "current, not committed": lambda: patch.object(publishing, "activate", after(publishing.activate)),
}


def main(url: str, draft: int, point: str) -> None:
    """Publish, and die on the way."""
    with Database(url, size=3) as database, POINTS[point]():
        publishing.publish(database, draft, valid_from=local_today(), actor="test", counties=[COUNTY])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
