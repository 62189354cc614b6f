"""How the loops of this package are compiled (numba): on first use, kept on disk, free of the interpreter's lock."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

from gis.kept_code import keep

_Function = TypeVar("_Function", bound=Callable[..., Any])
_jit: Any = njit


def kernel(function: _Function) -> _Function:
    """Compile a loop; no reordered arithmetic, so that every machine finds the same units."""
    dispatcher: Any = _jit(nogil=True, error_model="numpy", no_cfunc_wrapper=True)(function)
    keep(dispatcher, Path(__file__).parent)
    return dispatcher


def part(function: _Function) -> _Function:
    """Compile a loop that only other loops call."""
    return _jit(nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True)(function)
