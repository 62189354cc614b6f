"""What a filter is compiled to: pieces of SQL with their kind, and the values bound in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from psycopg import sql

from api.ogc.cql.parse import bad
from gis.db import load_queries
from gis.errors import InvalidInput

Kind = Literal["boolean", "number", "text", "date", "timestamp", "geometry"]
_SQL = load_queries(Path(__file__).with_name("cql.sql"))
OPERATIONS = frozenset(_SQL)
_KINDS: dict[Kind, tuple[str, str]] = {
    "boolean": ("真假", "a boolean"),
    "number": ("数值", "a number"),
    "text": ("文本", "a text"),
    "date": ("日期", "a date"),
    "timestamp": ("时刻", "a timestamp"),
    "geometry": ("几何", "a geometry"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """A piece of SQL and what its value is."""

    sql: sql.Composable
    kind: Kind

    def wanted(self, kind: Kind, where: str) -> "Term":
        """The term, if it is of that kind.

        Raises
        ------
        InvalidInput
        """
        if self.kind != kind:
            raise mismatch(where, kind, self.kind)
        return self


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled filter: a condition for WHERE, and the values of its placeholders by name."""

    sql: sql.Composable
    values: Mapping[str, Any]


def fragment(name: str, kind: Kind, **parts: Term | sql.Composable) -> Term:
    """The SQL of an operation over its operands."""
    given = {key: part.sql if isinstance(part, Term) else part for key, part in parts.items()}
    return Term(sql.SQL(_SQL[name]).format(**given), kind)


def mismatch(where: str, wanted: Kind, found: Kind) -> InvalidInput:
    """The error that an operand is of another kind."""
    zh, en = _KINDS[wanted]
    found_zh, found_en = _KINDS[found]
    return bad(f"{where} 需要{zh}，而不是{found_zh}", f"{where} takes {en}, not {found_en}")
