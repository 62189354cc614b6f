"""Assigns households to basic grids and neighbour units, for a new edition or for newcomers."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from gis.allocator import allocate
from gis.arrays import F64, I32, I64, Geometries, Texts
from gis.codes import Kind
from gis.crs import from_storage, metric_crs
from gis.db import Connection, as_multi, bulk_insert, load_queries, to_ewkb
from gis.errors import OutsideCounty
from gis.locate import Locator
from gis.partition import DEFAULT_POLICY, UnitPolicy, partition_grids
from gis.partition.repair import repair
from gis.unit_shapes import unit_polygons

_SQL = load_queries(Path(__file__).with_name("assign.sql"))
_NO_HAMLET = -1
THREADS = 2


@dataclass(frozen=True, slots=True)
class Assigned:
    """What an assignment changed."""

    households: int
    moved: int
    units_opened: int
    units_closed: int


@dataclass
class _Homes:
    """Households as columns of equal length; empty texts where there is no grid or unit yet."""

    ids: list[UUID]
    lon: F64
    lat: F64
    hamlet: I64
    old_grid: Texts
    old_unit: Texts
    grid: Texts = field(default_factory=lambda: np.empty(0, dtype="U17"))
    unit: Texts = field(default_factory=lambda: np.empty(0, dtype="U20"))
    on_border: Any = None

    def by_grid(self) -> Iterator[tuple[str, I64]]:
        """The positions of each grid's households, by code."""
        order = np.argsort(self.grid, kind="stable")
        codes, starts = np.unique(self.grid[order], return_index=True)
        yield from zip(codes.tolist(), np.split(order, starts)[1:], strict=True)


def assign_edition(
    connection: Connection,
    edition: int,
    locator: Locator,
    outlines: dict[str, Any],
    *,
    left: Sequence[str] | None = None,
    policy: UnitPolicy = DEFAULT_POLICY,
    mend: bool = False,
) -> Assigned:
    """Assign households under the boundaries of an edition: one being prepared, or the current one for newcomers.

    Parameters
    ----------
    edition : rows written stand from it on; rows of this very edition are replaced, earlier ones closed.
    locator : look-up over its basic grids.
    outlines : the basic grids whose units' outlines are drawn anew, code to (multi)polygon in degrees EPSG:4490: every
        one that changed, or got a household.
    left : basic grids (as kept on the households) whose households are looked at; all households by default.
    policy : bounds and target of unit sizes.
    mend : look at the units of all grids, not only of those that gained or lost households here.

    Raises
    ------
    OutsideCounty
        If a household would lie in no grid.
    """
    homes = _read(connection, left)
    _locate(homes, locator)
    _choose_units(connection, homes, policy, mend=mend)
    changed = (homes.grid != homes.old_grid) | (homes.unit != homes.old_unit)
    with ThreadPoolExecutor(THREADS) as threads:  # which draw while the database writes
        drawn = {grid: threads.submit(_drawn, homes, m, outlines[grid]) for grid, m in homes.by_grid()}
        _write_assignments(connection, edition, homes, np.flatnonzero(changed))
        shapes = {grid: job.result() for grid, job in drawn.items()}
    opened, closed = _write_units(connection, edition, homes, outlines, shapes)
    moved = int(((homes.old_grid != "") & (homes.grid != homes.old_grid)).sum())
    return Assigned(len(homes.ids), moved, opened, closed)


def _read(connection: Connection, left: Sequence[str] | None) -> _Homes:
    rows = connection.execute(_SQL["households"], {"left": None if left is None else list(left)}).fetchall()
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * 6
    return _Homes(
        list(columns[0]),
        np.array(columns[1], dtype=np.float64),
        np.array(columns[2], dtype=np.float64),
        np.array(columns[3], dtype=np.int64),
        np.array(columns[4], dtype="U17"),
        np.array(columns[5], dtype="U20"),
    )


def _locate(homes: _Homes, locator: Locator) -> None:
    index = locator.locate(homes.lon, homes.lat)
    if (index < 0).any():
        first = int(np.flatnonzero(index < 0)[0])
        raise OutsideCounty(lon=homes.lon[first], lat=homes.lat[first])
    homes.grid = locator.codes[index]
    homes.on_border = locator.on_border(homes.lon, homes.lat, index)


def _choose_units(connection: Connection, homes: _Homes, policy: UnitPolicy, *, mend: bool) -> None:
    """Keep units inside their grid, repair those of grids that gained or lost households, divide grids that have none."""
    homes.unit = np.where(homes.old_unit.astype("U17") == homes.grid, homes.old_unit, "").astype("U20")
    if not homes.ids:
        return
    xy, keys = _metres(homes), np.array([str(one) for one in homes.ids])
    changed = np.ones(len(homes.ids), dtype=np.bool_) if mend else homes.unit == ""
    touched = {*homes.grid[changed].tolist(), *homes.old_grid[changed].tolist()}
    cut = {grid: members for grid, members in homes.by_grid() if grid in touched}
    fresh = {grid: members for grid, members in cut.items() if (homes.unit[members] == "").all()}
    options: dict[str, Any] = {"policy": policy, "unknown": _NO_HAMLET}
    found = partition_grids(xy[:, 0], xy[:, 1], list(fresh.values()), homes.hamlet, keys, **options)
    numbers: dict[str, tuple[Texts, I64 | I32]] = {
        grid: (np.empty(0, dtype="U20"), units) for grid, units in zip(fresh, found, strict=True)
    }
    locked = {row[0] for row in connection.execute(_SQL["locked_units"], [sorted(cut)])}
    for grid in sorted(cut.keys() - fresh.keys()):
        numbers[grid] = _repaired(homes, cut[grid], xy, keys, locked, options)
    opened = {grid: int(units.max()) + 1 - names.size for grid, (names, units) in numbers.items()}
    issued = allocate(connection, Kind.UNIT, {grid: count for grid, count in opened.items() if count > 0})
    for grid, (names, units) in numbers.items():
        homes.unit[cut[grid]] = np.array([*names.tolist(), *issued.get(grid, [])], dtype="U20")[units]


def _repaired(
    homes: _Homes, members: I64, xy: F64, keys: Texts, locked: set[str], options: dict[str, Any]
) -> tuple[Texts, I64]:
    """The units that stand in a grid, and for each household the place of its unit there, new ones behind the last."""
    codes = homes.unit[members]
    names = np.unique(codes[codes != ""])
    home = np.where(codes == "", -1, np.searchsorted(names, codes)).astype(np.int64)
    pinned = [place for place, name in enumerate(names.tolist()) if name in locked]
    x, y = xy[members].T
    return names, repair(x, y, homes.hamlet[members], home, key=keys[members], pinned=pinned, **options)


def _metres(homes: _Homes) -> F64:
    """(n, 2) easting and northing, each county in the zone of its households: a store may span several zones."""
    xy = np.empty((homes.lon.size, 2))
    county = homes.grid.astype("U6")
    for one in np.unique(county).tolist():
        mine = np.flatnonzero(county == one)
        lon, lat = homes.lon[mine], homes.lat[mine]
        xy[mine] = np.column_stack(from_storage(lon, lat, metric_crs(float(lon.mean()))))
    return xy


def _write_assignments(connection: Connection, edition: int, homes: _Homes, changed: I64) -> None:
    ids = [homes.ids[i] for i in changed.tolist()]
    connection.execute(_SQL["drop_assignments"], {"edition": edition, "ids": ids})
    connection.execute(_SQL["close_assignments"], {"edition": edition, "ids": ids})
    how = np.where(homes.on_border[changed], "border", "inside") if ids else []
    rows = zip(ids, homes.grid[changed].tolist(), homes.unit[changed].tolist(), how, [edition] * len(ids), strict=True)
    columns = ("household_id", "grid_code", "unit_code", "how", "edition_from")
    bulk_insert(connection, ("gis", "assignment"), columns, rows)


def _drawn(homes: _Homes, members: I64, outline: Any) -> Sequence[str]:
    """The outlines of a grid's units, by code."""
    unit = np.unique(homes.unit[members], return_inverse=True)[1]
    return to_ewkb(as_multi(polygonal(unit_polygons(outline, homes.lon[members], homes.lat[members], unit))))


def _write_units(
    connection: Connection, edition: int, homes: _Homes, outlines: Iterable[str], shapes: dict[str, Sequence[str]]
) -> tuple[int, int]:
    """Close the standing unit rows of the grids looked at and write what stands there now."""
    grids = sorted({*outlines, *np.unique(homes.old_grid).tolist()} - {""})
    before = {row[0] for row in connection.execute(_SQL["standing_units"], [grids])}
    connection.execute(_SQL["drop_units"], {"edition": edition, "grids": grids})
    connection.execute(_SQL["close_units"], {"edition": edition, "grids": grids})
    hamlets = main_hamlets(homes.unit, homes.hamlet)
    rows = [row for grid, m in homes.by_grid() for row in _unit_rows(homes, m, shapes[grid], hamlets, edition)]
    columns = ("code", "name", "hamlet_id", "size", "geom", "edition_from")
    bulk_insert(connection, ("gis", "unit"), columns, rows)
    after = {row[0] for row in rows}
    return len(after - before), len(before - after)


def main_hamlets(unit: Texts, hamlet: I64) -> dict[str, int]:
    """The hamlet that most of (n,) households of each unit name; of equals the first; −1 is none."""
    known = hamlet != _NO_HAMLET
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
    homes: _Homes, members: I64, shapes: Sequence[str], hamlets: dict[str, int], edition: int
) -> Iterator[tuple[Any, ...]]:
    codes, sizes = np.unique(homes.unit[members], return_counts=True)
    for code, size, shape in zip(codes.tolist(), sizes.tolist(), shapes, strict=True):
        yield code, unit_name(code), hamlets.get(code), size, shape, edition


def polygonal(shapes: Sequence[Any]) -> Geometries:
    """Shapes as polygons: only the areas of intersections that also touch along lines or in points."""
    return np.array([g if g.geom_type in {"Polygon", "MultiPolygon"} else _areas(g) for g in shapes], dtype=np.object_)


def _areas(geometry: Any) -> Any:
    return shapely.multipolygons([p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon"])
