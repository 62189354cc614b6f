"""Pictures of the map as a browser draws it, and how far two of them differ."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Locator, Route

REFERENCES = Path(__file__).with_name("references")
SIZE = (720, 480)
_BAR = 60  # height of the page's head, pixels
_EDGE = 16  # a channel's difference that counts, of 255: less than land differs from what is outside
_ALONE = "* { visibility: hidden !important } #map, #map canvas { visibility: visible !important }"


def take(browser: Browser, url: str, at: str, *, night: bool = False, without: str = "") -> Image.Image:
    """The map of a service at ``zoom,lat,lon`` and nothing over it; without the layers whose names begin so."""
    page = browser.new_page(
        viewport={"width": SIZE[0], "height": SIZE[1] + _BAR}, locale="zh-CN", color_scheme="dark" if night else "light"
    )
    if without:
        page.route("**/tiles/style.json*", lambda route: _thinned(route, without))
    page.goto(f"{url}/map#at={at}")
    page.locator("html.map-ready").wait_for(timeout=60_000)
    page.add_style_tag(content=_ALONE)
    picture = _still(page.locator("#map"))
    page.close()
    return picture


def _thinned(route: Route, prefix: str) -> None:
    document: dict[str, Any] = route.fetch().json()
    document["layers"] = [layer for layer in document["layers"] if not layer["id"].startswith(prefix)]
    route.fulfill(body=json.dumps(document), content_type="application/json")


def _still(area: Locator) -> Image.Image:
    """The picture once names have faded in: four in a row that are equal, for a busy machine draws late."""
    before, equal = b"", 1
    for _ in range(60):
        area.page.wait_for_timeout(400)
        now = area.screenshot()
        equal = equal + 1 if now == before else 1
        before = now
        if equal == 4:
            break
    return Image.open(io.BytesIO(before)).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Share of the pixels of either picture whose colour the other has nowhere within a pixel of the same place.

    So the shading of edges and a shift of a pixel count for nothing; a line or a letter that is gone counts with all
    of it.
    """
    return max(_beyond(one, other), _beyond(other, one))


def _beyond(one: Image.Image, other: Image.Image) -> float:
    low, high = (_array(other.filter(kind(3))) for kind in (ImageFilter.MinFilter, ImageFilter.MaxFilter))
    seen = _array(one)
    return float(((seen < low - _EDGE) | (seen > high + _EDGE)).any(axis=2).mean())


def _array(picture: Image.Image) -> NDArray[np.int64]:
    return np.asarray(picture, dtype=np.int64)
