"""Working time as one number: seconds at work since the first working day of 2023."""

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pandas as pd

from gis.arrays import I64
from gis.clock import CHINA
from gis.working_days import read_calendar

YEAR = 2023
DAY_S = 7 * 3600
"""Seconds of a working day: 8:30–12:00 and 14:30–18:00."""

_START_S, _NOON_S, _BREAK_S = 8 * 3600 + 1800, 3 * 3600 + 1800, 9000


@lru_cache(maxsize=1)
def working_days() -> list[date]:
    """The working days of `YEAR` and of the first three months after it, by the official calendar."""
    calendar = read_calendar()
    first = date(YEAR, 1, 1)
    days = (first + timedelta(days=count) for count in range((date(YEAR + 1, 4, 1) - first).days))
    return [day for day in days if calendar.is_working(day)]


def year_s() -> int:
    """Seconds at work in `YEAR`."""
    return DAY_S * sum(day.year == YEAR for day in working_days())


def instants(seconds: I64) -> pd.DatetimeIndex:
    """Moments in China's time zone of seconds at work (n,)."""
    day, second = np.divmod(seconds, DAY_S)
    of_day = _START_S + second + np.where(second < _NOON_S, 0, _BREAK_S)
    moments = np.array(working_days(), dtype="datetime64[s]")[day] + of_day.astype("timedelta64[s]")
    return pd.DatetimeIndex(moments).as_unit("us").tz_localize(CHINA)
