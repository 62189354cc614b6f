"""The map looks as it did when somebody looked at it: borders and names at every band of zooms, by day and by night.

A reference is renewed by looking at the picture that the failing test names and copying it over the old one.
"""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.walks.conftest import Running
from tests.walks.pictures import REFERENCES, SIZE, difference, take

pytestmark = pytest.mark.browser
VIEWS = {
    "z7": "7.00,24.5600,101.5500",
    "z10": "10.00,24.6000,101.6000",
    "z13": "13.00,24.6000,101.6000",
    "z16": "16.00,24.5942,101.6132",
    "z10-night": "10.00,24.6000,101.6000",
}
MOST = 0.0005
"""Share of pixels that may differ from the reference; borders and names make up several times as many."""


def _reference(name: str) -> Image.Image:
    with Image.open(REFERENCES / f"{name}.png") as picture:
        return picture.convert("RGB")


@pytest.mark.parametrize("name", VIEWS)
def test_the_map_looks_as_it_did(browser: Browser, server: Running, tmp_path: Path, name: str) -> None:
    fresh = take(browser, server.url, VIEWS[name], night=name.endswith("night"))
    fresh.quantize(128).save(tmp_path / f"{name}.png", optimize=True)
    found = difference(fresh, _reference(name))
    assert found <= MOST, f"{found:.2%} of the pixels differ: look at {tmp_path / name}.png"


@pytest.mark.parametrize("without", ["borders-", "labels-", "fill-"])
@pytest.mark.parametrize(
    "name", ["z10", *(pytest.param(name, marks=pytest.mark.long) for name in ("z7", "z13", "z16"))]
)
def test_what_vanishes_from_the_map_is_noticed(browser: Browser, server: Running, name: str, without: str) -> None:
    assert difference(take(browser, server.url, VIEWS[name], without=without), _reference(name)) > 4 * MOST


def test_references_are_small_and_whole() -> None:
    assert {path.stem for path in REFERENCES.glob("*.png")} == set(VIEWS)
    for name in VIEWS:
        assert (REFERENCES / f"{name}.png").stat().st_size <= 150_000
        assert _reference(name).size == SIZE
