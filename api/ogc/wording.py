"""What the standards name by codes and addresses, in words for the people who read the pages."""

import re
from collections.abc import Iterable, Mapping, Sequence

from api.ogc.model import Collection, Field, Text
from gis.crs import Crs
from gis.errors import Lang

KINDS = {
    "string": Text("文本", "text"),
    "integer": Text("整数", "whole number"),
    "number": Text("数", "number"),
    "boolean": Text("是或否", "yes or no"),
    "date": Text("日期", "date"),
    "date-time": Text("日期和时间", "date and time"),
}
_STANDARDS = {
    "ogcapi-common-1": Text("OGC API 通用：核心", "OGC API Common: Core"),
    "ogcapi-common-2": Text("OGC API 通用：数据集", "OGC API Common: Geospatial data"),
    "ogcapi-features-1": Text("OGC API 要素 第 1 部分：核心", "OGC API Features Part 1: Core"),
    "ogcapi-features-2": Text(
        "OGC API 要素 第 2 部分：坐标系", "OGC API Features Part 2: Coordinate reference systems"
    ),
    "ogcapi-features-3": Text("OGC API 要素 第 3 部分：筛选", "OGC API Features Part 3: Filtering"),
    "ogcapi-features-5": Text("OGC API 要素 第 5 部分：属性结构", "OGC API Features Part 5: Schemas"),
    "ogcapi-tiles-1": Text("OGC API 瓦片 第 1 部分：核心", "OGC API Tiles Part 1: Core"),
    "cql2": Text("通用查询语言 CQL2", "Common Query Language (CQL2)"),
}
_CLASS = re.compile(r"/spec/([^/]+)/[^/]+/conf/(.+)")


def classes(uris: Iterable[str]) -> dict[Text, list[tuple[str, str]]]:
    """Conformance classes by standard: short name and address of each."""
    found: dict[Text, list[tuple[str, str]]] = {}
    for uri in uris:
        if match := _CLASS.search(uri):
            found.setdefault(_STANDARDS[match[1]], []).append((match[2], uri))
    return found


def system(crs: Crs) -> Text:
    """A coordinate system: its name, and which coordinate comes first."""
    if crs.kind == "zone":
        name = f"CGCS2000 / {crs.central_meridian}°E"
        return Text(f"{name}，3° 带（北坐标在前）", f"{name}, 3° zone (northing first)")
    names = {"EPSG:4490": "CGCS2000", "EPSG:3857": "Web Mercator"}
    name = names.get(crs.name, "WGS 84")
    if crs.kind == "mercator":
        return Text(f"{name}（东坐标在前）", f"{name} (easting first)")
    order = Text("纬度在前", "latitude first") if crs.north_first else Text("经度在前", "longitude first")
    return Text(f"{name}（{order.zh}）", f"{name} ({order.en})")


def extent(box: Sequence[float], lang: Lang) -> str:
    """A box in degrees for reading, to about ten metres."""
    west, south, east, north = (f"{number:.4f}" for number in box)
    if lang == "zh":
        return f"东经 {west}°–{east}°，北纬 {south}°–{north}°"
    return f"{west}–{east}° E, {south}–{north}° N"


def filters(collection: Collection, given: Mapping[str, str]) -> list[tuple[Field, str]]:
    """The properties that a request asks to be equal, with their values."""
    return [(field, given[field.name]) for field in collection.fields if field.name in given]
