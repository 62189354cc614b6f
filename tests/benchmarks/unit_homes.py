"""Households of the demonstration county as the benchmarks of neighbour units take them, and what units come to."""

from dataclasses import dataclass

import numpy as np

from gis.arrays import F64, I64
from gis.crs import from_storage, metric_crs
from gis.demo import build
from gis.partition import UnitPolicy, partition_grids
from gis.partition.remarks import remarks
from tests.gis.optima import total_m

FREE = UnitPolicy(price_m=0)


@dataclass(frozen=True, slots=True)
class Homes:
    """Households of the county: metres, hamlet, and the positions of each basic grid's."""

    xy: F64
    hamlet: I64
    grids: list[I64]

    def some(self, places: I64) -> list[I64]:
        """The positions of each grid's households, only those among ``places``."""
        chosen = np.zeros(len(self.xy), dtype=np.bool_)
        chosen[places] = True
        return [members[chosen[members]] for members in self.grids]


def read_homes() -> Homes:
    """Those of one demonstration county."""
    people = build(county=0).households
    lon, lat = people["lon"].to_numpy(dtype=np.float64), people["lat"].to_numpy(dtype=np.float64)
    code = people["code"].to_numpy(dtype=np.str_)
    grids = np.split(np.argsort(code, kind="stable"), np.cumsum(np.unique(code, return_counts=True)[1])[:-1])
    return Homes(
        np.column_stack(from_storage(lon, lat, metric_crs(float(lon.mean())))),
        people["hamlet"].to_numpy(dtype=np.int64),
        [one.astype(np.int64) for one in grids],
    )


def divided(
    homes: Homes,
    hamlet: I64,
    effort: int,
    turn: tuple[int, int] = (1, 0),
    policy: UnitPolicy = FREE,
    grids: list[I64] | None = None,
    counts: list[dict[int, int]] | None = None,
) -> tuple[list[I64], list[I64]]:
    """Units of each grid, and the positions of its households."""
    x = turn[0] * homes.xy[:, 0] - turn[1] * homes.xy[:, 1]
    y = turn[1] * homes.xy[:, 0] + turn[0] * homes.xy[:, 1]
    chosen = homes.grids if grids is None else grids
    found = partition_grids(x, y, chosen, hamlet, np.arange(x.size), policy=policy, effort=effort, counts=counts)
    return [one.astype(np.int64) for one in found], chosen


def lengths(homes: Homes, units: list[I64], grids: list[I64] | None = None) -> F64:
    """Metres of each grid's households to the medoids of their units."""
    pairs = zip(homes.grids if grids is None else grids, units, strict=True)
    return np.array([total_m(homes.xy[members, 0], homes.xy[members, 1], unit) for members, unit in pairs])


def described(homes: Homes, hamlet: I64, grids: list[I64], units: list[I64]) -> str:
    """Number of units, how many are outside 8–12, have several parts, and the sizes."""
    rules = [
        one.rule
        for members, unit in zip(grids, units, strict=True)
        for one in remarks(homes.xy[members, 0], homes.xy[members, 1], hamlet[members], unit)
    ]
    sizes = np.bincount(np.concatenate([np.bincount(unit) for unit in units]))
    shown = " ".join(f"{size}:{count}" for size, count in enumerate(sizes.tolist()) if count)
    return f"{sizes.sum()} units, {rules.count('size')} outside 8–12, {rules.count('parts')} in parts; {shown}"
