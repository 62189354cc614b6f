"""An answer that is made faster than its reader takes it: in memory up to a limit, beyond that in a file."""

import tempfile
from collections import deque
from pathlib import Path
from threading import Lock
from typing import IO

from gis.errors import StorageFull

_PIECE = 1 << 20


class Outbox:
    """Pieces of bytes, first in, first out; one thread may put while another takes.

    Many clients send their whole question before they read the answer. Waiting for them would stop both sides for
    ever, and holding the answer in memory would let it grow with the question.

    Parameters
    ----------
    folder : where the file is made, if one is needed; it has no name and goes with the process.
    held : bytes that are kept in memory.
    """

    def __init__(self, folder: Path, held: int) -> None:
        self._folder = folder
        self._held = held
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._file: IO[bytes] | None = None
        self._read = self._written = 0
        self._closed = False
        self._lock = Lock()

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self._size

    @property
    def on_disk(self) -> bool:
        """Whether what comes next has to be read from the file."""
        return not self._pieces and self._read < self._written

    def put(self, piece: bytes) -> None:
        """Add a piece.

        Raises
        ------
        StorageFull
        """
        with self._lock:
            if self._closed or not piece:
                return
            if self._read == self._written and self._size < self._held:
                self._pieces.append(piece)
                self._size += len(piece)
                return
            try:
                self._spill(piece)
            except OSError as error:
                raise StorageFull(detail=str(error)) from error

    def _spill(self, piece: bytes) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 # closed by close()
        self._file.seek(self._written)
        self._file.write(piece)
        self._written += len(piece)

    def take(self) -> bytes:
        """The next piece, nothing if there is none at the moment."""
        with self._lock:
            if self._pieces:
                piece = self._pieces.popleft()
                self._size -= len(piece)
                return piece
            if self._file is None or self._read == self._written:
                return b""
            self._file.seek(self._read)
            piece = self._file.read(_PIECE)
            self._read += len(piece)
            if self._read == self._written:
                self._file.seek(0)
                self._file.truncate()
                self._read = self._written = 0
            return piece

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._closed = True
            self._pieces.clear()
            if self._file is not None:
                self._file.close()
