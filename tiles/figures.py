"""Figures of all grids of an edition, for everybody: those that ``gis.statistics`` tells without personal access.

Small counts, and all from which they follow, are hidden over the whole county by that one rule; a tile shows some of
these grids and never counts anything itself, so no two tiles, nor a tile and a table, tell more than the table.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gis.coverage import county_codes
from gis.db import Connection
from gis.statistics import Access, Figures, Period, figures_of

COUNTS = ("households", "red", "yellow", "green", "accepted", "open")
LIFE_S = 15.0
"""As long as clients keep such a tile: one look at the map asks for many."""

Columns = dict[str, list[Any]]
"""Parallel lists: ``codes``, one of each of `COUNTS` with None where hidden, ``hidden`` with the names of those."""
Known = Callable[[Connection, int], Columns]
"""The figures of a level of one edition and period."""


def _nobody(_grid: str) -> bool:
    return False


@dataclass
class PublicFigures:
    """A worker's memory of public figures; any thread may use it.

    Attributes
    ----------
    k : counts below it are small.
    """

    k: int
    _kept: dict[tuple[int, Period, int], tuple[float, Columns]] = field(
        default_factory=dict[tuple[int, Period, int], tuple[float, Columns]]
    )

    def of(self, edition: int, period: Period) -> Known:
        """The figures of an edition for a period.

        Using it raises Forbidden for an edition that is not the one valid at the period's end, and for grids below the
        villages if the period is not of whole years (`figures_of`).
        """
        return lambda connection, level: self._columns(connection, edition, period, level)

    def _columns(self, connection: Connection, edition: int, period: Period, level: int) -> Columns:
        now, key = time.monotonic(), (edition, period, level)
        until, found = self._kept.get(key, (0.0, {}))
        if until < now:
            found = _columns(connection, edition, period, level, self.k)
            self._kept = {kept: entry for kept, entry in self._kept.items() if entry[0] >= now}
            self._kept[key] = now + LIFE_S, found
        return found


def _columns(connection: Connection, edition: int, period: Period, level: int, k: int) -> Columns:
    access = Access(_nobody, _nobody, k)
    rows: list[Figures] = []
    for county in county_codes(connection):
        rows += figures_of(connection, county, period, edition=edition, access=access, level=level)
    found: Columns = {name: [getattr(row.personal, name) for row in rows] for name in COUNTS}
    hidden = [[name for name in COUNTS if name in row.suppressed] for row in rows]
    return {**found, "codes": [row.code for row in rows], "hidden": [",".join(names) or None for names in hidden]}
