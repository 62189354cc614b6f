"""Rows of a collection, read in blocks while they are written out: one statement, and so one state of the data."""

import logging
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, cast

from psycopg import sql

from api.ogc.context import Asked, asking
from api.ogc.downloads.formats import Format
from api.ogc.filters import evaluated
from api.ogc.model import Collection, Field
from api.ogc.parameters import ItemsQuery
from api.ogc.provider import CountyProvider, Statement
from gis.crs import Crs
from gis.db import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("downloads.sql"))
_BLOCK = 250  # rows held at once: fewer than a socket holds, so that the database goes on while they are written
_LONGEST_MS = "600000"
_DEGREE_DIGITS, _METRE_DIGITS = 9, 4
log = logging.getLogger("wangge.ogc")

Row = tuple[Any, ...]
Blocks = Generator[list[Row]]


@dataclass(frozen=True, slots=True)
class Table:
    """What the rows are: the id, these fields, and a geometry last, if ``shapes``.

    Attributes
    ----------
    edition : number of the edition read.
    notice : what must be said of the data; empty if nothing.
    """

    collection: Collection
    fields: tuple[Field, ...]
    shapes: bool
    crs: Crs
    edition: int
    notice: str

    @property
    def names(self) -> list[str]:
        """Names of the columns without the geometry."""
        return ["id", *(field.name for field in self.fields)]

    def places(self, kind: str) -> list[int]:
        """Which columns hold values of a kind or format."""
        return [place for place, field in enumerate(self.fields, 1) if kind in {field.kind, field.format}]


class Reading:
    """The rows of everything a query is about; read once, by one thread, and stopped by any.

    Raises
    ------
    NotSignedIn
        If the collection is personal and ``asked`` has no scope.
    """

    def __init__(self, asked: Asked, table: Table, query: ItemsQuery, form: Format, *, limit: int | None) -> None:
        self._asked = asked
        self._stopped = False
        self._connection: Connection | None = None
        self._lock = Lock()
        self._everything = asked.window is None and asked.condition is None and not query.filters and limit is None
        columns = [sql.SQL("f.id::text" if table.collection.identifier != "integer" else "f.id")]
        columns += [sql.Identifier("f", field.name) for field in table.fields]
        shape = [_geometry(table.crs, form)] if table.shapes else []
        with asking(asked):
            provider = CountyProvider.of(table.collection.id)
            sortby = [{"property": name, "order": "+" if ascends else "-"} for name, ascends in query.sort]
            statement = provider.statement([*columns, *shape], query.filters, sortby, whole=self._everything)
        # The order of UUIDs tells nobody anything, and all rows would wait for it: where it does not decide, it is left out.
        ordered = bool(query.sort or query.offset or limit is not None or table.collection.identifier != "uuid")
        self._statement, self._values = _cut(statement, limit, query.offset, ordered=ordered)

    def blocks(self) -> Blocks:
        """The rows, some hundreds at a time.

        Raises
        ------
        InvalidInput
            If the filter cannot be evaluated over these data.
        DatabaseUnavailable, TooLong, StorageFull
        """
        asked = self._asked
        with evaluated(asked.condition), asked.service.database.transaction(asked.scope) as connection:
            connection.execute(_SQL["longest"], [_LONGEST_MS])
            if self._everything:
                # Row policies make the planner expect a handful of rows: it would look each of them up in the other table.
                connection.execute(_SQL["no_probing"])
            with self._stoppable(connection):
                cursor = connection.cursor(binary=True)
                streamed = cursor.stream(self._statement, self._values, binary=True, size=_BLOCK)
                with closing(cast("Generator[Row]", streamed)) as rows:  # closing ends the statement
                    while not self._stopped and (block := list(islice(rows, _BLOCK))):
                        yield block

    def stop(self) -> None:
        """End the statement: nobody wants the rows any more."""
        with self._lock:
            self._stopped = True
            if self._connection is not None:
                self._connection.cancel_safe(timeout=5)
                log.info("a download is stopped: the client went away")

    @contextmanager
    def _stoppable(self, connection: Connection) -> Generator[None]:
        with self._lock:
            self._connection = connection
        try:
            yield
        finally:
            with self._lock:
                self._connection = None


def _geometry(crs: Crs, form: Format) -> sql.Composable:
    """The SQL that writes ``f.geom`` in a system, for a format."""
    degrees = crs.kind == "geographic"  # WGS 84 and CGCS2000 are taken as equal, see gis.crs
    shape: sql.Composable = sql.SQL(_SQL["degrees" if degrees else "metres"])
    if form.geometry == "wkb":
        return sql.SQL(_SQL["wkb"]).format(shape=shape)
    if crs.north_first:
        shape = sql.SQL(_SQL["official"]).format(shape=shape)
    digits = sql.Literal(_DEGREE_DIGITS if degrees else _METRE_DIGITS)
    return sql.SQL(_SQL[form.geometry]).format(shape=shape, digits=digits)


def _cut(statement: Statement, limit: int | None, offset: int, *, ordered: bool) -> tuple[sql.Composed, dict[str, Any]]:
    text = statement.text + (sql.SQL(" ORDER BY ") + statement.order if ordered else sql.SQL(""))
    if limit is not None or offset:
        text += sql.SQL(" LIMIT %(limit)s OFFSET %(offset)s")
    return text, {**statement.values, "limit": limit, "offset": offset}
