"""What counties decide about their units: kept, never changed, and heeded by whatever makes or mends units."""

from typing import Any

import pytest
from psycopg import errors

from gis.db import Connection
from gis.errors import InvalidCode, InvalidInput
from gis.partition import DEFAULT_POLICY, UnitPolicy
from gis.unit_plans import repair_units, replan_units
from gis.unit_policies import decide, decisions, policy_of, read_policies
from tests.conftest import COUNTY

VILLAGE = "532322101202"
SMALL = UnitPolicy(target=6, low=5, high=7, hard_low=4, hard_high=9, price_m=5, far_m=300)


def test_the_last_decision_holds_and_the_earlier_ones_are_its_history(connection: Connection) -> None:
    assert policy_of(connection, COUNTY) == DEFAULT_POLICY
    assert decide(connection, COUNTY, SMALL, by="李娜")
    assert not decide(connection, COUNTY, SMALL, by="王强")  # holds already
    assert decide(connection, COUNTY, DEFAULT_POLICY, by="王强")
    assert [(one.policy, one.by) for one in decisions(connection, COUNTY)] == [
        (DEFAULT_POLICY, "王强"),
        (SMALL, "李娜"),
    ]
    assert read_policies(connection) == {COUNTY: DEFAULT_POLICY}
    assert policy_of(connection, f"{VILLAGE}00101001") == DEFAULT_POLICY


def test_a_decision_is_never_changed(connection: Connection) -> None:
    decide(connection, COUNTY, SMALL, by="test")
    with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
        connection.execute("UPDATE gis.unit_policy SET target = 7")
    with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
        connection.execute("DELETE FROM gis.unit_policy")


def test_a_township_decides_nothing_and_values_must_fit(connection: Connection) -> None:
    with pytest.raises(InvalidCode):
        decide(connection, VILLAGE, SMALL, by="test")
    wrong: tuple[dict[str, Any], ...] = (
        {"price_m": 2e4}, {"price_m": float("nan")}, {"far_m": 0}, {"far_m": float("inf")}, {"low": 20},
    )  # fmt: skip
    for values in wrong:
        with pytest.raises(InvalidInput):
            UnitPolicy(**values)


def sizes(connection: Connection, grid: str) -> set[int]:
    rows = connection.execute("SELECT size FROM gis.unit_at(1) WHERE grid_code ^@ %s", [grid])
    return {row[0] for row in rows}


def test_repairs_and_divisions_keep_to_it(connection: Connection) -> None:
    grid = f"{VILLAGE}00101"
    assert repair_units(connection, 1, grid).moves == []
    decide(connection, COUNTY, SMALL, by="test")
    repaired = repair_units(connection, 1, grid)
    assert repaired.opened
    assert max(sizes(connection, grid)) <= SMALL.high
    decide(connection, COUNTY, DEFAULT_POLICY, by="test")
    assert replan_units(connection, 1, grid).closed
    assert min(sizes(connection, grid)) >= DEFAULT_POLICY.low
