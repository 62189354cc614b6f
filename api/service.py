"""What one worker process holds: settings, connections, and the editions it serves from memory."""

import logging
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date

from starlette.requests import Request

from gis.coverage import Coverage, Edition, current_edition, edition_on, load_coverage, read_edition
from gis.db import Database, translated
from gis.errors import NotReady, WanggeError
from gis.settings import Settings

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
        self._kept: OrderedDict[int, Future[Coverage]] = OrderedDict()
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
        """Number of the edition valid on ``day``, of the current one without a day."""
        if day is None:
            return self.current()
        with self.database.transaction() as connection:
            return edition_on(connection, day)

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
        return place.result()

    def _load(self, number: int) -> Coverage:
        with self.database.transaction() as connection:
            return load_coverage(connection, number)

    def refresh(self) -> int:
        """Ask the database which edition is current and switch to it in one step, once it is in memory.

        The first one is served at once: tiles and lists need no index.
        """
        with self.database.transaction() as connection:
            number = current_edition(connection)
        if number is None:
            raise NotReady
        if number != self._current:
            if self._current is not None:
                self.coverage(number)
            self._current = number
            log.info("serving edition", extra={"edition": number})
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
                connection.execute("LISTEN wangge_edition")
                while not stop.is_set():
                    self.coverage(self.refresh())
                    for _ in connection.notifies(timeout=POLL_S, stop_after=1):
                        pass
        finally:
            connection.close()


def service(request: Request) -> Service:
    """FastAPI dependency: the worker's service."""
    return request.app.state.service
