"""What an item's id in an address means to the database."""

import re
from typing import Any
from uuid import UUID

from api.ogc.model import Collection
from gis.codes import UNIT_LEVEL, check_code
from gis.errors import InvalidInput

_PASSAGE = re.compile(r"[0-9]{1,9}(-[0-9]{6,17}){2}", re.ASCII)


def parse_identifier(collection: Collection, text: str, field: str = "featureId") -> Any:
    """The id as the database has it: a code, a UUID, a number, or the text of a passage of codes.

    Raises
    ------
    InvalidCode, InvalidInput
        If it is not in the form of the collection's ids.
    """
    if collection.identifier == "unit":
        return check_code(text, UNIT_LEVEL)
    if collection.identifier == "grid":
        levels = range(2, UNIT_LEVEL) if collection.level is None else [collection.level]
        return check_code(text, *levels)
    if collection.identifier == "passage":
        return _passage(text, field)
    try:
        return UUID(text) if collection.identifier == "uuid" else _small(text)
    except ValueError as error:
        kind = "UUID" if collection.identifier == "uuid" else "integer"
        raise InvalidInput(field=field, reason_zh=f"应为 {kind}", reason_en=f"expected {kind}") from error


def _passage(text: str, field: str) -> str:
    if not _PASSAGE.fullmatch(text):
        raise InvalidInput(
            field=field, reason_zh="应为 版本号-旧编码-新编码", reason_en="expected edition-old code-new code"
        )
    return text


def _small(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)
