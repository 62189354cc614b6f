"""The parent of the server's workers: keeps them, the private database and the log in order."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from socket import socket

from uvicorn import Config
from uvicorn.supervisors import Multiprocess, multiprocess

from api import fork_server
from api.worker import START_FAILED
from gis.cluster import Cluster
from gis.errors import WanggeError
from gis.settings import SETTINGS_FILE, read_settings

log = logging.getLogger("wangge.supervisor")
STOP_S = 20
LOG_BYTES = 16 * 2**20
LOGS_KEPT = 5
_LOOK_S = 2.0


class Supervisor(Multiprocess):
    """uvicorn's supervisor of workers: SIGHUP replaces them one by one, SIGTERM and SIGINT end the service.

    Parameters
    ----------
    config, sockets : what the workers serve, and where they listen.
    upkeep : done twice a second; must be quick and must not raise.

    Attributes
    ----------
    served : whether the service has answered yet; until then a worker that cannot start ends the service.
    failed : whether the service ended because its workers could not start.
    """

    def __init__(self, config: Config, sockets: list[socket], upkeep: Sequence[Callable[[], None]] = ()) -> None:
        self.served = False
        self.failed = False
        self._upkeep = upkeep
        self._terminal = os.isatty(0) and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
        # The library has no other place for it; its own function starts a new interpreter for each worker.
        multiprocess.get_subprocess = fork_server.worker  # pyright: ignore[reportPrivateImportUsage]
        super().__init__(config, sockets)

    def keep_subprocess_alive(self) -> None:
        """Replace workers that died, and look after the rest."""
        if not self.served and any(process.exitcode == START_FAILED for process in self.processes):
            self.failed = True
            self.should_exit.set()
            return
        super().keep_subprocess_alive()
        for step in self._upkeep:
            step()

    def handle_hup(self) -> None:
        """Restart the workers, or end where the signal means that the terminal was closed."""
        if self._terminal and not os.isatty(0):
            self.should_exit.set()
        else:
            super().handle_hup()

    def join_all(self) -> None:
        """Wait for the workers to end; one that does not is killed."""
        until = time.monotonic() + STOP_S
        for worker in self.processes:
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                log.error("a worker did not stop and is killed", extra={"worker": worker.pid})
                worker.process.kill()
                worker.process.join()


class DatabaseKeeper:
    """Starts the private database again when it died under the service.

    Parameters
    ----------
    cluster : the cluster of this data folder.
    conninfo : what the workers connect with.
    moved : called with the new connection string if it is another one now (its port was taken meanwhile).
    """

    def __init__(self, cluster: Cluster, conninfo: str, moved: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._conninfo = conninfo
        self._moved = moved
        self._next = 0.0
        self._work: threading.Thread | None = None

    def __call__(self) -> None:
        """Look; the start itself happens beside the caller."""
        if time.monotonic() < self._next or (self._work is not None and self._work.is_alive()):
            return
        self._next = time.monotonic() + _LOOK_S
        if self._cluster.status().state == "stopped":
            self._work = threading.Thread(target=self._revive, name="database", daemon=True)
            self._work.start()

    def _revive(self) -> None:
        log.warning("the database stopped; starting it again")
        try:
            conninfo = self._cluster.ensure()
        except WanggeError as error:
            log.warning("the database does not start", extra={"reason": error.message("en")})
            self._next = time.monotonic() + 5 * _LOOK_S
            return
        log.info("the database runs again")
        if conninfo != self._conninfo:
            self._conninfo = conninfo
            self._moved(conninfo)


class SettingsFollower:
    """Has the workers replaced when the settings in the data folder's file are others and right.

    Parameters
    ----------
    folder : the data folder.
    changed : called when there are other settings.
    """

    def __init__(self, folder: Path, changed: Callable[[], None]) -> None:
        self._file = folder / SETTINGS_FILE
        self._changed = changed
        self._seen = self._text()
        self._next = 0.0

    def __call__(self) -> None:
        """Look, every two seconds."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _LOOK_S
        text = self._text()
        if text == self._seen:
            return
        self._seen = text
        try:
            read_settings()
        except ValueError as error:  # the workers keep what they have
            log.warning("the settings file is not right; nothing changes", extra={"reason": str(error)})
            return
        log.info("the settings have changed; the workers are replaced one by one")
        self._changed()

    def _text(self) -> bytes | None:
        try:
            return self._file.read_bytes()
        except OSError:
            return None


class LogRotation:
    """Renames the log when it is large; the handlers of all processes notice and open a new one.

    Parameters
    ----------
    path : the log; its older parts get ``.1`` (the youngest) to ``.5``.
    limit : bytes.
    """

    def __init__(self, path: Path, limit: int = LOG_BYTES) -> None:
        self._path = path
        self._limit = limit

    def __call__(self) -> None:
        """Look, and rename if it is time."""
        try:
            if self._path.stat().st_size < self._limit:
                return
            names = [self._path, *(self._path.with_name(f"{self._path.name}.{n}") for n in range(1, LOGS_KEPT + 1))]
            for older, younger in zip(names[:0:-1], names[-2::-1], strict=True):
                if younger.exists():
                    younger.replace(older)
        except OSError as error:
            log.warning("the log cannot be rotated", extra={"reason": str(error)})
