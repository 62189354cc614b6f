"""What publishing a draft would change for people: households, open disputes, units, staff, codes; nothing is stored."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from boundaries.coverage_change import CoverageChange
from boundaries.drafts import read_changes, read_draft
from boundaries.household_rules import grids_at
from boundaries.neighbourhood import nearby
from gis.arrays import Geometries
from gis.codes import ancestors, is_code
from gis.coverage_check import AREA_FLOOR_M2, area_m2
from gis.db import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("impact.sql"))


@dataclass(slots=True)
class Passing:
    """What goes from one grid to another (None: to none); ``geometry`` is the ground, degrees EPSG:4490.

    ``households`` counts them by risk colour: red, yellow, green, unrated.
    """

    old_code: str
    new_code: str | None
    area_m2: float = 0
    geometry: Any = None
    households: Counter[str] = field(default_factory=Counter[str])
    open_disputes: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """A post of the grid staff in a grid that ceases or gets another outline."""

    grid_code: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Impact:
    """The impact of the save ``rev``, as far as the transaction's scope reaches.

    ``opened``, ``retired``, ``redrawn`` and ``renamed`` are codes; ``units`` those of neighbour units that households leave.
    """

    rev: int
    passings: list[Passing]
    opened: list[str]
    retired: list[str]
    redrawn: list[str]
    renamed: list[str]
    units: list[str]
    posts: list[Post]


def impact_of(connection: Connection, draft: int) -> Impact:
    """What an open draft would change.

    Raises
    ------
    NotFound, Conflict
    """
    found = read_draft(connection, draft, must_be_open=True)
    changes = [change for change in read_changes(connection, draft) if is_code(change.code)]
    change = nearby(connection, found, changes)
    passings = {(one.old_code, one.new_code): one for one in _grounds(change)}
    old = sorted(change.changed & change.before.keys())
    units: set[str] = set()
    for code, new, unit, colour in _located(connection, "homes", change, old):
        if code != new:
            passings.setdefault((code, new), Passing(code, new)).households[colour] += 1
            units.add(unit)
    for code, new in _located(connection, "disputes", change, old):
        if code != new:
            passings.setdefault((code, new), Passing(code, new)).open_disputes += 1
    gone = _retired(change)
    redrawn = [c for c in old if c in change.after and not shapely.equals(change.before[c], change.after[c])]
    posts = [Post(*row) for row in connection.execute(_SQL["posts"], [[*gone, *redrawn]])]
    return Impact(
        rev=found.rev,
        passings=[passings[key] for key in sorted(passings, key=str)],
        opened=sorted(change.after.keys() - change.before.keys()),
        retired=gone,
        redrawn=redrawn,
        renamed=sorted(change.renamed & (change.before.keys() | {c.code for c in changes})),
        units=sorted(units - {""}),
        posts=posts,
    )


def _retired(change: CoverageChange) -> list[str]:
    """Basic grids that cease, and level-5 grids that lose their last one (all of them are near by)."""
    gone = change.before.keys() - change.after.keys()
    above = {ancestors(code)[-1] for code in gone} - {ancestors(code)[-1] for code in change.after}
    return sorted(gone | above)


def _grounds(change: CoverageChange) -> list[Passing]:
    """The ground that passes between different codes, 0.01 m² or more."""
    new = sorted(change.changed & change.after.keys())
    shapes: Geometries = np.array([change.after[code] for code in new], dtype=np.object_)
    tree, found = shapely.STRtree(shapes), list[Passing]()
    for code in sorted(change.changed & change.before.keys()):
        old = change.before[code]
        for i in sorted(tree.query(old, predicate="intersects").tolist()):
            parts = [p for p in shapely.get_parts(shapely.intersection(old, shapes[i])) if p.geom_type == "Polygon"]
            size = sum(area_m2(part) for part in parts)
            if new[i] != code and size >= AREA_FLOOR_M2:
                found.append(Passing(code, new[i], size, shapely.MultiPolygon(parts)))
    return found


def _located(connection: Connection, query: str, change: CoverageChange, codes: Sequence[str]) -> list[tuple[Any, ...]]:
    """Rows of records in ``codes``: grid now, grid afterwards, and what else the query tells."""
    rows = connection.execute(_SQL[query], {"codes": list(codes)}).fetchall()
    lon = np.array([row[0] for row in rows], dtype=np.float64)
    lat = np.array([row[1] for row in rows], dtype=np.float64)
    return [(row[2], new, *row[3:]) for row, new in zip(rows, grids_at(change, lon, lat), strict=True)]
