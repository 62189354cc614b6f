"""The short telling of what changed: it leaves no changed tile out, and is exact where few changed."""

from collections import defaultdict
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Rollback

from gis.db import Database
from tests.conftest import Templates
from tiles.store import SETS, changed_tiles, mark_built
from tiles.summary import MOST, changed_summary

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(4, 6), st.integers(0, 15), st.integers(0, 15), st.integers(1, 4)),
    unique_by=lambda row: row[:4],
    max_size=300,
)


@pytest.fixture(scope="module")
def database_of_tiles(templates: Templates) -> Iterator[Database]:
    url = templates.clone(templates.empty())
    with Database(url, size=1) as database:
        yield database
    templates.drop(url)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, ends=st.randoms(use_true_random=False), base=st.integers(1, 3))
def test_every_changed_tile_is_told(
    database_of_tiles: Database, rows: list[tuple[int, ...]], ends: Random, base: int
) -> None:
    with database_of_tiles.transaction() as connection:
        for edition in range(1, 5):
            mark_built(connection, edition, 0, 0)
        for tms, z, x, y, start in rows:
            end = ends.choice([None, *range(start + 1, 5)])
            connection.execute(
                "INSERT INTO tiles.tile VALUES (%s, %s, %s, %s, '{1}', %s, %s)", [tms, z, x, y, start, end]
            )
        told = changed_summary(connection, base, 4)
        changed: dict[tuple[str, str], list[list[int]]] = defaultdict(list)
        for name, zoom, x, y in changed_tiles(connection, base, 4):
            changed[name, str(zoom)].append([x, y])
        raise Rollback
    assert told is not None
    assert set(told) == set(SETS)
    assert {(name, zoom) for name, zooms in told.items() for zoom in zooms} == set(changed)
    for (name, zoom), tiles in changed.items():
        if len(tiles) <= MOST:
            assert told[name][zoom] == tiles
        else:
            columns, numbers = zip(*tiles, strict=True)
            assert told[name][zoom] == [[min(columns), min(numbers), max(columns), max(numbers)]]


def test_of_an_edition_that_is_not_built_nothing_is_known(database_of_tiles: Database) -> None:
    with database_of_tiles.transaction() as connection:
        mark_built(connection, 2, 0, 0)
        assert changed_summary(connection, 1, 2) is None
        assert changed_summary(connection, 2, 3) is None
        assert changed_summary(connection, 2, 2) == {name: {} for name in SETS}
        raise Rollback
