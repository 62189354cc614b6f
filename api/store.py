"""Brings a database to the state the service needs: migrated, nothing half published."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager

from api.interruptions import interruptions
from gis.cluster import running_database
from gis.db import Database
from gis.migrate import migrate
from gis.pg_programs import Tell, silent
from gis.settings import ROOT, Settings

MIGRATIONS = [ROOT / package / "migrations" for package in ("gis", "boundaries", "tiles", "api")]

Begin = Callable[[str, str], Callable[[float], None]]


@contextmanager
def service_database(settings: Settings, tell: Tell = silent) -> Generator[str]:
    """The running database as a connection string; neither its start nor its stop is left half done by a signal.

    Raises
    ------
    SetupNeeded, DatabaseUnavailable, StorageFull
    """
    with ExitStack() as stack:
        with interruptions.held():
            conninfo = stack.enter_context(running_database(settings, tell=tell))
        try:
            yield conninfo
        finally:
            with interruptions.held():
                stack.close()


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

    with service_database(settings, tell) as conninfo:
        migrate(conninfo, MIGRATIONS)
        with Database(conninfo, size=2, statement_timeout_s=0) as database:
            yield database
