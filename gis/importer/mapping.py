"""Which column of a file is which field: recognised by name, or as the person says."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gis.errors import InvalidInput
from gis.importer.fields import FIELDS, IGNORED, PLACED, Field, Kind
from gis.importer.files import Format
from gis.importer.table import EXTRA, Table, text

NOTHING = "-"
"""In place of a field: the column is left out."""

_ASIDE = re.compile(r"[(\[【].*?[)\]】]")  # remarks in brackets: 必填, units
_MARKS = re.compile(r"[\s_\-./:*、]")
_WHERE = frozenset({"lon", "lat", "wkt"})
_CUT = 9  # bytes: names of a Shapefile at least this long may have been cut at 10


@dataclass(frozen=True, slots=True)
class Mapped:
    """A table with its columns understood.

    Attributes
    ----------
    columns : field to column name, in the order of the kind's fields.
    unused : columns that are no field.
    """

    table: Table
    kind: Kind
    columns: dict[str, str]
    unused: list[str]

    def texts(self, field: str) -> list[str]:
        """(n,) texts of a field, empty where there is nothing; all empty without a column."""
        column = self.columns.get(field)
        return [""] * len(self.table) if column is None else [text(value) for value in self.table.columns[column]]

    def has(self, field: str) -> bool:
        """Whether the file has a column for it."""
        return field in self.columns

    @property
    def placed(self) -> bool:
        """Whether the file says where its rows lie."""
        return _placed(self.table, self.columns)


def _placed(table: Table, columns: Mapping[str, str]) -> bool:
    return table.geometry is not None or "wkt" in columns or {"lon", "lat"} <= columns.keys()


def parse_pairs(pairs: Sequence[str]) -> dict[str, str]:
    """``column=field`` texts as given on the command line, column to field.

    Raises
    ------
    InvalidInput
        If a text is no such pair.
    """
    given: dict[str, str] = {}
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not (equals and column.strip() and field.strip()):
            raise InvalidInput(
                field="--map", reason_zh=f"“{pair}”应写成 列名=字段", reason_en=f'"{pair}" is no column=field'
            )
        given[column.strip()] = field.strip()
    return given


def map_columns(table: Table, kind: Kind, given: Mapping[str, str]) -> Mapped:
    """Find each field's column: as given, else the one whose name fits best.

    Parameters
    ----------
    given : column to field, or to `NOTHING`, which leaves the column out.

    Raises
    ------
    InvalidInput
        If a column or field is not known, two columns are given for one field, a required field has no column, or
        there is nothing that says where the rows lie.
    """
    fields = {field.name: field for field in FIELDS[kind]}
    columns = _as_given(table, fields, given)
    placed = table.geometry is not None  # then columns say where only if the person names them
    free = [name for name in table.columns if name not in given and name not in IGNORED and name != EXTRA]
    wanted = [field for field in fields.values() if not (placed and field.name in _WHERE)]
    for find in (_named, _cut_short) if table.format is Format.SHAPEFILE else (_named,):
        for field in wanted:
            if field.name not in columns and (found := find(field, free, table)) is not None:
                columns[field.name] = found
                free.remove(found)
    _check_required(table, kind, columns, fields)
    ordered = {name: columns[name] for name in fields if name in columns}
    return Mapped(table, kind, ordered, [name for name in table.columns if name in free])


def _as_given(table: Table, fields: Mapping[str, Field], given: Mapping[str, str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for column, field in given.items():
        if column not in table.columns:
            listed = ", ".join(table.columns)
            raise InvalidInput(
                field="--map",
                reason_zh=f"文件没有“{column}”列，有：{listed}",
                reason_en=f'the file has no column "{column}", only: {listed}',
            )
        if field == NOTHING:
            continue
        if field not in fields:
            listed = ", ".join(fields)
            raise InvalidInput(
                field="--map",
                reason_zh=f"没有“{field}”字段，可用：{listed}",
                reason_en=f'there is no field "{field}", only: {listed}',
            )
        if field in columns:
            raise InvalidInput(
                field="--map",
                reason_zh=f"“{columns[field]}”与“{column}”都指定为 {field}",
                reason_en=f'both "{columns[field]}" and "{column}" are given for {field}',
            )
        columns[field] = column
    return columns


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).lower()
    return _MARKS.sub("", _ASIDE.sub("", folded)) or _MARKS.sub("", folded)


def _named(field: Field, columns: Sequence[str], _table: Table) -> str | None:
    return column_named(field, columns)


def column_named(field: Field, columns: Sequence[str]) -> str | None:
    """The column whose name comes first among the field's names; None where there is none."""
    plain = {_plain(column): column for column in reversed(columns)}
    return next((plain[name] for name in map(_plain, field.names) if name in plain), None)


def _cut_short(field: Field, columns: Sequence[str], table: Table) -> str | None:
    """A column of a Shapefile whose name was cut at ten bytes, and begins one of the field's names."""
    names = [_plain(name) for name in field.names]
    for column in columns:
        cut = len(column.encode(table.encoding or "utf-8", "replace")) >= _CUT
        if cut and any(name.startswith(_plain(column)) for name in names):
            return column
    return None


def _check_required(table: Table, kind: Kind, columns: Mapping[str, str], fields: Mapping[str, Field]) -> None:
    missing = [field for field in fields.values() if field.required and field.name not in columns]
    if missing:
        zh, en = "、".join(f.label_zh for f in missing), ", ".join(f.name for f in missing)
        listed = ", ".join(table.columns)
        raise InvalidInput(
            field="--map",
            reason_zh=f"没有找到这些字段的列：{zh}（{en}）；文件的列有：{listed}。请用 --map 列名=字段 指定",
            reason_en=f"no column was found for: {en}; the file has: {listed}. Name them with --map column=field",
        )
    if kind in PLACED and not _placed(table, columns):
        raise InvalidInput(
            field="FILE",
            reason_zh="文件没有图形，也没有经纬度列（经度/纬度、lon/lat、x/y）或 WKT 列",
            reason_en="the file has no geometry, no columns of longitude and latitude (lon/lat, x/y) and none of WKT",
        )
