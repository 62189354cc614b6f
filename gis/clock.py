"""The county's clock: one time zone for days, deadlines and figures."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def local_now() -> datetime:
    """Now, in China's time zone."""
    return datetime.now(CHINA)


def local_today() -> date:
    """Today's date in China."""
    return local_now().date()
