"""Brings a database to the state the service needs: migrated, nothing half published."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from gis.cluster import running_database
from gis.db import Database
from gis.migrate import migrate
from gis.settings import ROOT, Settings

MIGRATIONS = [ROOT / package / "migrations" for package in ("gis", "boundaries", "tiles", "api")]

Begin = Callable[[str, str], Callable[[float], None]]


@contextmanager
def open_store(settings: Settings, begin: Begin) -> Generator[Database]:
    """The migrated store for the length of a command, without a limit on the time of statements.

    ``begin`` shows a step of the work, in Chinese and English.

    Raises
    ------
    SetupNeeded, MigrationRefused, DatabaseUnavailable
    """

    def tell(zh: str, en: str) -> None:
        begin(zh, en)

    with running_database(settings, tell=tell) as conninfo:
        migrate(conninfo, MIGRATIONS)
        with Database(conninfo, size=2, statement_timeout_s=0) as database:
            yield database
