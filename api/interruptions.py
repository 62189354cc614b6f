"""Ctrl-C, SIGTERM and a closed terminal: the first ends the command in order, later ones do not cut that short."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruptions:
    """How the signals that end a command reach it: as KeyboardInterrupt, once, and never inside a held block."""

    def __init__(self) -> None:
        self._held = 0
        self._pending = False
        self._told = False

    def install(self) -> None:
        """Take the signals over; one that is ignored from outside (nohup) stays ignored."""
        for number in _ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._take)

    def _take(self, _number: int, _frame: object) -> None:
        if self._told:
            return
        self._told = True
        if not self._held:
            raise KeyboardInterrupt
        self._pending = True
        # Not through the console: the signal may have come while it was writing.
        os.write(2, "本步完成后停止 … / stopping after this step …\n".encode())

    @contextmanager
    def held(self) -> Generator[None]:
        """Let nothing interrupt the block: what it starts must be known before it can be stopped again."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        if self._pending and not self._held:
            self._pending = False
            raise KeyboardInterrupt


interruptions = Interruptions()
