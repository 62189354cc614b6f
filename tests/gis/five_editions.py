"""A county of four squares over five editions: split, merged, given another code, renamed, with three households."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from typing import Any

import shapely

from boundaries.drafts import Change
from gis.db import Connection, Database
from tests.boundaries.squares import SCOPE, first_changes, leaf, put, square
from tests.conftest import Templates

DAYS = [date(2020 + year, 1, 1) for year in range(5)]
"""When each edition became valid."""


def both(number: int, name: str, shape: Any) -> list[Change]:
    """A basic grid and the level-5 grid that is it."""
    return [Change(leaf(number)[:15], "put", name), Change(leaf(number), "put", name, shape)]


def fill(connection: Connection) -> None:
    """001 splits (2), 002 takes what is left of 003 and a part of 005 (3), 004 gets another code (4), a name (5)."""
    put(connection, first_changes(), DAYS[0])
    split = [
        Change(leaf(1), "retire"),
        *both(5, "第5网格", square(0, 1, 0.7)),
        *both(6, "第6网格", square(0.7, 1, 0.3)),
    ]
    put(connection, split, DAYS[1])
    wide = shapely.union_all([square(0, 0), square(1, 1), square(0.6, 1, 0.1), square(0.7, 1, 0.3)])
    merge = [Change(leaf(3), "retire"), Change(leaf(6), "retire"), Change(leaf(2), "put", "第2网格", wide)]
    put(connection, [*merge, Change(leaf(5), "put", "第5网格", square(0, 1, 0.6))], DAYS[2])
    put(connection, [Change(leaf(4), "retire"), *both(7, "第7网格", square(1, 0))], DAYS[3])
    put(connection, both(5, "新名字", square(0, 1, 0.6)), DAYS[4])
    connection.execute(
        "INSERT INTO gis.alias (code_system, foreign_code, code, area_share)"
        " VALUES ('mca', 'A', %(one)s, 1), ('mca', 'B', %(one)s, 0.25), ('mca', 'B', %(seven)s, 0.75),"
        " ('mca', 'C', %(three)s, 0.5), ('mca', 'C', %(two)s, 0.5)",
        {"one": leaf(1), "two": leaf(2), "three": leaf(3), "seven": leaf(7)},
    )


@contextmanager
def five_editions(templates: Templates) -> Generator[str]:
    """The county's database for as long as it is needed."""
    url = templates.clone(templates.empty())
    with Database(url, size=1) as database, database.transaction(SCOPE) as connection:
        # 001: two households go to 005, one to 006; then all three to 002.
        for lon, lat in ((101.5065, 24.515), (101.5064, 24.514), (101.508, 24.515)):
            connection.execute(
                "INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('示例', ST_Point(%s, %s, 4490), %s)",
                [lon, lat, leaf(1)],
            )
        fill(connection)
    yield url
    templates.drop(url)
