"""What a draft would change for people, against counts by hand."""

from collections import Counter

import pytest
import shapely

from boundaries.drafts import Change
from boundaries.impact import impact_of
from gis.coverage_check import area_m2
from gis.db import Database
from tests.boundaries.edits import saved
from tests.boundaries.squares import SCOPE, leaf, square
from tests.boundaries.test_publish import store as homes

__all__ = ["homes"]


def one(number: int, shape: object) -> Change:
    return Change(leaf(number), "put", f"第{number}网格", shape)


def test_what_passes_is_counted(homes: Database) -> None:
    with homes.transaction(SCOPE) as connection:
        connection.execute(
            "INSERT INTO gis.risk_rating (household_id, level, reason, rated_by, rated_at)"
            " SELECT id, 'red', '示例', 'test', now() FROM gis.household WHERE ST_X(geom) = 101.506"
        )
        draft = saved(connection, [one(1, square(0, 1, 0.55)), one(2, square(0.55, 1, 1.45))])
        found = impact_of(connection, draft)
    (passing,) = found.passings
    assert (passing.old_code, passing.new_code) == (leaf(1), leaf(2))
    assert passing.households == Counter(red=1)
    assert passing.area_m2 == pytest.approx(area_m2(square(0.55, 1, 0.45)), rel=1e-9)
    assert shapely.symmetric_difference(passing.geometry, square(0.55, 1, 0.45)).area < 1e-15
    assert found.units == [leaf(1) + "001"]
    assert found.redrawn == [leaf(1), leaf(2)]
    assert (found.opened, found.retired, found.renamed) == ([], [], [])


def test_a_merge_tells_the_codes_and_the_posts_that_go(homes: Database) -> None:
    with homes.transaction(SCOPE) as connection:
        connection.execute("INSERT INTO gis.staff (id, name, employment) VALUES (7, '示例员', 'part_time')")
        connection.execute(
            "INSERT INTO gis.staff_post (staff_id, grid_code, role, since) VALUES (7, %s, '网格员', '2023-01-01')",
            [leaf(1)],
        )
        draft = saved(connection, [Change(leaf(1), "retire"), Change(leaf(2), "put", "新名", square(0, 1, 2))])
        found = impact_of(connection, draft)
        assert found.retired == [leaf(1)[:15], leaf(1)]
        assert found.passings[0].households == Counter(unrated=2)
        assert [(post.grid_code, post.name) for post in found.posts] == [(leaf(1), "示例员")]
        named = impact_of(connection, saved(connection, [Change(leaf(3), "put", "新名", square(0, 0))]))
        assert (named.passings, named.renamed, named.redrawn) == ([], [leaf(3)], [])
