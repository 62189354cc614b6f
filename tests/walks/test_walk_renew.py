"""A border moves while the map is open: the page loads the changed tiles, and only these, without being touched."""

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.walks.borders import leaves_of, moved_border
from tests.walks.browsing import Watched
from tests.walks.conftest import Running

pytestmark = pytest.mark.browser
GRID_TILE = re.compile(r"/editions/(\d+)/tiles/level2[^/]*/(\d+)/(\d+)/(\d+)\.mvt$")


class Tiles:
    """The tiles of the grid layers that a page asks for: edition, zoom, column, row."""

    def __init__(self, page: Page) -> None:
        self.asked: list[tuple[int, ...]] = []
        page.on("request", lambda request: self._seen(request.url))

    def _seen(self, url: str) -> None:
        found = GRID_TILE.search(url)
        if found:
            self.asked.append(tuple(map(int, found.groups())))


def _first_event(server: Running, since: int) -> dict[str, Any]:
    with urllib.request.urlopen(f"{server.url}/events?since={since}", timeout=30) as answer:  # noqa: S310 - our own server
        return next(json.loads(line[6:]) for line in answer if line.startswith(b"data: "))


def test_the_open_map_follows_a_border_move(browser: Browser, server: Running, tmp_path: Path) -> None:
    before = server.json("/site")["edition"]
    changed, point = moved_border(leaves_of(server, "532322101203"))
    winner = changed["code"].tolist()[0]
    changed[["code", "name", "geometry"]].to_file(tmp_path / "moved.gpkg", layer="grids")
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN", reduced_motion="reduce")
    watched = Watched(page, server.url)
    tiles = Tiles(page)
    figures: list[str] = []
    page.on("request", lambda request: figures.append(request.url) if f"/grids/{winner}" in request.url else None)
    page.goto(f"{server.url}/map#at=14.00,{point.y:.5f},{point.x:.5f}&show=grid:{winner}")
    watched.wait_until_drawn()
    page.locator("html.map-ready").wait_for(state="attached", timeout=30_000)
    expect(page.locator("#panel")).to_contain_text("面积", timeout=10_000)
    page.wait_for_timeout(1000)
    seen, tiles.asked = {tile[1:] for tile in tiles.asked}, []
    asked_before = len(figures)

    server.command("import", "grids", str(tmp_path / "moved.gpkg"), "--commit")
    server.command("publish", "--commit")
    expect(page.locator("#toast")).to_contain_text(f"第 {before + 1} 版", timeout=20_000)
    page.wait_for_timeout(3000)

    told = _first_event(server, before)
    assert (told["base"], told["edition"]) == (before, before + 1)
    told_tiles = {
        (int(zoom), *tile)
        for zoom, rows in told["changed"]["WebMercatorQuad"].items()
        for tile in rows
        if len(tile) == 2
    }
    assert {edition for edition, *_ in tiles.asked} == {before + 1}
    asked = [tile[1:] for tile in tiles.asked]
    assert set(asked) == told_tiles & seen, "not the changed tiles in sight, or not only these"
    assert len(asked) == len(set(asked)), "a tile was asked for twice"
    assert 0 < len(asked) < len(seen)
    assert len(figures) > asked_before, "the panel still shows the figures of the old edition"
    assert _first_event(server, before + 1)["changed"] == {}
    assert (watched.foreign, watched.errors) == ([], [])
    page.close()
