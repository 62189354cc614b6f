"""Places along a Hilbert curve: where every search begins."""

import numpy as np

from gis.arrays import F64, I64

_BITS = 16  # of a coordinate on the curve: 65,536 steps over a grid, some centimetres


def hilbert(x: F64, y: F64) -> I64:
    """Position of each of (n,) points on a Hilbert curve through the square around all of them (Hilbert 1891)."""
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


def cut(weight: I64, count: int) -> I64:
    """Cut a sequence of (n,) atoms into ``count`` runs of near-equal weight; the run of each."""
    middle = np.cumsum(weight) - (weight + 1) // 2
    return middle * count // int(weight.sum())
