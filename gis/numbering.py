"""First numbering: the order in which the grids of a parent get their first numbers."""

import numpy as np

from gis.arrays import F64, I64, Numbers, coordinates
from gis.codes import RANGES, Kind, check_code
from gis.errors import CodesExhausted


def first_numbers(parent_code: str, kind: Kind, x: Numbers, y: Numbers) -> I64:
    """The numbers of the first ``kind`` grids under a parent, given in reading order of their points.

    Parameters
    ----------
    parent_code, kind
        As for `next_number`.
    x, y
        One point per grid, (n,): x east and y north, degrees or metres.

    Returns
    -------
    (n,) numbers, ``RANGES[kind].first`` for the grid that comes first in `reading_order`, and so on.

    Raises
    ------
    CodesExhausted
        If there are more grids than numbers.
    """
    order = reading_order(x, y)
    span = RANGES[kind]
    check_code(parent_code, span.level - 1)
    if order.size > len(span):
        raise CodesExhausted(parent=parent_code)
    numbers = np.empty(order.size, dtype=np.int64)
    numbers[order] = np.arange(span.first, span.first + order.size)
    return numbers


def reading_order(x: Numbers, y: Numbers) -> I64:
    """Positions of points in the order of first numbering: rows from north to south, west to east in a row.

    The standards (DB11 of Beijing, DB6101/T 3185 of Xi'an) say "west to east, north to south" without
    saying what a row is. Here the points' bounding box, w wide and h high, is cut into rows of equal
    height, as many as make a row as high as the points are apart on average: ``round(sqrt(n · h / w))``,
    at least 1 and at most n. A point on the line between two rows belongs to the northern one. Points of
    a row are taken by x, then from north to south; points in the same place in the order given.

    Parameters
    ----------
    x, y
        (n,) coordinates, x east and y north, degrees or metres.

    Raises
    ------
    InvalidInput
        If the arrays differ in length or a coordinate is not finite.
    """
    return in_rows(*(values.ravel() for values in coordinates(x, y)))


def in_rows(east: F64, north: F64) -> I64:
    """`reading_order` of (n,) coordinates that are known to be finite and as many."""
    if east.size == 0:
        return np.empty(0, dtype=np.int64)
    width, height = float(np.ptp(east)), float(np.ptp(north))
    narrowest = max(width, height / east.size) or 1.0  # a column of points has n rows, not endlessly many
    rows = max(round((east.size * height / narrowest) ** 0.5), 1)
    from_north = (north.max() - north) / (height or 1.0) * rows
    row = np.maximum(np.ceil(from_north) - 1, 0)  # ceil - 1: the line between two rows is the northern one's
    return np.lexsort((-north, east, row)).astype(np.int64)
