"""Codes and names of the demo county, and people's names and phones that nobody can have."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gis.arrays import I64
from gis.errors import InvalidInput

CODES = Path(__file__).with_name("shuangbai_codes.csv")
"""Statistical codes and names of the county, its townships and villages (National Bureau of Statistics, cut-off 2023-06-30)."""

_DIGITS = "零一二三四五六七八九"
_ENDINGS = (("社区居民委员会", "社区"), ("农村社区", "社区"), ("村民委员会", ""))
_MADE_UP = ("示例", "演示", "样例")
_SURNAMES = "李王张杨普罗周赵陈刘马段施苏尹何郭鲁"


@dataclass(frozen=True, slots=True)
class Place:
    """A grid of level 2, 3 or 4; ``short`` is its name without the words for its kind."""

    code: str
    name: str
    short: str


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The county, its townships and its villages, each in the order of the codes."""

    county: Place
    townships: list[Place]
    villages: list[Place]


def gazetteer(county: int) -> Gazetteer:
    """The real county for 0; for 1–9999 one of the same structure with code 99NNNN and names that say so.

    Raises
    ------
    InvalidInput
        If ``county`` is beyond 0–9999.
    """
    if not 0 <= county <= 9999:
        raise InvalidInput(
            field="county", reason_zh="演示县的序号须为 0–9999", reason_en="a demo county's number is 0–9999"
        )
    with CODES.open(encoding="utf-8", newline="") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: row["code"])
    places = {level: [_place(row) for row in rows if row["level"] == level] for level in "234"}
    if county:
        places = _invented(places, county)
    return Gazetteer(county=places["2"][0], townships=places["3"], villages=places["4"])


def _place(row: dict[str, str]) -> Place:
    name = row["name"]
    for ending, short in _ENDINGS:
        if name.endswith(ending):
            return Place(row["code"], name, name.removesuffix(ending) + short)
    return Place(row["code"], name, name)


def _invented(places: dict[str, list[Place]], county: int) -> dict[str, list[Place]]:
    """The same structure with codes and names that belong to no real place."""
    prefix = f"99{county:04d}"
    invented: dict[str, list[Place]] = {"2": [], "3": [], "4": []}
    for level, rows in places.items():
        for number, place in enumerate(rows, start=1):
            if level == "2":
                short = name = f"演示县{numeral(county + 1)}"
            elif level == "3":
                short = name = f"演示{numeral(number)}{place.name[-1]}"
            elif int(place.code[9:]) < 200:
                short, name = f"演示第{number}社区", f"演示第{number}社区居民委员会"
            else:
                short, name = f"演示第{number}村", f"演示第{number}村民委员会"
            invented[level].append(Place(prefix + place.code[6:], name, short))
    return invented


def numeral(number: int) -> str:
    """A whole number of 1–9999 in Chinese: 12 → 十二, 305 → 三百零五."""
    words = ""
    for unit, value in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = number // value % 10
        if digit:
            words += _DIGITS[digit] + unit
        elif words and not words.endswith("零"):
            words += "零"
    words = words.rstrip("零")
    return words.removeprefix("一") if words.startswith("一十") else words


def person_names(count: int, generator: np.random.Generator) -> list[str]:
    """Names that are visibly made up, such as 演示·李十七."""
    marks = generator.integers(len(_MADE_UP), size=count).tolist()
    surnames = generator.integers(len(_SURNAMES), size=count).tolist()
    numerals = [numeral(number) for number in range(1, 100)]
    numbers = generator.integers(len(numerals), size=count).tolist()
    return [
        f"{_MADE_UP[mark]}·{_SURNAMES[surname]}{numerals[number]}"
        for mark, surname, number in zip(marks, surnames, numbers, strict=True)
    ]


def phones(count: int, generator: np.random.Generator) -> list[str]:
    """11 digits that begin with 000, as no telephone number does; different within one call."""
    # A multiplication modulo a prime permutes the numbers below it: distinct, yet without visible order.
    first: I64 = np.arange(count, dtype=np.int64) + int(generator.integers(10_000_000))
    return [f"000{number:08d}" for number in (first % 99_999_989 * 7_654_321 % 99_999_989).tolist()]
