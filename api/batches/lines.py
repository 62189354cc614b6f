"""NDJSON: a line of JSON for each point, a line of JSON for each answer."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from api.batches.json_forms import column_bytes, dumped, parsed, reason
from api.batches.numbers import from_pairs, may_hold_truths
from api.batches.rows import FINE, UNREADABLE, Answered, Label, Rows
from gis.arrays import F64
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
        if cut == 0 and not last:
            self._keep(data)
            return
        whole = b"".join([*self._begun, data[:cut]])
        self._begun.clear()
        self._size = 0
        self._keep(data[cut:])
        lines = [line for line in whole.split(b"\n") if line and not line.isspace()]
        if lines:
            yield _rows(lines, truths=may_hold_truths(whole))

    def _keep(self, data: bytes) -> None:
        """Keep the beginning of a line; of one that is too long only a mark that makes it unreadable."""
        self._size += len(data)
        if self._size <= self._longest:
            self._begun.append(data)
        else:
            self._begun = [_PLACEHOLDER]


def _rows(lines: list[bytes], *, truths: bool) -> Rows:
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
    return Rows(*from_pairs(given, truths=truths), faults, ids if any(own is not None for own in ids) else None)


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
        tails = _tails(answered.columns, answered.faults.size)
        ids: list[Any] | None = answered.rows.rest if self._same else None
        if ids is None and not answered.troubled:
            tails[:, 0] = ord("{")
            return tails.tobytes()
        lines = tails.view(f"S{tails.shape[1]}").ravel().tolist()
        heads = [b"{" if own is None else b'{"id":%b,' % dumped(own) for own in ids or [None] * len(lines)]
        for place in np.flatnonzero(answered.faults >= 0).tolist():
            told = dumped(reason(int(answered.faults[place])))
            lines[place] = lines[place][:-2] + b"," + told[1:] + b"\n"
        return b"".join([head + line[1:] for head, line in zip(heads, lines, strict=True)])

    def end(self, error: dict[str, Any] | None = None) -> bytes:
        """Nothing, or a last line ``{"error"}`` with the problem that ended the reading."""
        return b"" if error is None else orjson.dumps({"error": error}, option=orjson.OPT_APPEND_NEWLINE)


def _tails(columns: dict[str, Label | F64], count: int) -> NDArray[np.uint8]:
    """The members of every line behind a first letter that is left open: (n, width), blanks between them as JSON allows."""
    parts: list[NDArray[np.uint8]] = [np.zeros((count, 1), np.uint8)]
    for name, column in columns.items():
        before = b'"%b":' % name.encode()
        parts += [_repeated(before, count), _letters(column, count)]
    parts[-1] = parts[-1][:, :-1]  # no comma behind the last one
    return np.ascontiguousarray(np.concatenate([*parts, _repeated(b"}\n", count)], axis=1))


def _repeated(text: bytes, count: int) -> NDArray[np.uint8]:
    return np.broadcast_to(np.frombuffer(text, np.uint8), (count, len(text)))


def _letters(column: Label | F64, count: int) -> NDArray[np.uint8]:
    """Values of one width, a comma behind each."""
    if isinstance(column, Label):
        texts = column.table.quoted.take(column.index, mode="wrap")
    else:
        written = column_bytes(column)[:-1].split(b",") if count else []
        width = max(map(len, written), default=0)
        texts = np.array([value.ljust(width) + b"," for value in written], dtype=f"S{width + 1}")
    return texts.view(np.uint8).reshape(count, -1) if count else np.zeros((0, 1), np.uint8)
