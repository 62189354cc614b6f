"""Moments, days and intervals that stand in a filter."""

import re
from datetime import date, datetime
from typing import Any

from api.ogc.cql.parse import bad

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")


def parse_day(text: Any) -> date:
    """A day such as ``2023-12-31``.

    Raises
    ------
    InvalidInput
    """
    try:
        if isinstance(text, str) and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise bad("日期应写作 2023-12-31", "a date is written 2023-12-31")


def parse_moment(text: Any) -> datetime:
    """A moment such as ``2023-12-31T08:00:00+08:00``, its zone included (RFC 3339).

    Raises
    ------
    InvalidInput
    """
    try:
        if isinstance(text, str) and _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise bad("时刻应写作 2023-12-31T00:00:00Z", "a moment is written 2023-12-31T00:00:00Z")


def parse_bound(text: str) -> date | datetime | None:
    """An end of an interval: a day, a moment, or None for ``..``.

    Raises
    ------
    InvalidInput
    """
    if text in {"..", ""}:
        return None
    return parse_moment(text) if "T" in text else parse_day(text)
