"""What one worker process holds: settings, connections, and the editions it serves from memory."""

import logging
import threading
from collections import OrderedDict
from datetime import date

from starlette.requests import Request

from gis.coverage import Coverage, current_edition, edition_on, load_coverage
from gis.db import Database, translated
from gis.errors import DatabaseUnavailable, NotReady
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
        self._kept: OrderedDict[int, Coverage] = OrderedDict()
        self._lock = threading.Lock()

    def coverage(self, number: int | None = None) -> Coverage:
        """An edition from memory, loaded on first use; the current one by default.

        Raises
        ------
        NotReady, NotFound, DatabaseUnavailable
        """
        number = number or self._current
        if number is None:
            number = self.refresh()
        with self._lock:
            if number in self._kept:
                self._kept.move_to_end(number)
                return self._kept[number]
        with self.database.transaction() as connection:
            coverage = load_coverage(connection, number)
        with self._lock:
            self._kept[number] = coverage
            while len(self._kept) > KEPT_EDITIONS:
                self._kept.popitem(last=False)
        return coverage

    def edition_number(self, day: date | None) -> int:
        """Number of the edition valid on ``day``, of the current one without a day."""
        if day is None:
            return self.coverage().edition.number
        with self.database.transaction() as connection:
            return edition_on(connection, day)

    def refresh(self) -> int:
        """Ask the database which edition is current, load it, then switch to it in one step."""
        with self.database.transaction() as connection:
            number = current_edition(connection)
        if number is None:
            raise NotReady
        if number != self._current:
            self.coverage(number)
            self._current = number
            log.info("serving edition", extra={"edition": number})
        return number

    def watch(self, stop: threading.Event) -> None:
        """Follow publications until ``stop`` is set: by notification, and by asking now and then."""
        while not stop.is_set():
            try:
                self._follow(stop)
            except (DatabaseUnavailable, NotReady) as error:
                log.warning("waiting for the database", extra={"reason": error.message("en")})
                stop.wait(1.0)

    def _follow(self, stop: threading.Event) -> None:
        connection = self.database.dedicated()
        try:
            with translated():
                connection.execute("LISTEN wangge_edition")
                while not stop.is_set():
                    self.refresh()
                    for _ in connection.notifies(timeout=POLL_S, stop_after=1):
                        pass
        finally:
            connection.close()


def service(request: Request) -> Service:
    """FastAPI dependency: the worker's service."""
    return request.app.state.service
