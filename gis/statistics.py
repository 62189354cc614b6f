"""Figures of grids for a period: disputes, households by rating, staff, units, centres.

Disputes count by the day they were accepted, in the grid they were accepted in, so that a later border change never
moves them. All else stands as of the period's last day, in the boundaries of one edition. Whoever has no personal
access to a grid gets its small counts hidden (see `gis.suppression`).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from gis.codes import WIDTHS, chain, level_of
from gis.coverage import edition_on
from gis.db import Connection, load_queries
from gis.errors import Forbidden
from gis.suppression import Vector, families, hide, roll_up

_SQL = load_queries(Path(__file__).with_name("statistics.sql"))
_FINE_LEVEL = 5


@dataclass(frozen=True, slots=True)
class Period:
    """Days of China's calendar, both included."""

    first: date
    last: date

    @property
    def whole_years(self) -> bool:
        """Whether it runs from a first of January to a 31st of December."""
        return (self.first.month, self.first.day, self.last.month, self.last.day) == (1, 1, 12, 31)


@dataclass(frozen=True, slots=True)
class Personal:
    """Counts of personal rows of one grid; ``None`` where a count is hidden.

    ``accepted`` … ``overdue`` are disputes, ``open`` and ``overdue`` as of now; ``households`` all households,
    ``red`` … ``unrated`` those with and without a rating.
    """

    accepted: int | None = 0
    mediated: int | None = 0
    succeeded: int | None = 0
    open: int | None = 0
    overdue: int | None = 0
    households: int | None = 0
    red: int | None = 0
    yellow: int | None = 0
    green: int | None = 0
    unrated: int | None = 0


_NAMES = tuple(field.name for field in fields(Personal))
_NOTHING: Vector = (0,) * len(_NAMES)


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one grid; staff are people with a post in it or below it."""

    code: str
    personal: Personal
    full_time: int
    part_time: int
    units: int
    centres: int

    @property
    def suppressed(self) -> list[str]:
        """Names of the hidden counts."""
        return [name for name in _NAMES if getattr(self.personal, name) is None]


@dataclass(frozen=True, slots=True)
class Access:
    """What the asker may see of single persons, by grid; ``k``: counts below it are small."""

    disputes: Callable[[str], bool]
    households: Callable[[str], bool]
    k: int

    def full(self, grid: str) -> bool:
        """Whether nothing of a grid is hidden."""
        return self.disputes(grid) and self.households(grid)


BLOCKS: dict[str, tuple[str, ...]] = {
    "disputes": ("accepted",),
    "outcomes": ("mediated", "succeeded", "open", "overdue"),
    "households": ("households",),
    "ratings": ("red", "yellow", "green", "unrated"),
}
"""Counts that are hidden together, because some of them follow from the others."""


def figures_of(
    connection: Connection, grid: str, period: Period, *, edition: int, access: Access, level: int | None = None
) -> list[Figures]:
    """The figures of a grid, or of all grids of ``level`` in it.

    Rows come by code: all grids of the edition, and retired ones whose disputes fall into the period.

    Raises
    ------
    Forbidden
        Without personal access: for an edition other than the one valid at the period's end, and below the villages
        for anything but whole years. The difference of two answers would be a count of a moved strip or a few days.
    """
    level = level or level_of(grid)
    if not access.full(grid):
        _check_public(connection, period, edition, level)
    given = {"grid": grid, "first": period.first, "last": period.last, "edition": edition, "level": level}
    counts, hidden = _personal(connection, given, access)
    public = {row[0]: row[1:] for row in connection.execute(_SQL["public"], given | {"width": WIDTHS[level]})}
    standing = [row[0] for row in connection.execute(_SQL["grids"], given)]
    counted = [code for code in counts if len(code) == WIDTHS[level] and code.startswith(grid)]
    codes = sorted({*standing, *counted} if level > level_of(grid) else {grid})
    return [
        Figures(code, _shown(code, counts.get(code, _NOTHING), hidden, access), *public.get(code, (0, 0, 0, 0)))
        for code in codes
    ]


def _check_public(connection: Connection, period: Period, edition: int, level: int) -> None:
    if level >= _FINE_LEVEL and not period.whole_years:
        raise Forbidden(
            reason_zh="未登录或辖区以外，网格级数字只按整年提供",
            reason_en="without access to this grid, figures below the villages are given for whole years only",
        )
    if edition != edition_on(connection, period.last):
        raise Forbidden(
            reason_zh="未登录或辖区以外，数字只按期末生效的界线提供",
            reason_en="without access to this grid, figures are given in the boundaries valid at the period's end only",
        )


def _personal(
    connection: Connection, given: dict[str, Any], access: Access
) -> tuple[dict[str, Vector], dict[str, set[str]]]:
    """The counts of grids, of more than are asked for, and by block the grids to hide them of."""
    grid, width = given["grid"], WIDTHS[given["level"]]
    if access.full(grid):
        return _counts(connection, given | {"width": width}), {}
    # What one grid must hide depends on its relatives, so the whole county is looked at.
    tree = roll_up(_counts(connection, given | {"grid": grid[: WIDTHS[2]], "width": WIDTHS[6]}))
    return tree, _hidden(tree, access.k)


def _counts(connection: Connection, given: dict[str, Any]) -> dict[str, Vector]:
    """The counts by grid in the order of `Personal`: households without a rating are those left over."""
    rows = connection.execute(_SQL["personal"], given)
    return {row[0]: (*row[1:], row[6] - sum(row[7:10])) for row in rows}


def _hidden(tree: dict[str, Vector], k: int) -> dict[str, set[str]]:
    kin = families(tree)
    found: dict[str, set[str]] = {}
    also: set[str] = set()
    for block, members in BLOCKS.items():
        places = [_NAMES.index(member) for member in members]
        part = slice(places[0], places[-1] + 1)
        figures = {code: vector[part] for code, vector in tree.items()}
        # A block of parts is hidden wherever its whole is.
        found[block] = hide(figures, kin, k, also if len(members) > 1 else ())
        also = found[block]
    return found


def _shown(code: str, vector: Vector, hidden: dict[str, set[str]], access: Access) -> Personal:
    """The counts of a grid without those to hide; a grid without any is hidden where a grid above it is."""
    secret: set[str] = set()
    for block, grids in hidden.items():
        sees = access.disputes if block in {"disputes", "outcomes"} else access.households
        if not grids.isdisjoint(chain(code)) and not sees(code):
            secret.update(BLOCKS[block])
    return Personal(**{name: None if name in secret else value for name, value in zip(_NAMES, vector, strict=True)})
