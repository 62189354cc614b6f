"""Repairs of a store's units, with their diff, and what other sizes would bring."""

import pytest

from gis.clock import local_today
from gis.db import Connection
from gis.errors import NotFound
from gis.partition import DEFAULT_POLICY, UnitPolicy
from gis.unit_plans import compare, repair_units
from tests.conftest import COUNTY

VILLAGE = "532322101202"


def test_nothing_is_moved_without_a_change(connection: Connection) -> None:
    plan = repair_units(connection, 1, VILLAGE)
    assert plan.kept > 10
    assert (plan.moves, plan.opened, plan.closed) == ([], [], [])


def test_a_unit_that_lost_its_households_is_mended_and_a_locked_one_is_not(connection: Connection) -> None:
    row = connection.execute(
        "SELECT a.unit_code::text, u.grid_code FROM gis.assignment_at(1) AS a JOIN gis.unit_at(1) AS u ON u.code = a.unit_code"
        " WHERE u.size BETWEEN 9 AND 10 AND a.grid_code ^@ %s"
        " AND (SELECT sum(size) FROM gis.unit_at(1) AS o WHERE o.hamlet_id = u.hamlet_id) BETWEEN 36 AND 60 ORDER BY 1 LIMIT 1",
        [COUNTY],
    ).fetchone()
    assert row is not None
    unit, grid = row
    connection.execute(
        "UPDATE gis.household SET until = current_date WHERE id IN (SELECT household_id FROM gis.assignment_at(1)"
        " WHERE unit_code = %s ORDER BY 1 LIMIT 4)",
        [unit],
    )
    connection.execute("INSERT INTO gis.unit_lock (unit_code, locked_by) VALUES (%s, 'test')", [unit])
    assert unit not in {code for move in repair_units(connection, 1, grid).moves for code in (move.old, move.new)}
    connection.execute("DELETE FROM gis.unit_lock")
    with connection.transaction(force_rollback=True):
        leaving = next(move for move in repair_units(connection, 1, grid).moves if move.old is not None)
    connection.execute("INSERT INTO gis.unit_head VALUES (%s, %s, '2023-01-01')", [leaving.old, leaving.household])
    plan = repair_units(connection, 1, grid)
    ended = connection.execute(
        "SELECT until FROM gis.unit_head WHERE household_id = %s", [leaving.household]
    ).fetchall()
    assert ended == [(local_today(),)]  # a head leaves with the household
    assert {move.new for move in plan.moves} | set(plan.closed) >= {unit}
    assert repair_units(connection, 1, grid).moves == []
    sizes = connection.execute(
        "SELECT u.size, count(*) FROM gis.unit_at(1) AS u JOIN gis.assignment_at(1) AS a ON a.unit_code = u.code"
        " JOIN gis.household AS h ON h.id = a.household_id AND h.until IS NULL WHERE u.grid_code = %s GROUP BY u.code, u.size",
        [grid],
    ).fetchall()
    assert all(size == members for size, members in sizes)


def test_policies_are_compared_on_the_same_households(connection: Connection) -> None:
    found = compare(connection, 1, VILLAGE, [UnitPolicy(price_m=0), DEFAULT_POLICY])
    assert found[0].policy is None
    assert len({sum(size * count for size, count in one.sizes.items()) for one in found}) == 1
    assert found[1].metres <= found[2].metres
    assert found[2].sizes == found[0].sizes  # what was published is the default
    assert found[2].diameter_m[0] < found[2].diameter_m[1]


def test_a_place_where_nobody_lives(connection: Connection) -> None:
    with pytest.raises(NotFound):
        repair_units(connection, 1, "999999")
    with pytest.raises(NotFound):
        compare(connection, 1, "999999")
