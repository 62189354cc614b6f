"""Structured logs: one JSON object a line, with what each record was given; never tokens, bodies or query strings."""

import json
import logging
import traceback
from datetime import datetime
from functools import lru_cache
from logging.handlers import WatchedFileHandler
from typing import Any

from gis.clock import CHINA

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}


class Lines(str):
    """A message that is lines of the log already, as `JsonLines` would write them."""

    __slots__ = ()


@lru_cache(maxsize=2)
def _second(second: int) -> tuple[str, str]:
    at = datetime.fromtimestamp(second, CHINA).isoformat()
    return at[:19], at[19:]


def at_text(moment: float) -> str:
    """A moment, seconds since 1970, as the log writes it: in China's time, to the millisecond."""
    day_and_time, offset = _second(int(moment))
    return f"{day_and_time}.{int(moment % 1 * 1000):03}{offset}"


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record."""
        if isinstance(record.msg, Lines):
            return record.msg
        line: dict[str, Any] = {
            "at": at_text(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
            **{key: value for key, value in record.__dict__.items() if key not in _STANDARD},
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _told(error: BaseException) -> str:
    """Where an error and its causes arose, each with the first line of its message only.

    The lines after it may hold rows: PostgreSQL tells there what a refused row contained.
    """
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    above = "" if cause is None else f"{_told(cause)}\n→ "
    first = next(iter(str(error).splitlines()), "")
    return f"{above}{''.join(traceback.format_tb(error.__traceback__))}{type(error).__name__}: {first}"


class LogFile(WatchedFileHandler):
    """A log file that may be renamed at any time. What cannot be written (a full disk) is lost without a word:
    neither the request nor the terminal is to suffer from it.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Lose the record."""


def configuration(level: str, path: str | None) -> dict[str, Any]:
    """A ``logging.config`` dictionary: JSON lines to a file, or to standard error without one."""
    handler: dict[str, Any] = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}
    if path is not None:
        handler = {
            "()": LogFile,
            "filename": path,
            "formatter": "json",
            "encoding": "utf-8",
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLines}},
        "handlers": {"main": handler},
        "root": {"level": level.upper(), "handlers": ["main"]},
        "loggers": {"uvicorn.access": {"level": "WARNING"}, "psycopg.pool": {"level": "ERROR"}},
    }
