"""Pages in a real browser, headless, and what goes wrong in them."""

import io
from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DRAWN_MS = 30_000


@contextmanager
def launched() -> Generator[Browser]:
    """A browser of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """A page and what went wrong in it."""

    def __init__(self, page: Page, home: str) -> None:
        self.page = page
        self.foreign: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self._seen(request.url, home))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)

    def _seen(self, url: str, home: str) -> None:
        if not url.startswith((home, "data:", "blob:")):
            self.foreign.append(url)

    def wait_until_drawn(self) -> None:
        """Wait until a good share of the picture is no longer the background."""
        self.page.locator("#map canvas").wait_for(timeout=DRAWN_MS)
        for _ in range(60):
            self.page.wait_for_timeout(500)
            if _colours(self.page.locator("#map").screenshot()) > 40:
                return
        pytest.fail(f"the map stayed empty; errors: {self.errors}")


def _colours(png: bytes) -> int:
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB").resize((300, 200))).reshape(-1, 3)
    return len(np.unique(pixels // 8, axis=0))
