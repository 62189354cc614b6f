"""How the kernels are compiled: once, from explicit signatures, kept on disk, without the interpreter's lock.

Importing a module of kernels compiles them or loads them from numba's cache: import them where they are used first.
numba keeps the cache in ``__pycache__`` beside the source; if that cannot be written, in the account's cache folder;
``NUMBA_CACHE_DIR`` names another place. Where nothing can be written each process compiles for itself.
"""

import hashlib
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_Function = TypeVar("_Function", bound=Callable[..., Any])
Whole: TypeAlias = Any
"""A whole number in a kernel, of the width that numba infers."""

_compile: Any = numba.njit
_array: Any = numba.carray  # pyright: ignore[reportPrivateImportUsage]
_log = logging.getLogger(__name__)


def given(kind: Any, dimensions: int = 1) -> Any:
    """The type of an array that a kernel only reads: mapped files and Arrow's arrays cannot be written."""
    return types.Array(kind, dimensions, "C", readonly=True)


DOUBLES, INTEGERS, LONGS = given(types.float64), given(types.int32), given(types.int64)


def kernel(signature: Any) -> Callable[[_Function], _Function]:
    """Compile a function for ``signature`` now, or load it; exact: no fused or reordered arithmetic."""

    def compiled(function: _Function) -> _Function:
        dispatcher: Any = _compile(nogil=True, error_model="numpy", boundscheck=False)(function)
        try:
            dispatcher.enable_caching()
        except RuntimeError as error:  # numba found no folder to write to
            _log.warning("no folder for compiled kernels: set NUMBA_CACHE_DIR (%s)", error)
        else:
            # numba compares the file of the function alone, but what is compiled has parts from other files.
            dispatcher._cache._cache_file._source_stamp = sources()  # noqa: SLF001
        dispatcher.compile(signature)
        dispatcher.disable_compile()
        return dispatcher

    return compiled


@cache
def sources() -> str:
    """A digest of all files of this package: compiled code of others is not used."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def part(function: _Function) -> _Function:
    """A function that kernels call: compiled into each of them."""
    return _compile(nogil=True, error_model="numpy", boundscheck=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)(
        function
    )


def _point(_context: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(address), generate


_pointer: Any = intrinsic(_point)


def _fetch(_context: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        call = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        place = builder.inttoptr(arguments[0], pointer)
        builder.call(call, [place, *(ir.Constant(number, value) for value in (0, 3, 1))])  # to read, to keep, data
        return context.get_dummy_value()

    return types.void(address), generate


fetch: Any = intrinsic(_fetch)
"""Ask the processor to bring the line at an address near: what is read soon is there then."""


@part
def doubles(address: int, count: int) -> Any:
    """The float64 array of ``count`` numbers at an address."""
    return _array(_pointer(address), count, numba.float64)


@part
def integers(address: int, count: int) -> Any:
    """The int32 array of ``count`` numbers at an address."""
    return _array(_pointer(address), count, numba.int32)


@part
def longs(address: int, count: int) -> Any:
    """The int64 array of ``count`` numbers at an address."""
    return _array(_pointer(address), count, numba.int64)
