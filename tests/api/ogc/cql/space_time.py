"""Predicates over space and time for the shapes of annex A, with what shapely and plain arithmetic say of them."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import shapely
from shapely.geometry import box

Frame = Any
Mask = Callable[[Frame], Any]
PLACES, COUNTRIES, RIVERS = (
    "ne_110m_populated_places_simple",
    "ne_110m_admin_0_countries",
    "ne_110m_rivers_lake_centerlines",
)

MOMENT = pd.Timestamp("2022-04-16T10:13:19Z")
Case = tuple[str, str, Mask]


def column(frame: Frame, name: str) -> Any:
    """A property's values where there are any: what is null meets no comparison."""
    return frame[name.strip('"')].dropna()


_SHAPES = {
    "BBOX(0,40,10,50)": box(0, 40, 10, 50),
    "BBOX(-180,-90,180,90)": box(-180, -90, 180, 90),
    "BBOX(-180,-90,0,90)": box(-180, -90, 0, 90),
    "BBOX(150,-90,-150,90)": shapely.union(box(150, -90, 180, 90), box(-180, -90, -150, 90)),
    "BBOX(0,40,-99,10,50,99)": box(0, 40, 10, 50),
    "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))": box(-180, -90, 180, 90),
    "POLYGON((0 40,10 40,10 50,0 50,0 40))": box(0, 40, 10, 50),
    "POINT(7.02 49.92)": shapely.Point(7.02, 49.92),
    "LINESTRING(7 50,10 51)": shapely.LineString([(7, 50), (10, 51)]),
    "LINESTRING(0 40,10 50)": shapely.LineString([(0, 40), (10, 50)]),
    "LINESTRING(-60 -90,-60 90)": shapely.LineString([(-60, -90), (-60, 90)]),
    "MULTIPOINT(7.02 49.92,90 18)": shapely.MultiPoint([(7.02, 49.92), (90, 18)]),
    "MULTIPOINT((7.02 49.92),(8 50))": shapely.MultiPoint([(7.02, 49.92), (8, 50)]),
    "MULTILINESTRING((-180 -45,0 -45),(0 45,180 45))": shapely.MultiLineString([[(-180, -45), (0, -45)], [(0, 45), (180, 45)]]),
    "MULTIPOLYGON(((0 40,10 40,10 50,0 50,0 40)),((-90 40,-60 40,-60 50,-90 50,-90 40)))":
        shapely.MultiPolygon([box(0, 40, 10, 50), box(-90, 40, -60, 50)]),
    "GEOMETRYCOLLECTION(POINT(7.02 49.92),LINESTRING(0 40,10 50))":
        shapely.GeometryCollection([shapely.Point(7.02, 49.92), shapely.LineString([(0, 40), (10, 50)])]),
}  # fmt: skip
_RELATIONS = {
    "S_INTERSECTS": "intersects", "S_DISJOINT": "disjoint", "S_WITHIN": "within", "S_CONTAINS": "contains",
    "S_CROSSES": "crosses", "S_OVERLAPS": "overlaps", "S_TOUCHES": "touches", "S_EQUALS": "equals",
}  # fmt: skip
_INVERSE = {"S_WITHIN": "contains", "S_CONTAINS": "within"}


def spatial() -> list[Case]:
    """Each relation with each kind of geometry, on either side."""
    cases: list[Case] = []
    for layer in (PLACES, COUNTRIES, RIVERS):
        for name, relation in _RELATIONS.items():
            for text, shape in _SHAPES.items():
                if shape.geom_type == "GeometryCollection" and name not in {"S_INTERSECTS", "S_DISJOINT"}:
                    continue  # undefined for collections, in the standard's own terms
                turned = _INVERSE.get(name, relation)
                cases.append((layer, f"{name}(geom,{text})", lambda f, r=relation, s=shape: getattr(f.geometry, r)(s)))
                cases.append((layer, f"{name}({text},geom)", lambda f, r=turned, s=shape: getattr(f.geometry, r)(s)))
    return cases


Span = tuple[float, float]
_TEMPORAL: dict[str, Callable[[Span, Span], bool]] = {
    "T_AFTER": lambda a, b: a[0] > b[1],
    "T_BEFORE": lambda a, b: a[1] < b[0],
    "T_DISJOINT": lambda a, b: a[0] > b[1] or a[1] < b[0],
    "T_EQUALS": lambda a, b: a == b,
    "T_INTERSECTS": lambda a, b: a[0] <= b[1] and a[1] >= b[0],
}
_OF_INTERVALS: dict[str, Callable[[Span, Span], bool]] = {
    "T_CONTAINS": lambda a, b: a[0] < b[0] and a[1] > b[1],
    "T_DURING": lambda a, b: a[0] > b[0] and a[1] < b[1],
    "T_FINISHEDBY": lambda a, b: a[0] < b[0] and a[1] == b[1],
    "T_FINISHES": lambda a, b: a[0] > b[0] and a[1] == b[1],
    "T_MEETS": lambda a, b: a[1] == b[0],
    "T_METBY": lambda a, b: a[0] == b[1],
    "T_OVERLAPPEDBY": lambda a, b: b[0] < a[0] < b[1] < a[1],
    "T_OVERLAPS": lambda a, b: a[0] < b[0] < a[1] < b[1],
    "T_STARTEDBY": lambda a, b: a[0] == b[0] and a[1] > b[1],
    "T_STARTS": lambda a, b: a[0] == b[0] and a[1] < b[1],
}
_SECONDS = (
    "2022-04-16T10:13:19Z",
    "2022-04-16T10:15:10Z",
    "2022-04-16T10:16:06Z",
    "2021-04-16T10:15:59Z",
    "2023-01-01T00:00:00Z",
)


def at(text: str, *, last: bool = False) -> float:
    """A literal as seconds; an open end is endless."""
    if text == "..":
        return float("inf") if last else -float("inf")
    return pd.to_datetime(text, utc=True).timestamp()


def days(frame: Frame) -> list[Span]:
    return [(at(str(day)), at(str(day))) for day in column(frame, "date")]


def moments(frame: Frame) -> list[Span]:
    return [(one.timestamp(), one.timestamp()) for one in column(frame, "start")]


def spans(frame: Frame) -> list[Span]:
    both = frame[["start", "end"]].dropna()
    return [(a.timestamp(), b.timestamp()) for a, b in both.itertuples(index=False)]


def temporal() -> list[Case]:
    """Each relation between a date, a moment or an interval of properties and a literal, on either side."""
    cases: list[Case] = []

    def add(left: str, of: Callable[[Frame], list[Span]], right: str, span: Span, relations: dict[str, Any]) -> None:
        for name, relation in relations.items():
            cases.append((PLACES, f"{name}({left},{right})", lambda f, r=relation: [r(one, span) for one in of(f)]))
            cases.append((PLACES, f"{name}({right},{left})", lambda f, r=relation: [r(span, one) for one in of(f)]))

    for text in ("2021-04-16", "2022-04-16", "2022-12-31"):
        add('"date"', days, f"DATE('{text}')", (at(text), at(text)), _TEMPORAL)
    for first, last in (("2022-01-01", "2022-12-31"), ("..", "2022-04-16"), ("2022-04-16", "..")):
        add('"date"', days, f"INTERVAL('{first}','{last}')", (at(first), at(last, last=True)), _TEMPORAL)
    for text in _SECONDS:
        add("start", moments, f"TIMESTAMP('{text}')", (at(text), at(text)), _TEMPORAL)
    ends = (
        [(a, b) for a in _SECONDS for b in _SECONDS if a < b]
        + [(a, "..") for a in _SECONDS]
        + [("..", a) for a in _SECONDS]
    )
    for first, last in ends:
        span, text = (at(first), at(last, last=True)), f"INTERVAL('{first}','{last}')"
        add("start", moments, text, span, _TEMPORAL)
        add("INTERVAL(start,end)", spans, text, span, _TEMPORAL | _OF_INTERVALS)
    return cases
