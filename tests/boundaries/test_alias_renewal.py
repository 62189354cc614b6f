"""Aliases follow the ground through publications; what they were stays readable."""

import random
from typing import Any

import numpy as np
import pytest
import shapely

from boundaries.drafts import Change, open_draft, put_changes
from boundaries.editions import activate, discard
from boundaries.net_aliases import lay_over, list_nets, read_net, write_net
from boundaries.nets import Net
from boundaries.publish import prepare
from boundaries.restore import open_restoring
from gis.db import Connection, Database
from gis.errors import Conflict
from gis.grids import aliases_of, by_alias
from tests.boundaries.cycles import cycle
from tests.boundaries.squares import DAY, SCOPE, leaf, put, square
from tests.boundaries.test_net_overlays import PARTY, settled
from tests.examples import examples

PART = leaf(1)[:15] + "02"
SPLIT = [Change(leaf(1), "put", "西", square(0, 1, 0.5)), Change(PART, "put", "东", square(0.5, 1, 0.5))]
MERGE = [Change(leaf(1), "retire"), Change(leaf(2), "put", "合", square(0, 1, 2))]
STANDING = (
    "SELECT foreign_code, code::text, area_share, household_share FROM gis.alias_at(%s) WHERE code_system = 'urban'"
)
EVERYTHING = (
    "SELECT a.*, p.geom FROM gis.alias AS a LEFT JOIN boundaries.net_part AS p ON p.edition_from = a.edition_from"
    " AND (p.net, p.cell, p.grid) = (a.code_system, a.foreign_code, a.code) ORDER BY 1, 2, 3"
)
ROWS = (
    "SELECT foreign_code, code::text, round(area_share::numeric, 4)::float, household_share, confirmed_by, edition_from"
    " FROM gis.alias_at(%s) WHERE code_system = %s ORDER BY foreign_code, code"
)


@pytest.fixture
def kept(squares: Database) -> Database:
    """The squares with households, a net, and codes of another list that have no cells."""
    with squares.transaction(SCOPE) as connection:
        settled(connection, (0.2, 1.5), (0.9, 1.5), (1.1, 1.5), (1.2, 1.5))
        write_net(connection, PARTY, lay_over(connection, PARTY), confirmed_by="张伟")
        for code, ours, share in (
            ("一", leaf(1), 1),
            ("二", leaf(2), 0.6),
            ("二", leaf(1), 0.4),
            ("级", leaf(1)[:15], 1),
        ):
            connection.execute(
                "INSERT INTO gis.alias (code_system, foreign_code, code, area_share, confirmed_by)"
                " VALUES ('mca', %s, %s, %s, '张伟')",
                [code, ours, share],
            )
    return squares


def rows(connection: Connection, edition: int, system: str) -> list[tuple[Any, ...]]:
    return connection.execute(ROWS, [edition, system]).fetchall()


def test_a_split_divides_the_cell_and_the_past_stays(kept: Database) -> None:
    with kept.transaction(SCOPE) as connection:
        before = rows(connection, 1, "party"), rows(connection, 1, "mca")
        put(connection, SPLIT)
        assert rows(connection, 2, "party") == [
            ("乙", leaf(3), 0.5, None, "张伟", 1),
            ("乙", leaf(4), 0.5, None, "张伟", 1),
            ("甲", leaf(1), 0.4, 0.25, "张伟", 2),
            ("甲", PART, 0.4, 0.25, None, 2),
            ("甲", leaf(2), 0.2, 0.5, "张伟", 1),
        ]
        assert rows(connection, 2, "mca") == [
            ("一", leaf(1), 0.5, None, "张伟", 2),
            ("一", PART, 0.5, None, None, 2),
            ("二", leaf(1), 0.2, None, "张伟", 2),
            ("二", PART, 0.2, None, None, 2),
            ("二", leaf(2), 0.6, None, "张伟", 1),
            ("级", leaf(1)[:15], 1, None, "张伟", 1),
        ]
        assert (rows(connection, 1, "party"), rows(connection, 1, "mca")) == before
        assert [one.code for one in by_alias(connection, "party", "甲", 1)] == [leaf(1), leaf(2)]
        assert [one.foreign_code for one in aliases_of(connection, PART, 2)] == ["一", "二", "甲"]
        assert aliases_of(connection, PART, 1) == []
        (net,) = list_nets(connection)
        assert (net.net, net.confirmed_by, net.parts, net.unconfirmed) == ("party", "张伟", 5, 1)


def test_a_merge_and_the_way_back(kept: Database) -> None:
    with kept.transaction(SCOPE) as connection:
        put(connection, MERGE)
        assert [row[:3] for row in rows(connection, 2, "party")][2:] == [("甲", leaf(2), 1)]
        assert [row[:3] for row in rows(connection, 2, "mca")] == [
            ("一", leaf(2), 1),
            ("二", leaf(2), 1),
            ("级", leaf(2)[:15], 1),
        ]
        draft = open_restoring(connection, 1, title="恢复", author="test")
        back = prepare(connection, draft, valid_from=DAY).edition
        activate(connection, back)
        (again,) = {code for code in _leaves(connection, back) if code not in {leaf(2), leaf(3), leaf(4)}}
        cell = [row[1:4] for row in rows(connection, back, "party") if row[0] == "甲"]
        assert sorted(cell) == sorted([(leaf(2), 0.2, 0.5), (again, 0.8, 0.5)])
        assert {row[:3] for row in rows(connection, back, "mca") if row[0] == "一"} == {
            ("一", leaf(2), 0.5),
            ("一", again, 0.5),
        }


def _leaves(connection: Connection, edition: int) -> list[str]:
    found = connection.execute("SELECT code::text FROM gis.grid_at(%s) WHERE level = 6", [edition])
    return [code for (code,) in found]


def test_a_discarded_edition_leaves_no_trace(kept: Database) -> None:
    with kept.transaction(SCOPE) as connection:
        before = connection.execute(EVERYTHING).fetchall()
        draft = open_draft(connection, title="改动", author="test")
        put_changes(connection, draft, SPLIT)
        prepared = prepare(connection, draft, valid_from=DAY)
        assert [row[:3] for row in rows(connection, 1, "party")][2:] == [("甲", leaf(1), 0.8), ("甲", leaf(2), 0.2)]
        assert [one.parts for one in list_nets(connection)] == [4]
        with pytest.raises(Conflict, match="being published"):
            write_net(connection, PARTY, lay_over(connection, PARTY))
        discard(connection, prepared.edition)
        assert connection.execute(EVERYTHING).fetchall() == before


def test_a_net_that_is_laid_anew_keeps_its_past(kept: Database) -> None:
    wider = Net("party", ["甲"], ["一片"], np.array([square(0, 0, 2, 2)], dtype=object))
    with kept.transaction(SCOPE) as connection:
        put(connection, SPLIT)
        write_net(connection, wider, lay_over(connection, wider), confirmed_by="李娜")
        assert {row[1]: row[2] for row in rows(connection, 2, "party")} == {
            leaf(1): 0.125,
            PART: 0.125,
            **{leaf(n): 0.25 for n in (2, 3, 4)},
        }
        assert {row[4] for row in rows(connection, 2, "party")} == {"李娜"}
        assert [row[:3] for row in rows(connection, 1, "party")] == [
            ("乙", leaf(3), 0.5),
            ("乙", leaf(4), 0.5),
            ("甲", leaf(1), 0.8),
            ("甲", leaf(2), 0.2),
        ]


def test_whatever_is_published_aliases_are_as_if_laid_over_afresh(connection: Connection) -> None:
    """Random editions of the demonstration county: the oracle lays the whole net over the edition."""
    dice = random.Random(7)
    corners = np.linspace(101.45, 101.7, 6), np.linspace(24.45, 24.7, 6)
    cells = [shapely.box(x, y, x + 0.05, y + 0.05) for x in corners[0] for y in corners[1]]
    net = Net("urban", [f"U{i}" for i in range(len(cells))], ["片"] * len(cells), np.array(cells, dtype=object))
    write_net(connection, net, lay_over(connection, net))
    for _ in range(examples(2, 6)):
        for edition in cycle(connection, dice):
            parts = lay_over(connection, read_net(connection, "urban"), edition)
            fresh = {(part.cell, part.grid): (part.area_share, part.household_share) for part in parts}
            stand = connection.execute(STANDING, [edition])
            found = {(cell, grid): (area, people) for cell, grid, area, people in stand}
            assert found.keys() == fresh.keys()
            areas, people = ({key: row[i] for key, row in found.items() if row[i] is not None} for i in (0, 1))
            assert areas == pytest.approx({key: row[0] for key, row in fresh.items()}, abs=1e-8)
            assert people == pytest.approx({key: row[1] for key, row in fresh.items() if row[1] is not None})
