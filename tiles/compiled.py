"""How the loops of this package are compiled (numba): kept on disk (`gis.kept_code`), free of the interpreter's lock.

Loops use nothing but numbers, arrays and each other: the sorts and searches of numpy would take longer to compile than
all the rest. `order` and `place` stand in for them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from gis.arrays import I64
from gis.kept_code import keep

_jit: Any = njit
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def outer(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of loops that Python calls."""
    return _kept(_jit(**_OPTIONS)(function))


def inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of loops that only other loops call."""
    return _kept(_jit(**_OPTIONS, no_cpython_wrapper=True)(function))


def _kept(dispatcher: Any) -> Any:
    if hasattr(dispatcher, "enable_caching"):  # else numba is switched off, and it is the plain function
        keep(dispatcher, Path(__file__).parent)
    return dispatcher


@inner
def order(keys: I64) -> I64:
    """The positions of (n,) keys in ascending order, equal ones as they stand (merge sort)."""
    n = keys.size
    found, spare = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for k in range(n):
        found[k] = k
    width = 1
    while width < n:
        for first in range(0, n, 2 * width):
            middle, last = min(first + width, n), min(first + 2 * width, n)
            i, j = first, middle
            for k in range(first, last):
                if j >= last or (i < middle and keys[found[i]] <= keys[found[j]]):
                    spare[k] = found[i]
                    i += 1
                else:
                    spare[k] = found[j]
                    j += 1
        found, spare = spare, found
        width *= 2
    return found


@inner
def place(ascending: I64, value: int) -> int:
    """The first position whose value is not smaller."""
    low, high = 0, ascending.size
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def distinct(keys: I64) -> I64:
    """The different values of (n,) keys, ascending."""
    sequence = order(keys)
    found, count = np.empty(keys.size, dtype=np.int64), 0
    for k in sequence:
        if count == 0 or keys[k] != found[count - 1]:
            found[count] = keys[k]
            count += 1
    return found[:count]


@inner
def filled(size: int, value: int) -> I64:
    """An array of one value."""
    made = np.empty(size, dtype=np.int64)
    for k in range(size):
        made[k] = value
    return made
