"""Relations of times: everything is an interval with both ends, a moment one whose ends are the same."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from api.ogc.cql.parse import bad
from api.ogc.cql.terms import Kind, Term, fragment, mismatch
from api.ogc.cql.times import parse_bound

Grain = Literal["date", "timestamp"]


@dataclass(frozen=True, slots=True)
class Span:
    """An interval; an end is None if it is open."""

    begin: Term | None
    end: Term | None


class SpanReader:
    """Reads operands of temporal functions, by the compiler's ways to read and to bind."""

    def __init__(self, term: Callable[[Any], Term], bind: Callable[[Any, Kind], Term]) -> None:
        self._term, self._bind = term, bind

    def read(self, node: Any) -> Span:
        """A day, a moment, a property that is one, or an interval of such.

        Raises
        ------
        InvalidInput
        """
        if not (isinstance(node, dict) and "interval" in node):
            instant = _instant(self._term(node))
            return Span(instant, instant)
        ends = node["interval"]
        if not isinstance(ends, list) or len(ends) != 2:
            raise bad("INTERVAL 需要两端", "INTERVAL takes two ends")
        begin, end = (self._end(one) for one in ends)
        return Span(begin, end)

    def _end(self, node: Any) -> Term | None:
        if not isinstance(node, str):
            return _instant(self._term(node))
        value = parse_bound(node)
        if value is None:
            return None
        return self._bind(value, "timestamp" if isinstance(value, datetime) else "date")


def relate(name: str, first: Span, second: Span) -> Term:
    """The relation ``name`` of two spans; days count as moments of China's days where the other side has moments."""
    ends = (first.begin, first.end, second.begin, second.end)
    grain: Grain = "timestamp" if any(end is not None and end.kind == "timestamp" for end in ends) else "date"
    a0, b0 = _begin(first.begin, grain), _begin(second.begin, grain)
    a1, b1 = _finish(first.end, grain), _finish(second.end, grain)
    return fragment(name, "boolean", a0=a0, a1=a1, b0=b0, b1=b1)


def _begin(term: Term | None, grain: Grain) -> Term:
    if term is None:
        return fragment(f"always_{grain}", grain)
    return term if term.kind == grain else fragment("day_begins", grain, a=term)


def _finish(term: Term | None, grain: Grain) -> Term:
    if term is None:
        return fragment(f"ever_{grain}", grain)
    return term if term.kind == grain else fragment("day_ends", grain, a=term)


def _instant(term: Term) -> Term:
    if term.kind not in {"date", "timestamp"}:
        raise mismatch("T_", "timestamp", term.kind)
    return term
