"""Grid codes: grammar, parents, number ranges, and the next number under a parent.

A code is its parent's code and a number of fixed width (urban unit grid, GB/T 30428.1; GA/T 2000.33-2020)::

    532322 101 202 007 01 003
    │      │   │   │   │  └── neighbour unit 001–999 (level 7 here, though not a grid)
    │      │   │   │   └───── basic grid 01–99 (level 6)
    │      │   │   └───────── grid 001–999 (level 5)
    │      │   └───────────── village or community (level 4)
    │      └───────────────── township (level 3)
    └──────────────────────── county, GB/T 2260 (level 2)

A number is never zero, so a code padded with zeros to a longer form is not a code. Everything here is
pure: the counter that remembers the highest number ever issued lives in the database, and the order in
which a parent's first grids are numbered is in `gis.numbering`.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gis.arrays import Texts
from gis.errors import CodesExhausted, InvalidCode, InvalidInput

WIDTHS = {2: 6, 3: 9, 4: 12, 5: 15, 6: 17, 7: 20}
"""Digits of a code by level; level 7 is the neighbour unit."""

UNIT_LEVEL = 7
"""Level number of a neighbour unit's code: below the basic grid, but no grid itself."""

PATTERN = re.compile(
    r"[1-9][0-9]{5}(?:(?!000)[0-9]{3}(?:(?!000)[0-9]{3}(?:(?!000)[0-9]{3}(?:(?!00)[0-9]{2}(?:(?!000)[0-9]{3})?)?)?)?)?"
)
"""The grammar of all levels as one regular expression, to be matched in full."""

_LEVELS = {width: level for level, width in WIDTHS.items()}


class Kind(StrEnum):
    """What a code's last number stands for, by the range it lies in."""

    STREET = "street"
    TOWN = "town"
    TOWNSHIP = "township"
    COMMUNITY = "community"
    VILLAGE = "village"
    GRID = "grid"
    SPECIAL = "special"
    RESERVED = "reserved"
    BASIC = "basic"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The numbers ``first`` … ``last`` (both included) that a kind may take at ``level``."""

    level: int
    first: int
    last: int

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.last

    def __len__(self) -> int:
        return self.last - self.first + 1


RANGES = {
    Kind.STREET: NumberRange(3, 1, 99),  # GB/T 10114: 街道
    Kind.TOWN: NumberRange(3, 100, 199),  # GB/T 10114: 镇
    Kind.TOWNSHIP: NumberRange(3, 200, 399),  # GB/T 10114: 乡
    Kind.COMMUNITY: NumberRange(4, 1, 199),  # 居民委员会
    Kind.VILLAGE: NumberRange(4, 200, 399),  # 村民委员会
    Kind.GRID: NumberRange(5, 1, 799),  # geographic grid
    Kind.SPECIAL: NumberRange(5, 800, 899),  # 专属网格: school, market, scenic area, forest farm
    Kind.RESERVED: NumberRange(5, 900, 999),
    Kind.BASIC: NumberRange(6, 1, 99),  # 基础网格
    Kind.UNIT: NumberRange(7, 1, 999),  # 联户单元
}
"""Where the numbers of each kind lie. Numbers outside every range (statistical lists have some) stay valid codes."""


def is_code(value: object) -> bool:
    """Whether ``value`` is a text that follows the grammar of a grid's or a neighbour unit's code."""
    return isinstance(value, str) and PATTERN.fullmatch(value) is not None


def check_code(value: object, *levels: int) -> str:
    """``value`` as a code, if it is one and, where ``levels`` are named, of one of them.

    Raises
    ------
    InvalidCode
        Otherwise; also for numbers: a code is a text (17 digits do not fit a JavaScript number).
    """
    if not isinstance(value, str) or PATTERN.fullmatch(value) is None:
        raise InvalidCode(value=value)
    if levels and _LEVELS[len(value)] not in levels:
        raise InvalidCode(value=value)
    return value


def level_of(code: str) -> int:
    """Level of a code: 2 county … 6 basic grid, 7 (``UNIT_LEVEL``) neighbour unit."""
    return _LEVELS[len(check_code(code))]


def ancestor(code: str, level: int) -> str:
    """The grid of ``level`` that ``code`` lies in (its prefix); the code itself at its own level.

    Raises
    ------
    InvalidInput
        If ``level`` is not one of 2–7 or lies below the code's own.
    """
    if level not in WIDTHS or level > level_of(code):
        raise InvalidInput(
            field="level",
            reason_zh=f"编码 {code} 没有第 {level} 级上级",
            reason_en=f"the code {code} has no ancestor of level {level}",
        )
    return code[: WIDTHS[level]]


def parent(code: str) -> str | None:
    """The code one level up (the prefix); ``None`` for a county."""
    level = level_of(code)
    return None if level == 2 else code[: WIDTHS[level - 1]]


def ancestors(code: str) -> list[str]:
    """The codes above ``code``, county first, its parent last; empty for a county."""
    return chain(code)[:-1]


def chain(code: str) -> list[str]:
    """The codes from the county down to ``code`` itself."""
    level = level_of(code)
    return [code[:width] for lvl, width in WIDTHS.items() if lvl <= level]


def grouped(code: str) -> str:
    """The code with a blank before each level's number, for reading: ``532322 101 202 007 01``."""
    widths = [0, *(WIDTHS[level] for level in range(2, level_of(code) + 1))]
    return " ".join(code[start:end] for start, end in itertools.pairwise(widths))


def short(code: str) -> str:
    """The last number of a code as written (``01``), for labels on the map; the whole code for a county."""
    upper = parent(code)
    return code if upper is None else code[len(upper) :]


def number_of(code: str) -> int:
    """The last number of a code; a county's whole code as a number."""
    return int(short(code))


def kind_of(code: str) -> Kind | None:
    """What the code's last number says it is; ``None`` for a county and for a number outside every range."""
    level, number = level_of(code), number_of(code)
    return next((kind for kind, span in RANGES.items() if span.level == level and number in span), None)


def child(parent_code: str, number: int) -> str:
    """The code of number ``number`` under ``parent_code``.

    Raises
    ------
    InvalidCode
        If the parent is no code or cannot have children (a neighbour unit).
    CodesExhausted
        If the number does not fit the level's digits: a code is never widened.
    """
    level = level_of(check_code(parent_code, 2, 3, 4, 5, 6)) + 1
    digits = WIDTHS[level] - WIDTHS[level - 1]
    if not 1 <= number < 10**digits:
        raise CodesExhausted(parent=parent_code)
    return f"{parent_code}{number:0{digits}}"


def next_number(parent_code: str, kind: Kind, highest: int) -> int:
    """The number that the next ``kind`` under ``parent_code`` gets: one more than the highest ever issued.

    ``highest`` is the highest number of this kind that was *ever* issued there, retired ones included,
    and 0 before the first. Gaps are left alone, so that no code is ever used twice.

    Raises
    ------
    InvalidCode
        If ``parent_code`` is not of the level above ``kind``.
    InvalidInput
        If ``highest`` is neither 0 nor a number of that kind.
    CodesExhausted
        If the range is used up.
    """
    span = RANGES[kind]
    check_code(parent_code, span.level - 1)
    if highest == 0:
        return span.first
    if highest not in span:
        raise InvalidInput(
            field="highest",
            reason_zh=f"{highest} 不在 {span.first}–{span.last} 之内",
            reason_en=f"{highest} is not within {span.first}–{span.last}",
        )
    if highest == span.last:
        raise CodesExhausted(parent=parent_code)
    return highest + 1


def at_level(codes: Sequence[str] | Texts, level: int) -> Texts:
    """The ancestors at ``level`` of many codes at once: (n,) texts to (n,) texts; an empty text stays empty.

    Raises
    ------
    InvalidCode
        Names the first text that is no code.
    InvalidInput
        If ``level`` is not 2–7 or below a code's own.
    """
    texts = np.asarray(codes, dtype=np.str_)
    _check_many(texts)
    lengths = np.strings.str_len(texts)
    if level not in WIDTHS or bool(((lengths > 0) & (lengths < WIDTHS[level])).any()):
        raise InvalidInput(
            field="level",
            reason_zh=f"有编码没有第 {level} 级上级",
            reason_en=f"a code has no ancestor of level {level}",
        )
    return texts.astype(f"U{WIDTHS[level]}")


def parents(codes: Sequence[str] | Texts) -> Texts:
    """The parents of many codes at once, of any levels: (n,) to (n,); empty for a county and an empty text."""
    texts = np.asarray(codes, dtype=np.str_)
    _check_many(texts)
    lengths = np.strings.str_len(texts)
    found = np.zeros(texts.shape, dtype=f"U{WIDTHS[6]}")
    for level in range(3, UNIT_LEVEL + 1):
        mine = lengths == WIDTHS[level]
        found[mine] = texts[mine].astype(f"U{WIDTHS[level - 1]}")
    return found


def _check_many(texts: Texts) -> None:
    """Check every text by the grammar; codes repeat (one grid, many records), so each is read once."""
    for text in np.unique(texts).tolist():
        if text:
            check_code(text)
