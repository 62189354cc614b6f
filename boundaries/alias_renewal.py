"""Aliases go with the ground: a publication measures the cells that it touches again; codes without cells follow the lineage."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from boundaries.coverage_change import CoverageChange
from boundaries.lineage import Passage
from boundaries.net_aliases import SHARE_FLOOR, lay_over
from boundaries.nets import Net
from gis.db import Connection, as_multi, bulk_insert, load_queries, to_ewkb
from gis.successors import successors

_SQL = load_queries(Path(__file__).with_name("alias_renewal.sql"))
_SAME_DEGREES2 = 1e-12
"""About 0.01 m²: less than that is a vertex that a border gained."""
Key = tuple[str, str]
"""Code system and foreign code."""
Weight = tuple[float, float | None]
"""Shares of the foreign code's area and of its households."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A relation of a foreign code to a grid; ``ground`` is where, if the foreign code has a cell."""

    area: float
    people: float | None
    by: str | None = None
    ground: Any = None

    def tells(self, other: "_Row") -> bool:
        """Whether it says the same as another one, whoever confirmed it."""
        same = abs(self.area - other.area) < 1e-9 and self.people == other.people
        if not same or self.ground is None or other.ground is None:
            return same and self.ground is other.ground
        return shapely.symmetric_difference(self.ground, other.ground).area < _SAME_DEGREES2


def renew_aliases(
    connection: Connection, edition: int, change: CoverageChange, lineage: Sequence[Passage], gone: Iterable[str]
) -> int:
    """Write how foreign codes lie in the grids of a prepared edition, where it differs from before; how many it closed.

    A relation that goes on with another share keeps the name of who confirmed it; a new one has none.

    Parameters
    ----------
    change : the edition's basic grids before and after.
    lineage : the passages of the edition.
    gone : codes of all levels that it retires.
    """
    shapes = [side[code] for code in sorted(change.changed) for side in (change.before, change.after) if code in side]
    west, south, east, north = shapely.bounds(shapes).reshape(-1, 4).T
    boxes = to_ewkb(shapely.box(west, south, east, north))
    cells = connection.execute(_SQL["touched_cells"], {"boxes": boxes}).fetchall()
    wanted = _measured(connection, edition, cells)
    left = {passage.old_code for passage in lineage} | set(gone)
    rows = connection.execute(_SQL["without_cells"], {"codes": sorted(left)}).fetchall()
    wanted |= _followed(connection, edition, {(system, code) for system, code in rows}, left, set(gone))
    return _replace(connection, edition, wanted)


def _measured(
    connection: Connection, edition: int, cells: Sequence[tuple[str, str, str, bytes]]
) -> dict[Key, dict[str, _Row]]:
    """The relations of cells, from their shapes."""
    wanted: dict[Key, dict[str, _Row]] = {(net, code): {} for net, code, _, _ in cells}
    for net in sorted({cell[0] for cell in cells}):
        _, codes, names, shapes = zip(*(cell for cell in cells if cell[0] == net), strict=True)
        polygons = np.array(shapely.from_wkb([bytes(shape) for shape in shapes]), dtype=np.object_)
        for part in lay_over(connection, Net(net, list(codes), list(names), polygons), edition):
            row = _Row(part.area_share, part.household_share, ground=part.geometry)
            wanted[net, part.cell][part.grid] = row
    return wanted


def _followed(
    connection: Connection, edition: int, keys: set[Key], left: set[str], gone: set[str]
) -> dict[Key, dict[str, _Row]]:
    """The relations of codes without a cell: each passes on to whoever got ground of its grid, by shares."""
    heirs: dict[str, dict[str, Weight]] = {}
    wanted: dict[Key, dict[str, _Row]] = {}
    for key, rows in _standing(connection, keys).items():
        parts: dict[str, list[Weight]] = defaultdict(list)
        for code, row in rows.items():
            if code in left and code not in heirs:
                heirs[code] = _heirs(connection, edition, code, stays=code not in gone)
            for heir, (area, people) in heirs.get(code, {code: (1.0, 1.0)}).items():
                shared = None if row.people is None else row.people * (people or 0.0)
                parts[heir].append((row.area * area, shared))
        sums = {code: _sum(weights) for code, weights in parts.items()}
        wanted[key] = {code: row for code, row in sums.items() if row.area >= SHARE_FLOOR or row.people}
    return wanted


def _heirs(connection: Connection, edition: int, code: str, *, stays: bool) -> dict[str, Weight]:
    """Who has the ground of a grid after the edition; a grid that stays keeps what it did not give away."""
    found = successors(connection, code, edition, edition)
    weights: dict[str, Weight] = {heir.code: (heir.area_share, heir.household_share) for heir in found}
    if stays:
        areas, people = (sum(weight[i] or 0.0 for weight in weights.values()) for i in (0, 1))
        weights[code] = (max(0.0, 1.0 - areas), max(0.0, 1.0 - people))
    return weights


def _sum(weights: Sequence[Weight]) -> _Row:
    people = [share for _, share in weights if share is not None]
    area = min(1.0, round(sum(area for area, _ in weights), 9))
    return _Row(area, min(1.0, round(sum(people), 9)) if len(people) == len(weights) else None)


def _standing(connection: Connection, keys: Iterable[Key]) -> dict[Key, dict[str, _Row]]:
    """The relations of foreign codes that stand, by code of ours."""
    found: dict[Key, dict[str, _Row]] = defaultdict(dict)
    systems, codes = zip(*sorted(keys), strict=True) if keys else ((), ())
    for system, foreign, code, area, people, by, ground in connection.execute(
        _SQL["standing"], {"systems": list(systems), "codes": list(codes)}
    ):
        place = None if ground is None else shapely.from_wkb(bytes(ground))
        found[system, foreign][code] = _Row(area, people, by, place)
    return found


def _replace(connection: Connection, edition: int, wanted: Mapping[Key, Mapping[str, _Row]]) -> int:
    """Let these relations, and no others of their foreign codes, stand from an edition on; how many ended."""
    standing = _standing(connection, wanted.keys())
    ended: list[tuple[str, str, str]] = []
    begun: list[tuple[str, str, str, _Row, str | None]] = []
    for key, rows in wanted.items():
        before = standing.get(key, {})
        kept = {code for code, row in rows.items() if code in before and row.tells(before[code])}
        ended += [(*key, code) for code in before if code not in kept]
        by = {code: row.by for code, row in before.items()}
        begun += [(*key, code, rows[code], by.get(code)) for code in rows.keys() - kept]
    systems, foreign, codes = zip(*ended, strict=True) if ended else ((), (), ())
    connection.execute(
        _SQL["end"], {"edition": edition, "systems": list(systems), "foreign": list(foreign), "codes": list(codes)}
    )
    columns = ("code_system", "foreign_code", "code", "area_share", "household_share", "confirmed_by", "edition_from")
    aliases = ((system, cell, code, row.area, row.people, by, edition) for system, cell, code, row, by in begun)
    bulk_insert(connection, ("gis", "alias"), columns, aliases)
    drawn = [(system, cell, code, row.ground) for system, cell, code, row, _ in begun if row.ground is not None]
    shapes = to_ewkb(as_multi([ground for *_, ground in drawn]))
    parts = ((system, cell, code, edition, shape) for (system, cell, code, _), shape in zip(drawn, shapes, strict=True))
    bulk_insert(connection, ("boundaries", "net_part"), ("net", "cell", "grid", "edition_from", "geom"), parts)
    return len(ended)
