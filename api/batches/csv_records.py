"""Cutting CSV into records as RFC 4180 has them, and leniently where it is not quite that.

A quote opens a cell only at its beginning; in the middle of a cell it is a letter like others. A quote that nothing
closes is a letter too, so that it spoils its own line and not the rest of the table.
"""

import re
from collections.abc import Iterator

import numpy as np

from gis.arrays import I64

# Groups are repeated without possession: Python 3.11 before 3.11.5 loses its place in possessive ones. No cell can be
# matched in two ways, so nothing is tried twice.
_QUOTED = rb'"[^"]*+(?:""[^"]*+)*"(?!")[^,\n]*+'
_STRICT = rb'(?:(?:%b|(?!")[^,\n]*+)(?:,|(?=\n)))+\n' % _QUOTED
_COMPLETE = re.compile(_STRICT)
_LINE = re.compile(rb"[^\n]*\n?")
_COMMA, _QUOTE, _NEWLINE, _RETURN = b',"\n\r'


def plain_ends(data: bytes) -> I64 | None:
    """Where the records of ``data`` end (places of their newlines), if every quote is where RFC 4180 wants it.

    ``None`` if one is not, or if a quoted cell is not closed.
    """
    letters = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(letters == _NEWLINE)
    if b'"' not in data:
        return ends
    quotes = np.flatnonzero(letters == _QUOTE)
    if quotes.size % 2:
        return None
    opening, closing = quotes[0::2], quotes[1::2]
    # A closing quote right before an opening one is an escaped quote inside a cell.
    escaped = opening[1:] == closing[:-1] + 1
    before = np.where(opening > 0, letters[opening - 1], _NEWLINE)
    after = letters[np.minimum(closing + 1, letters.size - 1)]
    opens = (before == _COMMA) | (before == _NEWLINE)
    closes = (after == _COMMA) | (after == _NEWLINE) | (after == _RETURN)
    opens[1:] |= escaped
    closes[:-1] |= escaped
    if not (opens.all() and closes.all()):
        return None
    inside = np.searchsorted(quotes, ends) % 2
    return ends[inside == 0]


def complete_length(data: bytes) -> int:
    """Length of the complete records at the beginning of ``data``, the newline of the last one included."""
    cut = data.rfind(b"\n") + 1
    if b'"' not in data[:cut]:
        return cut
    ends = plain_ends(data[:cut])
    if ends is None:
        odd = plain_ends(data)  # perhaps the last newline is inside a cell that is closed behind it
        ends = odd if odd is not None else _last_complete(data)
    return int(ends[-1]) + 1 if ends.size else 0


def _last_complete(data: bytes) -> I64:
    end = 0
    while found := _COMPLETE.match(data, end):
        end = found.end()
    return np.array([end - 1] if end else [], dtype=np.int64)


def records(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """The records of ``data`` without their line ends, and whether all their quotes are closed. Blank lines are none."""
    place = 0
    while place < len(data):
        found = _COMPLETE.match(data, place)
        closed = found is not None
        found = found or _LINE.match(data, place)
        if found is None:
            return
        place = found.end()
        record = found[0].removesuffix(b"\n").rstrip(b"\r")
        if record.strip():
            yield record, closed
