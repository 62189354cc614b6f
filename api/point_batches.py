"""Many points in one request: how they are read, looked up and answered, as JSON, NDJSON or CSV.

A row that cannot be read never loses the others: its code is null, and a reason stands beside it.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from api.bodies import check_datum
from gis.arrays import F64
from gis.coverage import Coverage
from gis.crs import STORAGE, parse_crs, readable, to_storage
from gis.datum import Datum, to_cgcs2000
from gis.errors import InvalidInput, TooLarge

Reason = tuple[str, str]
NO_NUMBER: Reason = ("缺少坐标，或不是有限的数字", "a coordinate is missing or no finite number")
OUT_OF_REACH: Reason = (
    "超出坐标系的范围（坐标轴可能写反了）",
    "beyond the reach of its reference system (are the axes flipped?)",
)
_COLUMNS = (("lon", "longitude", "lng", "x", "经度"), ("lat", "latitude", "y", "纬度"))


@dataclass(frozen=True, slots=True)
class Points:
    """Coordinates as they came, NaN where there was no number; ``rest`` is what the answer repeats of each row."""

    x: F64
    y: F64
    rest: Sequence[Any] = ()
    options: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Found:
    """The code of each point, ``None`` outside all grids, and the rows that could not be looked up."""

    codes: list[str | None]
    faults: dict[int, Reason]


def look_up(coverage: Coverage, points: Points, *, level: int, datum: Datum, crs: str | None) -> Found:
    """Look all points up; those that are no position in their system become faults.

    Raises
    ------
    InvalidCrs, InvalidInput
        For an unknown system, or a level that is none.
    """
    system = STORAGE if crs is None else parse_crs(crs)
    check_datum(system, datum)
    number = np.isfinite(points.x) & np.isfinite(points.y)
    good = number & readable(np.where(number, points.x, np.nan), np.where(number, points.y, np.nan), system)
    lon, lat = to_storage(points.x[good], points.y[good], system)
    lon, lat = to_cgcs2000(lon, lat, datum)
    codes = np.full(points.x.size, "", dtype=object)
    codes[good] = coverage.locator.codes_at(lon, lat, level)
    faults = dict.fromkeys(np.flatnonzero(number & ~good).tolist(), OUT_OF_REACH)
    faults.update(dict.fromkeys(np.flatnonzero(~number).tolist(), NO_NUMBER))
    return Found([code or None for code in codes.tolist()], faults)


def read_json(body: bytes, most: int) -> Points:
    """Points from a JSON object of columns (``lon, lat``) or with ``points``, or from a list of pairs or objects.

    Raises
    ------
    InvalidInput
        If it is none of these.
    TooLarge
        If there are more than ``most`` points.
    """
    given = _parse(body)
    options: dict[str, Any] = given if isinstance(given, dict) else {}
    if {"lon", "lat"} <= options.keys():
        columns = options["lon"], options["lat"]
        if not all(isinstance(column, list) for column in columns) or len(columns[0]) != len(columns[1]):
            raise InvalidInput(
                field="lon, lat", reason_zh="应为两个等长的数组", reason_en="must be two arrays of one length"
            )
        _check_size(len(columns[0]), most)
        return Points(_numbers(columns[0]), _numbers(columns[1]), options=options)
    rows = options.get("points") if isinstance(given, dict) else given
    if not isinstance(rows, list):
        raise InvalidInput(
            field="body",
            reason_zh='应为 {"lon": […], "lat": […]} 或 [[经度, 纬度], …]',
            reason_en='must be {"lon": […], "lat": […]} or [[lon, lat], …]',
        )
    _check_size(len(rows), most)
    x, y = _pairs(rows)
    return Points(x, y, options=options)


def read_ndjson(body: bytes, most: int) -> Points:
    """Points from lines of JSON, each a pair or an object with ``lon`` and ``lat``; ``id`` comes back with the answer.

    Raises
    ------
    TooLarge
        If there are more than ``most`` lines.
    """
    lines = [line for line in body.splitlines() if line.strip()]
    _check_size(len(lines), most)
    rows = [_parse_line(line) for line in lines]
    x, y = _pairs(rows)
    return Points(x, y, [row.get("id") if isinstance(row, dict) else None for row in rows])


def read_csv(body: bytes, charset: str, most: int) -> Points:
    """Points from a CSV with a header that names longitude and latitude; all of it comes back with the answer.

    Raises
    ------
    InvalidInput
        If it is not text of that charset, or the header names no such columns.
    TooLarge
        If there are more than ``most`` rows.
    """
    try:
        text = body.decode("utf-8-sig" if charset.lower().replace("-", "") == "utf8" else charset)
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except (LookupError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(
            field="body", reason_zh=f"无法读取 CSV：{error}", reason_en=f"no readable CSV: {error}"
        ) from error
    header = [name.strip().lower() for name in rows[0]] if rows else []
    places = [next((header.index(name) for name in names if name in header), -1) for names in _COLUMNS]
    if min(places) < 0:
        raise InvalidInput(
            field="header",
            reason_zh="首行应含 lon、lat（或 经度、纬度）两列",
            reason_en="the first line must name the columns lon and lat",
        )
    _check_size(len(rows) - 1, most)
    x, y = (_numbers([row[place] if place < len(row) else None for row in rows[1:]]) for place in places)
    return Points(x, y, rows)


def write_json(found: Found, edition: int, listed: int = 1000) -> bytes:
    """``{"edition", "codes"}``; where rows had faults also ``errors_count`` and the first of them as ``errors``."""
    answer: dict[str, Any] = {"edition": edition, "codes": found.codes}
    if found.faults:
        rows = sorted(found.faults)[:listed]
        answer["errors_count"] = len(found.faults)
        answer["errors"] = [{"row": row, **_told(found.faults[row])} for row in rows]
    return orjson.dumps(answer)


def write_ndjson(points: Points, found: Found) -> bytes:
    """A line ``{"code"}`` for each point, with its ``id`` if it had one and the reason if it could not be read."""
    lines: list[bytes] = []
    for row, code in enumerate(found.codes):
        told: dict[str, Any] = {} if points.rest[row] is None else {"id": points.rest[row]}
        told["code"] = code
        if row in found.faults:
            told |= _told(found.faults[row])
        lines.append(orjson.dumps(told))
    return b"\n".join([*lines, b""])


def write_csv(points: Points, found: Found) -> bytes:
    """The rows as they came with the columns ``grid_code`` and ``problem`` added."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    header = points.rest[0]
    writer.writerow([*header, "grid_code", "problem"])
    for row, (cells, code) in enumerate(zip(points.rest[1:], found.codes, strict=True)):
        padded = [*cells, *[""] * (len(header) - len(cells))]
        writer.writerow([*padded, code or "", " / ".join(found.faults.get(row, ()))])
    return out.getvalue().encode()


def _told(reason: Reason) -> dict[str, str]:
    return {"reason_zh": reason[0], "reason_en": reason[1]}


def _check_size(count: int, most: int) -> None:
    if count > most:
        raise TooLarge(what="points", limit=most)


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:  # Python's own reader also takes NaN and Infinity, which many clients write: those rows become faults
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(field="body", reason_zh="不是有效的 JSON", reason_en=f"is no JSON: {error}") from error


def _parse_line(line: bytes) -> Any:
    try:
        return _parse(line)
    except InvalidInput:
        return None


def _pairs(rows: Sequence[Any]) -> tuple[F64, F64]:
    try:
        pairs = np.array(rows, dtype=np.float64)
        if pairs.ndim == 2 and pairs.shape[1] == 2:
            return pairs[:, 0].copy(), pairs[:, 1].copy()
    except (TypeError, ValueError, OverflowError):
        pass
    apart = [_pair(row) for row in rows]
    return _numbers([pair[0] for pair in apart]), _numbers([pair[1] for pair in apart])


def _pair(row: Any) -> tuple[Any, Any]:
    if isinstance(row, dict):
        return row.get("lon"), row.get("lat")
    return (row[0], row[1]) if isinstance(row, list) and len(row) == 2 else (None, None)


def _numbers(values: Sequence[Any]) -> F64:
    """Numbers of a column, NaN for what is none."""
    try:
        numbers = np.array(values, dtype=np.float64)
        if numbers.ndim == 1:
            return numbers
    except (TypeError, ValueError, OverflowError):
        pass
    return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")
