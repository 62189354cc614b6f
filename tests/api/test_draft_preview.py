"""A draft on the map before it is published: its tiles at its own address, for those who see it."""

from collections.abc import Callable, Iterator
from typing import Any

import mapbox_vector_tile
import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from api import draft_preview_routes
from api.app import create_app
from gis.db import Database
from gis.settings import Settings
from tests.api.test_draft_routes import changes, opened
from tests.boundaries.squares import SCOPE, first_changes, leaf, put, square
from tests.conftest import Templates
from tests.tiles.decoded import tile_at
from tiles.build import build

Token = Callable[..., dict[str, str]]
PLACE = "/".join(map(str, tile_at(101.51, 24.51, 13)))
CUT = changes((1, square(0, 1, 0.5)), (2, square(0.5, 1, 1.5)))

CHANGED = {leaf(1), leaf(2), leaf(3)}
"""The third grid gains the corner at which their border meets it."""


@pytest.fixture
def client(templates: Templates, empty_url: str) -> Iterator[TestClient]:
    """The county of four squares, published with its tiles."""
    with Database(empty_url, size=1) as database, database.transaction(SCOPE) as connection:
        build(connection, put(connection, first_changes()).edition)
    using = Settings(data=templates.folder, database_url=SecretStr(empty_url), log_level="error", pool_size=1)
    with TestClient(create_app(using, empty_url), raise_server_exceptions=False) as client:
        yield client


def shapes(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    layer = mapbox_vector_tile.decode(answer.content)["level6"]
    return {one["properties"]["code"]: one["geometry"]["coordinates"] for one in layer["features"]}


def test_tiles_show_what_was_saved_last_and_the_public_ones_do_not(client: TestClient, token: Token) -> None:
    who = token("planner")
    path = opened(client, who, changes())
    address = f"{path}/tiles/level6,borders,labels/{PLACE}.mvt"
    first = client.get(address, headers=who)
    public = client.get(f"/tiles/level6,borders,labels/{PLACE}.mvt")
    assert shapes(first) == shapes(public)
    assert "private" in first.headers["cache-control"]
    assert client.get(address, headers={**who, "If-None-Match": first.headers["etag"]}).status_code == 304
    client.post(f"{path}/changes", json=CUT, headers=who)
    second = client.get(address, headers=who)
    moved = {code for code, drawn in shapes(second).items() if drawn != shapes(first)[code]}
    assert moved == CHANGED
    assert second.headers["etag"] != first.headers["etag"]
    assert client.get(f"/tiles/level6,borders,labels/{PLACE}.mvt").content == public.content
    assert client.get(f"{address}?rev=1", headers=who).status_code == 200  # as the drafts page asks, save by save
    assert client.get(f"{address}?revision=1", headers=who).status_code == 400
    other = client.get(f"{path}/tiles/WebMercatorQuad/level6,borders,labels/{PLACE}.mvt", headers=who)
    assert other.content == second.content


def test_no_connection_is_held_while_others_wait_for_the_sheet(
    client: TestClient, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A map asks for a dozen tiles at once: with connections in their hands, those that wait would leave none for others."""
    who, made = token("planner"), draft_preview_routes.Sheet

    def slow(grids: Any) -> Any:
        assert client.get(path, headers=who).status_code == 200  # the pool has one connection
        return made(grids)

    path = opened(client, who, CUT)
    monkeypatch.setattr(draft_preview_routes, "Sheet", slow)
    assert shapes(client.get(f"{path}/tiles/level6/{PLACE}.mvt", headers=who)).keys() >= CHANGED


def test_nobody_else_sees_it(client: TestClient, token: Token) -> None:
    path = opened(client, token("planner"), CUT)
    address = f"{path}/tiles/level6/{PLACE}.mvt"
    assert client.get(address).status_code == 401
    assert client.get(address, headers=token("planner", "530102")).status_code == 404
    assert client.get(address, headers=token("grid_staff")).status_code == 403


def test_layers_that_a_draft_has_not_are_told(client: TestClient, token: Token) -> None:
    who = token("planner")
    path = opened(client, who, CUT)
    for layers in ("units", "households", "level6,centres"):
        answer = client.get(f"{path}/tiles/{layers}/{PLACE}.mvt", headers=who)
        assert answer.status_code == 400
        assert "layers" in answer.json()["detail"]
    assert client.get(f"{path}/tiles/level6/3/99/0.mvt", headers=who).status_code == 400
