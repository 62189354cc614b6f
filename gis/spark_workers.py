"""What the Python workers of Apache Spark do with rows: bring each to its county's index, and add the columns wanted."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from gis.arrays import F64, I8, I16
from gis.county_indexes import CountyIndexes
from gis.points.answers import Answers, Wanted
from gis.points.places import Places

ROUTE = "wangge_county"
"""The column that `Router` adds."""

Batches = Iterator[Any]


@cache
def indexes(folder: str) -> CountyIndexes:
    """A folder of indexes, opened once for all tasks of a worker, which Spark uses again."""
    return CountyIndexes(Path(folder))


@cache
def _answers(folder: str, county: int, wanted: Wanted) -> Answers:
    index = indexes(folder).index(county)
    return Answers(index.locator, index.names, wanted)


def added(folder: str, wanted: Wanted, lon: F64, lat: F64, reason: I8) -> list[Any]:
    """The columns wanted (`Wanted.fields`, texts dictionary-encoded) of points of many counties.

    Parameters
    ----------
    folder : of indexes, see `gis.county_indexes`.
    lon, lat, reason : (n,) as `Places.of` gives them.
    """
    county: I16 = indexes(folder).route(lon, lat).astype(np.int16)
    order = np.argsort(county, kind="stable")  # by counting: the numbers are short
    groups, starts = np.unique(county[order], return_index=True)
    parts: list[list[Any]] = []
    for group, rows in zip(groups.tolist(), np.split(order, starts[1:]), strict=True):
        answers = _answers(folder, max(group, 0), wanted)
        parts.append(answers.columns(_nowhere(lon[rows], group), _nowhere(lat[rows], group), reason[rows]))
    if len(parts) == 1:
        return parts[0]
    back = np.empty(order.size, dtype=np.int64)
    back[order] = np.arange(order.size)
    return [pa.concat_arrays(list(column)).take(pa.array(back)) for column in zip(*parts, strict=True)]


def _nowhere(values: F64, group: int) -> F64:
    """Points that no county has are looked up in none."""
    return values if group >= 0 else np.full(values.size, np.nan)


@dataclass(frozen=True)
class Router:
    """Adds a county that comes into question for each row: what brings rows together."""

    index: str
    places: Places

    def __call__(self, batches: Batches) -> Batches:
        """Arrow batches of a partition, one for one."""
        for batch in batches:
            table = pa.Table.from_batches([batch])
            lon, lat, _ = self.places.of(table)
            county = indexes(self.index).near(lon, lat)
            yield from table.append_column(ROUTE, pa.array(county)).to_batches()


@dataclass(frozen=True)
class Worker:
    """Adds the columns wanted to the rows of a data frame, in their order."""

    index: str
    places: Places
    wanted: Wanted
    stays: tuple[str, ...]

    def __call__(self, batches: Batches) -> Batches:
        """Arrow batches of a partition, one for one."""
        schema = None
        for batch in batches:
            if not batch.num_rows:
                continue
            table = pa.Table.from_batches([batch])
            columns = added(self.index, self.wanted, *self.places.of(table))
            fields = [*(table.schema.field(name) for name in self.stays), *self.wanted.fields(coded=False)]
            schema = schema or pa.schema(fields)
            kept_columns = [table.column(name) for name in self.stays]
            yield from pa.table([*kept_columns, *map(_plain, columns)], schema=schema).to_batches()


def _plain(column: Any) -> Any:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
