"""The parameter ``datetime``: which day's boundaries and records are wanted."""

import re
from calendar import monthrange
from datetime import date, timedelta

from api.params import parse_day
from gis.errors import InvalidInput

_DURATION = re.compile(r"P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T[0-9HMS.]+)?", re.ASCII)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*")


def parse_when(text: str | None) -> date | None:
    """The day that ``datetime`` asks for; of an interval its end, None if that is open: what stands last in it.

    An interval may also be told by its start and a duration of ISO 8601, as OGC's test suite does.

    Raises
    ------
    InvalidInput
    """
    if text is None:
        return None
    parts = text.split("/")
    if len(parts) == 1:
        return _day(text)
    first, last = parts if len(parts) == 2 else ("", "")
    start = None if first in {"", ".."} else _day(first)
    if start is not None and (lasting := _DURATION.fullmatch(last)):
        return _later(start, *(int(number or 0) for number in lasting.groups()))
    end = None if last in {"", ".."} else _day(last)
    if len(parts) != 2 or (start is None and end is None) or (start and end and start > end):
        raise InvalidInput(field="datetime", reason_zh="时间区间无效", reason_en="not an interval")
    return end


def _day(text: str) -> date:
    if not _INSTANT.fullmatch(text):
        raise InvalidInput(field="datetime", reason_zh="应为日期，如 2023-12-31", reason_en="a date such as 2023-12-31")
    return parse_day(text)


def _later(start: date, years: int, months: int, weeks: int, days: int) -> date:
    """The day after a duration; of a month that is too short its last day."""
    month = start.month - 1 + months
    year, month = start.year + years + month // 12, month % 12 + 1
    try:
        return date(year, month, min(start.day, monthrange(year, month)[1])) + timedelta(days=7 * weeks + days)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(field="datetime", reason_zh="时间区间过长", reason_en="too long an interval") from error
