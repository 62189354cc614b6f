"""Assigns households to basic grids and neighbour units, for a new edition or for newcomers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.arrays import I64, Geometries, Texts
from gis.db import Connection, as_multi, bulk_insert, load_queries, to_ewkb
from gis.errors import OutsideCounty
from gis.locate import Locator
from gis.partition import UnitPolicy
from gis.unit_choice import NO_HAMLET, Homes, choose_units
from gis.unit_shapes import unit_polygons

_SQL = load_queries(Path(__file__).with_name("assign.sql"))
THREADS = 2


@dataclass(frozen=True, slots=True)
class Assigned:
    """What an assignment changed."""

    households: int
    moved: int
    units_opened: int
    units_closed: int


def assign_edition(
    connection: Connection,
    edition: int,
    locator: Locator,
    outlines: dict[str, Any],
    *,
    left: Sequence[str] | None = None,
    policy: UnitPolicy | None = None,
    mend: bool = False,
    anew: bool = False,
) -> Assigned:
    """Assign households under the boundaries of an edition: one being prepared, or the current one for newcomers.

    Parameters
    ----------
    edition : rows written stand from it on; rows of this very edition are replaced, earlier ones closed.
    locator : look-up over its basic grids.
    outlines : the basic grids whose units' outlines are drawn anew, code to (multi)polygon in degrees EPSG:4490: every
        one that changed, or got a household.
    left : basic grids (as kept on the households) whose households are looked at; all households by default.
    policy, mend, anew : as for `choose_units`.

    Raises
    ------
    OutsideCounty
        If a household would lie in no grid.
    """
    homes = read_homes(connection, locator, left)
    choose_units(connection, homes, policy, mend=mend, anew=anew)
    return write_homes(connection, edition, homes, outlines)


def write_homes(
    connection: Connection,
    edition: int,
    homes: Homes,
    outlines: Mapping[str, Any],
    names: Mapping[str, str] | None = None,
) -> Assigned:
    """Write the grids and units of households, and the units with their outlines; ``edition`` and ``outlines`` as above.

    ``names`` are those of units that get one; the others keep theirs, new ones are numbered.
    """
    changed = (homes.grid != homes.old_grid) | (homes.unit != homes.old_unit)
    with ThreadPoolExecutor(THREADS) as threads:  # which draw while the database writes
        drawn = {grid: threads.submit(_drawn, homes, m, outlines[grid]) for grid, m in homes.by_grid()}
        _write_assignments(connection, edition, homes, np.flatnonzero(changed))
        shapes = {grid: job.result() for grid, job in drawn.items()}
    opened, closed = _write_units(connection, edition, homes, outlines, shapes, names or {})
    moved = int(((homes.old_grid != "") & (homes.grid != homes.old_grid)).sum())
    return Assigned(len(homes.ids), moved, opened, closed)


def read_homes(connection: Connection, locator: Locator, left: Sequence[str] | None = None) -> Homes:
    """The households that live in basic grids ``left`` (as kept on them; everywhere by default), with their grids now.

    Raises
    ------
    OutsideCounty
        If a household lies in no grid.
    """
    rows = connection.execute(_SQL["households"], {"left": None if left is None else list(left)}).fetchall()
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * 6
    homes = Homes(
        list(columns[0]),
        np.array(columns[1], dtype=np.float64),
        np.array(columns[2], dtype=np.float64),
        np.array(columns[3], dtype=np.int64),
        np.array(columns[4], dtype="U17"),
        np.array(columns[5], dtype="U20"),
    )
    index = locator.locate(homes.lon, homes.lat)
    if (index < 0).any():
        first = int(np.flatnonzero(index < 0)[0])
        raise OutsideCounty(lon=homes.lon[first], lat=homes.lat[first])
    homes.grid = locator.codes[index]
    homes.on_border = locator.on_border(homes.lon, homes.lat, index)
    return homes


def _write_assignments(connection: Connection, edition: int, homes: Homes, changed: I64) -> None:
    ids = [homes.ids[i] for i in changed.tolist()]
    moved = [homes.ids[i] for i in changed[homes.old_grid[changed] != ""].tolist()]  # the others have nothing to close
    connection.execute(_SQL["drop_assignments"], {"edition": edition, "ids": moved})
    connection.execute(_SQL["close_assignments"], {"edition": edition, "ids": moved})
    how = np.where(homes.on_border[changed], "border", "inside") if ids else []
    rows = zip(ids, homes.grid[changed].tolist(), homes.unit[changed].tolist(), how, [edition] * len(ids), strict=True)
    columns = ("household_id", "grid_code", "unit_code", "how", "edition_from")
    bulk_insert(connection, ("gis", "assignment"), columns, rows)


def _drawn(homes: Homes, members: I64, outline: Any) -> Sequence[str]:
    """The outlines of a grid's units, by code."""
    unit = np.unique(homes.unit[members], return_inverse=True)[1]
    return to_ewkb(as_multi(polygonal(unit_polygons(outline, homes.lon[members], homes.lat[members], unit))))


def _write_units(
    connection: Connection,
    edition: int,
    homes: Homes,
    outlines: Iterable[str],
    shapes: dict[str, Sequence[str]],
    names: Mapping[str, str],
) -> tuple[int, int]:
    """Close the standing unit rows of the grids looked at and write what stands there now."""
    grids = sorted({*outlines, *np.unique(homes.old_grid).tolist()} - {""})
    before: dict[str, str] = dict(connection.execute(_SQL["standing_units"], [grids]).fetchall())
    connection.execute(_SQL["drop_units"], {"edition": edition, "grids": grids})
    connection.execute(_SQL["close_units"], {"edition": edition, "grids": grids})
    hamlets = main_hamlets(homes.unit, homes.hamlet)
    rows = [
        row
        for grid, m in homes.by_grid()
        for row in _unit_rows(homes, m, shapes[grid], hamlets, {**before, **names}, edition)
    ]
    columns = ("code", "name", "hamlet_id", "size", "geom", "edition_from")
    bulk_insert(connection, ("gis", "unit"), columns, rows)
    after = {row[0] for row in rows}
    return len(after - before.keys()), len(before.keys() - after)


def main_hamlets(unit: Texts, hamlet: I64) -> dict[str, int]:
    """The hamlet that most of (n,) households of each unit name; of equals the first; −1 is none."""
    known = hamlet != NO_HAMLET
    units, number = np.unique(unit[known], return_inverse=True)
    pairs, counts = np.unique(np.column_stack([number, hamlet[known]]), axis=0, return_counts=True)
    found: dict[str, int] = {}
    for place in np.argsort(-counts, kind="stable").tolist():
        found.setdefault(str(units[pairs[place, 0]]), int(pairs[place, 1]))
    return found


def unit_name(code: str) -> str:
    """The name of a unit that nobody has named."""
    return f"第{int(code[17:])}联户单元"


def _unit_rows(
    homes: Homes,
    members: I64,
    shapes: Sequence[str],
    hamlets: dict[str, int],
    names: Mapping[str, str],
    edition: int,
) -> Iterator[tuple[Any, ...]]:
    codes, sizes = np.unique(homes.unit[members], return_counts=True)
    for code, size, shape in zip(codes.tolist(), sizes.tolist(), shapes, strict=True):
        yield code, names.get(code) or unit_name(code), hamlets.get(code), size, shape, edition


def polygonal(shapes: Sequence[Any]) -> Geometries:
    """Shapes as polygons: only the areas of intersections that also touch along lines or in points."""
    return np.array([g if g.geom_type in {"Polygon", "MultiPolygon"} else _areas(g) for g in shapes], dtype=np.object_)


def _areas(geometry: Any) -> Any:
    return shapely.multipolygons([p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon"])
