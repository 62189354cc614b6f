"""A service that switches editions when told, for tests of the events that clients get."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from api.announcements import Announcements
from api.redraws import Drawn, Redraws
from api.service import Service
from gis.errors import DatabaseUnavailable


class Editions:
    """A service that switches editions when told; counts what it is asked."""

    def __init__(self) -> None:
        self.number = 3
        self.ahead = 3
        self.connections = 0
        self.down = False
        self.settings = SimpleNamespace(lang="en")
        self.database = self
        self.tiles = SimpleNamespace(redraws=Redraws())
        self._followers: list[Callable[[], None]] = []

    def current(self) -> int:
        return self.number

    def catch_up(self) -> int:
        self.number = self.ahead
        return self.number

    def on_edition(self, tell: Callable[[], None]) -> None:
        self._followers.append(tell)

    on_redraw = on_edition

    def redraw(self, rev: int, *keys: int) -> None:
        self.tiles.redraws.add(Drawn(self.number, rev), np.array(keys, dtype=np.uint64))
        for tell in self._followers:
            tell()

    def switch(self, number: int) -> None:
        self.number = self.ahead = number
        for tell in self._followers:
            tell()

    @contextmanager
    def transaction(self) -> Generator[None]:
        self.connections += 1
        if self.down:
            raise DatabaseUnavailable
        yield


def told_by(editions: Editions, **options: Any) -> Announcements:
    return Announcements(cast("Service", editions), **options)
