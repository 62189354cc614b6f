"""Working days: weekdays, less the public holidays, plus the weekend days that make up for them.

Holidays and make-up days are announced by the State Council year by year, so they are data: a CSV file with
the columns ``first, last, working, name`` (dates included; ``working`` 0 for a holiday, 1 for a make-up day),
which may be replaced. In a year that the file does not hold, Monday to Friday are the working days.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from gis.clock import CHINA
from gis.errors import FileUnreadable, InvalidInput

OFFICIAL = Path(__file__).with_name("working_days.csv")
"""The announced holidays and make-up days that come with the service."""

_DAY = timedelta(days=1)
_LONGEST = 3660  # days that one row, or one deadline, may span


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The days on which weekday and weekend do not decide: ``date → is it worked on?``."""

    exceptions: dict[date, bool]

    def is_working(self, day: date) -> bool:
        """Whether ``day`` is a working day."""
        return self.exceptions.get(day, day.weekday() < 5)

    def after(self, day: date, working_days: int) -> date:
        """The working day that is the ``working_days``-th after ``day``; the day itself does not count.

        Raises
        ------
        InvalidInput
            If the number is not between 1 and 1,000, or the calendar holds no such day within ten years.
        """
        left = working_days if 1 <= working_days <= 1000 else -1
        for _ in range(_LONGEST):
            day += _DAY
            left -= self.is_working(day)
            if left == 0:
                return day
        raise InvalidInput(
            field="working_days",
            reason_zh=f"无法从日历得出第 {working_days} 个工作日",
            reason_en=f"the calendar has no working day number {working_days}",
        )

    def deadline(self, start: datetime, working_days: int) -> datetime:
        """The last second of the ``working_days``-th working day after ``start``, in China's time zone.

        The day of the start does not count and the last day ends at midnight (Civil Code of the PRC,
        articles 201 and 203).

        Raises
        ------
        InvalidInput
            As for `after`.
        """
        last = self.after(start.astimezone(CHINA).date(), working_days)
        return datetime.combine(last, time(23, 59, 59), CHINA)


def read_calendar(path: Path = OFFICIAL) -> WorkingCalendar:
    """Read a calendar from CSV (UTF-8); a later row overrides an earlier one.

    Raises
    ------
    FileUnreadable
        If the file or one of its rows cannot be read; the row is named.
    """
    exceptions: dict[date, bool] = {}
    line = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            for row in rows:
                line = rows.line_num
                exceptions.update(_days(row))
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise FileUnreadable(
            path=path.name, reason_zh=f"第 {line} 行：{error}", reason_en=f"line {line}: {error}"
        ) from error
    return WorkingCalendar(exceptions)


def _days(row: dict[str, str]) -> dict[date, bool]:
    first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
    if not 0 <= (last - first).days < _LONGEST or row["working"] not in {"0", "1"}:
        raise ValueError(f"{row['first']} … {row['last']}, working {row['working']!r}")
    return {first + k * _DAY: row["working"] == "1" for k in range((last - first).days + 1)}
