"""Every error tells itself in both languages, has a code of its own, and an HTTP status."""

import string

import pytest

from api.problems import STATUS, status_of
from gis import errors
from gis.importer import evidence

assert evidence  # loads the errors that the importer adds


def every(kind: type[errors.WanggeError] = errors.WanggeError) -> list[type[errors.WanggeError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in every(child))]


@pytest.mark.parametrize("kind", every())
def test_message_has_a_line_for_each_language(kind: type[errors.WanggeError]) -> None:
    lines = [line.strip() for line in (kind.__doc__ or "").strip().splitlines() if line.strip()]
    assert len(lines) >= 2, "a Chinese line, then an English one"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in lines[0])
    assert lines[1].isascii() or "—" in lines[1]
    names = [{field for _, field, _, _ in string.Formatter().parse(line) if field} for line in lines[:2]]
    assert {name.removesuffix("_zh") for name in names[0]} == {name.removesuffix("_en") for name in names[1]}


@pytest.mark.parametrize("kind", every())
def test_error_can_be_told_even_without_its_fields(kind: type[errors.WanggeError]) -> None:
    error = kind()
    assert error.message("zh")
    assert error.message("en")
    assert 400 <= status_of(error) <= 599
    assert 1 <= kind.exit_code <= 10


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in every() if "code" in vars(kind)]
    assert len(codes) == len(set(codes))


def test_status_table_names_only_errors() -> None:
    assert set(STATUS) <= set(every())
