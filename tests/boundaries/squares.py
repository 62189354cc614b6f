"""A small county of four squares, published."""

from datetime import date
from typing import Any

import shapely

from boundaries.drafts import Change, open_draft, put_changes
from boundaries.editions import activate
from boundaries.publish import Prepared, prepare
from gis.db import Connection
from gis.scope import Scope

COUNTY, TOWN, VILLAGE = "532322", "532322101", "532322101201"
SCOPE = Scope((COUNTY,), "test", "operator")
DAY = date(2023, 1, 1)
SIDE = 0.01


def leaf(number: int) -> str:
    return f"{VILLAGE}{number:03}01"


def square(column: float, row: float, width: float = 1, height: float = 1) -> Any:
    west, east = (round(101.5 + x * SIDE, 9) for x in (column, column + width))
    south, north = (round(24.5 + y * SIDE, 9) for y in (row, row + height))
    return shapely.box(west, south, east, north)


def west(cut: float) -> Any:
    """The western part of the upper row, cut along a slanted line."""
    (x, top), (foot, y) = ((101.5 + cut * SIDE, 24.52), (101.51, 24.51))
    return shapely.Polygon([(101.5, 24.51), (foot, y), (x, top), (101.5, 24.52)])


def first_changes() -> list[Change]:
    """Four squares 001 002 / 003 004, a corner in common."""
    names = [Change(COUNTY, "put", "示例县"), Change(TOWN, "put", "示例镇"), Change(VILLAGE, "put", "示例村")]
    places = {1: (0, 1), 2: (1, 1), 3: (0, 0), 4: (1, 0)}
    for number, place in places.items():
        names.append(Change(leaf(number)[:15], "put", f"第{number}网格"))
        names.append(Change(leaf(number), "put", f"第{number}网格", square(*place)))
    return names


def put(connection: Connection, changes: list[Change], day: date = DAY) -> Prepared:
    draft = open_draft(connection, title="改动", author="test")
    put_changes(connection, draft, changes)
    prepared = prepare(connection, draft, valid_from=day)
    activate(connection, prepared.edition)
    return prepared


def same_place(one: Any, other: Any) -> bool:
    """Whether two outlines differ by no more than the rounding of a vertex on a straight line."""
    return shapely.symmetric_difference(one, other).area < 1e-15
