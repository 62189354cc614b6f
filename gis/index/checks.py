"""What is asked of an index, checked before kernels see it."""

from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from gis import codes as grammar
from gis.arrays import F64, I32, I64, Numbers, lonlat
from gis.errors import InvalidInput


def check_codes(codes: Sequence[str], polygons: int) -> None:
    """Refuse codes that repeat, are of several levels, or are not as many as the polygons.

    Raises
    ------
    InvalidCode, InvalidInput
    """
    levels = {grammar.level_of(code) for code in codes}
    if len(levels) > 1 or len(set(codes)) < len(codes) or len(codes) != polygons:
        raise InvalidInput(
            field="codes",
            reason_zh="需要同一级、互不相同、与图形一一对应的编码",
            reason_en="different codes of one level are needed, one for each geometry",
        )


def plain(values: Any) -> TypeGuard[F64]:
    """Whether a kernel can take the values as they are."""
    flags = values.flags if isinstance(values, np.ndarray) and values.dtype == np.float64 else None
    return flags is not None and flags.c_contiguous and flags.aligned


def check_arrays(lon: F64, lat: F64, out: I32) -> None:
    """Refuse arrays that a kernel cannot read or write as they are.

    Raises
    ------
    InvalidInput
    """
    fits = plain(lon) and plain(lat) and out.dtype == np.int32 and out.flags.carray
    if not fits or not lon.shape == lat.shape == out.shape == (out.size,):
        raise InvalidInput(
            field="out", reason_zh="数组的类型或长度不符", reason_en="type or length of the arrays do not fit"
        )


def matched(lon: Numbers, lat: Numbers, index: NDArray[np.integer[Any]], count: int) -> tuple[F64, F64, I64]:
    """Points and the numbers of their grids, −1 … ``count`` − 1, as kernels take them.

    Raises
    ------
    InvalidInput
    """
    lons, lats = (np.ascontiguousarray(values.ravel()) for values in lonlat(lon, lat))
    grids = np.ascontiguousarray(index, dtype=np.int64).ravel()
    if grids.size != lons.size or bool(((grids < -1) | (grids >= count)).any()):
        raise InvalidInput(field="index", reason_zh="与点不对应", reason_en="does not match the points and grids")
    return lons, lats, grids
