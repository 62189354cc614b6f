"""The parameters ``filter``, ``filter-lang`` and ``filter-crs`` of items (Features part 3, 7 and 8)."""

from collections.abc import Generator
from contextlib import contextmanager

from psycopg import DataError, InternalError, sql

from api.ogc.cql.compile import compile_filter
from api.ogc.cql.parse import Language, bad, parse_filter
from api.ogc.cql.terms import Condition, Kind, Term
from api.ogc.model import Collection, Field
from gis.crs import Crs

_KINDS: dict[str, Kind] = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "date-time": "timestamp",
}


def condition(text: str, language: Language, crs: Crs, collection: Collection) -> Condition:
    """A filter over the collection's queryables: its properties and ``geometry``.

    Parameters
    ----------
    crs : of the coordinates in the filter, in their official axis order.

    Raises
    ------
    InvalidInput
    """
    queryables = {field.name: _term(field) for field in collection.fields}
    queryables["geometry"] = Term(sql.Identifier("f", "geom"), "geometry")
    return compile_filter(parse_filter(text, language), queryables, crs)


@contextmanager
def evaluated(given: Condition | None) -> Generator[None]:
    """Tell what a filter makes the database refuse (a power too large, a pattern that ends within) as the filter's fault.

    Raises
    ------
    InvalidInput
    """
    try:
        yield
    except (DataError, InternalError) as error:
        if given is None:
            raise
        raise bad(
            "对这些数据无法求值，例如数值溢出", "cannot be evaluated over these data: a number overflows, say"
        ) from error


def _term(field: Field) -> Term:
    return Term(sql.Identifier("f", field.name), _KINDS[field.format or field.kind])
