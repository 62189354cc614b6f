"""Which process serves this data folder: one at a time, known to other terminals.

The claim is a lock on ``service.lock``, which ends with the process however it ends; ``run/service.json`` says more about
the process that holds it, and counts for nothing while nobody does.
"""

import fcntl
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from gis.errors import Conflict
from gis.file_lock import lock_file

_PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Running:
    """A process that serves the data folder, or is about to.

    Attributes
    ----------
    began : its start in clock ticks since boot; tells it from a later process of the same number.
    url : the service's address on this machine; empty for a process that has the folder to itself.
    """

    pid: int
    began: int
    url: str


def _lock(data: Path) -> Path:
    return data / "service.lock"


def _file(data: Path) -> Path:
    return data / "run" / "service.json"


@contextmanager
def claim(data: Path, url: str) -> Generator[None]:
    """Be the one process that serves ``data`` at ``url``, or has it to itself ("") for the length of a block.

    Raises
    ------
    Conflict
        If another process is.
    SetupNeeded
        If the folder cannot be written.
    """
    with lock_file(_lock(data)) as descriptor:
        until = time.monotonic() + _PATIENCE_S  # somebody may just be looking
        while not _locked(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > until:
                raise _taken(find_running(data))
            time.sleep(0.02)
        path = _file(data)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(
            json.dumps(asdict(Running(os.getpid(), process_began(os.getpid()) or 0, url))), encoding="utf-8"
        )
        draft.replace(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def find_running(data: Path) -> Running | None:
    """The process that serves the data folder, if there is one.

    Raises
    ------
    SetupNeeded
        If the folder belongs to another account.
    """
    if not _lock(data).exists():
        return None
    with lock_file(_lock(data)) as descriptor:
        if _locked(descriptor, fcntl.LOCK_SH):
            return None
    for _ in range(50):  # whoever has just locked it is about to write
        with suppress(OSError, ValueError, TypeError):
            found = Running(**json.loads(_file(data).read_text(encoding="utf-8")))
            if process_began(found.pid) == found.began:
                return found
        time.sleep(0.02)
    return None


def process_began(pid: int) -> int | None:
    """Start of a process in clock ticks since boot (proc(5), field 22); None if it is gone.

    Where the system has no ``/proc``, 0 for a living process.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except FileNotFoundError:
        return _alive_without_proc(pid) if not Path("/proc/self/stat").exists() else None
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def _alive_without_proc(pid: int) -> int | None:
    try:
        os.kill(pid, 0)
    except OSError:
        return None
    return 0


def wait_until_gone(data: Path, running: Running, seconds: float) -> bool:
    """Wait for a process to let go of the data folder; whether it did."""
    until = time.monotonic() + seconds
    while (now := find_running(data)) is not None and now.pid == running.pid:
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _taken(running: Running | None) -> Conflict:
    if running is None:
        return Conflict(reason_zh="另一个进程正在使用此数据目录", reason_en="another process is using this data folder")
    return Conflict(
        reason_zh=f"服务已在运行：{running.url}（进程 {running.pid}）；用 wangge down 停止",
        reason_en=f"already running: {running.url} (process {running.pid}); wangge down stops it",
    )
