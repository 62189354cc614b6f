"""A table of old codes in, the same table with what they have become out: CSV, XLSX, GeoPackage, Parquet."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gis.db import Connection
from gis.errors import InvalidInput
from gis.importer.fields import FIELDS, Kind
from gis.importer.files import opened
from gis.importer.mapping import column_named
from gis.importer.read import read
from gis.importer.table import text
from gis.importer.write import Columns, check_target, write_table
from gis.recode import KINDS, Question, Recoded, RecodeKind, recode

ADDED = ("new_code", "new_name", "weight", "kind", "reason")
"""Columns that the answer has besides the table's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is read: the column of its codes (found by its name if not given), layer, sheet, encoding."""

    column: str | None = None
    layer: str | None = None
    sheet: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class RecodedFile:
    """What was written: the column of codes, rows read, rows written, rows read by kind."""

    column: str
    rows: int
    written: int
    kinds: dict[RecodeKind, int]


def recode_file(
    connection: Connection, source: Path, target: Path, question: Question, reading: Reading, *, explode: bool
) -> RecodedFile:
    """Write the rows of a file with the columns `ADDED`: a row each, or with ``explode`` one for each heir.

    A table's own column of such a name stays; the added one gets a number. Rows whose code is unknown stay, with the
    reason. Geometries are kept where the format holds any.

    Raises
    ------
    FileUnreadable, InvalidInput, TooLarge
        If the source cannot be read, has no column of codes, or the target cannot be written.
    """
    check_target(target)
    with opened(source, reading.layer) as file:
        table = read(file, layer=reading.layer, sheet=reading.sheet, encoding=reading.encoding)
    column = code_column(list(table.columns), reading.column)
    texts = [text(value) for value in table.columns[column]]
    found = recode(connection, texts, question)
    places, added = answers(texts, found, explode=explode)
    names = free_names(table.columns)
    columns = {name: [values[i] for i in places] for name, values in table.columns.items()}
    columns |= {names[name]: values for name, values in added.items()}
    shapes = None if table.geometry is None else table.geometry[places]
    write_table(Columns(columns, shapes, table.crs), target, layer="recoded")
    counted = Counter(found[one].kind for one in texts)
    return RecodedFile(column, len(texts), len(places), {kind: counted[kind] for kind in KINDS if counted[kind]})


def code_column(columns: Sequence[str], wanted: str | None) -> str:
    """The column that holds the codes: the one named, the one whose name says so, or the only one.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    if wanted in columns:
        return str(wanted)
    found = column_named(FIELDS[Kind.CODES][0], columns) if wanted is None else None
    if found is None and wanted is None and len(columns) == 1:
        found = columns[0]
    if found is None:
        listed = ", ".join(columns)
        raise InvalidInput(
            field="column",
            reason_zh=f"请指定编码所在的列，有：{listed}",
            reason_en=f"name the column that holds the codes, one of: {listed}",
        )
    return found


def free_names(columns: Mapping[str, Any] | Sequence[str]) -> dict[str, str]:
    """The names of `ADDED` as a table with ``columns`` takes them: with a number where it has that name already."""
    names: dict[str, str] = {}
    for name in ADDED:
        tried = (name if number == 1 else f"{name}_{number}" for number in range(1, len(columns) + 2))
        names[name] = next(one for one in tried if one not in columns)
    return names


def answers(
    texts: Sequence[str], found: Mapping[str, Recoded], *, explode: bool
) -> tuple[list[int], dict[str, list[Any]]]:
    """The rows of an answer: for each the position of the row it is about, and the columns `ADDED`."""
    places: list[int] = []
    added: dict[str, list[Any]] = {name: [] for name in ADDED}
    for place, one in enumerate(texts):
        answer = found[one]
        reason = None if answer.reason is None else " / ".join(answer.reason)
        heirs = answer.heirs if explode else answer.heirs[:1]
        for code, name, weight in [(h.code, h.name, h.weight) for h in heirs] or [(None, None, None)]:
            places.append(place)
            for column, value in zip(ADDED, (code, name, weight, answer.kind, reason), strict=True):
                added[column].append(value)
    return places, added
