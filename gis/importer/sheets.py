"""CSV and XLSX: rows of cells, of which one is the header."""

import csv
import io
import warnings
import zlib
from collections.abc import Iterable, Sequence
from typing import Any
from zipfile import BadZipFile

from gis.importer.encodings import decode_file
from gis.importer.files import Format, Source, unreadable
from gis.importer.table import EXTRA, Table, text

SEPARATORS = ",\t;|，"
_CELL_LIMIT = 2**26  # characters; the outline of a grid as WKT is longer than Python's own limit
_HEADER_WITHIN = 20

_DAMAGED = (
    LookupError, AttributeError, ValueError, TypeError, OSError, EOFError, RuntimeError, SyntaxError, zlib.error,
    BadZipFile,
)  # fmt: skip
"""How openpyxl, zipfile and the XML parser answer to a damaged part of a workbook."""

Cells = Sequence[Any]


def read_csv(source: Source, encoding: str | None) -> Table:
    """A text table: encoding and separator are found out, the header is the first full row.

    Raises
    ------
    FileUnreadable
        If it is no text, holds no table, or a quotation mark is never closed.
    """
    content, used = decode_file(source.path.read_bytes(), encoding, source.name)
    csv.field_size_limit(_CELL_LIMIT)
    head = content[:65_536].splitlines()[:_HEADER_WITHIN]
    separator = max(SEPARATORS, key=lambda mark: max((line.count(mark) for line in head), default=0))
    try:
        lines = list(csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise unreadable(source.name, f"不是有效的 CSV（{error}）", f"it is no valid CSV ({error})") from error
    return _table(lines, source, Format.CSV, encoding=used)


def read_xlsx(source: Source, sheet: str | None) -> Table:
    """One sheet of a workbook, with the values that its formulas had when it was saved.

    Raises
    ------
    FileUnreadable
        If it is damaged, the sheet is not there, or several sheets hold something and none is named.
    """
    from openpyxl import load_workbook  # heavy, and not needed for CSV

    try:
        with source.path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles it leaves out
            book: Any = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            try:
                name, rows = _sheet(book, sheet, source)
            finally:
                book.close()
    except _DAMAGED as error:
        raise unreadable(source.name, f"表格已损坏（{error}）", f"the workbook is damaged ({error})") from error
    return _table(rows, source, Format.XLSX, layer=name)


def _sheet(book: Any, wanted: str | None, source: Source) -> tuple[str, list[Cells]]:
    names = [sheet.title for sheet in book.worksheets]
    if wanted is not None and wanted not in names:
        listed = ", ".join(names)
        raise unreadable(
            source.name, f"没有工作表“{wanted}”，有：{listed}", f'there is no sheet "{wanted}", only: {listed}'
        )
    filled = [
        (sheet.title, rows)
        for sheet in book.worksheets
        if (wanted is None or sheet.title == wanted) and (rows := _rows(sheet))
    ]
    if len(filled) > 1:
        listed = ", ".join(name for name, _ in filled)
        raise unreadable(
            source.name,
            f"有多个工作表有内容，请用 --sheet 指定一个：{listed}",
            f"several sheets hold something, name one with --sheet: {listed}",
        )
    return filled[0] if filled else (names[0] if names else "", [])


def _rows(sheet: Any) -> list[Cells]:
    sheet.reset_dimensions()  # the stated extent may be wrong, or millions of empty cells
    rows: list[Cells] = list(sheet.iter_rows(values_only=True))
    return rows if any(any(cell is not None for cell in row) for row in rows) else []


def _table(
    lines: Sequence[Cells], source: Source, form: Format, *, encoding: str | None = None, layer: str | None = None
) -> Table:
    header = header_of(lines)
    if header is None:
        raise unreadable(source.name, "里面没有表格内容", "there is no table in it")
    names = names_of(lines[header])
    body = [(i + 1, line) for i, line in enumerate(lines) if i > header and any(map(_filled, line))]
    width = len(names)
    columns: dict[str, list[Any]] = {
        name: [line[i] if i < len(line) else None for _, line in body] for i, name in enumerate(names)
    }
    extra = [" ".join(text(cell) for cell in line[width:] if _filled(cell)) or None for _, line in body]
    if any(extra):
        columns[EXTRA] = extra
    return Table(columns, [row for row, _ in body], None, None, form, encoding, layer)


def header_of(lines: Sequence[Cells]) -> int | None:
    """The first row that is about as full as the fullest near the top: a title above has one filled cell."""
    counts = [sum(map(_filled, line)) for line in lines[:_HEADER_WITHIN]]
    fullest = max(counts, default=0)
    return next((i for i, count in enumerate(counts) if count * 2 > fullest), None) if fullest else None


def _filled(cell: Any) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def names_of(cells: Iterable[Any]) -> list[str]:
    """Names of the columns by the cells of the header: trimmed, none empty, no two alike."""
    names: list[str] = []
    trimmed = [text(cell) for cell in cells]
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    for i, name in enumerate(trimmed, start=1):
        wanted = name or f"第{i}列"
        names.append(wanted if wanted not in names else f"{wanted}_{i}")
    return names
