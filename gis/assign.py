"""Assigns households to basic grids and neighbour units, for a new edition or for newcomers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gis.allocator import allocate
from gis.arrays import F64, Geometries
from gis.codes import Kind
from gis.crs import from_storage, metric_crs
from gis.db import Connection, as_multi, bulk_insert, load_queries, to_ewkb
from gis.errors import OutsideCounty
from gis.locate import Locator
from gis.partition import DEFAULT_POLICY, UnitPolicy, partition
from gis.unit_shapes import unit_polygons

_SQL = load_queries(Path(__file__).with_name("assign.sql"))


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
    policy: UnitPolicy = DEFAULT_POLICY,
) -> Assigned:
    """Assign households under the boundaries of an edition: one being prepared, or the current one for newcomers.

    Parameters
    ----------
    edition : rows written stand from it on; rows of this very edition are replaced, earlier ones closed.
    locator : look-up over its basic grids.
    outlines : its basic grids that changed, code to (multi)polygon in degrees EPSG:4490; all of them the first time.
    left : basic grids (as kept on the households) whose households are looked at; all households by default.
    policy : bounds and target of unit sizes.

    Raises
    ------
    OutsideCounty
        If a household would lie in no grid.
    """
    rows = connection.execute(_SQL["households"], {"left": list(left) if left is not None else None}).fetchall()
    frame = pd.DataFrame(rows, columns=["id", "lon", "lat", "hamlet", "old_grid", "old_unit"])
    _locate(frame, locator)
    _choose_units(connection, frame, policy)
    changed = frame[(frame["grid"] != frame["old_grid"]) | (frame["unit"] != frame["old_unit"])]
    _write_assignments(connection, edition, changed)
    opened, closed = _write_units(connection, edition, frame, outlines)
    moved = int((changed["old_grid"].notna() & (changed["grid"] != changed["old_grid"])).sum())
    return Assigned(len(frame), moved, opened, closed)


def _locate(frame: pd.DataFrame, locator: Locator) -> None:
    lon, lat = _floats(frame, "lon"), _floats(frame, "lat")
    index = locator.locate(lon, lat)
    if (index < 0).any():
        first = int(np.flatnonzero(index < 0)[0])
        raise OutsideCounty(lon=lon[first], lat=lat[first])
    frame["grid"] = locator.codes[index]
    frame["how"] = np.where(locator.border(lon, lat, index)[0] == 0, "border", "inside")


def _choose_units(connection: Connection, frame: pd.DataFrame, policy: UnitPolicy) -> None:
    """Keep units inside their grid, let arrivals join the nearest, divide grids that have none."""
    frame["unit"] = frame["old_unit"].where(frame["old_unit"].str[:17] == frame["grid"], None)
    if frame.empty:
        return
    x, y = from_storage(_floats(frame, "lon"), _floats(frame, "lat"), metric_crs(float(frame["lon"].mean())))
    frame["x"], frame["y"] = x, y
    fresh: dict[str, pd.DataFrame] = {}
    for grid, group in frame.groupby("grid", sort=True):
        arrivals, kept = group[group["unit"].isna()], group[group["unit"].notna()]
        if kept.empty:
            fresh[str(grid)] = arrivals
        elif len(arrivals):
            frame.loc[arrivals.index, "unit"] = _nearest_units(kept, arrivals)
    _open_units(connection, frame, fresh, policy)


def _nearest_units(kept: pd.DataFrame, arrivals: pd.DataFrame) -> list[str]:
    tree = cKDTree(kept[["x", "y"]].to_numpy(dtype=np.float64))
    nearest = tree.query(arrivals[["x", "y"]].to_numpy(dtype=np.float64))[1]
    return kept["unit"].to_numpy()[nearest].tolist()


def _open_units(
    connection: Connection, frame: pd.DataFrame, fresh: dict[str, pd.DataFrame], policy: UnitPolicy
) -> None:
    """Divide the households of grids without units and issue the units' codes."""
    numbers = {
        grid: partition(
            _floats(group, "x"),
            _floats(group, "y"),
            group["hamlet"].fillna(-1).to_numpy(dtype=np.int64),
            key=group["id"].astype(str).to_numpy(dtype=np.str_),
            policy=policy,
        )
        for grid, group in fresh.items()
    }
    issued = allocate(connection, Kind.UNIT, {grid: int(found.max()) + 1 for grid, found in numbers.items()})
    for grid, group in fresh.items():
        frame.loc[group.index, "unit"] = np.array(issued[grid], dtype=object)[numbers[grid]]


def _write_assignments(connection: Connection, edition: int, changed: pd.DataFrame) -> None:
    connection.execute(_SQL["drop_assignments"], {"edition": edition, "ids": changed["id"].tolist()})
    connection.execute(_SQL["close_assignments"], {"edition": edition, "ids": changed["id"].tolist()})
    columns = ("household_id", "grid_code", "unit_code", "how", "edition_from")
    rows = zip(changed["id"], changed["grid"], changed["unit"], changed["how"], strict=True)
    bulk_insert(connection, ("gis", "assignment"), columns, ((*row, edition) for row in rows))


def _write_units(
    connection: Connection, edition: int, frame: pd.DataFrame, outlines: dict[str, Any]
) -> tuple[int, int]:
    """Close the standing unit rows of the grids looked at and write what stands there now."""
    grids = sorted({*outlines, *(code for code in frame["old_grid"].dropna())})
    before = {row[0] for row in connection.execute(_SQL["standing_units"], [grids])}
    connection.execute(_SQL["drop_units"], {"edition": edition, "grids": grids})
    connection.execute(_SQL["close_units"], {"edition": edition, "grids": grids})
    rows: list[tuple[Any, ...]] = []
    for grid, group in frame.groupby("grid", sort=True):
        rows.extend(_unit_rows(outlines[str(grid)], group, edition))
    bulk_insert(connection, ("gis", "unit"), ("code", "name", "hamlet_id", "size", "geom", "edition_from"), rows)
    after = {row[0] for row in rows}
    return len(after - before), len(before - after)


def _unit_rows(outline: Any, group: pd.DataFrame, edition: int) -> list[tuple[Any, ...]]:
    codes, unit = np.unique(group["unit"].to_numpy(dtype=np.str_), return_inverse=True)
    shapes = unit_polygons(outline, _floats(group, "lon"), _floats(group, "lat"), np.asarray(unit, dtype=np.int64))
    sizes = np.bincount(unit)
    hamlets = group.groupby("unit", sort=True)["hamlet"].agg(_common)
    wkb = to_ewkb(as_multi(_polygonal(shapes)))
    return [
        (code, f"第{int(code[17:])}联户单元", hamlet, int(size), shape, edition)
        for code, hamlet, size, shape in zip(codes.tolist(), hamlets, sizes, wkb, strict=True)
    ]


def _common(hamlets: "pd.Series[Any]") -> int | None:
    """The hamlet that most of a unit's households name."""
    counts = hamlets.dropna().value_counts(sort=False)
    return (
        None if counts.empty else int(counts.sort_index().index.to_numpy(dtype=np.int64)[counts.sort_index().argmax()])
    )


def _polygonal(shapes: Sequence[Any]) -> Geometries:
    """Only the areas of intersections that also touch along lines or in points."""
    parts = [g if g.geom_type in {"Polygon", "MultiPolygon"} else _areas(g) for g in shapes]
    return np.array(parts, dtype=np.object_)


def _areas(geometry: Any) -> Any:
    return shapely.MultiPolygon([p for p in geometry.geoms if p.geom_type == "Polygon"])


def _floats(frame: pd.DataFrame, column: str) -> F64:
    return frame[column].to_numpy(dtype=np.float64)
