"""Tiles that are missing, as after a migration that drops them, are made again for every edition."""

from collections.abc import Iterator

import pytest

from api.cli.checks import Check
from api.cli.store_checks import store_checks
from api.mending import draw_again
from gis.db import Connection, Database
from tests.conftest import Templates
from tests.gis.five_editions import five_editions
from tests.tiles.decoded import tile_at
from tiles import store
from tiles.features import read_grids
from tiles.matrix import CGCS2000, WEB_MERCATOR
from tiles.parts import packed
from tiles.sheet import DRAWN, Sheet

EDITIONS = range(1, 6)


@pytest.fixture
def store_url(templates: Templates) -> Iterator[str]:
    """Five editions whose tiles are not drawn."""
    with five_editions(templates) as url:
        yield url


def told(url: str) -> list[Check]:
    """What the doctor finds wrong about tiles."""
    return [check for check in store_checks(url) if check.what[1] == "tiles" and check.state == "fail"]


def differing(connection: Connection) -> list[tuple[int, str, int]]:
    """Edition, tile matrix set and zoom where what is stored is not what the edition's grids give."""
    found: list[tuple[int, str, int]] = []
    for number in EDITIONS:
        sheet = Sheet(read_grids(connection, number))
        for tms in (WEB_MERCATOR, CGCS2000):
            for zoom in (9, 12, 14, 16):
                place = tile_at(101.507, 24.515, zoom, tms)
                stored = store.read_tiles(connection, number, tms, [place], DRAWN).get(place, [])
                wanted = sheet.tile(tms, DRAWN, *place)
                assert wanted
                if packed(stored).plain() != wanted:
                    found.append((number, tms, zoom))
    return found


@pytest.mark.parametrize("drawn", [0, 2])
def test_every_edition_without_tiles_gets_its_own(store_url: str, drawn: int) -> None:
    """Also those that stand after the last one drawn, as when the first attempt was interrupted."""
    if drawn:
        draw_again(store_url, drawn)
    draw_again(store_url, 5)
    with Database(store_url, size=1) as database, database.transaction() as connection:
        assert all(store.is_built(connection, number) for number in EDITIONS)
        assert not differing(connection)


@pytest.mark.parametrize("first", [1, 3])
def test_earlier_editions_are_drawn_before_one_that_stands(store_url: str, first: int) -> None:
    """A store whose tiles were dropped once, and the current edition's made again without those before it."""
    draw_again(store_url, 5)
    with Database(store_url, size=1) as database:
        with database.transaction() as connection:
            connection.execute("SET LOCAL ROLE wangge_owner")
            connection.execute(
                "UPDATE tiles.tile SET edition_from = 5 WHERE edition_to IS NULL AND edition_from >= %s", [first]
            )
            connection.execute("DELETE FROM tiles.tile WHERE edition_from >= %s AND edition_from < 5", [first])
            connection.execute("DELETE FROM tiles.built WHERE edition >= %s AND edition < 5", [first])
            assert differing(connection)
        [check] = told(store_url)
        assert f"without tiles: {5 - first}" in check.found[1]
        draw_again(store_url, 5)
        assert not told(store_url)
        with database.transaction() as connection:
            assert not differing(connection)
