"""Workers are forked from a process that has imported the program already: one import for all, whose memory they share.

That process does nothing else: it holds no connection and no thread of ours when it forks, and it ends with its parent.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from socket import socket

from uvicorn import Config

_PRELOADED = "api.preload"


def start() -> None:
    """Start the process, which imports the program while the caller goes on; one that runs already is kept.

    The variables of the metrics' library must be set before: it reads them when it is imported.
    """
    multiprocessing.set_forkserver_preload([_PRELOADED])
    forkserver.ensure_running()


def worker(config: Config, target: Callable[..., None], sockets: list[socket]) -> ForkServerProcess:
    """A worker, not started yet; takes what uvicorn's own function for this takes."""
    given = {"environment": dict(os.environ), "config": config, "target": target, "sockets": sockets}
    return multiprocessing.get_context("forkserver").Process(target=_serve, kwargs=given)


def _serve(environment: dict[str, str], config: Config, target: Callable[..., None], sockets: list[socket]) -> None:
    """In the worker: its environment is the supervisor's of now, not of when the fork server started."""
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # blocked by `api.preload`, so none is lost meanwhile
    config.configure_logging()
    target(sockets=sockets)
