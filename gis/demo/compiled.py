"""Compiled: what is done for each of some hundred thousand cells of the demo county's ground, one after another."""

from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from gis.arrays import I64
from gis.kept_code import keep

_jit: Any = njit


def _kernel(function: Any) -> Any:
    dispatcher: Any = _jit(nogil=True, no_cfunc_wrapper=True)(function)
    keep(dispatcher, Path(__file__).parent)
    return dispatcher


@_jit(nogil=True)
def _neighbours(starts: I64, ends: I64, count: int) -> tuple[I64, I64]:
    """The neighbours of each cell: those of cell c are ``other[first[c] : first[c + 1]]``."""
    first, other = np.zeros(count + 1, np.int64), np.empty(2 * starts.size, np.int64)
    for k in range(starts.size):
        first[starts[k]] += 1
        first[ends[k]] += 1
    for cell in range(count):
        first[cell + 1] += first[cell]
    for k in range(starts.size):
        first[starts[k]] -= 1
        other[first[starts[k]]] = ends[k]
        first[ends[k]] -= 1
        other[first[ends[k]]] = starts[k]
    return first, other


@_kernel
def reached(starts: I64, ends: I64, effort: I64, seeds: I64) -> I64:
    """Which seed each cell is reached from with the least effort, of equal ones the first; −1 from none.

    Parameters
    ----------
    starts, ends
        (n,) neighbouring cells that may be stepped between.
    effort
        (cells,) whole numbers above 0, so that sums are exact; a step costs those of both cells.
    seeds
        (k,) cells to start from.

    Returns
    -------
    (cells,) position in ``seeds``. The cells of a seed are connected: shortest paths form a tree.

    Notes
    -----
    Label setting with buckets (Dial 1969) as wide as the cheapest step: what lies in the first bucket that holds
    anything is final, in whatever order it is taken.
    """
    first, other = _neighbours(starts, ends, effort.size)
    width = 2 * effort.min()
    top = np.full(2 * effort.max() // width + 2, -1)  # of each bucket, around and around
    cells, below = np.empty(2 * starts.size + seeds.size, np.int64), np.empty(2 * starts.size + seeds.size, np.int64)
    away, seed = np.full(effort.size, np.iinfo(np.int64).max), np.full(effort.size, -1)
    count = waiting = 0
    for k in range(seeds.size):
        if seed[seeds[k]] < 0:
            away[seeds[k]], seed[seeds[k]] = 0, k
            cells[count], below[count], top[0] = seeds[k], top[0], count
            count, waiting = count + 1, waiting + 1
    bucket = 0
    while waiting > 0:
        place = bucket % top.size
        while top[place] >= 0:
            cell = cells[top[place]]
            top[place], waiting = below[top[place]], waiting - 1
            if away[cell] // width != bucket:
                continue  # reached with less effort since
            for k in range(first[cell], first[cell + 1]):
                near = other[k]
                total = away[cell] + effort[cell] + effort[near]
                if total < away[near]:
                    away[near], seed[near] = total, seed[cell]
                    later = total // width % top.size
                    cells[count], below[count], top[later] = near, top[later], count
                    count, waiting = count + 1, waiting + 1
                elif total == away[near]:
                    seed[near] = min(seed[near], seed[cell])
        bucket += 1
    return seed


@_kernel
def cycles(following: I64) -> tuple[I64, I64]:
    """The cycles of a permutation, in the order of their lowest member: members, and the cycle of each."""
    visit, cycle = np.empty(following.size, np.int64), np.empty(following.size, np.int64)
    seen = np.zeros(following.size, np.bool_)
    count = number = 0
    for lowest in range(following.size):
        at = lowest
        while not seen[at]:
            seen[at] = True
            visit[count], cycle[count] = at, number
            count += 1
            at = following[at]
        if at == lowest and count > 0 and cycle[count - 1] == number:
            number += 1
    return visit, cycle
