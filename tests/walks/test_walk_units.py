"""A member of the grid staff paints neighbour units in a real browser: paint, undo, suggest, save, print; and meets a colleague."""

import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pypdfium2 import PdfDocument

from api.demo_accounts import kept_passwords
from gis.settings import ROOT
from tests.conftest import Templates
from tests.walks.browsing import Watched
from tests.walks.conftest import Running

pytestmark = pytest.mark.browser
GRID = "53232210120200701"
PATH = f"/grids/{GRID}/units"
AXE = ROOT / "api/web/node_modules/axe-core/axe.min.js"


@pytest.fixture(
    params=[
        pytest.param((1440, 900, "day"), id="desktop by day"),
        pytest.param((390, 844, "night"), id="phone by night", marks=pytest.mark.long),
    ]
)
def page(browser: Browser, server: Running, templates: Templates, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The painting panel of a grid, opened by a member of its staff, with nothing wrong in it at the end."""
    width, height, theme = request.param
    phone = width < 500
    page = browser.new_page(
        viewport={"width": width, "height": height}, locale="zh-CN", has_touch=phone, reduced_motion="reduce"
    )
    page.add_init_script(f"localStorage.setItem('wangge.theme', '{theme}')")
    watched = Watched(page, server.url)
    page.goto(f"{server.url}/map#show=grid:{GRID}")
    page.locator("html.map-ready").wait_for(timeout=60_000)
    if page.locator("#menu").is_visible():
        page.locator("#menu").click()
    sign_in(page, templates)
    open_painting(page)
    yield page
    # A refused save is told by the page and, as an error of the network, by the browser.
    assert (watched.foreign, [text for text in watched.errors if "412" not in text]) == ([], [])
    page.close()


def sign_in(page: Page, templates: Templates) -> None:
    page.locator("#account").click()
    panel = page.locator("#account-panel")
    panel.locator("[name=username]").fill("wanggeyuan")
    panel.locator("[name=password]").fill(kept_passwords(templates.folder)["wanggeyuan"])
    panel.locator("[type=submit]").click()
    expect(panel).to_be_hidden(timeout=10_000)


def open_painting(page: Page) -> None:
    page.get_by_role("button", name="编辑十联户").click()
    expect(page.locator("#painting h2")).to_be_visible(timeout=10_000)
    page.wait_for_timeout(1500)  # the map moves to the households


def button(page: Page, name: str) -> Locator:
    return page.locator("#painting").get_by_role("button", name=name, exact=True)


def units_of(server: Running) -> dict[str, Any]:
    return server.json(PATH, server.token("leader"))


def spot(page: Page, server: Running, household: str) -> tuple[float, float]:
    """Where a household is on the screen: by the map's own view in the address, in WebMercator as it is drawn."""
    import math

    one = next(one for one in units_of(server)["households"] if one["id"] == household)
    zoom, lat, lon = (float(part) for part in page.evaluate("location.hash").split("at=")[1].split("&")[0].split(","))
    box = page.locator("#map").bounding_box()
    assert box is not None

    def world(lon: float, lat: float) -> tuple[float, float]:
        size = 512 * 2**zoom
        y = 0.5 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / (2 * math.pi)
        return (lon / 360 + 0.5) * size, y * size

    (x, y), (middle_x, middle_y) = world(one["lon"], one["lat"]), world(lon, lat)
    return box["x"] + box["width"] / 2 + x - middle_x, box["y"] + box["height"] / 2 + y - middle_y


def moved(page: Page, text: str) -> None:
    expect(page.locator(".painting-state")).to_contain_text(text)


def check_accessible(page: Page) -> None:
    """Nothing serious for axe, in the panel as it is now."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run('#painting').then((result) => result.violations)")
    serious = [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_painting_undoing_suggesting_saving_printing(page: Page, server: Running, tmp_path: Path) -> None:
    before = units_of(server)
    homes = {one["id"]: one["unit"] for one in before["households"]}
    first, second = before["units"][0], before["units"][1]
    target = next(one for one in before["households"] if one["unit"] == first["code"])
    check_accessible(page)
    panel, scale = page.locator("#painting").bounding_box(), page.locator(".maplibregl-ctrl-scale").bounding_box()
    assert panel is not None
    assert scale is None or scale["x"] >= panel["x"] + panel["width"], "the scale bar lies under the panel"

    page.locator(f'[data-focus="unit-{second["code"]}"]').click()
    x, y = spot(page, server, target["id"])
    page.mouse.click(x, y)
    moved(page, "改动 1 户")
    button(page, "刷").click()
    page.mouse.move(x - 60, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=8)
    page.mouse.up()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.locator(".painting-state")).to_have_text("全部住户已分")
    page.keyboard.press("Control+Shift+z")
    moved(page, "改动 1 户")

    button(page, "新单元").click()
    page.locator('#painting summary[data-focus="list"]').click()
    others = [one["id"] for one in before["households"] if one["id"] != target["id"]][:2]
    for home in others:  # the list does without the map
        page.locator(f'#painting select[data-focus="all-{home}"]').select_option("new:1")
    moved(page, "改动 3 户")
    left = others[0]
    page.locator(f'#painting select[data-focus="all-{left}"]').select_option("")
    moved(page, "未分 1 户")
    check_accessible(page)
    page.screenshot(path=tmp_path / "painting.png")
    button(page, "推荐其余").click()
    expect(page.locator(".painting-state")).not_to_contain_text("未分", timeout=10_000)

    page.locator('#painting [data-focus="more-new:1"]').click()
    page.locator('#painting [data-focus="name-new:1"]').fill("溪东")
    page.locator('#painting [data-focus="head-new:1"]').select_option(others[1])
    page.locator('#painting [data-focus="reason"]').fill("沿溪分开")
    button(page, "保存").click()
    expect(page.locator("#toast")).to_contain_text("已保存", timeout=20_000)
    expect(button(page, "保存")).to_be_disabled()

    after = units_of(server)
    opened = next(unit for unit in after["units"] if unit["name"] == "溪东")
    assert opened["code"] not in {unit["code"] for unit in before["units"]}
    assert opened["heads"][0]["household"] == others[1]
    assert all(one["unit"] for one in after["households"])
    assert next(one["unit"] for one in after["households"] if one["id"] == target["id"]) == second["code"]
    last = server.json(f"{PATH}/history", server.token("leader"))["edits"][0]
    assert (last["actor"], last["reason"]) == ("wanggeyuan", "沿溪分开")
    assert {move["household"]: move["to"] for move in last["moves"]} == {
        one["id"]: one["unit"] for one in after["households"] if one["unit"] != homes[one["id"]]
    }

    button(page, "结束划分").click()
    expect(page.locator("#painting")).to_be_hidden()
    open_painting(page)
    expect(page.locator("#painting .units")).to_contain_text("溪东")
    with page.expect_download() as download:
        button(page, "全部单元清单 PDF").click()
    with PdfDocument(download.value.path()) as document:
        text = "".join("".join(sheet.get_textpage().get_text_range().split()) for sheet in document)
    assert "溪东" in text
    assert all(one["head_name"] in text for one in after["households"])
    restore(server, homes)


@pytest.mark.long  # the routes' tests refuse the second save always; here one reads what is told
def test_a_colleague_was_faster(page: Page, server: Running) -> None:
    before = units_of(server)
    homes = {one["id"]: one["unit"] for one in before["households"]}
    first, second = (unit["code"] for unit in before["units"][:2])
    mine, theirs = [one["id"] for one in before["households"] if one["unit"] == first][:2]
    page.locator('#painting summary[data-focus="list"]').click()
    for home in (mine, theirs):
        page.locator(f'#painting select[data-focus="all-{home}"]').select_option(second)
    moved(page, "改动 2 户")
    page.keyboard.press("Escape")
    notice = page.locator("#painting [role=alert]")
    expect(notice).to_contain_text("没有保存")
    with page.expect_response(lambda answer: answer.url.endswith(PATH)):
        restore(server, homes | {theirs: None})
    expect(notice).to_contain_text("没有保存")  # what one is asked does not change under one's hand
    notice.get_by_role("button", name="继续划分").click()
    expect(notice).to_contain_text("别人刚刚改了", timeout=10_000)
    expect(notice).to_be_in_viewport()
    page.locator("#painting .panel-body").evaluate("(body) => body.scrollTo(0, body.scrollHeight)")
    with page.expect_response(lambda answer: answer.status == 412):
        button(page, "保存").click()
    expect(notice).to_contain_text("别人刚刚改了")
    expect(notice).to_be_in_viewport()  # wherever in the list one was
    check_accessible(page)
    assert units_of(server)["households"] == [
        one | ({"unit": None} if one["id"] == theirs else {}) for one in before["households"]
    ]
    notice.get_by_role("button", name="载入对方的，保留我的").click()
    moved(page, "未分 1 户 · 改动 1 户")
    button(page, "保存").click()
    expect(button(page, "保存")).to_be_disabled(timeout=20_000)
    expect(page.locator("#toast")).to_contain_text("已保存", timeout=20_000)
    now = {one["id"]: one["unit"] for one in units_of(server)["households"]}
    assert now == homes | {mine: second, theirs: None}
    restore(server, homes)


def test_other_open_maps_follow(browser: Browser, server: Running, templates: Templates) -> None:
    """What a colleague saves is drawn where one only looks; where one paints, it is told, and what is painted stays."""
    seen = units_of(server)
    homes = {one["id"]: one["unit"] for one in seen["households"]}
    first, second = (unit["code"] for unit in seen["units"][:2])
    mine, theirs = [one for one in seen["households"] if one["unit"] == first][:2]
    looking, painting = (browser.new_page(viewport={"width": 1000, "height": 600}, locale="zh-CN") for _ in range(2))
    watched = [Watched(looking, server.url), Watched(painting, server.url)]
    looking.goto(f"{server.url}/map#at=16.00,{theirs['lat']:.5f},{theirs['lon']:.5f}")
    looking.locator("html.map-ready").wait_for(timeout=60_000)
    with looking.expect_response(re.compile(r"/tiles/units/16/")):
        looking.locator("#legend").get_by_label("十联户").check()
    painting.goto(f"{server.url}/map#at=16.00,{theirs['lat']:.5f},{theirs['lon']:.5f}&show=grid:{GRID}")
    sign_in(painting, templates)
    open_painting(painting)
    painting.locator('#painting summary[data-focus="list"]').click()
    painting.locator(f'#painting select[data-focus="all-{mine["id"]}"]').select_option(second)
    moved(painting, "改动 1 户")
    before = still(looking)
    asked: list[str] = []
    looking.on("request", lambda request: asked.append(request.url.removeprefix(server.url)))

    restore(server, homes | {theirs["id"]: second})
    notice = painting.locator("#painting [role=alert]")
    expect(notice).to_contain_text("别人刚刚改了", timeout=10_000)
    moved(painting, "改动 1 户")
    until = time.monotonic() + 10
    while looking.locator("#map").screenshot() == before:
        assert time.monotonic() < until, asked
    edition, rev = (server.json("/site")[name] for name in ("edition", "rev"))
    assert asked
    assert all(re.fullmatch(rf"/editions/{edition}/tiles/units/[0-9/]+\.mvt\?rev={rev}", one) for one in asked), asked

    notice.get_by_role("button", name="载入对方的，保留我的").click()
    moved(painting, "改动 1 户")
    button(painting, "放弃").click()
    restore(server, homes)
    expect(painting.locator("#toast")).to_contain_text("已更新", timeout=10_000)  # nothing was painted: no question
    expect(notice).to_be_hidden()
    assert [(one.foreign, one.errors) for one in watched] == [([], [])] * 2
    looking.close()
    painting.close()


def still(page: Page) -> bytes:
    """The map's picture, once it has stopped changing."""
    seen = b""
    while seen != (now := page.locator("#map").screenshot()):
        seen = now
        page.wait_for_timeout(700)
    return seen


def restore(server: Running, homes: dict[str, str | None]) -> None:
    """A colleague's save, by hand over HTTP: the units as told, those opened since ended."""
    token = server.token("grid_staff")
    status, headers, body = server.get(PATH, token)
    assert status == 200
    known = {one["id"]: one["unit"] for one in json.load(io.BytesIO(body))["households"]}
    moves = [{"household": one, "unit": unit} for one, unit in homes.items() if known[one] != unit]
    status, _, body = server.send(
        "PATCH", PATH, {"moves": moves, "reason": "同事"}, token, **{"If-Match": headers["etag"]}
    )
    assert status == 200, body
