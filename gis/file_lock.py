"""Locks between processes on files of the data folder; the end of a process, however it ends, frees its locks."""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from gis.errors import Conflict, SetupNeeded


@contextmanager
def lock_file(path: Path) -> Generator[int]:
    """An open file to lock, made with its folder where it is missing; closed (and so unlocked) afterwards.

    Raises
    ------
    SetupNeeded
        The folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SetupNeeded(
            reason_zh=f"无法写入数据目录 {path.parent}：{error.strerror}",
            reason_en=f"the data folder {path.parent} cannot be written: {error.strerror}",
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def alone(path: Path, *, wait_s: float = 600) -> Generator[None]:
    """Hold the lock ``path`` for the length of a block; waits for others that hold it.

    Raises
    ------
    Conflict
        Others held it for longer than ``wait_s``.
    """
    deadline = time.monotonic() + wait_s
    with lock_file(path) as descriptor:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise Conflict(
                        reason_zh=f"另一个进程一直占用 {path}",
                        reason_en=f"another process keeps {path} locked",
                    ) from error
                time.sleep(0.05)
        yield
