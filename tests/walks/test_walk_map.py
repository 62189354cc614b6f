"""The map in a real browser: drawn from the service alone, searched, clicked, signed in, in both languages and on a phone."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from api.demo_accounts import kept_passwords
from tests.conftest import Templates
from tests.walks.browsing import Watched
from tests.walks.conftest import Running

pytestmark = pytest.mark.browser
SEEN = "#at=9.60,24.56,101.55"


@pytest.fixture
def watched(browser: Browser, server: Running) -> Iterator[Watched]:
    """The map page at desktop size with nothing wrong in it at the end."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    watched = Watched(page, server.url)
    page.goto(f"{server.url}/map{SEEN}")
    watched.wait_until_drawn()
    yield watched
    assert watched.foreign == [], "a request left the machine"
    assert watched.errors == []
    page.close()


def test_map_shows_the_county_and_says_it_is_synthetic(watched: Watched, tmp_path: Path) -> None:
    watched.page.screenshot(path=tmp_path / "map.png")
    expect(watched.page.locator("#place-name")).to_have_text("双柏县")
    expect(watched.page.locator("#synthetic")).to_be_visible()
    expect(watched.page.locator("#synthetic-short")).to_contain_text("合成")


def test_click_opens_the_chain_of_the_grid(watched: Watched) -> None:
    box = watched.page.locator("#map").bounding_box()
    assert box is not None
    watched.page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.5)
    panel = watched.page.locator("#panel")
    expect(panel).to_be_visible(timeout=10_000)
    expect(panel).to_contain_text("双柏县")
    expect(panel).to_contain_text(re.compile(r"532322 \d{3}"))
    watched.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_search_by_keyboard_finds_a_township(watched: Watched) -> None:
    watched.page.keyboard.press("/")
    watched.page.keyboard.type("大庄镇")
    expect(watched.page.locator("#search-results [role=option]").first).to_be_visible(timeout=10_000)
    watched.page.keyboard.press("ArrowDown")
    watched.page.keyboard.press("Enter")
    expect(watched.page.locator("#panel")).to_contain_text("532322 102", timeout=10_000)


def test_language_switches_without_reload(watched: Watched) -> None:
    watched.page.evaluate("window.stayed = true")
    watched.page.locator("#language").click()
    expect(watched.page.locator("#account")).to_contain_text("Sign in")
    expect(watched.page.locator("#synthetic-short")).to_contain_text(re.compile("synthetic", re.IGNORECASE))
    assert watched.page.evaluate("window.stayed") is True


def test_sign_in_shows_households_and_sign_out_hides_them(
    watched: Watched, templates: Templates, server: Running
) -> None:
    asked: Counter[str] = Counter()
    watched.page.on("request", lambda request: asked.update([request.url]) if "households" in request.url else None)
    page = watched.page
    page.wait_for_timeout(500)
    assert not asked, "an anonymous page asked for households"
    page.locator("#account").click()
    page.locator("#account-panel input[name=username]").fill("diaoduyuan")
    page.locator("#account-panel input[name=password]").fill(kept_passwords(templates.folder)["diaoduyuan"])
    page.locator("#account-panel button[type=submit]").click()
    expect(page.locator("#account")).to_contain_text("演示调度员", timeout=10_000)
    for _ in range(40):
        page.wait_for_timeout(250)
        if asked:
            break
    assert asked, "signed in, no household layer was asked for"
    assert all(url.startswith(server.url) for url in asked)
    page.locator("#account").click()
    page.locator("#account-panel button", has_text="退出").click()
    expect(page.locator("#account")).to_contain_text("登录")


def test_map_on_a_phone_in_english(browser: Browser, server: Running, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="en-GB", has_touch=True)
    watched = Watched(page, server.url)
    page.goto(f"{server.url}/map")
    watched.wait_until_drawn()
    page.screenshot(path=tmp_path / "phone.png")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "the page scrolls sideways"
    assert watched.foreign == []
    assert watched.errors == []
    page.close()


def test_landing_page_leads_to_the_map(browser: Browser, server: Running) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    watched = Watched(page, server.url)
    page.goto(server.url)
    expect(page.locator("body")).to_contain_text("1,381", timeout=15_000)
    expect(page.locator("a[href='/map']").first).to_be_visible()
    assert watched.foreign == []
    assert watched.errors == []
    page.close()
