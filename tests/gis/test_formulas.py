"""Texts for spreadsheets: never a formula, and none is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.formulas import guarded, unguarded

DANGEROUS = "=+-@\t\r"


@given(st.text() | st.text(alphabet="'=+-@\t\ra", max_size=6))
def test_no_text_is_a_formula_and_each_can_be_had_back(text: str) -> None:
    assert not guarded(text).startswith(tuple(DANGEROUS))
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["", "东头", "'quoted'", "a=b", "3-1", "'"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert guarded(text) == unguarded(text) == text


@pytest.mark.parametrize(("text", "told"), [("=1+1", "'=1+1"), ("'=1", "''=1"), ("+86 1", "'+86 1"), ("\t=1", "'\t=1")])
def test_an_apostrophe_goes_before_what_looks_like_a_formula(text: str, told: str) -> None:
    assert guarded(text) == told
