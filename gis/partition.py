"""The partition of a basic grid's households into neighbour units (十联户).

Members of a unit live in one basic grid and one hamlet; about ten of them form a unit. `partition` is the one
door: whoever improves on the way units are found changes what is behind it and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.arrays import F64, I32, I64, Numbers, coordinates
from gis.errors import InvalidInput
from gis.numbering import reading_order

_BITS = 16  # of a coordinate on the curve: 65,536 steps over a grid, some centimetres


@dataclass(frozen=True, slots=True)
class UnitPolicy:
    """How many households a unit has: ``target`` at best, ``low`` … ``high`` as a rule, the hard bounds at most.

    Raises
    ------
    InvalidInput
        If not ``1 ≤ hard_low ≤ low ≤ target ≤ high ≤ hard_high``.
    """

    target: int = 10
    low: int = 8
    high: int = 12
    hard_low: int = 5
    hard_high: int = 15

    def __post_init__(self) -> None:
        if not 1 <= self.hard_low <= self.low <= self.target <= self.high <= self.hard_high:
            raise InvalidInput(
                field="policy",
                reason_zh="应满足 1 ≤ 硬下限 ≤ 下限 ≤ 目标 ≤ 上限 ≤ 硬上限",
                reason_en="1 ≤ hard_low ≤ low ≤ target ≤ high ≤ hard_high is needed",
            )

    def unit_count(self, households: int) -> int:
        """Number of near-equal units for the households of one hamlet in one grid, 0 for none.

        One unit below ``low`` households, however few. Otherwise the number with the least excess over the
        hard bounds, then the fewest units outside ``low`` … ``high``, then the least excess there, then the
        sizes nearest to ``target``, then the fewest units.
        """
        if households < self.low:
            return min(households, 1)
        counts = range(max(1, households // self.hard_high), households // self.hard_low + 2)
        return min(counts, key=lambda count: self._cost(households, count))

    def _cost(self, households: int, count: int) -> tuple[float, ...]:
        small, larger = divmod(households, count)
        sizes = ((small, count - larger), (small + 1, larger))
        hard = sum(number * _excess(size, self.hard_low, self.hard_high) for size, number in sizes)
        soft = [(number, _excess(size, self.low, self.high)) for size, number in sizes]
        outside = sum(number for number, excess in soft if excess)
        total = sum(number * excess for number, excess in soft)
        return hard, outside, total, abs(households / count - self.target), count


DEFAULT_POLICY = UnitPolicy()


def partition(
    x: Numbers,
    y: Numbers,
    hamlet: Sequence[str] | NDArray[Any],
    policy: UnitPolicy = DEFAULT_POLICY,
    *,
    key: Sequence[Any] | NDArray[Any] | None = None,
) -> I32:
    """Units of the households of **one** basic grid.

    The households of a hamlet are taken along a Hilbert curve and cut into near-equal runs. The result does not
    depend on the order in which the households come.

    Parameters
    ----------
    x, y
        (n,) metres in the grid's Gauss–Krüger zone (`gis.crs.metric_crs`), easting first.
    hamlet
        (n,) label of each household's hamlet (村民小组), texts or numbers.
    policy
        Sizes, by default 8–12.
    key
        (n,) the households' ids, all different; they order households of one place (a block of flats). Without
        them such households are taken in the order given.

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
    if east.size == 0:
        return np.empty(0, dtype=np.int32)
    groups = np.unique(labels, return_inverse=True)[1]
    order = np.lexsort((ids, north, east, _hilbert(east, north), groups))
    units = np.empty(east.size, dtype=np.int64)
    units[order] = _runs(np.bincount(groups), policy)
    return _numbered(units, east, north, order)


def _excess(size: int, low: int, high: int) -> int:
    return max(low - size, size - high, 0)


def _runs(sizes: I64, policy: UnitPolicy) -> I64:
    """Unit of each place in the sorted list of households: each hamlet's part cut evenly, counted on from 0."""
    units: list[I64] = []
    before = 0
    for size in sizes.tolist():
        count = policy.unit_count(size)
        units.append(before + np.arange(size) * count // size)
        before += count
    return np.concatenate(units)


def _numbered(units: I64, east: F64, north: F64, order: I64) -> I32:
    """Units in reading order of their mean points, summed in canonical order."""
    sorted_units = units[order]
    members = np.bincount(sorted_units)
    middle_x = np.bincount(sorted_units, east[order]) / members
    middle_y = np.bincount(sorted_units, north[order]) / members
    number = np.empty(members.size, dtype=np.int32)
    number[reading_order(middle_x, middle_y)] = np.arange(members.size)
    return number[units]


def _hilbert(x: F64, y: F64) -> I64:
    """Position of each point on a Hilbert curve through the square around all points (Hilbert 1891)."""
    side = max(float(np.ptp(x)), float(np.ptp(y))) or 1.0
    steps = (1 << _BITS) - 1
    column = ((x - x.min()) / side * steps).astype(np.int64)
    row = ((y - y.min()) / side * steps).astype(np.int64)
    place = np.zeros(x.size, dtype=np.int64)
    for bit in range(_BITS - 1, -1, -1):
        right, upper = (column >> bit) & 1, (row >> bit) & 1
        place = place << 2 | ((3 * right) ^ upper)
        # Turn the quadrant so that the curve enters and leaves it like the whole.
        flip = (upper == 0) & (right == 1)
        column, row = np.where(flip, ~column, column), np.where(flip, ~row, row)
        swap = upper == 0
        column, row = np.where(swap, row, column), np.where(swap, column, row)
    return place
