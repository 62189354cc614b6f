"""A new division takes over the numbers of an old one, so that as few households as possible change theirs."""

import numpy as np

from gis.arrays import I32, I64


def matched(old: I64, new: I64 | I32, following: int) -> I64:
    """The new units under the numbers of the old ones with which they share most households, all in all.

    Parameters
    ----------
    old, new : (n,) unit of each household; −1 in ``old`` for none.
    following : the first number for units that share nobody with an old one that is left.

    Returns
    -------
    (n,) numbers of ``old``, and ``following`` … (Kuhn's assignment; ties go to the lower numbers).
    """
    from scipy.optimize import linear_sum_assignment

    names, unit = np.unique(new, return_inverse=True)
    codes, place = np.unique(old[old >= 0], return_inverse=True)
    shared = np.zeros((names.size, codes.size), dtype=np.int64)
    np.add.at(shared, (unit.ravel()[old >= 0], place.ravel()), 1)
    number = np.full(names.size, -1, dtype=np.int64)
    for one, code in zip(*linear_sum_assignment(-shared), strict=True):
        if shared[one, code]:
            number[one] = codes[code]
    fresh = np.flatnonzero(number < 0)
    number[fresh] = following + np.arange(fresh.size)
    return number[unit.ravel()]
