"""The array types that the geometry core passes around, and the checks at its doors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.errors import InvalidInput

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
I16 = NDArray[np.int16]
I8 = NDArray[np.int8]
Bools = NDArray[np.bool_]
Texts = NDArray[np.str_]
Geometries = NDArray[np.object_]
Numbers = float | Sequence[float] | Sequence[Sequence[float]] | NDArray[Any]
"""What a caller may hand over where float64 is meant: a number, a list or an array."""


def coordinates(x: Numbers, y: Numbers, names: tuple[str, str] = ("x", "y")) -> tuple[F64, F64]:
    """Two coordinate arrays of one shape (broadcast against each other), float64 and finite.

    Raises
    ------
    InvalidInput
        If the shapes do not fit, something is no number, NaN or infinite (the first such place is named).
    """
    try:
        first, second = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            field=", ".join(names),
            reason_zh="需要形状一致的数字",
            reason_en="numbers in arrays of one shape are needed",
        ) from error
    for name, values in zip(names, (first, second), strict=True):
        refuse(name, values, ~np.isfinite(values), "不是有限的数字", "is not a finite number")
    return first, second


def lonlat(lon: Numbers, lat: Numbers) -> tuple[F64, F64]:
    """Longitudes and latitudes in degrees, float64: finite, within ±180 and ±90.

    Raises
    ------
    InvalidInput
        Otherwise; latitude beyond 90 usually means that the axes are flipped.
    """
    lons, lats = coordinates(lon, lat, ("lon", "lat"))
    refuse("lon", lons, np.abs(lons) > 180, "超出 ±180°", "is beyond ±180°")
    refuse("lat", lats, np.abs(lats) > 90, "超出 ±90°（经纬度可能写反了）", "is beyond ±90° (are the axes flipped?)")
    return lons, lats


def refuse(field: str, values: F64, bad: Bools, reason_zh: str, reason_en: str) -> None:
    """Raise `InvalidInput` naming the first of ``values`` that is ``bad``, if any is."""
    if not bad.any():
        return
    place = int(np.flatnonzero(bad)[0])
    value = float(values.ravel()[place])
    raise InvalidInput(
        field=field,
        reason_zh=f"第 {place + 1} 个值 {value:.15g} {reason_zh}",
        reason_en=f"value {place + 1}, {value:.15g}, {reason_en}",
    )


def ragged(start: I64, count: I64) -> tuple[I64, I64]:
    """Positions of many runs in one flat array.

    Parameters
    ----------
    start, count
        (n,) first position and length of each run.

    Returns
    -------
    run
        (Σ count,) which run a position belongs to, ascending.
    position
        (Σ count,) ``start[run] + 0, 1, 2 …`` within each run.
    """
    run = np.repeat(np.arange(count.size), count)
    before = np.cumsum(count) - count
    return run, np.arange(run.size) + np.repeat(start - before, count)
