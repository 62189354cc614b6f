"""JSON columns and pairs, and GeoJSON: read whole, since a JSON value is complete with its last byte only."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson

from api.batches.numbers import from_pairs, from_values, may_hold_truths
from api.batches.rows import FINE, NO_POINT, REASONS, Answered, Faults, Label, Rows, wrong_body
from gis.arrays import F64
from gis.errors import TooLarge

_LISTED = 1000


class JsonReader:
    """Columns ``{"lon": […], "lat": […]}``, ``{"points": […]}``, a list of pairs or objects, or GeoJSON.

    Parameters
    ----------
    limit : bytes of the body.
    most : points.
    """

    def __init__(self, limit: int, most: int) -> None:
        self.options: dict[str, Any] = {}
        self._limit, self._most = limit, most
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes, *, last: bool) -> Iterable[Rows]:
        """All rows, once the body is whole.

        Raises
        ------
        InvalidInput
            If it is none of these forms.
        TooLarge
        """
        self._size += len(data)
        if self._size > self._limit:
            raise TooLarge(what="request body", limit=f"{self._limit} B")
        self._pieces.append(data)
        if not last:
            return
        body = b"".join(self._pieces)
        self._pieces.clear()
        rows = self._rows(parsed(body), truths=may_hold_truths(body))
        if rows.x.size > self._most:
            raise TooLarge(what="points", limit=self._most)
        yield rows

    def _rows(self, given: Any, *, truths: bool) -> Rows:
        if isinstance(given, dict) and given.get("type") in ("FeatureCollection", "Feature"):
            return _features(given)
        if isinstance(given, dict):
            self.options = given
            if {"lon", "lat"} <= given.keys():
                return _columns(given["lon"], given["lat"], truths=truths)
            given = given.get("points")
        if not isinstance(given, list):
            raise wrong_body(
                '应为 {"lon": […], "lat": […]}、[[经度, 纬度], …] 或 GeoJSON 的 FeatureCollection',
                'must be {"lon": […], "lat": […]}, [[lon, lat], …] or a GeoJSON FeatureCollection',
            )
        return Rows(*from_pairs(given, truths=truths))


class GeoJsonReader(JsonReader):
    """GeoJSON only: a FeatureCollection of points."""

    def _rows(self, given: Any, *, truths: bool) -> Rows:  # noqa: ARG002 # features are looked at one by one
        if not isinstance(given, dict):
            raise wrong_body("不是 GeoJSON", "is no GeoJSON")
        return _features(given)


def _columns(lon: Any, lat: Any, *, truths: bool) -> Rows:
    if not isinstance(lon, list) or not isinstance(lat, list) or len(lon) != len(lat):
        raise wrong_body("应为两个等长的数组", "must be two arrays of one length", "lon, lat")
    return Rows(from_values(lon, truths=truths), from_values(lat, truths=truths))


def _features(given: dict[str, Any]) -> Rows:
    features = given.get("features")
    if given.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise wrong_body("应为 FeatureCollection", "must be a FeatureCollection")
    places = _plain_places(features)
    if places is not None:
        return Rows(*from_pairs(places), rest=given)
    every = [_place(feature) for feature in features]
    x, y = from_pairs([[None, None] if place is None else place[:2] for place in every])
    none = np.fromiter((place is None for place in every), np.bool_, len(every))
    return Rows(x, y, np.where(none, NO_POINT, FINE).astype(np.int8), given)


def _plain_places(features: list[Any]) -> list[Any] | None:
    """Coordinates of features that are points of two coordinates one and all; ``None`` if one is not."""
    try:
        geometries = [feature["geometry"] for feature in features]
        if any(geometry["type"] != "Point" for geometry in geometries):
            return None
        places = [geometry["coordinates"] for geometry in geometries]
        return places if set(map(type, places)) <= {list} and set(map(len, places)) <= {2} else None
    except (TypeError, KeyError, IndexError):
        return None


def _place(feature: Any) -> list[Any] | None:
    """Coordinates of a point feature, height included; None for anything else."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    place = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    return place if isinstance(place, list) and len(place) >= 2 else None


def parsed(body: bytes) -> Any:
    """A JSON value; ``NaN`` and ``Infinity``, which many clients write, are taken too: those rows become faults.

    Raises
    ------
    InvalidInput
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise wrong_body("不是有效的 JSON", f"is no JSON: {error}") from error


class JsonWriter:
    """``{"edition", "codes"}`` and further columns; where rows have faults ``errors_count`` and the first ``errors``.

    Parameters
    ----------
    most : points that an answer may hold; it is put together in memory.
    """

    media = "application/json"

    def __init__(self, edition: int, most: int) -> None:
        self._edition, self._most = edition, most
        self._columns: dict[str, list[bytes]] = {}
        self._count = 0
        self._troubles = 0
        self._errors: list[dict[str, Any]] = []

    def write(self, answered: Answered) -> bytes:
        """Nothing yet.

        Raises
        ------
        TooLarge
            If the answer gets too large to be held in memory.
        """
        self._list(answered.faults)
        self._count += answered.faults.size
        if self._count > self._most:
            raise TooLarge(what="points of an answer in JSON", limit=self._most)
        for name, column in answered.columns.items():
            self._columns.setdefault("codes" if name == "code" else name, []).append(column_bytes(column))
        return b""

    def end(self, error: dict[str, Any] | None = None) -> bytes:
        """The whole answer."""
        if error is not None:
            return b""
        columns = self._columns or {"codes": []}
        parts = [b'{"edition":%d' % self._edition]
        parts += [b',"%s":[%s]' % (name.encode(), b"".join(given)[:-1]) for name, given in columns.items()]
        if self._troubles:
            parts.append(b',"errors_count":%d,"errors":%s' % (self._troubles, orjson.dumps(self._errors)))
        return b"".join([*parts, b"}"])

    def _list(self, faults: Faults) -> None:
        rows = np.flatnonzero(faults >= 0)
        self._troubles += rows.size
        for row in rows[: _LISTED - len(self._errors)].tolist():
            self._errors.append({"row": self._count + row, **reason(int(faults[row]))})


def column_bytes(column: Label | F64) -> bytes:
    """The values of a column as JSON, a comma behind each."""
    if isinstance(column, Label):
        return column.table.quoted.take(column.index, mode="wrap").tobytes()
    if column.size == 0:
        return b""
    return orjson.dumps(column, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1] + b","  # NaN is written as null


def reason(fault: int) -> dict[str, str]:
    """A fault in both languages."""
    zh, en = REASONS[fault]
    return {"reason_zh": zh, "reason_en": en}


class GeoJsonWriter:
    """The features as they came, with the answer among their properties (``grid_code`` …)."""

    media = "application/geo+json"

    def __init__(self) -> None:
        self._whole = b""

    def write(self, answered: Answered) -> bytes:
        """Nothing yet; the rows are all features of one collection."""
        given: dict[str, Any] = answered.rows.rest
        columns = {"grid_code" if name == "code" else name: values(column) for name, column in answered.columns.items()}
        given["features"] = [_with_properties(feature) for feature in given["features"]]
        properties: list[dict[str, Any]] = [feature["properties"] for feature in given["features"]]
        for name, column in columns.items():
            for own, value in zip(properties, column, strict=True):
                own[name] = value
        for place in np.flatnonzero(answered.faults >= 0).tolist():
            properties[place] |= reason(int(answered.faults[place]))
        self._whole = dumped(given)
        return b""

    def end(self, error: dict[str, Any] | None = None) -> bytes:
        """The whole answer."""
        return self._whole if error is None else b""


def _with_properties(feature: Any) -> dict[str, Any]:
    """The feature itself with properties, made where there are none; an empty one for what is no feature."""
    if not isinstance(feature, dict):
        return {"type": "Feature", "geometry": None, "properties": {}}
    if not isinstance(feature.get("properties"), dict):
        feature["properties"] = {}
    return feature


def values(column: Label | F64) -> list[Any]:
    """The values of a column as Python has them, None for none."""
    if isinstance(column, Label):
        return column.table.objects.take(column.index, mode="wrap").tolist()
    return [None if value != value else value for value in column.tolist()]  # noqa: PLR0124 # NaN


def dumped(value: Any) -> bytes:
    """A JSON value as bytes.

    Raises
    ------
    InvalidInput
        If it is nested too deeply.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        pass
    try:  # numbers of more than 64 bits, lone surrogates, or many levels: Python's own reader and writer take them
        return json.dumps(value).encode()
    except RecursionError as error:
        raise wrong_body("嵌套过深", "is nested too deeply") from error
