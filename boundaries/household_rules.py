"""What a change does to households: some left without a grid, units cut by a border, grids without any household."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from boundaries.coverage_change import CoverageChange
from boundaries.drafts import Draft
from gis.arrays import F64, I64, Geometries
from gis.codes import Kind, kind_of
from gis.coverage_check import Finding
from gis.db import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("judging.sql"))


@dataclass(frozen=True, slots=True)
class Homes:
    """The households of the changed grids as columns of equal length: degrees EPSG:4490, grid before and after, unit.

    ``new_grid`` is None where no grid would cover them.
    """

    lon: F64
    lat: F64
    old_grid: list[str]
    new_grid: list[str | None]
    unit: list[str]


def read_homes(connection: Connection, change: CoverageChange) -> Homes:
    """Households that stand in changed grids, as far as the transaction's scope reaches."""
    rows = connection.execute(_SQL["households"], [sorted(change.changed & change.before.keys())]).fetchall()
    lon = np.array([row[0] for row in rows], dtype=np.float64)
    lat = np.array([row[1] for row in rows], dtype=np.float64)
    return Homes(lon, lat, [row[2] for row in rows], grids_at(change, lon, lat), [row[3] for row in rows])


def grids_at(change: CoverageChange, lon: F64, lat: F64) -> list[str | None]:
    """The grid after the change at each point (degrees EPSG:4490): the lowest code of those that touch it, or None."""
    codes = sorted(change.after)
    shapes: Geometries = np.array([change.after[code] for code in codes], dtype=np.object_)
    point, grid = shapely.STRtree(shapes).query(shapely.points(lon, lat), predicate="intersects")
    lowest: I64 = np.full(lon.size, len(codes), dtype=np.int64)
    np.minimum.at(lowest, point, grid)
    return [codes[i] if i < len(codes) else None for i in lowest.tolist()]


def household_findings(connection: Connection, draft: Draft, change: CoverageChange) -> list[Finding]:
    """Findings about the households of the changed grids; the polygons must be valid."""
    homes = read_homes(connection, change)
    return [*_stranded(change, homes), *_cut_units(connection, draft, homes), *_without(change, homes)]


def _stranded(change: CoverageChange, homes: Homes) -> list[Finding]:
    """Told by the grid they are in: where a household stands is personal, and findings are seen by whoever draws."""
    lost = Counter(old for old, new in zip(homes.old_grid, homes.new_grid, strict=True) if new is None)
    return [
        Finding(
            "stranded",
            (code,),
            f"网格 {code} 的 {count} 户将不属于任何网格",
            f"{count} households of grid {code} would belong to no grid",
            None,
            change.before.get(code),
        )
        for code, count in sorted(lost.items())
    ]


def _cut_units(connection: Connection, draft: Draft, homes: Homes) -> list[Finding]:
    """Units whose households would lie in more than one grid: those that leave join other units."""
    spread: dict[str, Counter[str]] = defaultdict(Counter)
    for unit, new in zip(homes.unit, homes.new_grid, strict=True):
        if unit and new is not None:
            spread[unit][new] += 1
    cut = sorted(unit for unit, grids in spread.items() if len(grids) > 1)
    if not cut:
        return []
    rows = connection.execute(_SQL["units"], {"edition": draft.base_edition, "codes": cut}).fetchall()
    found: list[Finding] = []
    for code, name, wkb in rows:
        shares = sorted(spread[code].items())
        zh = "，".join(f"{grid} {count} 户" for grid, count in shares)
        en = ", ".join(f"{count} in {grid}" for grid, count in shares)
        told = (f"界线分开了联户单元 {code}（{name}）：{zh}", f"a border cuts unit {code}: {en}")
        found.append(Finding("cut_unit", (code[:17], *spread[code]), *told, None, shapely.from_wkb(bytes(wkb))))
    return found


def _without(change: CoverageChange, homes: Homes) -> list[Finding]:
    """Changed grids that have no household and are new or had some; special grids (专属网格) need none."""
    had, has = set(homes.old_grid), set(homes.new_grid)
    return [
        Finding(
            "no_household", (code,), f"网格 {code} 没有住户", f"grid {code} has no household", None, change.after[code]
        )
        for code in sorted(change.changed & change.after.keys())
        if code not in has and (code in had or code not in change.before) and kind_of(code[:15]) is not Kind.SPECIAL
    ]
