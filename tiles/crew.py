"""Processes that encode tiles beside this one: of two threads of one process, one would wait for the other."""

import os
import pickle
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tiles.pyramid import Chunk, GridSource, UnitSource
from tiles.store import Encoded
from tiles.warm import warm

_WORTHWHILE = 20_000  # tiles, from which other processes are worth their start: some seconds of computing time each
_AHEAD = 256  # chunks in the making or waiting for the reader, some hundred kB each

Source = GridSource | UnitSource


class Crew:
    """Some processes, one for each core but one, which who writes their work keeps busy, together with the database.

    They start with the first work or `start`, and end with the context.
    """

    def __init__(self) -> None:
        self.size = max(1, len(os.sched_getaffinity(0)) - 1)
        self._processes: ProcessPoolExecutor | None = None
        self._folder: Any = None
        self._sources = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._processes is not None:
            self._processes.shutdown(cancel_futures=True)
            self._folder.cleanup()
            self._processes = None

    def start(self) -> None:
        """Start the processes, which compile or load what they need, and go on meanwhile."""
        processes = self._started()
        for _ in range(self.size):
            processes.submit(warm)

    def encode(self, source: Source) -> tuple[int, Iterator[Encoded]]:
        """The number of chunks of a source, and each as it is encoded: here if they are few, else beside, begun at once."""
        chunks = source.chunks()
        if self._processes is None and sum(chunk.tiles for chunk in chunks) < _WORTHWHILE:
            return len(chunks), map(source.encoded, chunks)
        processes = self._started()
        path = Path(self._folder.name) / str(self._sources)
        self._sources += 1
        path.write_bytes(pickle.dumps(source, protocol=pickle.HIGHEST_PROTOCOL))
        waiting = deque(processes.submit(_encoded, path, chunk) for chunk in chunks[:_AHEAD])
        return len(chunks), self._results(processes, waiting, path, chunks[_AHEAD:])

    def _started(self) -> ProcessPoolExecutor:
        if self._processes is None:
            self._folder = tempfile.TemporaryDirectory(prefix="wangge-tiles-")
            # Started anew, not forked: threads of this process may hold locks.
            self._processes = ProcessPoolExecutor(self.size, get_context("spawn"), _initialise)
        return self._processes

    def _results(
        self, processes: ProcessPoolExecutor, waiting: deque[Future[Encoded]], path: Path, further: Sequence[Chunk]
    ) -> Iterator[Encoded]:
        for chunk in further:
            yield waiting.popleft().result()
            waiting.append(processes.submit(_encoded, path, chunk))
        while waiting:
            yield waiting.popleft().result()


def _initialise() -> None:
    """In a new process: an interrupt is its parent's to handle, and it does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent: Any = parent_process()
    parent.join()
    os._exit(1)


@lru_cache(2)
def _source(path: Path) -> Source:
    return pickle.loads(path.read_bytes())  # noqa: S301 (written by the parent, in a folder of its account alone)


def _encoded(path: Path, chunk: Chunk) -> Encoded:
    return _source(path).encoded(chunk)
