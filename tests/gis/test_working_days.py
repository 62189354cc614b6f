"""Working days: the announced calendar, deadlines, and calendars of one's own."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.clock import CHINA
from gis.errors import FileUnreadable, InvalidInput
from gis.working_days import OFFICIAL, WorkingCalendar, read_calendar

CALENDAR = read_calendar()
DAYS = st.dates(date(2023, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2023-01-28", True),  # a Saturday made up for the Spring Festival
        ("2023-01-27", False),
        ("2024-02-09", True),  # New Year's Eve of that year was no holiday
        ("2025-10-08", False),
        ("2026-02-28", True),
        ("2026-02-23", False),
        ("2026-11-21", False),  # an ordinary Saturday
        ("2026-11-23", True),
        ("2031-05-01", True),  # not announced yet: a Thursday
        ("2031-05-03", False),
    ],
)
def test_official_days(day: str, working: bool) -> None:
    assert CALENDAR.is_working(date.fromisoformat(day)) is working


def test_each_year_has_the_statutory_number_of_working_days() -> None:
    """2023 and 2024 had 11 statutory holidays, 2025 and later 13: that many weekdays fewer than weekends leave."""
    for year, holidays in ((2023, 11), (2024, 11), (2025, 13), (2026, 13)):
        days = [date(year, 1, 1) + timedelta(days=k) for k in range(366)]
        weekdays = sum(day.weekday() < 5 for day in days if day.year == year)
        working = sum(CALENDAR.is_working(day) for day in days if day.year == year)
        # New Year's holidays at the turn of 2023 shift one day between the years.
        assert abs(weekdays - holidays - working) <= 2, (year, weekdays, working)


@given(DAYS, st.integers(1, 60))
def test_after_counts_working_days(day: date, count: int) -> None:
    last = CALENDAR.after(day, count)
    between = [day + timedelta(days=k) for k in range(1, (last - day).days + 1)]
    assert CALENDAR.is_working(last)
    assert sum(map(CALENDAR.is_working, between)) == count


@given(DAYS, st.integers(1, 30), st.integers(1, 30))
def test_after_adds_up(day: date, first: int, second: int) -> None:
    assert CALENDAR.after(CALENDAR.after(day, first), second) == CALENDAR.after(day, first + second)


def test_deadline_skips_the_spring_festival() -> None:
    accepted = datetime(2026, 2, 13, 10, 30, tzinfo=CHINA)
    # 14 (made up), 24, 25, 26, 27, 28 (made up) February, 2 March
    assert CALENDAR.deadline(accepted, 7).isoformat() == "2026-03-02T23:59:59+08:00"


def test_deadline_starts_from_the_day_in_china() -> None:
    late = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # 01:00 on the 24th in China
    assert CALENDAR.deadline(late, 1).date() == date(2026, 11, 25)


@pytest.mark.parametrize("count", [0, -1, 1001])
def test_nonsense_counts_are_refused(count: int) -> None:
    with pytest.raises(InvalidInput):
        CALENDAR.after(date(2026, 1, 1), count)


def test_a_calendar_without_working_days_is_refused() -> None:
    never = WorkingCalendar({date(2026, 1, 1) + timedelta(days=k): False for k in range(5000)})
    with pytest.raises(InvalidInput):
        never.after(date(2026, 1, 1), 1)


def test_own_calendar_with_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text(
        "first,last,working,name\n2027-01-04,2027-01-08,0,test\n2027-01-09,2027-01-09,1,test\n", "utf-8-sig"
    )
    assert read_calendar(path).after(date(2027, 1, 1), 1) == date(2027, 1, 9)


@pytest.mark.parametrize(
    "row", ["2027-01-04,2027-01-03,0,x", "2027-13-01,2027-13-02,0,x", "2027-01-04,2027-01-05,yes,x", "2027-01-04"]
)
def test_unreadable_rows_are_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "days.csv"
    path.write_text(f"first,last,working,name\n{row}\n", "utf-8")
    with pytest.raises(FileUnreadable, match="line 2"):
        read_calendar(path)


def test_missing_calendar_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        read_calendar(tmp_path / "none.csv")
    assert OFFICIAL.exists()
