"""The drafts page for everybody: both languages, desktop and phone, by day and by night; nothing for axe, and how it looks.

A reference is renewed by looking at the picture that the failing test names and copying it over the old one.
"""

import io
import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import shapely
from PIL import Image
from playwright.sync_api import Browser, Page

from gis.settings import ROOT
from tests.conftest import Templates
from tests.walks.borders import leaves_of, moved_border
from tests.walks.browsing import Watched
from tests.walks.conftest import Running
from tests.walks.pictures import REFERENCES, difference
from tests.walks.test_walk_drafts import sign_in

pytestmark = pytest.mark.browser
AXE = ROOT / "api/web/node_modules/axe-core/axe.min.js"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
LOOKS: list[Any] = [
    ("zh", "desktop", "light"),
    ("en", "phone", "light"),
    pytest.param(("zh", "phone", "dark"), marks=pytest.mark.long),
    pytest.param(("en", "desktop", "dark"), marks=pytest.mark.long),
]
VILLAGE = "532322105209"
MOST = 0.002
"""Share of pixels that may differ from the reference; a line of text makes up several times as many."""
_STILL = "#stage, .draft-head p, .remarks { visibility: hidden !important } * { caret-color: transparent !important }"


@pytest.fixture(scope="module")
def draft(server: Running) -> Iterator[int]:
    """A draft with an overlap, judged, where no other walk draws."""
    planner = server.token("planner")
    grown, _ = moved_border(leaves_of(server, VILLAGE))
    one = grown.iloc[0]
    shape = shapely.geometry.mapping(one.geometry)
    feature = {"type": "Feature", "properties": {"code": one["code"], "name": one["name"]}, "geometry": shape}
    number = json.loads(server.send("POST", "/drafts", {"title": "野牛村界线"}, planner)[2])["id"]
    for path, body in (("changes", {"type": "FeatureCollection", "features": [feature]}), ("validate", None)):
        status, _, told = server.send("POST", f"/drafts/{number}/{path}", body, planner)
        assert status == 200, told
    yield number
    status, _, told = server.send("DELETE", f"/drafts/{number}", None, planner)  # other walks list all there are
    assert status in {200, 204}, told


@contextmanager
def drafts_page(browser: Browser, server: Running, templates: Templates, look: tuple[str, str, str]) -> Generator[Page]:
    """The list of drafts, signed in, in a language, a size and a light."""
    language, size, light = look
    width, height = SIZES[size]
    page = browser.new_page(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        color_scheme="dark" if light == "dark" else "light",
        reduced_motion="reduce",
    )
    watched = Watched(page, server.url)
    page.goto(f"{server.url}/drafts")
    sign_in(page, templates, "guihuayuan")
    page.locator("#work .tabs").wait_for(timeout=20_000)
    if language == "en":
        page.locator("#language").get_by_text("English").click()
        page.locator("html[lang=en]").wait_for()
    page.locator("#work .cards").wait_for(timeout=20_000)
    yield page
    assert (watched.foreign, watched.errors) == ([], [])
    page.close()


def check(page: Page, where: str) -> None:
    """Nothing for axe, and nothing beyond the edges of the screen."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then((result) => result.violations)")
    assert [(where, one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found] == []
    beyond = "[document.documentElement, document.getElementById('work')].filter((e) => e.scrollWidth > e.clientWidth).length"
    assert page.evaluate(beyond) == 0, where


def look_at(page: Page, path: Path, name: str) -> None:
    """Hold what the page says, without the map and what differs from run to run, against its reference."""
    style = page.add_style_tag(content=_STILL)
    page.wait_for_timeout(300)
    fresh = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    style.evaluate("(element) => element.remove()")
    fresh.quantize(64).save(path / f"{name}.png", optimize=True)
    reference = REFERENCES / "drafts" / f"{name}.png"
    assert reference.exists(), f"no reference: look at {path / name}.png"
    with Image.open(reference) as picture:
        found = difference(fresh, picture.convert("RGB"))
    assert found <= MOST, f"{found:.2%} of the pixels differ: look at {path / name}.png"


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_the_drafts_page_is_for_everybody(
    browser: Browser, server: Running, templates: Templates, draft: int, tmp_path: Path, look: tuple[str, str, str]
) -> None:
    name = "-".join(look)
    with drafts_page(browser, server, templates, look) as page:
        check(page, "list")
        page.locator(f'.draft-card[href="/drafts/{draft}"]').click()
        page.locator(".finding.error").wait_for(timeout=20_000)
        page.locator("tfoot").wait_for(timeout=20_000)
        check(page, "draft")
        page.locator(".finding .button").click()
        page.locator(".proposal .actions").wait_for(timeout=20_000)
        page.wait_for_function("document.querySelector('.proposal').getBoundingClientRect().bottom <= innerHeight + 1")
        check(page, "proposal")
        look_at(page, tmp_path, name)
