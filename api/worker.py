"""The application in one worker process of the command line's server."""

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from pathlib import Path

from fastapi import FastAPI

log = logging.getLogger("wangge.worker")
START_FAILED = 4
COUNTER_BYTES = 2**20
_ORPHAN_GRACE_S = 15


def create() -> FastAPI:
    """Make the application; a worker that cannot ends with the code ``START_FAILED`` and a line in the log."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal is the parent's business
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    try:
        reserve_counters()
        from api.app import create_app  # after the counters: the library opens their files when it is imported

        return create_app()
    except Exception:
        log.exception("the worker cannot start")
        sys.exit(START_FAILED)


def _end_with_parent() -> None:
    """Stop serving when the parent process is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    log.warning("the parent process is gone")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_ORPHAN_GRACE_S)
    os._exit(1)


def reserve_counters() -> None:
    """Reserve the room of this process's counter files, which are mapped into memory.

    On a full disk, touching an unreserved page of a mapped file would kill the process.
    """
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is None:
        return
    for kind in ("counter", "histogram"):
        with (Path(folder) / f"{kind}_{os.getpid()}.db").open("a+b") as file:
            os.posix_fallocate(file.fileno(), 0, COUNTER_BYTES)
