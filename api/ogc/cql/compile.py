"""CQL2 in its JSON form, compiled to SQL: allowed properties only, every literal a bound value."""

import math
from collections.abc import Callable, Mapping
from typing import Any, LiteralString

import shapely
from psycopg import sql

from api.ogc.cql import times
from api.ogc.cql.parse import bad
from api.ogc.cql.shapes import literal
from api.ogc.cql.spans import SpanReader, relate
from api.ogc.cql.terms import Condition, Kind, Term, fragment, mismatch
from gis.crs import STORAGE, Crs

_JOINED: dict[str, LiteralString] = {"and": " AND ", "or": " OR "}
_COMPARED = {"=": "equal", "<>": "unequal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}
_COUNTED = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "div": "whole_divide", "%": "remainder", "^": "power",
}  # fmt: skip
_SPATIAL = ("s_intersects", "s_disjoint", "s_equals", "s_touches", "s_crosses", "s_within", "s_contains", "s_overlaps")
_TEMPORAL = (
    "t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_finishedby", "t_finishes",
    "t_intersects", "t_meets", "t_metby", "t_overlappedby", "t_overlaps", "t_startedby", "t_starts",
)  # fmt: skip
_DEEPEST, _MOST_VALUES = 100, 5000
_INT4 = 2**31


def compile_filter(node: Any, queryables: Mapping[str, Term], crs: Crs, srid: int = STORAGE.srid) -> Condition:
    """The condition that a filter means.

    Parameters
    ----------
    node : the filter in its JSON form (`parse_filter`).
    queryables : the properties it may name, as SQL.
    crs : of the coordinates in it, in their official axis order.
    srid : of the geometries stored; lon and lat in degrees.

    Raises
    ------
    InvalidInput
        If it is not CQL2, names another property or function, or relates what cannot be related.
    """
    compiler = _Compiler(queryables, crs, srid)
    term = compiler.term(node).wanted("boolean", "filter")
    return Condition(term.sql, compiler.values)


class _Compiler:
    """One filter on its way: collects the values."""

    def __init__(self, queryables: Mapping[str, Term], crs: Crs, srid: int) -> None:
        self.queryables, self.crs, self.srid = queryables, crs, srid
        self.values: dict[str, Any] = {}
        self.depth = 0
        self.spans = SpanReader(self.term, self.bind)
        self._operations: dict[str, Callable[[str, list[Any]], Term]] = {
            **dict.fromkeys(_JOINED, self._joined),
            **dict.fromkeys(_COMPARED, self._compared),
            **dict.fromkeys(_COUNTED, self._counted),
            **dict.fromkeys(("casei", "accenti"), self._folded),
            **dict.fromkeys(_SPATIAL, self._spatial),
            **dict.fromkeys(_TEMPORAL, self._temporal),
            "not": self._not, "isnull": self._is_null, "like": self._like, "between": self._between, "in": self._in,
        }  # fmt: skip

    def term(self, node: Any) -> Term:
        """Any expression."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise bad("嵌套过深", "nested too deeply")
        try:
            return self._object(node) if isinstance(node, dict) else self._scalar(node)
        finally:
            self.depth -= 1

    def bind(self, value: Any, kind: Kind) -> Term:
        """A value of the filter as a placeholder; the cast tells the database the type of a text."""
        if len(self.values) >= _MOST_VALUES:
            raise bad(f"值多于 {_MOST_VALUES} 个", f"more than {_MOST_VALUES} values")
        key = f"cql{len(self.values)}"
        self.values[key] = value
        place = sql.Placeholder(key)
        return Term(place + sql.SQL("::text") if kind == "text" else place, kind)

    def _scalar(self, value: Any) -> Term:
        if isinstance(value, bool):
            return self.bind(value, "boolean")
        if isinstance(value, int | float):
            return self.bind(_number(value), "number")
        if isinstance(value, str):
            if "\0" in value:
                raise bad("含有无效字符", "contains an invalid character")
            return self.bind(value, "text")
        raise bad("此处不能用 null 或数组；判断空值用 IS NULL", "null and arrays have no place here; use IS NULL")

    def _object(self, node: dict[str, Any]) -> Term:
        if "op" in node:
            return self._operation(node["op"], node.get("args"))
        if "property" in node:
            return self._property(node["property"])
        if "date" in node:
            return self.bind(times.parse_day(node["date"]), "date")
        if "timestamp" in node:
            return self.bind(times.parse_moment(node["timestamp"]), "timestamp")
        if "bbox" in node or "type" in node:
            shape = self.bind(shapely.to_wkb(literal(node, self.crs)), "geometry")
            return fragment("geometry", "geometry", a=shape, b=self.bind(self.srid, "number"))
        if "interval" in node:
            raise bad("INTERVAL 只能用于 T_ 函数", "INTERVAL has its place in the T_ functions only")
        raise bad("不符合 CQL2 的 JSON 格式", "not the JSON form of CQL2")

    def _property(self, name: Any) -> Term:
        found = self.queryables.get(name) if isinstance(name, str) else None
        if found is None:
            known = ", ".join(self.queryables)
            raise bad(f"没有属性“{name}”；可用：{known}", f'no property "{name}"; known: {known}')
        return found

    def _operation(self, name: Any, args: Any) -> Term:
        operation = self._operations.get(name.lower()) if isinstance(name, str) else None
        if operation is None:
            raise bad(f"没有运算或函数“{name}”", f'no operator or function "{name}"')
        if not isinstance(args, list):
            raise bad(f"{name} 缺少参数", f"{name} has no arguments")
        return operation(name.lower(), args)

    def _pair(self, name: str, args: list[Any]) -> tuple[Any, Any]:
        first, second = _exactly(2, name, args)
        return first, second

    def _joined(self, name: str, args: list[Any]) -> Term:
        if len(args) < 2:
            raise bad(f"{name} 需要至少两个参数", f"{name} takes at least two arguments")
        parts = [self.term(arg).wanted("boolean", name).sql for arg in args]
        return Term(sql.SQL("({})").format(sql.SQL(_JOINED[name]).join(parts)), "boolean")

    def _not(self, name: str, args: list[Any]) -> Term:
        (arg,) = _exactly(1, name, args)
        return fragment("not", "boolean", a=self.term(arg).wanted("boolean", name))

    def _is_null(self, name: str, args: list[Any]) -> Term:
        (arg,) = _exactly(1, name, args)
        return fragment("is_null", "boolean", a=self.term(arg))

    def _compared(self, name: str, args: list[Any]) -> Term:
        first, second = self._pair(name, args)
        return _compare(name, self.term(first), self.term(second))

    def _between(self, name: str, args: list[Any]) -> Term:
        value, low, high = (self.term(arg) for arg in _exactly(3, name, args))
        return fragment("and", "boolean", a=_compare(">=", value, low), b=_compare("<=", value, high))

    def _like(self, name: str, args: list[Any]) -> Term:
        value, pattern = (self.term(arg).wanted("text", name) for arg in _exactly(2, name, args))
        return fragment("like", "boolean", a=value, b=pattern)

    def _in(self, name: str, args: list[Any]) -> Term:
        first, listed = self._pair(name, args)
        if not isinstance(listed, list) or not listed:
            raise bad("IN 需要至少一个值", "IN takes at least one value")
        value = self.term(first)
        if value.kind == "geometry":
            raise mismatch(name, "text", value.kind)
        among = [self.term(one).wanted(value.kind, name).sql for one in listed]
        return fragment("in", "boolean", a=value, b=sql.SQL(", ").join(among))

    def _counted(self, name: str, args: list[Any]) -> Term:
        terms = (self.term(arg).wanted("number", name) for arg in self._pair(name, args))
        first, second = (fragment("double", "number", a=term) for term in terms)
        return fragment(_COUNTED[name], "number", a=first, b=second)

    def _folded(self, name: str, args: list[Any]) -> Term:
        (arg,) = _exactly(1, name, args)
        return fragment(name, "text", a=self.term(arg).wanted("text", name))

    def _spatial(self, name: str, args: list[Any]) -> Term:
        first, second = (self.term(arg).wanted("geometry", name) for arg in self._pair(name, args))
        return fragment(name, "boolean", a=first, b=second)

    def _temporal(self, name: str, args: list[Any]) -> Term:
        first, second = self._pair(name, args)
        return relate(name, self.spans.read(first), self.spans.read(second))


def _compare(name: str, first: Term, second: Term) -> Term:
    """Texts are put in order by code point, whatever the database's locale."""
    if first.kind == "geometry":
        raise bad("几何用 S_EQUALS 等函数比较", "geometries are compared by S_EQUALS and the like")
    second.wanted(first.kind, name)
    if first.kind == "text" and name not in {"=", "<>"}:
        first, second = (fragment("by_code_point", "text", a=term) for term in (first, second))
    return fragment(_COMPARED[name], "boolean", a=first, b=second)


def _exactly(count: int, name: str, args: list[Any]) -> list[Any]:
    if len(args) != count:
        raise bad(f"{name} 需要 {count} 个参数", f"{name} takes {count} arguments")
    return args


def _number(value: float) -> float:
    """A finite number; a whole one as such, so that an index of whole numbers serves."""
    if not math.isfinite(value):
        raise bad("数值过大", "a number is too large")
    return int(value) if value == int(value) and abs(value) < _INT4 else float(value)
