"""CSV files of any size, streamed as Arrow tables of texts: whatever their encoding, separator and broken rows."""

import codecs
import csv
import io
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from gis.arrays import I64, Bools
from gis.importer.encodings import canonical
from gis.importer.files import unreadable
from gis.importer.sheets import SEPARATORS, header_of, names_of

_BLOCK = 1 << 23
_HEAD_CHARACTERS = 1 << 16
_HEADER_WITHIN = 20


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How a CSV file is written: ``lines`` up to the end of its header; ``clean`` if all of it is UTF-8."""

    encoding: str
    clean: bool
    separator: str
    names: list[str]
    lines: int


@dataclass(frozen=True, slots=True)
class CsvTable:
    """An opened CSV file: its columns, Arrow's batches, and the rows with too many or too few cells as they are met."""

    form: CsvForm
    schema: Any
    batches: Any
    odd: list[tuple[int, str]]
    share: Callable[[], float]


def sniff(path: Path, encoding: str | None = None) -> CsvForm:
    """Find out how a CSV file is written.

    The encoding is that of the byte order mark, else UTF-8 if all of the file is, else GB 18030 if all of it is, else
    UTF-8 with broken places. The header is the first row about as full as the fullest, as for imports.

    Raises
    ------
    FileUnreadable
        If there is no table in it.
    InvalidInput
        For an encoding that is not known.
    """
    used, clean = (canonical(encoding), False) if encoding else _encoding(path)
    with path.open(encoding=used, errors="replace", newline="") as head:
        text = head.read(_HEAD_CHARACTERS)
    lines = text.splitlines()[:_HEADER_WITHIN]
    separator = max(SEPARATORS, key=lambda mark: max((line.count(mark) for line in lines), default=0))
    names, end = _header(text, separator, path.name)
    return CsvForm(used, clean, separator, names, end)


@contextmanager
def open_csv(path: Path, form: CsvForm) -> Generator[CsvTable]:
    """Open a CSV file; every column is text, as it stands in the file; bytes that are no text become U+FFFD."""
    odd: list[tuple[int, str]] = []
    schema = pa.schema([pa.field(name, pa.string()) for name in form.names])
    with path.open("rb") as file:
        size = max(path.stat().st_size, 1)
        batches = arrow_csv.open_csv(
            file if form.clean else _Utf8(file, form.encoding),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK, column_names=form.names, skip_rows=form.lines
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=form.separator, newlines_in_values=True, invalid_row_handler=partial(_set_aside, odd)
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(form.names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
        yield CsvTable(form, schema, batches, odd, lambda: file.tell() / size)


def csv_rows(table: CsvTable) -> Iterator[tuple[Any, Bools | None]]:
    """All rows of a CSV file in order, with a mask of those that had more cells than the header.

    Missing cells at a row's end are empty; cells too many stay, separated, in the last column.
    """
    row = table.form.lines + 1
    for batch in table.batches:
        count = _odd_before(table.odd, row, batch.num_rows)
        odd, table.odd[:count] = table.odd[:count], []
        yield _merged(table, pa.Table.from_batches([batch]), odd, row)
        row += batch.num_rows + count
    if table.odd:
        yield _merged(table, table.schema.empty_table(), table.odd, row)


def _set_aside(odd: list[tuple[int, str]], row: Any) -> str:
    odd.append((row.number, row.text))
    return "skip"


def _odd_before(odd: list[tuple[int, str]], row: int, good: int) -> int:
    """How many of the rows set aside stand between row number ``row`` and the ``good``-th good row from there."""
    count = 0
    while count < len(odd) and odd[count][0] < row + good + count:
        count += 1
    return count


def _merged(table: CsvTable, good: Any, odd: list[tuple[int, str]], row: int) -> tuple[Any, Bools | None]:
    if not odd:
        return good, None
    width = len(table.schema)
    cells = [_cells(text, table.form.separator) for _, text in odd]
    fitted = [[*line[: width - 1], table.form.separator.join(line[width - 1 :])] for line in _padded(cells, width)]
    columns = [pa.array(list(column), pa.string()) for column in zip(*fitted, strict=True)]
    both = pa.concat_tables([good, pa.table(columns, schema=table.schema)])
    places: I64 = np.array([number for number, _ in odd], dtype=np.int64)
    others = np.setdiff1d(np.arange(row, row + len(both)), places)
    order = np.argsort(np.concatenate([others, places]), kind="stable")
    broken = np.zeros(len(both), dtype=np.bool_)
    broken[len(good) :] = [any(map(str.strip, line[width:])) for line in cells]
    return both.take(pa.array(order)), broken[order]


def _cells(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    except csv.Error:
        return text.split(separator)


def _padded(lines: list[list[str]], width: int) -> list[list[str]]:
    return [[*line, *[""] * (width - len(line))] for line in lines]


def _header(text: str, separator: str, name: str) -> tuple[list[str], int]:
    """Names of the columns, and how many lines there are up to the end of the header."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator)
    lines: list[list[str]] = []
    ends: list[int] = []
    try:
        for cells in reader:
            lines.append(cells)
            ends.append(reader.line_num)
            if len(lines) == _HEADER_WITHIN:
                break
    except csv.Error as error:
        raise unreadable(name, f"不是有效的 CSV（{error}）", f"it is no valid CSV ({error})") from error
    found = header_of(lines)
    if found is None:
        raise unreadable(name, "里面没有表格内容", "there is no table in it")
    names = names_of(lines[found])
    blank = [f"第{i}列" for i in range(len(names) + 1, len(lines[found]) + 1)]
    return names + blank, ends[found]


def _encoding(path: Path) -> tuple[str, bool]:
    with path.open("rb") as file:
        mark = file.read(3)
    if mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", False
    if _fits(path, "utf-8"):
        return "utf-8-sig", True
    return ("gb18030" if _fits(path, "gb18030") else "utf-8-sig"), False


def _fits(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@dataclass
class _Utf8(io.RawIOBase):
    """A file of another encoding, or with broken places, as UTF-8."""

    file: Any
    encoding: str
    _left: bytes = b""
    _decoder: Any = field(init=False)

    def __post_init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, none at the end."""
        while not self._left:
            block = self.file.read(_BLOCK)
            self._left = self._decoder.decode(block, final=not block).encode()
            if not block:
                break
        wanted = len(self._left) if size < 0 else size
        given, self._left = self._left[:wanted], self._left[wanted:]
        return given
