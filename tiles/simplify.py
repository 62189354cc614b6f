"""Compiled: how much each vertex of a line matters (Visvalingam and Whyatt 1993), told once for every zoom.

The order in which vertices are dropped does not depend on the tolerance, so a line's vertices at any zoom are those whose
triangle is not smaller than its square. It depends on that line alone: equal lines are equal in every edition.
"""

import numpy as np

from gis.arrays import F64, I64
from tiles.compiled import inner, outer


@outer
def weights(points: F64, starts: I64) -> F64:
    """The area of the triangle with which each vertex is dropped, in the square of the coordinates' unit.

    Parameters
    ----------
    points
        (n, 2) vertices of lines, one after another.
    starts
        (a + 1,) where each line starts.

    Returns
    -------
    (n,) areas, infinite at the ends of lines; none is smaller than that of a vertex dropped before it.
    """
    found = np.empty(len(points))
    before, after = np.empty(len(points), dtype=np.int64), np.empty(len(points), dtype=np.int64)
    for k in range(len(points)):
        found[k], before[k], after[k] = np.inf, k - 1, k + 1
    heap = np.empty((0, 2))
    for a in range(starts.size - 1):
        inner = starts[a + 1] - starts[a] - 2
        if inner < 1:
            continue
        if len(heap) < 3 * inner:
            heap = np.empty((4 * inner, 2))
        _line(points, starts[a], starts[a + 1] - 1, before, after, heap, found)
    return found


@inner
def _line(points: F64, first: int, last: int, before: I64, after: I64, heap: F64, found: F64) -> None:
    current = np.empty(last - first + 1)
    size = 0
    for k in range(first + 1, last):
        current[k - first] = _triangle(points, k - 1, k, k + 1)
        size = _push(heap, size, current[k - first], k)
    reached = 0.0
    while size > 0:
        area, k = heap[0, 0], int(heap[0, 1])
        size = _pop(heap, size)
        if found[k] != np.inf or area != current[k - first]:
            continue
        reached = max(reached, area)
        found[k] = reached
        after[before[k]], before[after[k]] = after[k], before[k]
        for beside in (before[k], after[k]):
            if first < beside < last:
                current[beside - first] = _triangle(points, before[beside], beside, after[beside])
                size = _push(heap, size, current[beside - first], beside)


@inner
def _triangle(points: F64, a: int, b: int, c: int) -> float:
    ux, uy = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
    return abs(ux * (points[c, 1] - points[a, 1]) - uy * (points[c, 0] - points[a, 0])) / 2


@inner
def _less(heap: F64, i: int, j: int) -> bool:
    return heap[i, 0] < heap[j, 0] or (heap[i, 0] == heap[j, 0] and heap[i, 1] < heap[j, 1])


@inner
def _swap(heap: F64, i: int, j: int) -> None:
    area, k = heap[i, 0], heap[i, 1]
    heap[i, 0], heap[i, 1] = heap[j, 0], heap[j, 1]
    heap[j, 0], heap[j, 1] = area, k


@inner
def _push(heap: F64, size: int, area: float, vertex: int) -> int:
    heap[size, 0], heap[size, 1] = area, vertex
    at = size
    while at > 0 and _less(heap, at, (at - 1) // 2):
        _swap(heap, at, (at - 1) // 2)
        at = (at - 1) // 2
    return size + 1


@inner
def _pop(heap: F64, size: int) -> int:
    size -= 1
    heap[0, 0], heap[0, 1] = heap[size, 0], heap[size, 1]
    at = 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and _less(heap, child + 1, child):
            child += 1
        if not _less(heap, child, at):
            break
        _swap(heap, at, child)
        at = child
    return size
