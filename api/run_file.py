"""The file that tells other terminals which process serves this data folder."""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Running:
    """A running service: process, its start in clock ticks since boot (tells a reused pid apart), address."""

    pid: int
    began: int
    url: str


def _path(data: Path) -> Path:
    return data / "run" / "service.json"


def write_run_file(data: Path, url: str) -> None:
    """Say that this process serves the data folder."""
    path = _path(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    body = asdict(Running(os.getpid(), process_began(os.getpid()) or 0, url))
    path.write_text(json.dumps(body), encoding="utf-8")


def remove_run_file(data: Path) -> None:
    """Forget this process."""
    _path(data).unlink(missing_ok=True)


def find_running(data: Path) -> Running | None:
    """The process that serves the data folder, if it lives."""
    try:
        found = Running(**json.loads(_path(data).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if process_began(found.pid) == found.began else None


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


def wait_until_gone(running: Running, seconds: float) -> bool:
    """Wait for a process to end; whether it did."""
    until = time.monotonic() + seconds
    while process_began(running.pid) == running.began:
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
