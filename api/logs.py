"""Structured logs: one JSON object a line, with what each record was given; never tokens, bodies or query strings."""

import json
import logging
from datetime import datetime
from typing import Any

from gis.clock import CHINA

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, CHINA).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
            **{key: value for key, value in record.__dict__.items() if key not in _STANDARD},
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configuration(level: str, path: str | None) -> dict[str, Any]:
    """A ``logging.config`` dictionary: JSON lines to a file that rotates, or to standard error without one."""
    handler: dict[str, Any] = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}
    if path is not None:
        handler = {
            "class": "logging.handlers.WatchedFileHandler",
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
