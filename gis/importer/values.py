"""Texts of cells as values; None where a text is none of what is meant."""

import re
import unicodedata
from datetime import datetime, timedelta
from math import isfinite

from gis.clock import CHINA

DAMAGED = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+")
"""A number in scientific notation: a code or phone that a spreadsheet took for a number, digits gone."""

_COUNT = re.compile(r"([0-9]+)(?:\.0*)?\s*[人口户名个]?")
_DEGREES = re.compile(
    r"(?P<hemisphere>[东北西南EWNS])?(?:经|纬)?\s*(?P<d>[0-9]{1,3}(?:\.[0-9]+)?)[°度]\s*(?:(?P<m>[0-9]{1,2}(?:\.[0-9]+)?)['′分]\s*)?"
    r"(?:(?P<s>[0-9]{1,2}(?:\.[0-9]+)?)(?:[\"″秒]|'')\s*)?(?P<after>[EWNS])?",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?P<y>[0-9]{4})(?:[-/.年](?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})日?|(?P<m2>[0-9]{2})(?P<d2>[0-9]{2}))"
    r"(?:[T\s]*(?P<hour>[0-9]{1,2})[:时点](?:(?P<minute>[0-9]{1,2})分?)?(?::?(?P<second>[0-9]{1,2})(?:\.[0-9]+)?秒?)?)?"
)
_SERIAL_FROM = datetime(1899, 12, 30, tzinfo=CHINA)  # day 0 of the spreadsheets' calendar
_PHONE = re.compile(r"[+0-9][-0-9()转 ]{4,24}")
_LOST = re.compile("[?？\ufffd□〓\ue000-\uf8ff]")

RISKS = {
    "red": "red", "红": "red", "红色": "red", "高": "red", "高风险": "red", "high": "red",
    "yellow": "yellow", "黄": "yellow", "黄色": "yellow", "中": "yellow", "中风险": "yellow", "medium": "yellow",
    "green": "green", "绿": "green", "绿色": "green", "低": "green", "低风险": "green", "low": "green",
}  # fmt: skip
EMPLOYMENTS = {
    "full_time": "full_time", "fulltime": "full_time", "专职": "full_time", "全职": "full_time",
    "part_time": "part_time", "parttime": "part_time", "兼职": "part_time",
}  # fmt: skip
BARRIERS = {
    **dict.fromkeys(
        ("river", "stream", "canal", "waterway", "河", "河流", "江", "溪", "渠", "水系", "沟", "水渠"), "river"
    ),
    **dict.fromkeys(
        ("road", "highway", "motorway", "trunk", "primary", "secondary", "tertiary", "railway", "rail"), "road"
    ),
    **dict.fromkeys(("路", "道路", "公路", "铁路", "高速", "高速公路", "国道", "省道", "县道", "乡道"), "road"),
}
"""Also the classes of OpenStreetMap; what is none of these is another kind of barrier."""
URGENCIES = {
    "normal": "normal", "一般": "normal", "普通": "normal", "正常": "normal", "不紧急": "normal", "否": "normal",
    "urgent": "urgent", "紧急": "urgent", "急": "urgent", "特急": "urgent", "加急": "urgent", "是": "urgent",
}  # fmt: skip
FLAGS = {
    "是": True, "true": True, "1": True, "yes": True, "y": True, "成功": True, "已调处": True, "调解成功": True, "有": True,
    "否": False, "false": False, "0": False, "no": False, "n": False, "不成功": False, "未成功": False, "失败": False,
    "未调处": False, "调解不成功": False, "调解失败": False, "无": False,
}  # fmt: skip
"""Words for values; looked up after `folded`."""


def folded(text: str) -> str:
    """Full-width letters and digits as half-width ones, small letters, without inner hyphens and blanks."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text).lower())


def code(text: str) -> str:
    """A code without the blanks, hyphens and leading apostrophe that people and spreadsheets put into it."""
    return folded(text).lstrip("'’")


def whole(text: str) -> int | None:
    """A count, with or without a counting word: ``4``, ``4人``, ``４口``."""
    match = _COUNT.fullmatch(unicodedata.normalize("NFKC", text))
    return int(match[1]) if match and len(match[1]) < 10 else None


def number(text: str) -> float | None:
    """A coordinate: a number, or degrees with minutes and seconds (``101°38′24.5″``, ``东经101度38分``)."""
    plain = unicodedata.normalize("NFKC", text.replace("″", '"').replace("′", "'").replace("”", '"').replace("’", "'"))
    try:
        value = float(plain)
    except ValueError:
        return _degrees(plain)
    return value if isfinite(value) and "_" not in plain else None


def _degrees(plain: str) -> float | None:
    match = _DEGREES.fullmatch(plain.strip())
    if match is None:
        return None
    minutes, seconds = float(match["m"] or 0), float(match["s"] or 0)
    if minutes >= 60 or seconds >= 60:
        return None
    value = float(match["d"]) + minutes / 60 + seconds / 3600
    south_or_west = {(match["hemisphere"] or "").upper(), (match["after"] or "").upper()} & {"西", "南", "W", "S"}
    return -value if south_or_west else value


def moment(text: str) -> datetime | None:
    """A time, in China where no zone is said: ISO 8601, ``2023年1月5日 9时30分``, ``2023/1/5``, ``20230105``, 44931.

    None also for years that no record of ours can be of.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        found: datetime | None = datetime.fromisoformat(plain)
    except ValueError:
        found = _moment_by_parts(plain)
    if found is None or not 1900 <= found.year < 2200:
        return None
    return found if found.tzinfo else found.replace(tzinfo=CHINA)


def _moment_by_parts(plain: str) -> datetime | None:
    match = _DATE.fullmatch(plain)
    if match is None:
        days = number(plain)
        return _SERIAL_FROM + timedelta(days=days) if days is not None and 20_000 < days < 60_000 else None
    try:
        return datetime(
            int(match["y"]),
            int(match["m"] or match["m2"]),
            int(match["d"] or match["d2"]),
            int(match["hour"] or 0),
            int(match["minute"] or 0),
            int(match["second"] or 0),
            tzinfo=CHINA,
        )
    except ValueError:
        return None


def is_phone(text: str) -> bool:
    """Whether a text looks like one telephone number; which numbers exist is not known here."""
    return _PHONE.fullmatch(unicodedata.normalize("NFKC", text)) is not None


def lost_characters(text: str) -> bool:
    """Whether a name holds what is left of a character that its encoding could not hold, as 䂖 in GBK."""
    return _LOST.search(text) is not None
