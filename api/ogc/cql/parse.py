"""A filter's text as the JSON form of CQL2 (OGC 21-065r2, 8): whatever the language, the compiler sees one tree."""

import re
from typing import Any, Literal

import cql2
import orjson

from gis.errors import InvalidInput

Language = Literal["cql2-text", "cql2-json"]
LANGUAGES: tuple[Language, ...] = ("cql2-text", "cql2-json")
_LONGEST = 60_000  # characters
_MOST_WORK = 1_000_000
_LONGEST_CHAIN = 500
_QUOTED = re.compile(r"'(?:[^'\\]|''|\\.)*'|\"[^\"]*\"", re.DOTALL)
_STEP = re.compile(r"\bnot\b|\bdiv\b|[-+*/^%]", re.IGNORECASE)


def parse_filter(text: str, language: Language) -> Any:
    """The JSON form of a filter; nothing of it is checked yet but that it can be read.

    Raises
    ------
    InvalidInput
        With the place of the fault, if there is one.
    """
    if len(text) > _LONGEST:
        raise bad(f"长于 {_LONGEST} 个字符", f"longer than {_LONGEST} characters")
    if language == "cql2-json":
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise bad(f"不是 JSON：第 {error.colno} 个字符处", f"not JSON, at character {error.colno}") from error
    _check_work(text)
    try:
        return cql2.parse_text(text).to_json()
    except Exception as error:  # the parser raises several kinds, one of them Exception itself
        raise _unreadable(error) from error


def bad(zh: str, en: str) -> InvalidInput:
    """The error that tells what is wrong with a filter."""
    return InvalidInput(field="filter", reason_zh=zh, reason_en=en)


def _check_work(text: str) -> None:
    """Refuse what would keep the parser busy: a fault inside n brackets costs it 2ⁿ times the text's length.

    Long chains of operators are deep trees, on which it would run out of stack, and the process with it.
    """
    bare = _QUOTED.sub("", text)
    depth = deepest = 0
    for character in bare:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if len(text) << min(deepest, 32) > _MOST_WORK:
        raise bad(
            "括号嵌套过深；请去掉多余的括号，或改用 cql2-json",
            "brackets are nested too deeply: take out those not needed, or use cql2-json",
        )
    if len(_STEP.findall(bare)) > _LONGEST_CHAIN:
        raise bad(f"运算符与正负号多于 {_LONGEST_CHAIN} 个", f"more than {_LONGEST_CHAIN} operators and signs")


def _unreadable(error: Exception) -> InvalidInput:
    """Line and column of the fault, which the parser's message begins with."""
    place = re.match(r"\s*--> (\d+):(\d+)", str(error))
    if place is None:
        return bad("不符合 CQL2 文法", "not CQL2")
    line, column = place.groups()
    return bad(f"不符合 CQL2 文法：第 {line} 行第 {column} 个字符", f"not CQL2: line {line}, character {column}")
