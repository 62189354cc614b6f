"""Two workers over one county: whoever listens to either is told of units that anybody changed, once the tiles have them."""

import json
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPResponse
from typing import Any

import pytest
from starlette.applications import Starlette

from gis.db import connect_admin
from gis.settings import Settings
from tests.api.listening import listening
from tests.conftest import Templates
from tests.tiles.decoded import tile_at
from tiles.atlas_build import build_of, remove_but
from tiles.layers import STORED
from tiles.matrix import WEB_MERCATOR

Token = Callable[..., dict[str, str]]
PATIENCE_S = 60
GRID = "53232210120200701"
PATH = f"/grids/{GRID}/units"


@pytest.fixture(scope="module")
def workers(app_settings: Settings, database_url: str) -> Iterator[list[tuple[str, Starlette]]]:
    """Addresses and applications of two workers of one service."""
    from api.app import create_app  # heavy: only for tests that want it

    folder = app_settings.data / "tiles"
    kept = {build_of(path) for path in folder.glob("*.tiles")}
    apps = [create_app(app_settings, database_url) for _ in range(2)]
    with listening(apps[0]) as one, listening(apps[1]) as other:
        until = time.monotonic() + PATIENCE_S
        while any(app.state.service.tiles.now_tile(1, WEB_MERCATOR, STORED, (0, 0, 0)) is None for app in apps):
            assert time.monotonic() < until, "the tiles do not come into memory"
            time.sleep(0.05)
        yield [(one, apps[0]), (other, apps[1])]
    remove_but(folder, kept)  # another module's copy of the county counts from the same number on


def ask(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> HTTPResponse:
    data = None if body is None else json.dumps(body).encode()
    named = {"Content-Type": "application/json"} | (headers or {})
    return urllib.request.urlopen(urllib.request.Request(url, data, named, method=method), timeout=30)  # noqa: S310 - our own server


@contextmanager
def units_told(url: str, rev: int) -> Generator[Iterator[dict[str, Any]]]:
    """The events of units of a worker, after the first one."""
    with closing(ask("GET", f"{url}/events?since=1&rev={rev}")) as answer:
        kinds = (line[7:].strip() for line in answer if line.startswith(b"event: "))
        found = (json.loads(answer.readline()[6:]) for kind in kinds if kind == b"units")
        next(found)
        yield found


def swap(url: str, staff: dict[str, str]) -> dict[str, Any]:
    """Give the first household of a grid to another unit; the household."""
    with ask("GET", url + PATH, headers=staff) as answer:
        board, tag = json.load(answer), answer.headers["etag"]
    home = board["households"][0]
    other = next(one["code"] for one in board["units"] if one["code"] != home["unit"])
    moves = [{"household": home["id"], "unit": other}]
    with ask("PATCH", url + PATH, {"moves": moves, "reason": "test"}, staff | {"If-Match": tag}):
        return home


def rev_of(url: str) -> int:
    with ask("GET", f"{url}/site") as answer:
        return json.load(answer)["rev"]


def test_listeners_of_all_workers_are_told_once_tiles_follow(
    workers: list[tuple[str, Starlette]], token: Token, templates: Templates, database_url: str
) -> None:
    (one, _), (two, app) = workers
    staff = token("grid_staff", "532322101202")
    before = rev_of(one)
    with units_told(one, before) as here, units_told(two, before) as there:
        home = swap(one, staff)
        z, x, y = tile_at(home["lon"], home["lat"], 16)
        told = [next(here), next(there)]
        assert told[0] == told[1]
        assert (told[0]["edition"], told[0]["rev"] > before) == (1, True)
        assert [x, y] in told[0]["changed"][WEB_MERCATOR][str(z)]
        rev = told[0]["rev"]
        address = f"/editions/1/tiles/units/{z}/{x}/{y}.mvt?rev="
        tiles = [ask("GET", f"{url}{address}{asked}").read() for url in (one, two) for asked in (rev, rev + 1)]
        assert len(set(tiles)) == 1
        memory = app.state.service.tiles
        assert memory.now_tile(1, WEB_MERCATOR, STORED, (z, x, y), rev) is not None
        assert memory.now_tile(1, WEB_MERCATOR, STORED, (z, x, y), rev + 1) is None, "the store knows, memory does not"

        # A worker whose connection for notifications is cut off asks by itself.
        with connect_admin(templates.maintenance) as connection:
            name = database_url.split("dbname=")[1].split(maxsplit=1)[0]
            cut = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND query LIKE 'LISTEN%%'",
                [name],
            ).fetchall()
        assert len(cut) == 2
        swap(two, staff)
        told = [next(here), next(there)]
        assert told[0] == told[1]
        assert told[0]["rev"] > rev
        with ask("GET", f"{one}/events?since=1&rev={before}") as answer:  # who comes late is told all of it
            late = next(line for line in answer if b'"rev"' in line)
        assert json.loads(late[6:])["changed"][WEB_MERCATOR][str(z)]
