"""Households and ratings in the store."""

from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from gis.db import Connection, Database, load_queries
from gis.errors import Forbidden, InvalidInput, NotFound
from gis.households import (
    RiskLevel,
    change_household,
    get_household,
    list_households,
    rate,
    ratings,
    withdraw_rating,
)
from gis.scope import Scope

SQL = load_queries(Path(__file__).with_name("records_oracle.sql"))
COUNTY = Scope(("532322",), "test", "operator")
STRANGER = Scope(("532322203",), "x", "operator")


@pytest.fixture
def one(connection: Connection) -> tuple[UUID, str]:
    """A household's id and telephone number."""
    row = connection.execute(SQL["a_household"], ["532322101202"]).fetchone()
    assert row is not None
    return row[0], row[4]


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("00012345678", "000****5678"),
        ("+8600012345678", "+86*******5678"),
        ("08781234", "******34"),
        ("12345", "*****"),
        (None, None),
    ],
)
def test_phones_are_masked_in_the_database(connection: Connection, phone: str | None, masked: str | None) -> None:
    assert connection.execute(SQL["masked"], [phone]).fetchone() == (masked,)


def test_one_household(connection: Connection, one: tuple[UUID, str]) -> None:
    household = get_household(connection, COUNTY, one[0], edition=1)
    assert household.grid.startswith("532322101202")
    assert household.unit is not None
    assert household.unit.startswith(household.grid)
    assert household.phone is not None
    assert (household.phone[:3], household.phone[-4:]) == (one[1][:3], one[1][-4:])
    assert one[1] not in household.phone


def test_strangers_do_not_learn_that_it_exists(database: Database, one: tuple[UUID, str]) -> None:
    with database.transaction(STRANGER) as connection:
        for household in (one[0], uuid4()):
            with pytest.raises(NotFound):
                get_household(connection, STRANGER, household, edition=1)
            with pytest.raises(NotFound):
                rate(connection, STRANGER, household, "red", reason="x", review_on=None)
            with pytest.raises(NotFound):
                withdraw_rating(connection, STRANGER, household)
            with pytest.raises(NotFound):
                change_household(connection, STRANGER, household, members=2)
        assert ratings(connection, one[0]) == []


def test_pages_hold_everything_once(connection: Connection) -> None:
    first = list_households(connection, COUNTY, edition=1, grid="532322101202", limit=100)
    rows, page = [*first.rows], first
    while page.next:
        page = list_households(connection, COUNTY, edition=1, grid="532322101202", limit=100, cursor=page.next)
        rows += page.rows
    assert len({row.id for row in rows}) == len(rows) == first.total
    assert [(row.grid, row.id) for row in rows] == sorted((row.grid, row.id) for row in rows)


@pytest.mark.parametrize("risk", ["red", "yellow", "green"])
def test_lists_by_rating(connection: Connection, risk: RiskLevel) -> None:
    page = list_households(connection, COUNTY, edition=1, risk=risk, limit=2000)
    assert {row.level for row in page.rows} == {risk}
    assert page.total == len(page.rows)


def test_without_a_rating_is_not_green(connection: Connection) -> None:
    page = list_households(connection, COUNTY, edition=1, grid="532322101202", risk="none", limit=2000)
    assert {row.level for row in page.rows} == {None}
    total = list_households(connection, COUNTY, edition=1, grid="532322101202", limit=1).total
    rated = sum(
        list_households(connection, COUNTY, edition=1, grid="532322101202", risk=risk, limit=1).total
        for risk in ("red", "yellow", "green")
    )
    assert page.total == total - rated


def test_lists_stay_inside(database: Database) -> None:
    village = Scope(("532322101202",), "x", "grid_staff")
    with database.transaction(village) as connection:
        page = list_households(connection, village, edition=1, grid="532322", limit=2000)
        assert page.total > 0
        assert all(row.grid.startswith("532322101202") for row in page.rows)
        with pytest.raises(Forbidden):
            list_households(connection, village, edition=1, grid="532322101203")
        with pytest.raises(InvalidInput):
            list_households(connection, village, edition=1, cursor="WyJhIl0")


def test_ratings_follow_each_other(connection: Connection, one: tuple[UUID, str]) -> None:
    household = one[0]
    before = len(ratings(connection, household))
    rate(connection, COUNTY, household, "red", reason="示例：邻里积怨", review_on=date(2027, 1, 1))
    rate(connection, COUNTY, household, "yellow", reason="示例：已缓和", review_on=None)
    history = ratings(connection, household)
    assert [entry.level for entry in history[:2]] == ["yellow", "red"]
    assert len(history) == before + 2
    assert [entry.ended_at is None for entry in history[:2]] == [True, False]
    assert get_household(connection, COUNTY, household, edition=1).reason == "示例：已缓和"
    withdraw_rating(connection, COUNTY, household)
    assert get_household(connection, COUNTY, household, edition=1).level is None
    assert connection.execute(SQL["open_ratings"], [household]).fetchone() == (0,)
    with pytest.raises(NotFound):
        withdraw_rating(connection, COUNTY, household)
    assert len(ratings(connection, household)) == before + 2


def test_changes_leave_the_rest(connection: Connection, one: tuple[UUID, str]) -> None:
    before = get_household(connection, COUNTY, one[0], edition=1)
    change_household(connection, COUNTY, one[0], members=7, phone="00099998888")
    after = get_household(connection, COUNTY, one[0], edition=1)
    assert (after.members, after.phone) == (7, "000****8888")
    assert (after.head_name, after.address, after.grid) == (before.head_name, before.address, before.grid)
