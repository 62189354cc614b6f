"""Geometric predicates that are exact on doubles: the answer is never an effect of rounding."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.arrays import F64, I8

_FILTER = 3.330_669_073_875_471_6e-16  # (3 + 16 ε) ε, ε = 2^-53: stage A of Shewchuk's orient2d (1997)
_TINY = 1e-290  # above every error that underflow can make in the filter's two products


def orient(ax: F64, ay: F64, bx: F64, by: F64, px: F64, py: F64) -> I8:
    """On which side of the line a → b the point p lies: 1 left, −1 right, 0 exactly on it.

    The sign of ``(ax − px)(by − py) − (ay − py)(bx − px)``, exact for all finite doubles whose products
    do not overflow: a floating filter decides almost every case, whole numbers decide the rest.

    Parameters
    ----------
    ax, ay, bx, by, px, py
        (n,) coordinates, any unit.
    """
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    det = left - right
    sides = np.sign(det).astype(np.int8)
    unsure = np.flatnonzero(np.abs(det) <= _FILTER * (np.abs(left) + np.abs(right)) + _TINY)
    if unsure.size:
        near = np.stack([values[unsure] for values in (ax, ay, bx, by, px, py)])
        # p at an end, or on a level or upright line: both products are zero without rounding, and so is the sign.
        zero = ((near[0] == near[4]) | (near[3] == near[5])) & ((near[1] == near[5]) | (near[2] == near[4]))
        sides[unsure[~zero]] = _exact(near[:, ~zero])
    return sides


def _exact(values: F64) -> I8:
    """The same sign in whole numbers.

    A double is a whole mantissa times a power of two. The six coordinates of a column are written over their
    lowest power, which changes no sign, and computed with Python's integers, which do not round.
    """
    mantissa, power = np.frexp(values)
    whole: NDArray[Any] = (mantissa * 2.0**53).astype(np.int64).astype(object)
    ax, ay, bx, by, px, py = whole << (power - power.min(axis=0)).astype(object)
    det = (ax - px) * (by - py) - (ay - py) * (bx - px)
    return (det > 0).astype(np.int8) - (det < 0).astype(np.int8)
