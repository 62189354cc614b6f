"""Throw-away clusters for tests."""

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from gis.cluster import Cluster
from gis.errors import SetupNeeded
from gis.file_lock import lock_file
from gis.settings import Settings

_PREFIX = "wangge-temporary-"
_USERS = "pg.users"
_MEMORY, _ROOM = Path("/dev/shm"), 8 << 30  # noqa: S108 - a file system; folders in it get names of their own


@contextmanager
def temporary(start: Path | None = None, within: Path | None = None) -> Generator[Cluster]:
    """A running throw-away cluster in a folder for temporary files, for tests; gone afterwards.

    What killed processes left of theirs is cleared away as well.

    Parameters
    ----------
    start : the folder of a stopped cluster, whose files are copied to begin with.
    within : where to make its folder, by default where temporary files are made; see `memory`.
    """
    with _folder(within) as folder:
        if start is not None:  # a program whose copies keep the account that owns them
            subprocess.run(["cp", "-a", *start.iterdir(), folder], check=True)
        cluster = Cluster(Settings(data=folder), durable=False)
        with cluster.running():
            _clear_abandoned(folder.parent)
            yield cluster


@contextmanager
def stopped(within: Path | None = None) -> Generator[Cluster]:
    """A throw-away cluster for whoever starts and stops it, to be copied: its files stay until the end of the block."""
    with _folder(within) as folder, lock_file(folder / _USERS) as users:
        fcntl.flock(users, fcntl.LOCK_SH)  # whose users live is not abandoned
        cluster = Cluster(Settings(data=folder), durable=False)
        try:
            yield cluster
        finally:
            cluster.stop()  # whoever started it may have been killed


def memory() -> Path | None:
    """A folder in memory with room for the databases of many tests; None where there is none."""
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM else None


@contextmanager
def _folder(within: Path | None) -> Generator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=within))
    folder.chmod(0o711)  # the server's account must get through
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _clear_abandoned(place: Path) -> None:
    """Stop and remove temporary clusters of this account whose users are all gone."""
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError, SetupNeeded):
            # A folder this young may belong to a process that has not locked it yet.
            if folder.stat().st_uid != os.geteuid() or time.time() - folder.stat().st_mtime < 60:
                continue
            with lock_file(folder / _USERS) as users:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                Cluster(Settings(data=folder), durable=False).stop()
                shutil.rmtree(folder)
