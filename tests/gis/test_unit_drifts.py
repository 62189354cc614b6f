"""How far units drifted: of nothing at first, of what was mixed up, and looked at again only where something changed."""

from typing import Any

import numpy as np
import pytest

import gis.unit_drifts
from gis.db import Connection
from gis.partition import UnitPolicy
from gis.unit_drifts import DRIFTED, drifts
from gis.unit_locks import lock_units
from gis.unit_plans import replan_units
from gis.unit_policies import decide
from tests.conftest import COUNTY

VILLAGE = "532322101202"
GRID = f"{VILLAGE}00201"


@pytest.fixture
def divided(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The basic grids that were divided, by the calls that did it."""
    grids: list[str] = []
    true = gis.unit_drifts.divided

    def noted(members: Any, *rest: Any) -> Any:
        grids.extend(np.unique(members.grid).tolist())
        return true(members, *rest)

    monkeypatch.setattr("gis.unit_drifts.divided", noted)
    return grids


def mix(connection: Connection, grid: str, by: int = 7) -> None:
    """Let the units of a grid have other members, as many as before."""
    rows = connection.execute(
        "SELECT household_id, unit_code::text FROM gis.assignment_at(1) WHERE grid_code = %s ORDER BY 1", [grid]
    ).fetchall()
    connection.execute(
        "UPDATE gis.assignment AS a SET unit_code = g.unit FROM unnest(%s::uuid[], %s::text[]) AS g (id, unit)"
        " WHERE a.household_id = g.id AND a.edition_to IS NULL",
        [[row[0] for row in rows], np.roll([row[1] for row in rows], by).tolist()],
    )


def test_what_was_just_divided_has_not_drifted(connection: Connection) -> None:
    found = drifts(connection, 1, COUNTY)
    assert len(found) == connection.execute("SELECT count(DISTINCT grid_code) FROM gis.unit_at(1)").fetchall()[0][0]
    assert max(one.share for one in found) <= DRIFTED


def test_a_grid_is_divided_again_only_after_a_change(connection: Connection, divided: list[str]) -> None:
    first = drifts(connection, 1, VILLAGE)
    assert sorted(divided) == sorted(one.grid for one in first)
    divided.clear()
    assert drifts(connection, 1, VILLAGE) == first
    mix(connection, GRID)
    (mixed,) = (one for one in drifts(connection, 1, VILLAGE) if one.share > DRIFTED)
    assert mixed.grid == GRID
    assert divided == []  # who is in which unit has no say in what could be
    connection.execute(
        "UPDATE gis.household SET until = current_date WHERE id = (SELECT household_id FROM gis.assignment_at(1)"
        " WHERE grid_code = %s ORDER BY 1 LIMIT 1)",
        [GRID],
    )
    drifts(connection, 1, VILLAGE)
    assert divided == [GRID]
    divided.clear()
    unit = next(one for one in first if one.grid != GRID and one.units > 1)
    lock_units(connection, 1, [f"{unit.grid}001"], by="test")
    drifts(connection, 1, VILLAGE)
    assert divided == [unit.grid]
    divided.clear()
    decide(connection, COUNTY, UnitPolicy(price_m=0), by="test")
    assert len(drifts(connection, 1, VILLAGE)) == len(divided) == len(first)


def test_kept_answers_are_those_found_anew(connection: Connection) -> None:
    kept = drifts(connection, 1, VILLAGE)
    connection.execute("DELETE FROM gis.unit_fresh")
    assert drifts(connection, 1, VILLAGE) == kept


def test_a_fresh_division_takes_drift_away_and_only_where_it_was(connection: Connection) -> None:
    mix(connection, GRID)
    assert [one.grid for one in drifts(connection, 1, VILLAGE) if one.share > DRIFTED] == [GRID]
    assert replan_units(connection, 1, VILLAGE).grids == (GRID,)
    after = {one.grid: one.share for one in drifts(connection, 1, VILLAGE)}
    assert after[GRID] <= 0.01
    assert max(after.values()) <= DRIFTED  # the others stay as a publication divided them, in a quick search
