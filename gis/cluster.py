"""The private PostgreSQL cluster in the data folder: made, started and stopped with the service.

``<data>/pg`` holds it (see :func:`gis.pg_account.make_home` for data folders that only root may enter),
``<data>/secret/database`` its password. Nothing here touches a PostgreSQL of the machine's own.
"""

import fcntl
import os
import secrets
import time
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from psycopg.conninfo import make_conninfo

from gis.db import connect_admin, load_queries
from gis.errors import DatabaseUnavailable, WanggeError
from gis.file_lock import alone, lock_file
from gis.pg_account import Account, account_for, check_owner, make_home
from gis.pg_config import settings_text
from gis.pg_programs import Programs, Tell, find_programs, install_programs, no_database, silent
from gis.pg_server import USER, Server, port_is_free, trouble
from gis.secret_files import write_secret
from gis.settings import Settings

DATABASE = "wangge"
# Below the ports that systems hand out for outgoing connections, so that one found free stays free.
_FIRST_PORT, _PORTS = 15432, 1000
_SOCKET_PATH_LIMIT = 107
_SQL = load_queries(Path(__file__).with_suffix(".sql"))

Find = Callable[[int | None], Programs | None]
Install = Callable[[int | None, Tell], None]


@dataclass(frozen=True)
class ClusterStatus:
    """What there is of the private cluster; ``home`` is its real folder, with the logs in ``log``."""

    state: Literal["absent", "stopped", "running"]
    home: Path
    major: int | None = None
    port: int | None = None
    pid: int | None = None


def _find(major: int | None) -> Programs | None:
    return find_programs(major=major)


def _install(major: int | None, tell: Tell) -> None:
    install_programs(major=major, tell=tell)


class Cluster:
    """The cluster of one data folder. Every method may be called by several processes at once.

    Parameters
    ----------
    settings : only ``data`` is used.
    tell : told, in Chinese and English, of steps that take long.
    durable : false for a throw-away cluster, which a crash may destroy.
    find, install : how programs are found and installed; tests give their own.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        tell: Tell = silent,
        durable: bool = True,
        find: Find = _find,
        install: Install = _install,
    ) -> None:
        self._data = settings.data.absolute()
        self._tell = tell
        self._durable = durable
        self._find = find
        self._install = install

    @property
    def home(self) -> Path:
        """The cluster's real folder, there or not."""
        return (self._data / "pg").resolve()

    def programs(self) -> Programs:
        """The programs to run this cluster with; installed if need be and possible.

        Raises
        ------
        SetupNeeded
            There are none: names the three ways to a database.
        """
        major = Server(self.home).major()
        found = self._find(major)
        if found is None:
            self._install(major, self._tell)
            found = self._find(major)
        if found is None:
            raise no_database(major)
        return found

    def conninfo(self, database: str = DATABASE) -> str:
        """The libpq connection string, with the password; valid while the cluster runs."""
        port = self._port()
        return make_conninfo(
            host=str(self._socket_folder(port) or "127.0.0.1"),
            port=port,
            user=USER,
            password=self._secret.read_text(encoding="utf-8"),
            dbname=database,
        )

    def ensure(self) -> str:
        """Make the cluster if there is none, start it if it stands still, and return its connection string.

        Safe to call at any time and from several processes: after a crash of the machine or of PostgreSQL,
        after an initialisation that was cut short, with a stale pid file or a port taken by somebody else.

        Raises
        ------
        SetupNeeded
            No PostgreSQL, one that does not start (carries its own reason), a cluster of another account, or a data
            folder that cannot be written.
        StorageFull
            No room for the cluster's files.
        """
        with alone(self._data / "pg.lock"):
            check_owner(self.home)
            server = Server(self.home)
            if server.postmaster() is not None and not self._secret.exists():
                server.stop()
            if server.postmaster() is None or not self._completed_alive(server):
                self._complete(self._start())
        return self.conninfo()

    def _completed_alive(self, server: Server) -> bool:
        """Complete a server that was found running; false when it is found dead instead.

        A killed server is still seen, and its files still call it ready, until the system has ended it.
        """
        try:
            self._complete(server)
        except WanggeError:
            if not server.is_dying():
                raise
            return False
        return True

    def _complete(self, server: Server) -> None:
        """Wait until the server answers, and make its database where it is not there yet."""
        server.wait_until_ready()
        self._prepare_database()

    def stop(self) -> bool:
        """Stop the cluster, whoever uses it; false when it was not running."""
        if not (self._data / "pg").exists():
            return False
        check_owner(self.home)
        with alone(self._data / "pg.lock"):
            return Server(self.home).stop()

    @contextmanager
    def running(self) -> Generator[str]:
        """The cluster for the length of a block, as a connection string; the last user to leave stops it.

        A user that was killed counts as gone: users are counted by file locks, which end with their process.
        """
        with lock_file(self._data / "pg.users") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                yield self.ensure()
            finally:
                with alone(self._data / "pg.lock"), suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    Server(self.home).stop()

    def status(self) -> ClusterStatus:
        """Look without changing anything."""
        check_owner(self.home)
        server = Server(self.home)
        major = server.major()
        if major is None:
            return ClusterStatus("absent", self.home)
        pid = server.postmaster()
        return ClusterStatus("stopped" if pid is None else "running", self.home, major, self._port(), pid)

    def _start(self) -> Server:
        """Start the server, with its files made first where there are none."""
        programs = self.programs()
        account = account_for(self.home)  # only now: packages just installed may have made it
        server = Server(make_home(self._data / "pg", account))
        if server.major() is None:
            self._tell("正在建立数据库 …", "making the database cluster …")
            server.initialise(programs, account, durable=self._durable)
            self._secret.unlink(missing_ok=True)
        if not self._secret.exists():
            self._renew_password(server, programs, account)
        reason = ""
        for _ in range(60):
            port = self._choose_port()
            folder = self._socket_folder(port)
            reason = server.start(
                programs,
                account,
                settings_text(port=port, socket_folder=folder, log_folder=self.home / "log", durable=self._durable),
            )
            if not reason:
                break
            if "still in use" in reason:  # processes of a killed server are just ending
                time.sleep(0.5)
            elif port_is_free(port):
                raise trouble(reason, server.home)
        else:
            raise trouble(reason, server.home)
        return server

    def _renew_password(self, server: Server, programs: Programs, account: Account) -> None:
        """Give the cluster's user a new password: at first, and when its file was lost."""
        password = secrets.token_urlsafe(32)
        server.set_password(programs, account, password)
        write_secret(self._secret, password)

    def _prepare_database(self) -> None:
        """Make the database with PostGIS where it is not there yet."""
        with connect_admin(self.conninfo("postgres")) as connection:
            row = connection.execute(_SQL["database_exists"]).fetchone()
            if row is None or not row[0]:
                connection.execute(_SQL["create_database"])
        with connect_admin(self.conninfo()) as connection:
            connection.execute(_SQL["create_extension"])

    @property
    def _secret(self) -> Path:
        return self._data / "secret/database"

    def _socket_folder(self, port: int) -> Path | None:
        """The folder of the unix socket, None where its path is too long for one or would read as a list."""
        folder = self.home / "run"
        too_long = len(os.fsencode(folder / f".s.PGSQL.{port}")) > _SOCKET_PATH_LIMIT
        return None if too_long or not {",", '"'}.isdisjoint(str(folder)) else folder

    def _port(self) -> int:
        """The port of the last start, before the first one a number that differs between data folders."""
        try:
            return int((self.home / "port").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return _FIRST_PORT + zlib.crc32(os.fsencode(self._data)) % _PORTS

    def _choose_port(self) -> int:
        """The port of last time, else the next one that nobody listens on; kept for the next start."""
        last = self._port()
        ports = (_FIRST_PORT + (last - _FIRST_PORT + step) % _PORTS for step in range(_PORTS))
        port = next((port for port in ports if port_is_free(port)), None)
        if port is None:
            raise DatabaseUnavailable(detail=f"no free port from {_FIRST_PORT} to {_FIRST_PORT + _PORTS - 1}")
        (self.home / "port").write_text(f"{port}\n", encoding="ascii")
        return port


def database_url(settings: Settings) -> str:
    """The connection string of the service's database: the one that is set, else the private cluster, started."""
    return settings.database_url.get_secret_value() if settings.database_url else Cluster(settings).ensure()


@contextmanager
def running_database(settings: Settings, *, tell: Tell = silent) -> Generator[str]:
    """The service's database for the length of a block; a private cluster is stopped by the last that leaves."""
    if settings.database_url:
        yield settings.database_url.get_secret_value()
        return
    with Cluster(settings, tell=tell).running() as conninfo:
        yield conninfo
