"""What one worker process holds: settings, connections, and the editions it serves from memory."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date

from starlette.requests import Request

from api.people import People
from api.sheets import Sheets
from api.tile_memory import TileMemory
from gis.coverage import Coverage, Edition, current_edition, list_editions, read_edition
from gis.coverage_files import shared_coverage
from gis.db import Database, translated
from gis.errors import NotFound, NotReady, WanggeError
from gis.settings import Settings
from tiles.figures import PublicFigures

log = logging.getLogger("wangge.service")
KEPT_EDITIONS = 4
POLL_S = 5.0


class Service:
    """The shared state of a worker; every method may be called from any thread."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self._current: int | None = None
        self._known: dict[int, Edition] = {}
        self._by_day: list[tuple[date, int]] = []
        self._kept: OrderedDict[int, Future[Coverage]] = OrderedDict()
        self._ready: dict[int, Coverage] = {}
        self.people = People(database)
        self.tiles = TileMemory(database, settings.data / "tiles")
        self.sheets = Sheets()
        self.figures = PublicFigures(settings.suppress_below)
        self.counts: dict[tuple[str, str], int] = {}
        self._followers: list[Callable[[], None]] = []
        self._redraw_followers: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        # One after another: each takes half a second of work, however many ask for it.
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="coverage")

    def current(self) -> int:
        """Number of the edition served; from memory, so also without the database.

        Raises
        ------
        NotReady, DatabaseUnavailable
            As long as there has not been one.
        """
        return self.refresh() if self._current is None else self._current

    def edition(self, number: int) -> Edition:
        """A published edition, by its number.

        Raises
        ------
        NotFound, DatabaseUnavailable
        """
        found = self._known.get(number)
        if found is None:
            with self.database.transaction() as connection:
                found = self._known[number] = read_edition(connection, number)
        return found

    def edition_number(self, day: date | None) -> int:
        """Number of the edition valid on ``day``, of the current one without a day; from memory.

        Raises
        ------
        NotFound
            If the day lies before the first edition.
        NotReady, DatabaseUnavailable
        """
        current = self.current()
        if day is None:
            return current
        number = self._on(day)
        if number is None:
            raise NotFound(what_zh="该日期的版本", what_en="edition valid on", value=day)
        return number

    def now_edition(self, day: date | None = None, number: int | None = None) -> int | None:
        """As `edition` and `edition_number`, but None rather than an error, and nothing is waited for."""
        if number is not None:
            return number if number in self._known else None
        return self._current if day is None else self._on(day)

    def _on(self, day: date) -> int | None:
        return next((number for valid_from, number in self._by_day if valid_from <= day), None)

    def tile_version(self) -> tuple[int | None, int]:
        """Changes whenever an address may lead to other tiles in memory than before."""
        return self._current, self.tiles.version

    def now_coverage(self, number: int) -> Coverage | None:
        """An edition that is in memory already, else None."""
        return self._ready.get(number)

    def coverage(self, number: int | None = None) -> Coverage:
        """An edition with its index from memory, loaded on first use; the current one by default.

        Raises
        ------
        NotReady, NotFound, DatabaseUnavailable
        """
        number = number or self.current()
        with self._lock:
            place = self._kept.get(number)
            if place is None or (place.done() and place.exception() is not None):
                place = self._kept[number] = self._loader.submit(self._load, number)
            self._kept.move_to_end(number)
            idle = [kept for kept, found in self._kept.items() if found.done() and kept not in {number, self._current}]
            for kept in idle[: max(0, len(self._kept) - KEPT_EDITIONS)]:
                del self._kept[kept]
                self._ready.pop(kept, None)
        return place.result()

    def _load(self, number: int) -> Coverage:
        with self.database.transaction() as connection:
            found = self._ready[number] = shared_coverage(connection, self.settings.data / "index", number)
            return found

    def refresh(self) -> int:
        """Ask the database which edition is current and switch to it in one step, once it is in memory.

        The first one is served at once: lists need no index, and tiles come from the store until they are in memory.
        """
        with self.database.transaction() as connection:
            number = current_edition(connection)
            editions = list_editions(connection)
        if number is None:
            raise NotReady
        self._known = {one.number: one for one in editions}
        self._by_day = sorted(((one.valid_from, one.number) for one in editions), reverse=True)
        if number != self._current:
            if self._current is not None:
                self.coverage(number)
            self.tiles.follow(number, make=self._current is not None)
            self._current = number
            log.info("serving edition", extra={"edition": number})
            for tell in self._followers:
                tell()
        return number

    def on_edition(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called after each switch to another edition, by the thread that switched; it must be quick."""
        self._followers.append(tell)

    def on_redraw(self, tell: Callable[[], None]) -> None:
        """As `on_edition`, after each switch to tiles with units drawn again within the edition."""
        self._redraw_followers.append(tell)

    def catch_up(self) -> int:
        """Switch to the current edition as `refresh` does, with its index, and to its units as they are drawn now."""
        before = self.tiles.redraws.now
        self.coverage(number := self.refresh())
        self.tiles.follow(number)
        if self.tiles.redraws.now != before:
            for tell in self._redraw_followers:
                tell()
        return number

    def watch(self, stop: threading.Event) -> None:
        """Follow publications until ``stop`` is set: by notification, and by asking now and then."""
        while not stop.is_set():
            try:
                self._follow(stop)
            except WanggeError as error:
                log.warning("waiting for the database", extra={"reason": error.message("en")})
                stop.wait(1.0)

    def _follow(self, stop: threading.Event) -> None:
        connection = self.database.dedicated()
        try:
            with translated():
                connection.execute("LISTEN wangge_edition; LISTEN wangge_data")
                while not stop.is_set():
                    self.people.follow()
                    self.catch_up()
                    for _ in connection.notifies(timeout=POLL_S, stop_after=1):
                        pass
        finally:
            connection.close()


def service(request: Request) -> Service:
    """FastAPI dependency: the worker's service."""
    return request.app.state.service
