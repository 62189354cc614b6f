"""Locked units: found, told in the journal, and touched by no plan, division or publication."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Rollback

from boundaries.drafts import Change
from gis.db import Connection, Database
from gis.errors import InvalidCode, NotFound
from gis.scope import everything
from gis.unit_journal import read_changes
from gis.unit_locks import list_locks, lock_units, locked_units, unlock_units
from gis.unit_plans import repair_units, replan_units
from tests.boundaries import squares
from tests.conftest import COUNTY
from tests.examples import examples

VILLAGE = "532322101202"


def members(connection: Connection, edition: int = 1) -> dict[str, set[str]]:
    rows = connection.execute(
        "SELECT unit_code::text, household_id::text FROM gis.assignment_at(%s) WHERE grid_code ^@ %s",
        [edition, VILLAGE],
    )
    found: dict[str, set[str]] = {}
    for unit, household in rows:
        found.setdefault(unit, set()).add(household)
    return found


def test_units_are_locked_once_listed_and_unlocked(connection: Connection) -> None:
    first, second = sorted(members(connection))[:2]
    assert lock_units(connection, 1, [first, second, first], by="李娜") == [first, second]
    assert lock_units(connection, 1, [first], by="王强") == []
    assert [(one.code, one.by) for one in list_locks(connection, VILLAGE)] == [(first, "李娜"), (second, "李娜")]
    assert locked_units(connection, "532322102") == set()
    assert unlock_units(connection, 1, [first], by="王强") == [first]
    assert locked_units(connection) == {second}
    told = [(one.kind, one.actor) for one in read_changes(connection, COUNTY)]
    assert told == [("unlock", "王强"), ("lock", "李娜")]


def test_only_standing_units_are_locked_and_none_if_one_is_wrong(connection: Connection) -> None:
    unit = min(members(connection))
    with pytest.raises(InvalidCode):
        lock_units(connection, 1, [unit, "532322"], by="test")
    with pytest.raises(NotFound):
        lock_units(connection, 1, [unit, f"{unit[:17]}999"], by="test")
    assert locked_units(connection) == set()


@settings(max_examples=examples(4, 8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_repair_and_no_division_touches_them(database: Database, data: st.DataObject) -> None:
    with database.transaction(everything([COUNTY], "test")) as connection:
        before = members(connection)
        units = sorted(before)
        locked = data.draw(st.sets(st.sampled_from(units), min_size=1, max_size=12))
        lock_units(connection, 1, sorted(locked), by="test")
        gone = data.draw(st.sets(st.sampled_from(sorted(set().union(*before.values()))), max_size=40))
        connection.execute("UPDATE gis.household SET until = current_date WHERE id = ANY(%s::uuid[])", [sorted(gone)])
        (repair_units if data.draw(st.booleans()) else replan_units)(
            connection, 1, data.draw(st.sampled_from(units))[:17]
        )
        after = members(connection)
        assert {unit: after[unit] for unit in locked} == {unit: before[unit] for unit in locked}
        raise Rollback


def test_a_publication_leaves_them_all_who_stay_in_their_grid(empty_url: str) -> None:
    near, beside = squares.leaf(3), squares.leaf(4)
    with Database(empty_url, size=1) as database, database.transaction(everything([squares.COUNTY], "test")) as one:
        for number in range(24):
            one.execute(
                "INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('示例', ST_Point(%s, 24.505, 4490), %s)",
                [101.5005 + number * 3e-4, near],
            )
        squares.put(one, squares.first_changes())
        rows = one.execute("SELECT household_id, unit_code::text FROM gis.assignment_at(1)").fetchall()
        before = dict(rows)
        locked = max(before.values())
        lock_units(one, 1, [locked], by="test")
        narrower, wider = squares.square(0, 0, 0.5), squares.square(0.5, 0, 1.5)
        squares.put(one, [Change(near, "put", "第3网格", narrower), Change(beside, "put", "第4网格", wider)])
        after = dict(one.execute("SELECT household_id, unit_code::text FROM gis.assignment_at(2)").fetchall())
        grids = dict(one.execute("SELECT household_id, grid_code::text FROM gis.assignment_at(2)").fetchall())
        stay = {home for home, unit in before.items() if unit == locked and grids[home] == near}
        assert 0 < len(stay) < sum(unit == locked for unit in before.values())
        assert {home for home, unit in after.items() if unit == locked} == stay
