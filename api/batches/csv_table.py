"""CSV: rows come back as they came, with the answer's columns behind them."""

import codecs
import csv
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from api.batches.csv_parse import Layout, parse
from api.batches.csv_records import complete_length, records
from api.batches.rows import (
    FINE,
    NO_TEXT,
    REASONS,
    Answered,
    Column,
    Label,
    Rows,
    Table,
    compute,
    place_of,
    unused,
    wrong_body,
)
from gis.arrays import F64

_BOM = b"\xef\xbb\xbf"
_LOST = "\ufffd"
_CUT_SHORT = "…".encode()
_PROBLEMS = Table([" / ".join(reason) for reason in REASONS])


class CsvReader:
    """A table whose header names longitude and latitude; blank lines are no rows.

    Parameters
    ----------
    charset : of the body; bytes that are not of it are shown as �.
    longest : bytes of a row that are held; a longer one is a row with a fault, of which only … comes back.

    Raises
    ------
    InvalidInput
        For a charset that nobody knows.
    """

    def __init__(self, charset: str, longest: int) -> None:
        self.options: dict[str, Any] = {}
        self._longest = longest
        self._begun = b""
        self._too_long = False
        self._layout: Layout | None = None
        self._charset = charset
        try:
            b"a".decode(charset, "replace")
            self._plain = codecs.lookup(charset).name == "utf-8"
            self._decoder = codecs.getincrementaldecoder(charset)("replace")
            self._decoder.decode(b"a")
            self._decoder.reset()
        except (LookupError, ValueError) as error:
            raise wrong_body(f"未知的字符集 {charset}", f"unknown charset {charset}", "Content-Type") from error

    def feed(self, data: bytes, *, last: bool) -> Iterable[Rows]:
        """The rows that are complete.

        Raises
        ------
        InvalidInput
            If the header names no such columns.
        """
        whole = self._joined(data, last=last)
        layout = self._layout
        if layout is None:
            layout, whole = self._head(whole, last=last)
        if layout is None:
            self._begun = whole
            return
        self._layout = layout
        cut = len(whole) if last else complete_length(whole)
        if len(whole) - cut > self._longest:  # a quote that is not closed: it spoils its own line only
            cut = whole.rfind(b"\n") + 1 or cut
        self._keep(whole[cut:])
        if cut or last:
            yield self._rows(whole[:cut], layout)

    def _joined(self, data: bytes, *, last: bool) -> bytes:
        """What is kept and what came, as UTF-8."""
        if not self._plain:
            try:
                data = self._decoder.decode(data, last).encode("utf-8", "replace")
            except ValueError as error:
                raise wrong_body(f"不是 {self._charset} 文本", f"is no text in {self._charset}") from error
        if self._too_long:
            end = data.find(b"\n")
            data = data[end:] if end >= 0 else b""
            self._too_long = end < 0
        whole = self._begun + data
        return whole + b"\n" if last and whole and not whole.endswith(b"\n") else whole

    def _keep(self, begun: bytes) -> None:
        """Keep the beginning of a row; of one that is too long, a mark in its place."""
        self._too_long = self._too_long or len(begun) > self._longest
        self._begun = _CUT_SHORT if self._too_long else begun

    def _head(self, whole: bytes, *, last: bool) -> tuple[Layout | None, bytes]:
        """The header, ``None`` as long as it is not complete, and what follows it."""
        whole = whole.removeprefix(_BOM).lstrip(b"\r\n")
        first, closed = next(records(whole), (b"", True))
        ended = whole[len(first) : len(first) + 2]
        if b"\n" not in ended and not last and len(whole) <= self._longest:
            return None, whole
        try:
            columns = next(csv.reader([first.decode("utf-8")], strict=True), []) if closed else []
        except (UnicodeDecodeError, csv.Error) as error:
            raise wrong_body(
                "首行不是 UTF-8 文本；其他字符集请在 Content-Type 中写明，如 charset=gbk",
                "the first line is no UTF-8; name another charset in Content-Type, such as charset=gbk",
                "header",
            ) from error
        end = b"\r\n" if ended.startswith(b"\r") else b"\n"
        return Layout(first, columns, place_of(columns), end), whole[len(first) + len(end) :]

    def _rows(self, text: bytes, layout: Layout) -> Rows:
        broken = False
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            text, broken = text.decode("utf-8", "replace").encode(), True
        block = parse(text, layout)
        if broken or (not self._plain and _LOST.encode() in text):
            lost = compute.match_substring(block.lines, _LOST).to_numpy(zero_copy_only=False)
            block.faults[lost & (block.faults == FINE)] = NO_TEXT
        return Rows(block.x, block.y, block.faults, (layout, block))


class CsvWriter:
    """The rows as they came with ``grid_code`` …, ``problem`` behind them; these columns alone for other questions.

    Parameters
    ----------
    same : whether the question is CSV too.
    """

    media = "text/csv; charset=utf-8"

    def __init__(self, *, same: bool) -> None:
        self._same = same
        self._end = b""

    def write(self, answered: Answered) -> bytes:
        """Some rows, before the first ones the header."""
        named = {"grid_code" if name == "code" else name: _cells(one) for name, one in answered.columns.items()}
        named["problem"] = (
            _PROBLEMS.cells.take(_places(answered.faults, len(REASONS))) if answered.troubled else pa.scalar("")
        )
        head = b""
        if self._same:
            layout, block = answered.rows.rest
            head = self._head(named, layout)
            text = _joined([block.lines, *named.values()], ",")
            if block.bare and layout.end != b"\n":
                text = text.replace(b"\n", layout.end)
            return head + text
        if not self._end:
            self._end = b"\n"
            head = ",".join(named).encode()
        first, *others = named.values()
        led = compute.binary_join_element_wise(pa.scalar("\n"), first, "")
        return head + _joined([led, *others], ",")

    def _head(self, named: dict[str, Any], layout: Layout) -> bytes:
        if self._end:
            return b""
        self._end = layout.end
        taken = set(layout.columns)
        return b",".join([layout.header, *(unused(name, taken).encode() for name in named)])

    def end(self, error: dict[str, Any] | None = None) -> bytes:
        """The end of the last line."""
        return self._end if error is None else b""


def _places(index: Any, none: int) -> Column:
    return pa.array(np.where(index < 0, none, index).astype(np.int32))


def _cells(column: Label | F64) -> Column:
    if isinstance(column, Label):
        return column.table.cells.take(_places(column.index, len(column.table.texts)))
    return compute.cast(pa.array(column, from_pandas=True), pa.string())


def _joined(columns: list[Any], by: str) -> bytes:
    """The texts of all rows, one behind the other."""
    rows = compute.binary_join_element_wise(*columns, by, null_handling="replace", null_replacement="")
    _, offsets, data = rows.buffers()
    if data is None or len(rows) == 0:
        return b""
    return data.slice(0, int(np.frombuffer(offsets, dtype=np.int32)[len(rows)])).to_pybytes()
