"""Texts in CSV files that spreadsheets open: none is taken for a formula, and each can be had back as it was.

Source: OWASP, CSV injection: texts that begin with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return.
"""

import re

_FIRST = frozenset("'=+-@\t\r")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def guarded(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet would take it for a formula, or if it looks guarded already."""
    return f"'{text}" if text and text[0] in _FIRST and _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
