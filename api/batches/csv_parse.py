"""Blocks of CSV records → coordinates and the rows as they came: by pyarrow, row by row only where that cannot."""

import csv
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from api.batches.csv_records import plain_ends, records
from api.batches.numbers import from_texts
from api.batches.rows import FINE, RAGGED, UNREADABLE, Column, Faults
from gis.arrays import F64, I64


@dataclass(frozen=True, slots=True)
class Layout:
    """What the header tells.

    Attributes
    ----------
    header : the first line, without its end.
    columns : the names in it.
    places : which of them are longitude and latitude.
    end : what ends the lines.
    """

    header: bytes
    columns: list[str]
    places: tuple[int, int]
    end: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """Records of a table.

    Attributes
    ----------
    x, y : (n,) coordinates, NaN where there is no number.
    lines : (n,) each row's text, a newline before it.
    faults : (n,)
    bare : whether every newline in ``lines`` stands for the table's line end.
    """

    x: F64
    y: F64
    lines: Column
    faults: Faults
    bare: bool


def parse(text: bytes, layout: Layout) -> Block:
    """The records of UTF-8 text, whose last line is complete."""
    return _at_once(text, layout) or _one_by_one(text, layout)


def _at_once(text: bytes, layout: Layout) -> Block | None:
    """All records by pyarrow, if they are regular; ``None`` if they are not."""
    if b"\r" in text:
        whole = text.count(b"\r\n")
        quoted = b'"' in text
        if text.count(b"\r") != whole or (quoted and (layout.end != b"\r\n" or text.count(b"\n") != whole)):
            return None
        text = text.replace(b"\r\n", b"\n")
    ends = plain_ends(text)
    found = None if ends is None else _columns(text, layout)
    if ends is None or found is None or found[0].size != ends.size:
        return None
    x, y = found
    return Block(x, y, _lines(text, ends), np.full(x.size, FINE, dtype=np.int8), bare=True)


def _columns(text: bytes, layout: Layout) -> tuple[F64, F64] | None:
    for kind in (pa.float64(), pa.string()):
        try:
            x, y = _read(text, layout, kind)
        except pa.ArrowInvalid:
            continue
        if kind == pa.string():
            return from_texts(x), from_texts(y)
        return x.to_numpy(zero_copy_only=False), y.to_numpy(zero_copy_only=False)
    return None


def _read(text: bytes, layout: Layout, kind: Any) -> list[Column]:
    names = [str(place) for place in range(len(layout.columns))]
    wanted = [names[place] for place in layout.places]
    table = pacsv.read_csv(
        pa.BufferReader(text),
        read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
        parse_options=pacsv.ParseOptions(newlines_in_values=b'"' in text),
        convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(wanted, kind), include_columns=wanted),
    )
    return [table.column(name).combine_chunks() for name in wanted]


def _lines(text: bytes, ends: I64) -> Column:
    """The rows with the newline before each instead of behind it: adding cells then needs no second look."""
    offsets = np.zeros(ends.size + 1, dtype=np.int32)
    offsets[1:] = ends + 1
    return pa.StringArray.from_buffers(ends.size, pa.py_buffer(offsets), pa.py_buffer(b"\n" + text))


def _one_by_one(text: bytes, layout: Layout) -> Block:
    width = len(layout.columns)
    places = layout.places
    lines: list[str] = []
    cells: tuple[list[str], list[str]] = ([], [])
    faults: list[int] = []
    end = layout.end.decode()
    for record, closed in records(text):
        line, row, fault = _row(record.decode(), closed=closed)
        if len(row) > width:
            row, fault = [], RAGGED
        elif len(row) < width:
            line += "," * (width - len(row))
        lines.append(end + line)
        faults.append(fault)
        for place, column in zip(places, cells, strict=True):
            column.append(row[place] if place < len(row) else "")
    x, y = (from_texts(pa.array(column, pa.string())) for column in cells)
    return Block(x, y, pa.array(lines, pa.string()), np.array(faults, dtype=np.int8), bare=False)


def _row(record: str, *, closed: bool) -> tuple[str, list[str], int]:
    """The text of a record, its cells, its fault. What has no cells is written so that it spoils no other row."""
    if closed:
        try:
            return record, next(csv.reader([record]), []), FINE
        except csv.Error:
            pass
    cells = record.split(",")
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(cells)  # Python 3.11 quotes only the ends that it writes itself
    return out.getvalue().removesuffix("\r\n"), cells, FINE if not closed else UNREADABLE
