"""The door: households of a grid, or of many, into neighbour units."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.arrays import F64, I32, I64, Geometries, Numbers, coordinates
from gis.errors import InvalidInput
from gis.numbering import in_rows
from gis.partition.atoms import atoms_of
from gis.partition.graph import beside
from gis.partition.policy import DEFAULT_POLICY, UnitPolicy
from gis.partition.solve import divide_group

Labels = Sequence[Any] | NDArray[Any]


class Effort(IntEnum):
    """Rounds of the search for each unit."""

    FAST = 2
    THOROUGH = 8
    DEEP = 16
    LONG = 60


def partition(
    x: Numbers,
    y: Numbers,
    hamlet: Labels,
    policy: UnitPolicy = DEFAULT_POLICY,
    *,
    key: Labels | None = None,
    unknown: Any = None,
    barriers: Geometries | None = None,
    effort: int = Effort.FAST,
    counts: Mapping[Any, int] | None = None,
) -> I32:
    """Units of the households of **one** basic grid.

    The distances of all households to the medoids of their units are made as small as the search finds, under the
    policy's sizes; the members of a unit hang together in the Delaunay graph of their hamlet. Households of one place
    (flats) stay together up to ``policy.high``. The result does not depend on the order in which the households come.

    Parameters
    ----------
    x, y
        (n,) metres in the grid's Gauss–Krüger zone (`gis.crs.metric_crs`), easting first; they differ from geodesic
        metres by at most 0.04 %.
    hamlet
        (n,) label of each household's hamlet (村民小组), texts or numbers.
    policy
        Sizes, by default 8–12.
    key
        (n,) the households' ids, all different; they order households of one place (a block of flats). Without
        them such households are taken in the order given.
    unknown
        The label of households without a hamlet. Fewer than ``policy.hard_low`` of them (isolated farms) join the
        nearest units that have room; more are divided like a hamlet.
    barriers
        Lines in the same metres that no unit crosses (rivers, roads); a part cut off by them with fewer than
        ``policy.hard_low`` households is joined to the nearest all the same.
    effort
        Rounds of the search for each unit.
    counts
        Numbers of units of hamlets, by label, in place of the policy's: for comparisons at equal numbers. Hamlets that
        barriers cut keep the policy's.

    Returns
    -------
    (n,) int32 unit 0 … k − 1 of each household, in the order in which the units are to be numbered: by their
    middles, west to east in rows from north to south (`gis.numbering.reading_order`).

    Raises
    ------
    InvalidInput
        If a coordinate is not finite or the lengths differ.
    """
    east, north = (values.ravel() for values in coordinates(x, y))
    labels = np.asarray(hamlet)
    ids = np.arange(east.size) if key is None else np.asarray(key)
    if labels.shape != east.shape or ids.shape != east.shape:
        raise InvalidInput(
            field="hamlet", reason_zh="与坐标个数不一致", reason_en="does not match the number of coordinates"
        )
    lines = None if barriers is None else shapely.STRtree(barriers)
    return _partition(east, north, labels, ids, _Rules(policy, unknown, lines, effort), counts or {})


class _Rules(NamedTuple):
    """What holds for all grids alike, as `partition` takes it."""

    policy: UnitPolicy
    unknown: Any
    barriers: shapely.STRtree | None
    effort: int


def _partition(
    east: F64, north: F64, labels: NDArray[Any], ids: NDArray[Any], rules: _Rules, counts: Mapping[Any, int]
) -> I32:
    if east.size == 0:
        return np.empty(0, dtype=np.int32)
    order = np.lexsort((ids, north, east))
    xy = np.column_stack([east, north])[order]
    units = np.empty(east.size, dtype=np.int64)
    units[order] = _divide(xy, labels[order], rules._replace(barriers=beside(rules.barriers, xy)), counts)
    return _numbered(units, east, north, order)


def partition_grids(
    x: Numbers,
    y: Numbers,
    grids: Sequence[I64],
    hamlet: Labels,
    key: Labels,
    policy: UnitPolicy = DEFAULT_POLICY,
    *,
    unknown: Any = None,
    barriers: Geometries | None = None,
    effort: int = Effort.FAST,
    counts: Sequence[Mapping[Any, int] | None] | None = None,
) -> list[I32]:
    """`partition` of many grids, given by the positions of their households, on all cores; the rest as there."""
    east, north = (values.ravel() for values in coordinates(x, y))
    labels, ids = np.asarray(hamlet), np.asarray(key)
    rules = _Rules(policy, unknown, None if barriers is None else shapely.STRtree(barriers), effort)

    def one(m: I64, wanted: Mapping[Any, int] | None) -> I32:
        return _partition(east[m], north[m], labels[m], ids[m], rules, wanted or {})

    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        return list(pool.map(one, grids, [None] * len(grids) if counts is None else counts))


def _divide(xy: F64, labels: NDArray[Any], rules: _Rules, counts: Mapping[Any, int]) -> I64:
    """Units of (n, 2) households in canonical order, each hamlet's counted on from those before."""
    policy, unknown, barriers, effort = rules
    units = np.full(len(xy), -1, dtype=np.int64)
    farms = np.flatnonzero(labels == unknown) if unknown is not None else np.empty(0, dtype=np.int64)
    if farms.size >= min(policy.hard_low, len(xy)):
        farms = farms[:0]
    for name, mine in _hamlets(labels, farms):
        atoms = atoms_of(xy[mine], policy, barriers)
        count = counts.get(name) if atoms.part.max() == 0 else None
        for part in range(int(atoms.part.max()) + 1):
            here, some = atoms.within(part)
            found = divide_group(some.xy, some.weight, some.graph, policy, effort, count)
            units[mine[here]] = found[some.of] + units.max() + 1
    _join(xy, units, farms, policy)
    return units


def _hamlets(labels: NDArray[Any], farms: I64) -> Iterator[tuple[Any, I64]]:
    """Each label with its households, the isolated farms left out."""
    everybody = np.arange(labels.size)
    settled = np.setdiff1d(everybody, farms, assume_unique=True) if farms.size else everybody
    if settled.size and (labels[settled] == labels[settled[0]]).all():  # most grids have one hamlet
        yield labels[settled[0]].item(), settled
        return
    names, groups = np.unique(labels[settled], return_inverse=True)
    for group, name in enumerate(names.tolist()):
        yield name, settled[groups.ravel() == group]


def _join(xy: F64, units: I64, farms: I64, policy: UnitPolicy) -> None:
    """Let isolated farms join the units of the nearest households, in canonical order, while these have room."""
    for farm in farms.tolist():
        sizes = np.bincount(units[units >= 0])
        open_to = np.flatnonzero((units >= 0) & (sizes[units] < policy.hard_high))
        if open_to.size:
            away = np.hypot(*(xy[open_to] - xy[farm]).T)
            units[farm] = units[open_to[np.argmin(away)]]
        else:
            units[farm] = sizes.size


def _numbered(units: I64, east: F64, north: F64, order: I64) -> I32:
    """Units in reading order of their mean points, summed in canonical order."""
    sorted_units = units[order]
    members = np.bincount(sorted_units)
    middle_x = np.bincount(sorted_units, east[order]) / members
    middle_y = np.bincount(sorted_units, north[order]) / members
    number = np.empty(members.size, dtype=np.int32)
    number[in_rows(middle_x, middle_y)] = np.arange(members.size)
    return number[units]
