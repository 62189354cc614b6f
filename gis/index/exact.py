"""On which side of a line a point lies, exactly, on doubles: floating filter first, expansions where it is unsure.

J. R. Shewchuk, Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates, 1997.
"""

import numpy as np

from gis.index.jit import part

_FILTER = 3.330_669_073_875_471_6e-16  # (3 + 16 ε) ε, ε = 2^-53: stage A of orient2d
_TINY = 1e-290  # above every error that underflow can make in the filter's two products
_UP = 2.0**480  # keeps every product of degrees and its rounding error within the normal doubles
_SPLIT = 134_217_729.0  # 2^27 + 1


@part
def _exact(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    if ((ax == px) | (by == py)) & ((ay == py) | (bx == px)):
        return 0.0  # p at an end, or on a level or upright line
    # ax·by − ay·bx + ay·px − ax·py + bx·py − by·px: the determinant multiplied out, px·py cancels.
    ones, others, terms = np.empty(6), np.empty(6), np.empty(12)
    ones[0], ones[1], ones[2], ones[3], ones[4], ones[5] = ax, -ay, ay, -ax, bx, -by
    others[0], others[1], others[2], others[3], others[4], others[5] = by, bx, px, py, py, px
    for k in range(6):
        a, b = ones[k] * _UP, others[k] * _UP
        product = a * b
        c, d = _SPLIT * a, _SPLIT * b
        a_high, b_high = c - (c - a), d - (d - b)
        a_low, b_low = a - a_high, b - b_high
        total = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low  # what a · b lost
        for step in range(2):  # grow the expansion: components do not overlap and ascend in size
            for place in range(2 * k + step):
                term = terms[place]
                both = total + term
                virtual = both - total
                terms[place] = (total - (both - virtual)) + (term - virtual)
                total = both
            terms[2 * k + step] = total
            total = product
    for k in range(11, -1, -1):  # the largest component that is not zero has the sign
        if terms[k] != 0.0:
            return terms[k]
    return 0.0


@part
def orient(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    """Positive if p lies left of the line a → b, negative right of it, zero exactly on it.

    The sign of ``(ax − px)(by − py) − (ay − py)(bx − px)``, for all degrees; but a and b must be zero or at least 1e-200.
    """
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    det = left - right
    if abs(det) > _FILTER * (abs(left) + abs(right)) + _TINY:
        return det
    return _exact(ax, ay, bx, by, px, py)


@part
def orient_shifted(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    """`orient` of p moved by (ε, ε²), ε infinitely small: zero only if a = b."""
    side = orient(ax, ay, bx, by, px, py)
    if side != 0.0:
        return side
    return ay - by if ay != by else bx - ax
