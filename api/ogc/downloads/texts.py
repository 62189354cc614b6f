"""GeoJSON and CSV, written block by block."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson

from api.ogc.downloads.reading import Row, Table
from gis.clock import CHINA
from gis.formulas import guarded


def geojson(table: Table, blocks: Iterable[list[Row]]) -> Iterator[bytes]:
    """One FeatureCollection; how many features there are stands at its end."""
    head = {"type": "FeatureCollection", "edition": table.edition}
    if table.notice:
        head["notice"] = table.notice
    yield orjson.dumps(head)[:-1] + b',"features":['
    count = 0
    names = [field.name for field in table.fields]
    for block in _localised(table, blocks):
        features = [_feature(names, row, shapes=table.shapes) for row in block]
        yield (b",\n" if count else b"\n") + orjson.dumps(features)[1:-1]
        count += len(block)
    yield b'\n],"numberReturned":%d}' % count


def _feature(names: list[str], row: Row, *, shapes: bool) -> dict[str, Any]:
    geometry = row[-1] if shapes else None
    return {
        "type": "Feature",
        "id": row[0],
        "geometry": None if geometry is None else orjson.Fragment(geometry),
        "properties": dict(zip(names, row[1:], strict=False)),
    }


def as_csv(table: Table, blocks: Iterable[list[Row]]) -> Iterator[bytes]:
    """A line each: id, properties, and the geometry as WKT in the axis order of the answer's CRS.

    UTF-8 with a byte order mark, by which spreadsheets know it; texts that would be formulas there are guarded (see
    `gis.formulas`); moments and dates as in GeoJSON.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*table.names, *(["geometry"] if table.shapes else [])])
    yield text.getvalue().encode("utf-8-sig")
    said = {None: None, True: "true", False: "false"}
    words = [place for place, f in enumerate(table.fields, 1) if f.kind == "string" and f.format is None]
    for block in _localised(table, blocks):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        rows = _changed(block, table.places("boolean"), said.__getitem__)
        rows = _without_formulas(rows, words)
        writer.writerows(_changed(rows, table.places("date-time"), _iso))
        yield text.getvalue().encode()


def _localised(table: Table, blocks: Iterable[list[Row]]) -> Iterator[list[Row]]:
    """Moments in China's time, whatever zone the database session is in."""
    places = table.places("date-time")
    for block in blocks:
        yield _changed(block, places, _in_china)


def _in_china(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(CHINA)


def _without_formulas(block: list[Row], places: list[int]) -> list[Row]:
    """The rows with their texts guarded; the same rows if none has to be, as is nearly always so."""
    if all(not row[i] or guarded(row[i]) is row[i] for row in block for i in places):
        return block
    return _changed(block, places, _guarded)


def _guarded(text: str | None) -> str | None:
    return guarded(text) if text else text


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _changed(block: list[Row], places: list[int], change: Any) -> list[Row]:
    """The rows with the values at some places changed."""
    if not places:
        return block
    wanted = set(places)
    return [tuple(change(value) if i in wanted else value for i, value in enumerate(row)) for row in block]
