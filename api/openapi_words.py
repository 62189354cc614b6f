"""The API description in the reader's language.

Code tells it in English: docstrings and parameters. ``openapi_zh.csv`` holds the Chinese of every paragraph, by the English
one, so that a text that changes misses its translation and a test says so.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from gis.errors import Lang
from gis.settings import ROOT

_PARAGRAPHS = re.compile(r"\n\s*\n")
_CATALOGUE = ROOT / "api" / "openapi_zh.csv"


@cache
def chinese() -> Mapping[str, str]:
    """The Chinese of each English paragraph."""
    with _CATALOGUE.open(encoding="utf-8", newline="") as file:
        return {row["english"]: row["chinese"] for row in csv.DictReader(file)}


def in_language(document: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """An OpenAPI document in a language, each operation with a summary of one sentence or two."""
    return in_words(document, chinese() if lang == "zh" else {})


def in_words(document: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """An OpenAPI document with its paragraphs and tags replaced by ``words``, as far as these have them."""
    told = cast("dict[str, Any]", _told(document, words))
    told["paths"] = {
        path: {method: _operation(one, words) for method, one in methods.items()}
        for path, methods in told["paths"].items()
    }
    return told


def _operation(told: dict[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    first, _, rest = str(told.pop("description", "")).partition("\n\n")
    told["summary"] = first or told["summary"]
    told["tags"] = [_said(tag, words) for tag in told.get("tags", ())]
    return {**told, "description": rest} if rest else told


def _told(node: object, words: Mapping[str, str]) -> object:
    """A part of the document, with the descriptions in it said in ``words``."""
    if isinstance(node, dict):
        return {
            key: _paragraphs(value, words) if key == "description" and isinstance(value, str) else _told(value, words)
            for key, value in cast("dict[str, object]", node).items()
        }
    return [_told(one, words) for one in cast("list[object]", node)] if isinstance(node, list) else node


def _paragraphs(text: str, words: Mapping[str, str]) -> str:
    return "\n\n".join(_said(paragraph, words) for paragraph in _PARAGRAPHS.split(text.strip()))


def _said(paragraph: str, words: Mapping[str, str]) -> str:
    plain = " ".join(paragraph.replace("``", "`").split())
    return words.get(plain, plain)
