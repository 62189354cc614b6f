"""What became of a grid from edition to edition: its versions, and the ground it gave away or got."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from gis.codes import level_of
from gis.db import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("history.sql"))
_MOVED_M2 = 0.01
"""Ground that counts as moved, as in the checks of drafts: less is the rounding of a vertex."""
_WHOLE = 0.999

Event = Literal["created", "name", "geometry", "retired"]
LineageKind = Literal["split", "merge", "move", "replace"]


@dataclass(frozen=True, slots=True)
class Version:
    """An edition that changed a grid: what, and how it stood then (a retired one: how it last stood).

    ``moved_m2`` is the ground gained and lost together.
    """

    edition: int
    valid_from: date
    changes: tuple[Event, ...]
    name: str
    area_m2: float
    moved_m2: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A share of an old grid that went to a new one in an edition; shares are of the old grid, 0 to 1."""

    edition: int
    valid_from: date
    old: str
    new: str
    kind: LineageKind
    area_share: float
    household_share: float | None
    document: str | None


class _Row(NamedTuple):
    """A passage between basic grids with the old one's area and households on the eve."""

    edition: int
    valid_from: date
    old: str
    new: str
    kind: LineageKind
    area_share: float
    household_share: float | None
    document: str | None
    area_m2: float
    households: int


class _Whole(NamedTuple):
    """The old grid of a passage on the eve, and which of the two grids stand on the other side of it."""

    area_m2: float
    households: int
    old_lives: bool
    new_was_there: bool


def versions(connection: Connection, code: str, edition: int) -> list[Version]:
    """The editions up to one that made, changed or retired a grid, earliest first.

    An edition that only wrote the grid's row anew (a neighbour's vertex on its border, a change of a grid in it) is none.
    """
    rows = connection.execute(_SQL["versions"], {"code": code, "edition": edition}).fetchall()
    found: list[Version] = []
    for number, day, _, _, name, area_m2, name_before, moved_m2 in rows:
        changes: list[Event] = []
        if name_before is None:
            changes.append("created")
        elif name != name_before:
            changes.append("name")
        if (moved_m2 or 0) >= _MOVED_M2:
            changes.append("geometry")
        if changes:
            found.append(Version(number, day, tuple(changes), name, area_m2, moved_m2 or 0.0))
    if rows and rows[-1][3] is not None:
        _, _, number, day, name, area_m2, _, _ = rows[-1]
        found.append(Version(number, day, ("retired",), name, area_m2, 0.0))
    return found


def lineage(connection: Connection, code: str, edition: int) -> list[Passage]:
    """Every passage up to an edition that a grid was in, as the old or as the new one, by edition and code.

    Passages are recorded between basic grids; those of a larger grid are theirs to and from grids of its own level
    together: shares of its area, and of its households where it had any.
    """
    rows = [_Row(*row) for row in connection.execute(_SQL["passages"], {"code": code, "edition": edition})]
    if level_of(code) == 6:
        return [Passage(*row[:8]) for row in rows]
    together: dict[tuple[int, str, str], list[_Row]] = defaultdict(list)
    for row in rows:
        together[row.edition, row.old, row.new].append(row)
    wholes = _wholes(connection, together)
    return [_added(parts, wholes[key]) for key, parts in together.items()]


def _wholes(connection: Connection, keys: Iterable[tuple[int, str, str]]) -> dict[tuple[int, str, str], _Whole]:
    listed = list(keys)
    given = {
        "editions": [edition for edition, _, _ in listed],
        "old": [old for _, old, _ in listed],
        "new": [new for _, _, new in listed],
    }
    return {
        (edition, old, new): _Whole(*rest) for old, new, edition, *rest in connection.execute(_SQL["wholes"], given)
    }


def _added(parts: list[_Row], whole: _Whole) -> Passage:
    first = parts[0]
    area_share = min(1.0, sum(part.area_share * part.area_m2 for part in parts) / whole.area_m2)
    moved = sum((part.household_share or 0.0) * part.households for part in parts)
    documents = sorted({part.document for part in parts if part.document})
    return Passage(
        first.edition,
        first.valid_from,
        first.old,
        first.new,
        _kind(whole, area_share),
        round(area_share, 9),
        round(moved / whole.households, 9) if whole.households else None,
        "；".join(documents) or None,
    )


def _kind(whole: _Whole, area_share: float) -> LineageKind:
    """As boundaries name passages between basic grids."""
    if whole.old_lives:
        return "move" if whole.new_was_there else "split"
    if whole.new_was_there:
        return "merge"
    return "replace" if area_share > _WHOLE else "split"
