"""The provider behind pygeoapi: one collection of the county store over psycopg, in any CRS, scope and edition."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from psycopg import sql
from psycopg.rows import dict_row
from pygeoapi.provider.base import BaseProvider

from api.ogc.collections import COLLECTIONS
from api.ogc.context import Asked, asked_now
from api.ogc.filters import evaluated
from api.ogc.identifiers import parse_identifier
from api.ogc.missing import missing
from api.ogc.model import Collection
from gis.clock import CHINA
from gis.crs import STORAGE, Crs
from gis.db import Connection, load_queries
from gis.errors import NotSignedIn

_SQL = load_queries(Path(__file__).with_name("provider.sql"))
_PAGE = sql.SQL("SELECT f.id, {columns}, {shape} AS geojson FROM ({source}) AS f {where} ORDER BY {order}")
_ALL = sql.SQL("SELECT {columns} FROM ({source}) AS f {where}")
_AFTER = sql.SQL("f.id > %(after)s")
_KEPT_COUNTS = 1024
_COUNT = sql.SQL("SELECT count(*) FROM ({source}) AS f {where}")


@dataclass(frozen=True, slots=True)
class _Selection:
    """Which rows: the SQL after FROM, of all and of those from this page on, and its values."""

    source: sql.Composable
    where: sql.Composable
    onward: sql.Composable
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement without its order, what it is ordered by so that pages never overlap, and its values."""

    text: sql.Composed
    order: sql.Composable
    values: dict[str, Any]


class CountyProvider(BaseProvider):
    """One collection for pygeoapi; ``data`` in its definition is the collection's id.

    Edition, scope, CRS and window come from the request's context (`api.ogc.context`): pygeoapi makes a provider for
    each request from configuration alone, and moves only two corners of a bbox into the storage CRS.
    """

    def __init__(self, provider_def: dict[str, Any]) -> None:
        """Make the provider of ``provider_def["data"]``."""
        super().__init__(provider_def)
        self.collection: Collection = COLLECTIONS[str(provider_def["data"])]
        self._fields = self.get_fields()

    @classmethod
    @cache
    def of(cls, name: str) -> "CountyProvider":
        """The provider of a collection: it holds nothing of a request, so that one serves all."""
        return cls({"type": "feature", "name": cls.__name__, "data": name, "storage_crs": STORAGE.uri})

    def get_fields(self) -> dict[str, Any]:
        """JSON Schema of each property by name, made anew for each caller, since pygeoapi writes into it."""
        return {field.name: field.schema for field in self.collection.fields}

    def query(
        self,
        *,
        offset: int = 0,
        limit: int = 100,
        resulttype: str = "results",
        properties: Sequence[tuple[str, Any]] = (),
        sortby: Sequence[dict[str, str]] = (),
        select_properties: Sequence[str] = (),
        skip_geometry: bool = False,
        **_told_by_context: Any,
    ) -> dict[str, Any]:
        """A page of items as a GeoJSON FeatureCollection with ``numberMatched``, ``numberReturned`` and ``more``.

        ``more`` tells whether there are items after this page.

        Parameters
        ----------
        properties : names and values that must be equal.
        sortby : ``{"property": name, "order": "+" or "-"}``; ties and the rest by id, so that pages never overlap.
        select_properties : names to answer; all if empty.

        Raises
        ------
        NotSignedIn
            If the collection is personal and the context has no scope.
        InvalidInput
            If the filter cannot be evaluated over these data.
        DatabaseUnavailable, TooLong
        """
        asked = asked_now()
        chosen = self._select(asked, properties)
        names = [f.name for f in self.collection.fields if not select_properties or f.name in select_properties]
        statement = _PAGE.format(
            columns=sql.SQL(", ").join(sql.Identifier("f", name) for name in names),
            shape=sql.SQL(_SQL["no_geometry" if skip_geometry else _shape(asked.crs)]),
            source=chosen.source,
            where=chosen.onward,
            order=_order(sortby),
        ) + sql.SQL(" LIMIT %(limit)s OFFSET %(offset)s")
        skipped = offset if asked.after is None else 0
        values = {**chosen.values, "limit": limit + 1, "offset": skipped, "srid": asked.crs.srid}
        with evaluated(asked.condition), asked.service.database.transaction(asked.scope) as connection:
            rows = [] if resulttype == "hits" else _rows(connection, statement, values)
            more, rows = len(rows) > limit, rows[:limit]
            whole = asked.after is None and (bool(rows) or offset == 0) and not more and resulttype != "hits"
            matched = offset + len(rows) if whole else self._count(connection, asked, chosen)
        return {
            "type": "FeatureCollection",
            "features": [_feature(row) for row in rows],
            "numberMatched": matched,
            "numberReturned": len(rows),
            "more": more,
        }

    def every(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Each item of the edition by id as a GeoJSON Feature in degrees, longitude first, with its geometry as hex WKB.

        Raises
        ------
        NotSignedIn, DatabaseUnavailable, TooLong
        """
        asked = asked_now()
        chosen = self._select(asked, ())
        columns = [sql.Identifier("f", field.name) for field in self.collection.fields]
        statement = _PAGE.format(
            columns=sql.SQL(", ").join([*columns, sql.SQL("f.geom AS shape")]),
            shape=sql.SQL(_SQL[_shape(asked.crs)]),
            source=chosen.source,
            where=chosen.where,
            order=_order(()),
        )
        with asked.service.database.transaction(asked.scope) as connection:
            rows = _rows(connection, statement, chosen.values)
        for row in rows:
            shape = row.pop("shape")
            yield _feature(row), shape

    def get(self, identifier: str, **_told_by_context: Any) -> dict[str, Any]:
        """One item as a GeoJSON Feature.

        Raises
        ------
        InvalidCode, InvalidInput
            If the id is malformed.
        NotFound
            If the edition (or the scope) has no such item.
        Retired
            If it is a grid that an edition retired; names its successors.
        NotSignedIn, DatabaseUnavailable
        """
        asked = asked_now()
        value = parse_identifier(self.collection, identifier)
        chosen = self._select(asked, [("id", value)])
        statement = _PAGE.format(
            columns=sql.SQL(", ").join(sql.Identifier("f", f.name) for f in self.collection.fields),
            shape=sql.SQL(_SQL[_shape(asked.crs)]),
            source=chosen.source,
            where=chosen.where,
            order=sql.SQL("f.id"),
        )
        with asked.service.database.transaction(asked.scope) as connection:
            rows = _rows(connection, statement, {**chosen.values, "srid": asked.crs.srid})
            if not rows:
                raise missing(connection, self.collection, value, asked.edition.number)
        return _feature(rows[0])

    def _select(self, asked: Asked, properties: Sequence[tuple[str, Any]]) -> _Selection:
        """The rows of the collection that the request is about."""
        if self.collection.permission is not None and asked.scope is None:
            raise NotSignedIn
        values: dict[str, Any] = {
            "edition": asked.edition.number,
            "day": asked.day,
            "scope": list(asked.scope.prefixes) if asked.scope else [],
            "suppress_below": asked.service.settings.suppress_below,
            "window": asked.window,
            "after": asked.after,
        }
        given = list(properties)
        if self.collection.level is not None:
            given.append(("level", self.collection.level))
        conditions: list[sql.Composable] = []
        for number, (name, value) in enumerate(given):
            key = f"value{number}"
            conditions.append(sql.SQL("{} = {}").format(sql.Identifier("f", name), sql.Placeholder(key)))
            values[key] = value
        if asked.window is not None:
            conditions.append(sql.SQL(_SQL["in_window"]))
        if asked.condition is not None:
            conditions.append(asked.condition.sql)
            values |= asked.condition.values
        onward = [*conditions, _AFTER] if asked.after is not None else conditions
        return _Selection(sql.SQL(_SQL[self.collection.query]), _where(conditions), _where(onward), values)

    def _count(self, connection: Connection, asked: Asked, chosen: _Selection) -> int:
        """How many items match, whatever the page; of what never changes in an edition it is counted once."""
        statement = _COUNT.format(source=chosen.source, where=chosen.where)
        if not self.collection.lasting:
            return _counted(connection, statement, chosen.values)
        values = {name: value for name, value in chosen.values.items() if name not in {"after", "day"}}
        key = (statement.as_string(None), repr(sorted(values.items())))
        counts = asked.service.counts
        if (known := counts.get(key)) is None:
            if len(counts) >= _KEPT_COUNTS:
                counts.clear()
            known = counts[key] = _counted(connection, statement, chosen.values)
        return known

    def statement(
        self,
        columns: Sequence[sql.Composable],
        properties: Sequence[tuple[str, Any]],
        sortby: Sequence[dict[str, str]],
        *,
        whole: bool = False,
    ) -> Statement:
        """What answers columns of ``f`` for every item that the request is about.

        Parameters
        ----------
        columns : SQL of each; may use ``%(srid)s``, the number of the answer's CRS.
        properties, sortby : as for `query`.
        whole : whether all rows of the scope will be read: some collections have a query for that.

        Raises
        ------
        NotSignedIn
            If the collection is personal and the context has no scope.
        """
        asked = asked_now()
        chosen = self._select(asked, properties)
        query = _SQL.get(f"{self.collection.query}_whole") if whole else None
        source = chosen.source if query is None else sql.SQL(query)
        text = _ALL.format(columns=sql.SQL(", ").join(columns), source=source, where=chosen.onward)
        return Statement(text, _order(sortby), {**chosen.values, "srid": asked.crs.srid})


def _shape(crs: Crs) -> str:
    """The query fragment that writes a geometry in the official axis order of ``crs`` (part 2, 6.3)."""
    if crs.kind == "geographic":  # WGS 84 and CGCS2000 are taken as equal, see gis.crs
        return "latlon" if crs.north_first else "lonlat"
    return "north_east" if crs.north_first else "east_north"


def _order(sortby: Sequence[dict[str, str]]) -> sql.Composable:
    parts = [
        sql.SQL("{} DESC NULLS LAST" if key["order"] == "-" else "{} ASC NULLS LAST").format(
            sql.Identifier("f", key["property"])
        )
        for key in sortby
    ]
    return sql.SQL(", ").join([*parts, sql.SQL("f.id")])


def _rows(connection: Connection, statement: sql.Composed, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()


def _counted(connection: Connection, statement: sql.Composed, values: dict[str, Any]) -> int:
    row = connection.execute(statement, values).fetchone()
    return 0 if row is None else row[0]


def _where(conditions: Sequence[sql.Composable]) -> sql.Composable:
    return sql.SQL("WHERE ") + sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("")


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    identifier, geometry = row.pop("id"), row.pop("geojson")
    return {
        "type": "Feature",
        "id": str(identifier) if isinstance(identifier, UUID) else identifier,
        "geometry": None if geometry is None else orjson.loads(geometry),
        "properties": {name: _local(value) for name, value in row.items()},
    }


def _local(value: Any) -> Any:
    """Moments in China's time, whatever zone the database session is in."""
    return value.astimezone(CHINA) if isinstance(value, datetime) else value
