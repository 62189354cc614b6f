"""NDJSON: a line of JSON for each point, a line of JSON for each answer."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import orjson

from api.batches.json_forms import dumped, parsed, reason, values
from api.batches.numbers import from_pairs
from api.batches.rows import FINE, UNREADABLE, Answered, Rows
from gis.errors import InvalidInput

_BROKEN = object()
_SCALARS = frozenset({str, int, float, bool, type(None)})
_PLACEHOLDER = b"!"


class LineReader:
    """Lines, each a pair or an object with ``lon`` and ``lat``; an ``id`` (text or number)
    comes back with the answer. Blank lines do not count.

    Parameters
    ----------
    longest : bytes of a line that are held; a longer one is a row with a fault.
    """

    def __init__(self, longest: int) -> None:
        self.options: dict[str, Any] = {}
        self._longest = longest
        self._begun: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes, *, last: bool) -> Iterable[Rows]:
        """The rows whose lines are complete."""
        cut = len(data) if last else data.rfind(b"\n") + 1
        if cut == 0:
            self._keep(data)
            return
        whole = b"".join([*self._begun, data[:cut]])
        self._begun.clear()
        self._size = 0
        self._keep(data[cut:])
        lines = [line for line in whole.split(b"\n") if line and not line.isspace()]
        if lines:
            yield _rows(lines)

    def _keep(self, data: bytes) -> None:
        """Keep the beginning of a line; of one that is too long only a mark that makes it unreadable."""
        self._size += len(data)
        if self._size <= self._longest:
            self._begun.append(data)
        else:
            self._begun = [_PLACEHOLDER]


def _rows(lines: list[bytes]) -> Rows:
    given: Sequence[Any]
    try:
        given = list(map(orjson.loads, lines))
        faults = None
    except orjson.JSONDecodeError:
        given = [_parsed(line) for line in lines]
        broken = np.fromiter((line is _BROKEN for line in given), np.bool_, len(lines))
        faults = np.where(broken, UNREADABLE, FINE).astype(np.int8)
    ids = [line.get("id") if isinstance(line, dict) else None for line in given]
    if not _SCALARS.issuperset(map(type, ids)):
        ids = [own if type(own) in _SCALARS else None for own in ids]
    return Rows(*from_pairs(given), faults, ids)


def _parsed(line: bytes) -> Any:
    try:
        return parsed(line)
    except InvalidInput:
        return _BROKEN


class LineWriter:
    """A line ``{"code"}`` for each point, with its ``id`` if it had one and the reason if it could not be read.

    Parameters
    ----------
    same : whether the question is NDJSON too, so that rows may have ids.
    """

    media = "application/x-ndjson"

    def __init__(self, *, same: bool) -> None:
        self._same = same

    def write(self, answered: Answered) -> bytes:
        """The lines of some rows."""
        names = list(answered.columns)
        told = zip(*map(values, answered.columns.values()), strict=True)
        lines: list[Any] = [dict(zip(names, row, strict=True)) for row in told]
        if self._same:
            ids: list[Any] = answered.rows.rest or []
            lines = [line if own is None else {"id": own, **line} for own, line in zip(ids, lines, strict=True)]
        for place in np.flatnonzero(answered.faults >= 0).tolist():
            lines[place] |= reason(int(answered.faults[place]))
        return b"".join(map(_line, lines))

    def end(self, error: dict[str, Any] | None = None) -> bytes:
        """Nothing, or a last line ``{"error"}`` with the problem that ended the reading."""
        return b"" if error is None else orjson.dumps({"error": error}, option=orjson.OPT_APPEND_NEWLINE)


def _line(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return dumped(value) + b"\n"
