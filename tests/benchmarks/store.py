"""The throw-away county that is measured, and a server process over it; everything ends with them."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

from gis.db import connect_admin, load_queries
from gis.pg_temporary import temporary
from gis.settings import ROOT
from tests.benchmarks.measure import check
from tests.conftest import Templates
from tests.walks.conftest import free_port

SQL = load_queries(Path(__file__).with_name("queries.sql"))
Row = tuple[Any, ...]
_START_S = 60
_PATIENCE_S = 120


@contextmanager
def throw_away() -> Generator[Templates]:
    """A throw-away cluster with the template databases of the tests."""
    with temporary() as cluster, tempfile.TemporaryDirectory(prefix="wangge-bench-") as folder:
        yield Templates(cluster.conninfo(), Path(folder))


def name_of(url: str) -> str:
    """The name of the database that ``url`` leads to."""
    return str(conninfo_to_dict(url)["dbname"])


def county_url(templates: Templates) -> str:
    """The demonstration county, for reading only."""
    return templates.url(templates.county())


def rows(url: str, query: str, values: dict[str, Any] | None = None) -> list[Row]:
    """The rows of a query of this folder, seen with every right."""
    with connect_admin(url) as connection:
        return connection.execute(SQL[query], values).fetchall()


def copy_out(connection: Connection[Any], query: str) -> bytes:
    """What a query's COPY … TO STDOUT gives."""
    with connection.cursor() as cursor, cursor.copy(SQL[query]) as copy:
        return b"".join(bytes(part) for part in copy)


def copy_in(connection: Connection[Any], query: str, data: bytes) -> None:
    """Feed a query's COPY … FROM STDIN."""
    with connection.cursor() as cursor, cursor.copy(SQL[query]) as copy:
        copy.write(data)


@contextmanager
def server(url: str, folder: Path, **settings: str) -> Generator[int]:
    """The port of the service, one worker, as people start it; ``settings`` as WANGGE_… has them.

    Raises
    ------
    RuntimeError
        If it does not become ready; with the end of its log.
    """
    port = free_port()
    data = Path(tempfile.mkdtemp(dir=folder))
    own = {"DATABASE_URL": url, "DATA": str(data), "PORT": str(port), "WORKERS": "1", "LOG_LEVEL": "error", **settings}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **{f"WANGGE_{name}": value for name, value in own.items()}}
    with (data / "server.log").open("wb") as log:
        command = [sys.executable, "-P", "-m", "api.cli", "serve"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        if not _ready(process, port):
            raise RuntimeError((data / "server.log").read_text(encoding="utf-8")[-2000:])
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _ready(process: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def until_in_memory(data: Path) -> None:
    """Wait until the file of tiles that workers map is made: it is made once for an edition.

    Raises
    ------
    WrongAnswer
    """
    until = time.monotonic() + _PATIENCE_S
    while not list((data / "tiles").glob("*.tiles")):
        check(time.monotonic() < until, "the tiles do not come into memory")
        time.sleep(0.1)


def column(found: Sequence[Row], number: int = 0) -> list[Any]:
    """One column of rows."""
    return [row[number] for row in found]
