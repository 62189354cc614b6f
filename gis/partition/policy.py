"""How many households a neighbour unit (十联户) has, and what other numbers cost."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gis.arrays import F64
from gis.errors import InvalidInput

SOFT_M, HARD_M = 1e6, 1e8
"""Metres that a household beyond the usual and beyond the hard bounds costs: more than any distance."""
MOST_M = 1e4
"""The highest price of a household away from the target: far below that of one out of bounds."""


@dataclass(frozen=True, slots=True)
class UnitPolicy:
    """How many households a unit has: ``target`` at best, ``low`` … ``high`` as a rule, the hard bounds at most.

    ``price_m`` is what each household more or less than the target costs, in metres of distance; ``far_m`` the longest
    edge over which a unit may hold together without being remarked on.

    Raises
    ------
    InvalidInput
        If not ``1 ≤ hard_low ≤ low ≤ target ≤ high ≤ hard_high``, the price is not within 0 … 10,000 m, or the edge not
        longer than 0.
    """

    target: int = 10
    low: int = 8
    high: int = 12
    hard_low: int = 5
    hard_high: int = 15
    price_m: float = 20.0
    far_m: float = 1000.0

    def __post_init__(self) -> None:
        ordered = 1 <= self.hard_low <= self.low <= self.target <= self.high <= self.hard_high
        if not ordered or not 0 <= self.price_m <= MOST_M or not 0 < self.far_m < np.inf:
            raise InvalidInput(
                field="policy",
                reason_zh=f"应满足 1 ≤ 硬下限 ≤ 下限 ≤ 目标 ≤ 上限 ≤ 硬上限，价格在 0 与 {MOST_M:g} 米之间，最长边为正",
                reason_en=f"1 ≤ hard_low ≤ low ≤ target ≤ high ≤ hard_high, a price of 0 to {MOST_M:g} m and an edge above 0 "
                "are needed",
            )

    @lru_cache(4096)  # noqa: B019 (a value, not an object that holds anything)
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

    def size_cost(self, most: int) -> F64:
        """Metres that a unit of 0, 1 … ``most`` households costs for its size; convex."""
        size = np.arange(most + 1)
        soft = np.maximum(np.maximum(self.low - size, size - self.high), 0)
        hard = np.maximum(np.maximum(self.hard_low - size, size - self.hard_high), 0)
        return self.price_m * np.abs(size - self.target) + SOFT_M * soft + HARD_M * hard

    def _cost(self, households: int, count: int) -> tuple[float, ...]:
        small, larger = divmod(households, count)
        sizes = ((small, count - larger), (small + 1, larger))
        hard = sum(number * _excess(size, self.hard_low, self.hard_high) for size, number in sizes)
        soft = [(number, _excess(size, self.low, self.high)) for size, number in sizes]
        outside = sum(number for number, excess in soft if excess)
        total = sum(number * excess for number, excess in soft)
        return hard, outside, total, abs(households / count - self.target), count


DEFAULT_POLICY = UnitPolicy()


def _excess(size: int, low: int, high: int) -> int:
    return max(low - size, size - high, 0)
