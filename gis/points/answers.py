"""What is added to every row of a table of points: codes, names, distance to the border, or why there is nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from gis.arrays import F64, I8, I32, Bools
from gis.errors import InvalidInput
from gis.locate import Locator
from gis.points.places import REASONS, Places

_TEXT = pa.string()
_CODED = pa.dictionary(pa.int32(), _TEXT)
_REASONED = pa.dictionary(pa.int8(), _TEXT)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which columns are added.

    Attributes
    ----------
    level : of ``grid_code``, 2 to 6.
    chain : ``code_2`` … ``code_<level>``, all levels down to it.
    names : ``grid_name``, with ``chain`` also ``name_2`` … ``name_<level>``.
    border : ``border_m``, geodesic metres to the nearest border of the basic grid, and ``neighbour``, the basic
        grid behind it.
    """

    level: int = 6
    chain: bool = False
    names: bool = False
    border: bool = False

    def fields(self, *, coded: bool = True) -> list[Any]:
        """The added columns as Arrow fields in their order; texts dictionary-encoded, or plain."""
        text, reason = (_CODED, _REASONED) if coded else (_TEXT, _TEXT)
        levels = range(2, self.level + 1) if self.chain else ()
        names = ["grid_code", *(["grid_name"] if self.names else [])]
        for level in levels:
            names += [f"code_{level}", *([f"name_{level}"] if self.names else [])]
        border = [pa.field("border_m", pa.float64()), pa.field("neighbour", text)] if self.border else []
        return [pa.field(name, text) for name in names] + [*border, pa.field("problem", reason)]


@dataclass(frozen=True, slots=True)
class _Entries:
    """A dictionary of texts and the entry of each grid of the index; one more, of no meaning, for −1, outside."""

    texts: Any
    entry: I32

    def column(self, index: I32, outside: Bools) -> Any:
        return pa.DictionaryArray.from_arrays(pa.array(self.entry[index], mask=outside), self.texts)


class Answers:
    """The columns that an index gives to points. Immutable, so that threads may share it."""

    def __init__(self, locator: Locator, names: Mapping[str, str], wanted: Wanted) -> None:
        """Prepare the texts of every column.

        Parameters
        ----------
        names : name of every grid by code; looked at only if names are wanted.

        Raises
        ------
        InvalidInput
            If the level wanted is not one of the index.
        """
        if not 2 <= wanted.level <= locator.level:
            zh, en = f"应在 2–{locator.level} 之间", f"must be within 2–{locator.level}"
            raise InvalidInput(field="level", reason_zh=zh, reason_en=en)
        self._locator = locator
        self._border = wanted.border
        self._entries: list[_Entries] = []
        for level in [wanted.level, *(range(2, wanted.level + 1) if wanted.chain else ())]:
            entry, codes = locator.ancestors(level)
            self._entries.append(_entries(entry, codes.tolist()))
            if wanted.names:
                self._entries.append(_entries(entry, [names.get(code, "") for code in codes.tolist()]))
        entry, codes = locator.ancestors(locator.level)
        self._leaves = _entries(entry, codes.tolist())

    def columns(self, lon: F64, lat: F64, reason: I8) -> list[Any]:
        """The added columns, as `Wanted.fields` names them, for points as `Places.of` gives them (NaN: no place)."""
        good = ~np.isnan(lon)
        index = np.full(lon.size, -1, dtype=np.int32)
        if good.all():
            index = self._locator.locate(lon, lat)
        elif good.any():
            index[good] = self._locator.locate(lon[good], lat[good])
        outside = index < 0
        columns = [entries.column(index, outside) for entries in self._entries]
        if self._border:
            distance, neighbour = np.full(lon.size, np.nan), np.full(lon.size, -1, dtype=np.int32)
            distance[good], neighbour[good] = self._locator.border(lon[good], lat[good], index[good])
            columns += [pa.array(distance, mask=outside), self._leaves.column(neighbour, neighbour < 0)]
        fine = reason < 0
        told = pa.array(np.where(fine, 0, reason).astype(np.int8), mask=fine)
        return [*columns, pa.DictionaryArray.from_arrays(told, pa.array(REASONS, _TEXT))]


def _entries(entry: I32, texts: list[str]) -> _Entries:
    """The texts of grids by their place in ``texts``; equal ones become one entry, as Parquet wants it."""
    unique, number = np.unique(np.array(texts, dtype=np.str_), return_inverse=True)
    return _Entries(pa.array(unique.tolist(), _TEXT), number.ravel()[entry].astype(np.int32))


def kept(schema: Any, wanted: Wanted) -> list[str]:
    """The columns of a table that stay: all but those of an earlier run that are answered anew, in whatever case."""
    added = {field.name for field in wanted.fields()}
    return [name for name in schema.names if name.casefold() not in added]


def answered_schema(schema: Any, wanted: Wanted) -> Any:
    """The Arrow schema of a table with its answers; what the file says of itself stays with it."""
    stays = [schema.field(name) for name in kept(schema, wanted)]
    return pa.schema([*stays, *wanted.fields()], metadata=schema.metadata)


def answer(table: Any, places: Places, answers: Answers, wanted: Wanted, broken: Bools | None = None) -> Any:
    """An Arrow table with the columns wanted added, in the schema that `answered_schema` tells."""
    columns = answers.columns(*places.of(table, broken))
    stays = [table.column(name) for name in kept(table.schema, wanted)]
    return pa.table([*stays, *columns], schema=answered_schema(table.schema, wanted))
