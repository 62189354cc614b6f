"""Publications whose legal date lies ahead: they wait, nothing overtakes them, and on their day they are published."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from api import due
from api.cli.checks import Check
from api.cli.store_checks import store_checks
from api.publishing import publish, publish_due, schedule
from boundaries.drafts import Change, open_draft, put_changes, read_draft
from boundaries.editions import prepared_edition
from boundaries.judging import validate
from boundaries.publish import prepare
from boundaries.waiting import call_off, waiting_draft
from gis.clock import local_today
from gis.coverage import current_edition, read_edition
from gis.db import Database
from gis.errors import Conflict, InvalidInput
from tests.boundaries.squares import COUNTY, SCOPE, first_changes, leaf, put, square

JOB: dict[str, Any] = {"actor": "test", "counties": [COUNTY]}


@pytest.fixture
def squares(empty_url: str) -> Iterator[Database]:
    with Database(empty_url, size=3) as database:
        with database.transaction(SCOPE) as connection:
            put(connection, first_changes())
        yield database


def drafted(squares: Database, number: int) -> int:
    """A judged draft that moves the border between the grids ``number`` and the one east of it."""
    with squares.transaction(SCOPE) as connection:
        draft = open_draft(connection, title="改动", author="test")
        row = 1 if number == 1 else 0
        put_changes(connection, draft, [Change(leaf(number), "put", "西", square(0, row, 1.2))])
        put_changes(connection, draft, [Change(leaf(number + 1), "put", "东", square(1.2, row, 0.8))])
        assert validate(connection, draft).errors == []
    return draft


def ahead(days: int) -> date:
    return local_today() + timedelta(days)


def let_the_day_come(squares: Database, draft: int, *, days_ago: int = 0) -> None:
    with squares.transaction(SCOPE) as connection:
        connection.execute("UPDATE boundaries.draft SET publish_on = %s WHERE id = %s", [ahead(-days_ago), draft])


def standing(squares: Database) -> tuple[int | None, int | None, str]:
    """The current edition, the one half prepared, the state of draft 2."""
    with squares.transaction(SCOPE) as connection:
        return current_edition(connection), prepared_edition(connection), read_draft(connection, 2).state


def test_it_waits_and_nothing_overtakes_it(squares: Database) -> None:
    draft, other = drafted(squares, 1), drafted(squares, 3)
    assert schedule(squares, draft, valid_from=ahead(3), **JOB).grids_written > 0
    assert standing(squares) == (1, None, "waiting")
    assert publish_due(squares) is None
    with pytest.raises(Conflict, match=str(ahead(3))):
        publish(squares, other, valid_from=local_today(), **JOB)
    with pytest.raises(Conflict):
        schedule(squares, other, valid_from=ahead(5), **JOB)
    with pytest.raises(Conflict):
        publish(squares, draft, valid_from=local_today(), **JOB)
    with squares.transaction(SCOPE) as connection, pytest.raises(Conflict, match="call it off"):
        put_changes(connection, draft, [Change(leaf(1), "retire")])
    with squares.transaction(SCOPE) as connection:
        call_off(connection, draft)
        with pytest.raises(Conflict):
            call_off(connection, draft)
        assert waiting_draft(connection) is None
    publish(squares, other, valid_from=local_today(), **JOB)
    assert standing(squares) == (2, None, "open")


def test_a_day_that_does_not_lie_ahead_is_none_to_wait_for(squares: Database) -> None:
    with pytest.raises(InvalidInput):
        schedule(squares, drafted(squares, 1), valid_from=local_today(), **JOB)


def test_on_its_day_it_takes_those_along_who_came_meanwhile(squares: Database) -> None:
    draft = drafted(squares, 1)
    schedule(squares, draft, valid_from=ahead(1), **JOB)
    with squares.transaction(SCOPE) as connection:
        connection.execute(
            "INSERT INTO gis.household (head_name, geom, grid_code) VALUES ('示例', ST_Point(101.511, 24.515, 4490), %s)",
            [leaf(2)],
        )
    let_the_day_come(squares, draft)
    assert publish_due(squares) == 2
    assert publish_due(squares) is None
    assert standing(squares) == (2, None, "published")
    with squares.transaction(SCOPE) as connection:
        assert read_edition(connection, 2).valid_from == local_today()
        rows = connection.execute("SELECT grid_code::text FROM gis.assignment_at(2)").fetchall()
    assert rows == [(leaf(1),)]


def test_after_a_crash_on_its_day_it_waits_on_and_is_published(squares: Database) -> None:
    draft = drafted(squares, 1)
    schedule(squares, draft, valid_from=ahead(1), **JOB)
    let_the_day_come(squares, draft)
    with squares.transaction(SCOPE) as connection:  # killed when the rows were written and nothing else was
        prepare(connection, draft, valid_from=local_today())
    assert standing(squares) == (1, 2, "published")
    assert publish_due(squares) == 2
    assert standing(squares) == (2, None, "published")


def test_an_error_on_its_day_leaves_it_waiting(squares: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = drafted(squares, 1)
    schedule(squares, draft, valid_from=ahead(1), **JOB)
    let_the_day_come(squares, draft)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("api.publishing.tile_build.build", fail)
    with pytest.raises(RuntimeError):
        publish_due(squares)
    assert standing(squares) == (1, None, "waiting")


def told(url: str) -> list[Check]:
    return [check for check in store_checks(url) if "waits" in check.what[1]]


def test_the_doctor_tells_what_waits_and_publishes_what_is_overdue(squares: Database, empty_url: str) -> None:
    assert told(empty_url) == []
    draft = drafted(squares, 1)
    schedule(squares, draft, valid_from=ahead(1), **JOB)
    assert [check.state for check in told(empty_url)] == ["ok"]
    let_the_day_come(squares, draft)
    assert [check.state for check in told(empty_url)] == ["warn"]
    let_the_day_come(squares, draft, days_ago=1)
    (late,) = told(empty_url)
    assert (late.state, late.found[1]) == ("fail", f"draft {draft}, takes effect on {ahead(-1)}: overdue")
    assert late.remedy is not None
    late.remedy()
    assert standing(squares) == (2, None, "published")
    with squares.transaction(SCOPE) as connection:
        assert read_edition(connection, 2).valid_from == ahead(-1)
    assert told(empty_url) == []


def test_the_worker_looks_by_itself(squares: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    draft, stop = drafted(squares, 1), threading.Event()
    schedule(squares, draft, valid_from=ahead(1), **JOB)
    let_the_day_come(squares, draft)
    seen: list[int | None] = []

    def once(of: Callable[[Database], int | None]) -> Callable[[Database], int | None]:
        def look(database: Database) -> int | None:
            if seen:
                stop.set()
            seen.append(None)
            if len(seen) == 1:
                raise Conflict(reason_zh="正在进行", reason_en="is running")
            seen.append(of(database))
            return seen[-1]

        return look

    monkeypatch.setattr(due, "LOOK_S", 0.01)
    monkeypatch.setattr(due, "RETRY_S", 0.01)
    monkeypatch.setattr(due, "publish_due", once(publish_due))
    due.watch_days(squares, stop)
    assert seen == [None, None, 2]
