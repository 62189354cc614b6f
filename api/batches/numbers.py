"""Coordinates out of what people write: lists of JSON values, columns of texts."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from api.batches.rows import Column, compute
from gis.arrays import F64

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


def may_hold_truths(body: bytes) -> bool:
    """Whether JSON text may hold true or false, which numpy would take for numbers."""
    return b"true" in body or b"false" in body


def from_values(values: Sequence[Any], *, truths: bool = True) -> F64:
    """Numbers of a list of JSON values, NaN for what is none; texts that are numbers count, true and false do not.

    Parameters
    ----------
    truths : whether there may be any true or false among them.
    """
    if not truths or bool not in set(map(type, values)):
        try:
            return np.fromiter(values, np.float64, len(values))
        except (TypeError, ValueError, OverflowError):
            pass  # something else, or a whole number that no double holds
    return np.fromiter(map(_number, values), np.float64, len(values))


def from_pairs(rows: Sequence[Any], *, truths: bool = True) -> tuple[F64, F64]:
    """Numbers of a list of JSON rows: pairs, or objects with ``lon`` and ``lat``; NaN for what is neither."""
    kinds = set(map(type, rows))
    if kinds == {dict}:
        lon, lat = ([row.get(name) for row in rows] for name in ("lon", "lat"))
        return from_values(lon, truths=truths), from_values(lat, truths=truths)
    if kinds == {list} and set(map(len, rows)) == {2}:
        flat = from_values(list(chain.from_iterable(rows)), truths=truths)
    else:
        flat = from_values([value for row in rows for value in _pair(row)], truths=truths)
    return flat[0::2].copy(), flat[1::2].copy()


def from_texts(texts: Column) -> F64:
    """Numbers of a column of texts, NaN for what is none."""
    plain = compute.ascii_trim_whitespace(compute.cast(texts, pa.string()))
    wanted = compute.match_substring_regex(plain, _NUMBER)
    kept = compute.if_else(wanted, plain, pa.scalar(None, pa.string()))
    return compute.cast(kept, pa.float64()).to_numpy(zero_copy_only=False)


def _pair(row: Any) -> tuple[Any, Any]:
    if isinstance(row, dict):
        return row.get("lon"), row.get("lat")
    return (row[0], row[1]) if isinstance(row, list) and len(row) == 2 else (None, None)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return float("nan")
    try:
        return float(value)
    except (ValueError, OverflowError):
        return float("nan")
