"""Items as a table: CSV with the geometry as WKT."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import orjson
import shapely
from shapely.geometry import shape

from api.ogc.model import Collection

CSV = "text/csv; charset=utf-8"


def as_csv(
    chosen: Collection, features: Sequence[dict[str, Any]], select: Sequence[str] | None, *, shapes: bool
) -> bytes:
    """A page of items, a line each: id, properties, and the geometry as WKT in the axis order of the answer's CRS.

    UTF-8 with a byte order mark, by which spreadsheets know it; moments and dates as in GeoJSON.
    """
    names = [field.name for field in chosen.fields if select is None or field.name in select]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["id", *names, *(["geometry"] if shapes else [])])
    for feature in features:
        values = [_cell(feature["properties"][name]) for name in names]
        writer.writerow([feature["id"], *values, *([_wkt(feature["geometry"])] if shapes else [])])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode().strip('"')


def _wkt(geometry: dict[str, Any] | None) -> str:
    return "" if geometry is None else shapely.to_wkt(shape(geometry), rounding_precision=-1)
