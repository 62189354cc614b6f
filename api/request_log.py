"""The log's line for each request, written for many requests at once.

A record of its own for each would cost more than answering: the logging library makes a dictionary of every record, and
the file is looked at and written for each. Here a line is put together from pieces, and a moment's lines are one record.
"""

import asyncio
import json
import logging
import os
import time
from functools import lru_cache

from api.logs import Lines, at_text

log = logging.getLogger("wangge.requests")
PATIENCE_S = 0.05


class RequestLog:
    """Lines that wait for a moment to be written together. Used by the event loop only."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._worst = logging.NOTSET
        self._due = 0.0

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        """Note a request that has been answered; a failure of the server (5xx) is a warning and is written at once."""
        level = logging.WARNING if status >= 500 else logging.INFO
        if not log.isEnabledFor(level):
            return
        self._lines.append(
            f'{{"at": "{at_text(time.time())}", {_middle(route, method, status, os.getpid())}{round(seconds * 1000, 2)}}}'
        )
        self._worst = max(self._worst, level)
        now = time.monotonic()  # the clock of the day may be set back, and the lines would wait for it
        if level == logging.WARNING:
            self.flush()
        elif now > self._due:
            self._due = now + PATIENCE_S
            asyncio.get_running_loop().call_later(PATIENCE_S, self.flush)

    def flush(self) -> None:
        """Write what waits."""
        lines, self._lines = self._lines, []
        level, self._worst = self._worst, logging.NOTSET
        if lines:
            log.log(level, Lines("\n".join(lines)))


@lru_cache(maxsize=1024)
def _middle(route: str, method: str, status: int, process: int) -> str:
    """The part of a line between its time and its duration."""
    told = {
        "level": "warning" if status >= 500 else "info",
        "logger": log.name,
        "message": "request",
        "process": process,
        "route": route,
        "method": method,
        "status": status,
    }
    return json.dumps(told, ensure_ascii=False)[1:-1] + ', "ms": '


REQUEST_LOG = RequestLog()
