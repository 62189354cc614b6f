"""The only module that opens database connections; errors of the database become errors of the service here."""

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, LiteralString, Self, cast

import numpy as np
import psycopg
import shapely
from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from gis.errors import Conflict, DatabaseUnavailable, Forbidden, StorageFull, TooLong, WanggeError
from gis.scope import Scope

Connection = psycopg.Connection[TupleRow]
Queries = Mapping[str, LiteralString]

SERVICE_ROLE = "wangge_service"
OWNER_ROLE = "wangge_owner"
STORAGE_SRID = 4490
WAIT_S, WAIT_AGAIN_S = 3.0, 0.25
_NAME = re.compile(r"^-- name: ([a-z_0-9]+)\n", re.MULTILINE)


def load_queries(path: Path) -> Queries:
    """Read a file of named queries: each block begins with a line ``-- name: the_name``.

    The text is the project's own source, so it counts as literal (nobody's input is ever part of it).
    """
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    names, bodies = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise WanggeError(detail=f"a query name stands twice in {path.name}")
    return {name: cast("LiteralString", body.strip()) for name, body in zip(names, bodies, strict=True)}


@contextmanager
def translated() -> Generator[None]:
    """Turn database errors into the service's own: lost connection, full disk, time-out, refused row, conflict."""
    try:
        yield
    except (pg.DiskFull, pg.OutOfMemory) as error:
        raise StorageFull(detail=_first_line(error)) from error
    except pg.QueryCanceled as error:
        raise TooLong(detail=_first_line(error)) from error
    except pg.InsufficientPrivilege as error:
        raise Forbidden(reason_zh="不在您的辖区内", reason_en="outside your jurisdiction") from error
    except (
        pg.UniqueViolation,
        pg.ExclusionViolation,
        pg.RestrictViolation,
        pg.SerializationFailure,
    ) as error:
        text = _first_line(error)
        raise Conflict(reason_zh=text, reason_en=text) from error
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed) as error:
        raise DatabaseUnavailable(detail=_first_line(error)) from error


def _first_line(error: Exception) -> str:
    """The first line of a database message: no statement, no parameter, no address of the server."""
    text = str(error).splitlines()
    return text[0] if text else type(error).__name__


@contextmanager
def connect_admin(conninfo: str, *, autocommit: bool = True) -> Generator[Connection]:
    """Connect with the rights of ``conninfo`` itself, for set-up, migrations and backups only."""
    with translated(), psycopg.connect(conninfo, autocommit=autocommit, connect_timeout=10) as connection:
        yield connection


def set_scope(connection: Connection, scope: Scope) -> None:
    """Set the row scope for the rest of the transaction."""
    connection.execute("SELECT set_config('wangge.scope', %s, true)", [scope.setting])


class Database:
    """A pool of connections under the service role, which owns nothing and obeys row policies.

    Parameters
    ----------
    conninfo : libpq connection string of a user that may act as the service role.
    size : most connections held.
    statement_timeout_s : longest time for one statement, seconds; 0 means none (jobs).
    role : database role the connections act as.
    """

    def __init__(
        self, conninfo: str, *, size: int = 4, statement_timeout_s: float = 30, role: str = SERVICE_ROLE
    ) -> None:
        options = f"-c role={role} -c statement_timeout={int(statement_timeout_s * 1000)}"
        self.conninfo = conninfo
        self._reached = True
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            conninfo,
            min_size=1,
            max_size=size,
            timeout=WAIT_S,
            reconnect_timeout=0,
            kwargs={"options": options, "application_name": "wangge", "connect_timeout": 3},
            check=ConnectionPool.check_connection,
            open=True,
            name="wangge",
        )

    @contextmanager
    def transaction(self, scope: Scope | None = None) -> Generator[Connection]:
        """One transaction; personal tables answer only where ``scope`` is given, and only inside it.

        Raises
        ------
        DatabaseUnavailable, StorageFull, TooLong, Forbidden, Conflict
            By the database's SQLSTATE; the transaction is rolled back.
        """
        with translated(), self._connected() as connection, connection.transaction():
            if scope is not None:
                set_scope(connection, scope)
            yield connection

    @contextmanager
    def _connected(self) -> Generator[Connection]:
        """A connection of the pool. While the database is away nobody waits long for it, so that threads stay free."""
        with ExitStack() as stack:
            wait_s = WAIT_S if self._reached else WAIT_AGAIN_S
            try:
                connection = stack.enter_context(self._pool.connection(timeout=wait_s))
            except PoolTimeout:
                self._reached = False
                raise
            self._reached = True
            yield connection

    def dedicated(self) -> Connection:
        """A connection of its own outside the pool, for LISTEN and for locks that outlive a transaction."""
        with translated():
            return psycopg.connect(self.conninfo, autocommit=True, connect_timeout=3, application_name="wangge")

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def bulk_insert(
    connection: Connection, table: tuple[str, str], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Write many rows and return how many; geometry goes as hexadecimal EWKB text.

    COPY refuses tables with row policies, so the rows pass through a temporary table and the policies judge them.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    target = sql.Identifier(*table)
    count = 0
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.bulk")
        cursor.execute(sql.SQL("CREATE TEMP TABLE bulk AS SELECT {} FROM {} WITH NO DATA").format(names, target))
        with cursor.copy(sql.SQL("COPY pg_temp.bulk ({}) FROM STDIN").format(names)) as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
        cursor.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM pg_temp.bulk").format(target, names, names))
        cursor.execute("DROP TABLE pg_temp.bulk")
    return count


def to_ewkb(geometries: Sequence[Any] | np.ndarray[Any, Any]) -> list[str]:
    """Hexadecimal EWKB with SRID 4490, as COPY and parameters take it."""
    array = np.asarray(geometries, dtype=object)
    return [one.hex() for one in shapely.to_wkb(shapely.set_srid(array, STORAGE_SRID), include_srid=True)]


def as_multi(geometries: Sequence[Any] | np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Polygons as multipolygons, multipolygons as they are; shape (n,)."""
    array = np.asarray(geometries, dtype=object)
    return np.array([g if g.geom_type == "MultiPolygon" else shapely.multipolygons([g]) for g in array], dtype=object)
