"""Going back is a new edition: the same outlines, no code used twice, households where they were."""

import pytest
import shapely

from boundaries.drafts import Change, read_changes
from boundaries.editions import activate
from boundaries.publish import prepare
from boundaries.restore import open_restoring
from gis.db import Connection, Database
from gis.errors import Conflict, NotFound
from tests.boundaries.squares import COUNTY, DAY, SCOPE, TOWN, VILLAGE, leaf, put, same_place, square


def one(number: int, shape: object, name: str = "") -> Change:
    return Change(leaf(number), "put", name or f"第{number}网格", shape)


def grids(connection: Connection, edition: int) -> dict[str, tuple[str, object]]:
    rows = connection.execute("SELECT code::text, name, ST_AsBinary(geom) FROM gis.grid_at(%s)", [edition]).fetchall()
    return {code: (name, shapely.from_wkb(bytes(wkb))) for code, name, wkb in rows}


def back(connection: Connection, edition: int) -> int:
    draft = open_restoring(connection, edition, title="恢复", author="test")
    number = prepare(connection, draft, valid_from=DAY).edition
    activate(connection, number)
    return number


def test_moved_borders_and_names_come_back(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        put(connection, [one(1, square(0, 1, 1.2)), one(2, square(1.2, 1, 0.8)), Change(TOWN, "put", "新镇名")])
        put(connection, [one(3, square(0, 0), "新名")])
        then, now = grids(connection, 1), grids(connection, back(connection, 1))
        assert now.keys() == then.keys()
        for code, (name, shape) in then.items():
            assert now[code][0] == name
            assert same_place(now[code][1], shape)


def test_a_retired_grid_comes_back_under_a_new_code(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        put(connection, [Change(leaf(1), "retire"), one(2, square(0, 1, 2))])
        now = grids(connection, back(connection, 1))
        assert leaf(1) not in now
        assert now[leaf(5)][0] == "第1网格"
        assert now[leaf(5)[:15]][0] == "第1网格"
        assert same_place(now[leaf(5)][1], square(0, 1))
        assert same_place(now[leaf(2)][1], square(1, 1))


def test_a_split_is_taken_back(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        put(
            connection,
            [one(1, square(0, 1, 0.5)), one(5, square(0.5, 1, 0.5)), Change(leaf(5)[:15], "put", "第5网格")],
        )
        draft = open_restoring(connection, 1, title="恢复", author="test", scope=VILLAGE)
        assert {(c.code, c.operation) for c in read_changes(connection, draft)} >= {
            (leaf(5), "retire"),
            (leaf(1), "put"),
        }
        prepare(connection, draft, valid_from=DAY)
        assert grids(connection, 3).keys() == grids(connection, 1).keys()


def test_nothing_to_restore(squares: Database) -> None:
    with squares.transaction(SCOPE) as connection:
        with pytest.raises(Conflict):
            open_restoring(connection, 1, title="恢复", author="test", scope=COUNTY)
        with pytest.raises(NotFound):
            open_restoring(connection, 9, title="恢复", author="test")
