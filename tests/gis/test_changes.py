"""The feed of changes over five editions, page by page, against the versions of every grid."""

from collections.abc import Iterator

import pytest

from gis.changes import GridChanged, changes_since
from gis.db import Database
from tests.boundaries.squares import SCOPE, leaf
from tests.conftest import Templates
from tests.gis.five_editions import five_editions


@pytest.fixture(scope="module")
def county(templates: Templates) -> Iterator[Database]:
    with five_editions(templates) as url, Database(url, size=1) as database:
        yield database


def feed(county: Database, limit: int, edition: int = 0) -> list[GridChanged]:
    """All changes after an edition, ``limit`` at a time."""
    found: list[GridChanged] = []
    at = (edition, "~")
    with county.transaction(SCOPE) as connection:
        while page := changes_since(connection, *at, limit=limit):
            found += page
            at = (page[-1].edition, page[-1].code)
    return found


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_following_the_feed_leads_to_every_edition(county: Database, limit: int) -> None:
    alive: set[str] = set()
    events = feed(county, limit)
    assert [(one.edition, one.code) for one in events] == sorted({(one.edition, one.code) for one in events})
    for number in range(1, 6):
        for one in (event for event in events if event.edition == number):
            assert (one.code in alive) == (one.kind != "created")
            alive = alive - {one.code} if one.kind == "retired" else alive | {one.code}
        with county.transaction(SCOPE) as connection:
            rows = connection.execute("SELECT code::text FROM gis.grid_at(%s)", [number]).fetchall()
        assert alive == {row[0] for row in rows}


def test_a_retired_grid_tells_where_it_went(county: Database) -> None:
    (split,) = [one for one in feed(county, 1000, 1) if one.kind == "retired" and one.code == leaf(1)]
    assert split.went_to.keys() == {leaf(5), leaf(6)}
    assert sum(split.went_to.values()) == pytest.approx(1, abs=1e-6)
    assert {one.edition for one in feed(county, 1000, 3)} == {4, 5}
