"""A small service in memory: a chequerboard of grids, and the answers to bodies without HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from api.batches.work import Address, Heads, Work
from gis.coverage import Coverage, Edition
from gis.locate import Locator
from gis.settings import Settings

SIDE = 6
WEST, SOUTH, STEP = 101.0, 24.0, 0.125
CODES = [f"532322101{200 + row:03}{column + 1:03}01" for row in range(SIDE) for column in range(SIDE)]


@dataclass(frozen=True)
class InMemory:
    """What the work of a request asks of the service."""

    settings: Settings
    one: Coverage

    def coverage(self, _number: int) -> Coverage:
        return self.one

    def edition(self, _number: int) -> Edition:
        return self.one.edition

    def edition_number(self, _day: date | None) -> int:
        return self.one.edition.number


@dataclass(frozen=True)
class Answer:
    """What came back."""

    body: bytes
    headers: dict[str, str]


def code_of(lon: float, lat: float) -> str | None:
    """The grid of a point of the chequerboard by arithmetic: the lowest code on borders."""
    east, north = (lon - WEST) / STEP, (lat - SOUTH) / STEP
    if not (0 <= east <= SIDE and 0 <= north <= SIDE):
        return None
    columns = {max(0, int(np.ceil(east)) - 1), min(SIDE - 1, int(np.floor(east)))}
    rows = {max(0, int(np.ceil(north)) - 1), min(SIDE - 1, int(np.floor(north)))}
    return CODES[min(rows) * SIDE + min(columns)]


@pytest.fixture(scope="session")
def coverage() -> Coverage:
    shapes = [
        shapely.box(WEST + x * STEP, SOUTH + y * STEP, WEST + (x + 1) * STEP, SOUTH + (y + 1) * STEP)
        for y in range(SIDE)
        for x in range(SIDE)
    ]
    edition = Edition(7, "current", date(2023, 1, 1), "", "", synthetic=True)
    return Coverage(edition, {}, Locator(CODES, shapes))


@pytest.fixture(scope="session")
def here(coverage: Coverage, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Make a service over the chequerboard: ``here(max_points=10)``."""
    folder: Path = tmp_path_factory.mktemp("batches")

    def make(**limits: int) -> Any:
        return InMemory(Settings(data=folder, **limits), coverage)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def ask(here: Callable[..., Any]) -> Callable[..., Answer]:
    """Answer a body, given in blocks of ``block`` bytes: ``ask(body, "text/csv", level=4)``."""

    def answer(
        body: bytes, kind: str, *, block: int = 1 << 20, coding: str = "", accept: str | None = None,
        limits: dict[str, int] | None = None, **address: Any,
    ) -> Answer:  # fmt: skip
        out: list[bytes] = []
        work = Work(here(**limits or {}), Heads(kind, coding, accept), Address(**address), out.append)
        places = range(0, max(1, len(body)), block)
        for place in places:
            work.step(body[place : place + block], last=place == places[-1])
        return Answer(b"".join(out), {name.decode(): value.decode() for name, value in work.headers()})

    return answer
