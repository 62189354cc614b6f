"""Disputes in the store: accepted at a point, carried through the loop, listed inside a jurisdiction."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.clock import CHINA, local_now
from gis.closed_loop import STATES, STEPS, State, Step, replay
from gis.coverage import Coverage, load_coverage
from gis.db import Connection, Database, load_queries
from gis.disputes import Filter, Report, Terms, accept, advance, events, get_dispute, list_disputes
from gis.errors import Conflict, Forbidden, InvalidInput, NotFound, OutsideCounty, WanggeError
from gis.scope import Scope
from gis.spots import find_spot
from gis.working_days import WorkingCalendar

SQL = load_queries(Path(__file__).with_name("records_oracle.sql"))
COUNTY = Scope(("532322",), "diaodu", "operator")
TERMS = Terms(7, WorkingCalendar({}))
REPORT = Report(title="示例纠纷", category="neighbour", source="巡查")


@pytest.fixture(scope="module")
def coverage(database: Database) -> Coverage:
    with database.transaction() as connection:
        return load_coverage(connection)


@pytest.fixture
def place(connection: Connection) -> tuple[float, float, str]:
    """A household's position and grid."""
    row = connection.execute(SQL["a_household"], ["532322101202"]).fetchone()
    assert row is not None
    return row[2], row[3], row[1]


def accept_one(
    connection: Connection, coverage: Coverage, place: tuple[float, float, str], report: Report = REPORT
) -> UUID:
    spot = find_spot(coverage, *place[:2], near_border_m=15)
    return accept(connection, COUNTY, report, spot, TERMS)


def test_acceptance_finds_grid_unit_number_and_deadline(
    connection: Connection, coverage: Coverage, place: tuple[float, float, str]
) -> None:
    one = get_dispute(connection, COUNTY, accept_one(connection, coverage, place), edition=1)
    assert one.grid == one.dealt_in == place[2]
    assert one.unit is not None
    assert one.unit.startswith(place[2])
    year, number = one.number.split("-")
    assert (int(year), len(number)) == (local_now().year, 6)
    assert one.deadline == TERMS.calendar.deadline(one.accepted_at, 7)
    assert (one.state, one.mediated, one.succeeded, one.edition) == ("accept", False, None, 1)
    assert connection.execute(SQL["assignment"], [one.id]).fetchall() == [(one.grid, one.unit, 1, None)]
    (event,) = events(connection, one.id)
    assert (event.from_state, event.to_state, event.actor, event.actor_role) == (None, "accept", "diaodu", "operator")


def test_receipt_numbers_never_repeat(
    connection: Connection, coverage: Coverage, place: tuple[float, float, str]
) -> None:
    numbers = {
        get_dispute(connection, COUNTY, accept_one(connection, coverage, place), edition=1).number for _ in range(5)
    }
    assert len(numbers) == 5


def test_the_border_makes_it_unsure(coverage: Coverage, place: tuple[float, float, str]) -> None:
    spot = find_spot(coverage, *place[:2], near_border_m=0)
    assert spot.sure
    assert not find_spot(coverage, *place[:2], near_border_m=spot.border_m + 0.1).sure
    assert find_spot(coverage, *place[:2], near_border_m=spot.border_m - 0.1).sure


def test_outside_is_refused(coverage: Coverage) -> None:
    with pytest.raises(OutsideCounty):
        find_spot(coverage, 100.0, 24.5, near_border_m=15)


@pytest.mark.parametrize(
    ("report", "error"),
    [
        (Report(title="x", category="weather", source="x"), InvalidInput),
        (Report(title="x", category="other", source="x", occurred_at=local_now() + timedelta(days=1)), InvalidInput),
        (Report(title="x", category="other", source="x", household_id=uuid4()), NotFound),
    ],
)
def test_wrong_reports_are_refused(
    connection: Connection,
    coverage: Coverage,
    place: tuple[float, float, str],
    report: Report,
    error: type[WanggeError],
) -> None:
    with pytest.raises(error):
        accept_one(connection, coverage, place, report)


def test_nobody_accepts_outside_the_own_jurisdiction(
    database: Database, coverage: Coverage, place: tuple[float, float, str]
) -> None:
    stranger = Scope(("532322203",), "x", "grid_staff")
    spot = find_spot(coverage, *place[:2], near_border_m=15)
    with database.transaction(stranger) as connection, pytest.raises(Forbidden):
        accept(connection, stranger, REPORT, spot, TERMS)


@pytest.fixture
def filed(database: Database, coverage: Coverage, place: tuple[float, float, str]) -> UUID:
    """A dispute that other transactions see."""
    with database.transaction(COUNTY) as connection:
        return accept_one(connection, coverage, place)


def test_others_do_not_learn_that_it_exists(database: Database, filed: UUID) -> None:
    stranger = Scope(("532322203",), "x", "operator")
    with database.transaction(stranger) as connection:
        for number in (filed, uuid4()):
            with pytest.raises(NotFound):
                get_dispute(connection, stranger, number, edition=1)
            with pytest.raises(NotFound):
                advance(connection, stranger, number, "triage", terms=TERMS)
        assert events(connection, filed) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STATES), st.booleans()), max_size=25))
def test_whatever_is_tried_the_log_and_the_state_agree(
    connection: Connection, coverage: Coverage, place: tuple[float, float, str], tries: list[tuple[State, bool]]
) -> None:
    number = accept_one(connection, coverage, place)
    state: State = "accept"
    for to, succeeded in tries:
        outcome = succeeded if to == "close" else None
        if (state, to) in STEPS:
            advance(connection, COUNTY, number, to, terms=TERMS, note="因由", succeeded=outcome)
            state = to
        else:
            with pytest.raises(Conflict):
                advance(connection, COUNTY, number, to, terms=TERMS, note="因由", succeeded=outcome)
    log = events(connection, number)
    standing = replay(Step(event.to_state, event.at, event.succeeded) for event in log)
    stored = connection.execute(SQL["stored"], [number]).fetchone()
    assert stored is not None
    assert stored[:4] == (standing.state, standing.closed_at, standing.succeeded, standing.mediated)
    assert [event.from_state for event in log] == [None, *(event.to_state for event in log[:-1])]


def test_reopening_gives_a_new_deadline(
    connection: Connection, coverage: Coverage, place: tuple[float, float, str]
) -> None:
    number = accept_one(connection, coverage, place)
    for to in ("triage", "handle"):
        advance(connection, COUNTY, number, to, terms=TERMS)
    advance(connection, COUNTY, number, "close", terms=TERMS, succeeded=False)
    for to in ("archive", "revisit"):
        advance(connection, COUNTY, number, to, terms=TERMS)
    first = get_dispute(connection, COUNTY, number, edition=1)
    assert (first.mediated, first.succeeded) == (True, False)
    advance(connection, COUNTY, number, "handle", terms=Terms(20, TERMS.calendar), note="双方反悔")
    again = get_dispute(connection, COUNTY, number, edition=1)
    assert again.deadline > first.deadline
    assert (again.closed_at, again.mediated, again.succeeded) == (None, False, None)


def take(database: Database, number: UUID) -> None:
    with database.transaction(COUNTY) as connection:
        advance(connection, COUNTY, number, "triage", terms=TERMS)


def test_two_people_at_once(database: Database, filed: UUID) -> None:
    """The second of two steps that overlap waits for the first, is refused, and leaves no trace in the log."""
    with ThreadPoolExecutor(1) as pool:
        with database.transaction(COUNTY) as first:
            advance(first, COUNTY, filed, "triage", terms=TERMS)
            second = pool.submit(take, database, filed)
            while not second.done() and first.execute(SQL["waiting"]).fetchone() == (0,):
                sleep(0.02)
        with pytest.raises(Conflict, match="somebody else"):
            second.result()
    with database.transaction(COUNTY) as connection:
        assert [event.to_state for event in events(connection, filed)] == ["accept", "triage"]


def test_a_stale_page_is_refused(database: Database, filed: UUID) -> None:
    with database.transaction(COUNTY) as connection:
        advance(connection, COUNTY, filed, "triage", terms=TERMS, seen="accept")
        with pytest.raises(Conflict):
            advance(connection, COUNTY, filed, "handle", terms=TERMS, seen="accept")


def test_roles_decide(database: Database, filed: UUID) -> None:
    mediator = Scope(("532322",), "x", "mediator")
    with database.transaction(mediator) as connection, pytest.raises(Forbidden):
        advance(connection, mediator, filed, "triage", terms=TERMS)


def test_the_log_cannot_be_rewritten(
    connection: Connection, coverage: Coverage, place: tuple[float, float, str]
) -> None:
    number = accept_one(connection, coverage, place)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute(SQL["rewrite_log"], [number])


def test_lists_page_through_everything_once(connection: Connection) -> None:
    first = list_disputes(connection, COUNTY, Filter(grid="532322101"), edition=1, limit=40)
    rows, page = [*first.rows], first
    while page.next:
        page = list_disputes(connection, COUNTY, Filter(grid="532322101"), edition=1, limit=40, cursor=page.next)
        rows += page.rows
    assert len({row.id for row in rows}) == len(rows) == first.total
    assert [row.accepted_at for row in rows] == sorted((row.accepted_at for row in rows), reverse=True)
    assert all(row.grid.startswith("532322101") for row in rows)


def test_filters(connection: Connection, coverage: Coverage, place: tuple[float, float, str]) -> None:
    number = accept_one(connection, coverage, place)
    opened = list_disputes(connection, COUNTY, Filter(states=["accept"]), edition=1)
    assert number in {row.id for row in opened.rows}
    assert {row.state for row in opened.rows} == {"accept"}
    late = list_disputes(connection, COUNTY, Filter(overdue=True), edition=1)
    assert all(row.closed_at is None and row.deadline < local_now() for row in late.rows)
    day = datetime(2023, 6, 1, tzinfo=CHINA).date()
    june = list_disputes(connection, COUNTY, Filter(first_day=day, last_day=day), edition=1)
    assert all(row.accepted_at.astimezone(CHINA).date() == day for row in june.rows)
    year = Filter(
        first_day=datetime(2023, 1, 1, tzinfo=CHINA).date(), last_day=datetime(2023, 12, 31, tzinfo=CHINA).date()
    )
    assert list_disputes(connection, COUNTY, year, edition=1, limit=1).total == 1381


def test_a_list_stays_inside_the_jurisdiction(database: Database) -> None:
    village = Scope(("532322101202", "532322101203"), "x", "mediator")
    with database.transaction(village) as connection:
        page = list_disputes(connection, village, Filter(grid="532322101"), edition=1, limit=500)
        assert page.total == len(page.rows) > 0
        assert all(row.grid.startswith(village.prefixes) for row in page.rows)
        with pytest.raises(Forbidden):
            list_disputes(connection, village, Filter(grid="532322203"), edition=1)
        for cursor in ("x", "WzFd", "%%", "é"):
            with pytest.raises(InvalidInput):
                list_disputes(connection, village, Filter(), edition=1, cursor=cursor)
