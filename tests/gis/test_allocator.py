"""Codes are issued once: counters only grow, whoever asks and whatever is retired."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.allocator import allocate, register, retire, retired
from gis.codes import RANGES, Kind, child, is_code
from gis.db import Connection, Database
from gis.errors import CodesExhausted, Conflict, InvalidCode

VILLAGE = "532322101202"
FREE = "532322101299"


def test_numbers_follow_those_registered(connection: Connection) -> None:
    register(connection, [child(FREE, 7), child(FREE, 3), child(FREE, 801)])
    assert allocate(connection, Kind.GRID, {FREE: 2})[FREE] == [child(FREE, 8), child(FREE, 9)]
    assert allocate(connection, Kind.SPECIAL, {FREE: 1})[FREE] == [child(FREE, 802)]


def test_retired_codes_are_never_issued_again(connection: Connection) -> None:
    first = allocate(connection, Kind.GRID, {FREE: 3})[FREE]
    retire(connection, first, 1)
    assert retired(connection, first) == first
    again = allocate(connection, Kind.GRID, {FREE: 3})[FREE]
    assert set(first).isdisjoint(again)


@given(counts=st.lists(st.integers(1, 5), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_of_requests_repeats_a_code(connection: Connection, counts: list[int]) -> None:
    with connection.transaction(force_rollback=True):
        issued = [code for count in counts for code in allocate(connection, Kind.SPECIAL, {FREE: count})[FREE]]
    assert len(set(issued)) == len(issued)
    assert all(is_code(code) for code in issued)
    assert sorted(issued) == issued


def test_full_range_is_an_error_never_a_wider_code(connection: Connection) -> None:
    register(connection, [child(FREE, RANGES[Kind.GRID].last)])
    with pytest.raises(CodesExhausted):
        allocate(connection, Kind.GRID, {FREE: 1})


def test_wrong_parents_are_refused(connection: Connection) -> None:
    with pytest.raises(InvalidCode):
        allocate(connection, Kind.GRID, {"532322101": 1})


def test_counters_cannot_shrink(database: Database) -> None:
    with database.transaction() as connection:
        allocate(connection, Kind.GRID, {VILLAGE: 1})
    with pytest.raises(Conflict), database.transaction() as connection:
        connection.execute("UPDATE gis.code_counter SET last = 0")
    with pytest.raises(Conflict), database.transaction() as connection:
        connection.execute("DELETE FROM gis.code_counter")


def test_two_at_once_get_different_codes(database: Database) -> None:
    issued: list[str] = []

    def work() -> None:
        for _ in range(10):
            with database.transaction() as connection:
                issued.extend(allocate(connection, Kind.GRID, {VILLAGE: 2})[VILLAGE])

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(issued) == 60
    assert len(set(issued)) == 60
