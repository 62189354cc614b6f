"""Random CQL2 filters over grids, each with what it means: a function of one grid in three-valued logic."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shapely
from hypothesis import strategies as st

Tri = bool | None


@dataclass(frozen=True)
class Row:
    """A grid: its properties and outline."""

    values: dict[str, Any]
    geometry: shapely.Geometry


@dataclass(frozen=True)
class Expression:
    """Text of a filter or a part of one, and its value for a row."""

    text: str
    value: Callable[[Row], Any]


COMPARE = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
COUNT = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
SPATIAL: dict[str, Callable[[shapely.Geometry, shapely.Geometry], Any]] = {
    "S_INTERSECTS": shapely.intersects, "S_DISJOINT": shapely.disjoint, "S_WITHIN": shapely.within,
    "S_CONTAINS": shapely.contains, "S_OVERLAPS": shapely.overlaps, "S_TOUCHES": shapely.touches,
    "S_EQUALS": shapely.equals, "S_CROSSES": shapely.crosses,
}  # fmt: skip


def known(function: Callable[..., Any], *parts: Expression) -> Callable[[Row], Any]:
    """The function of the parts' values; unknown if one of them is."""

    def value(row: Row) -> Any:
        given = [part.value(row) for part in parts]
        return None if None in given else function(*given)

    return value


def both(first: Tri, second: Tri) -> Tri:
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def negated(value: Tri) -> Tri:
    return None if value is None else not value


def either(first: Tri, second: Tri) -> Tri:
    return negated(both(negated(first), negated(second)))


def prop(name: str) -> Expression:
    return Expression(name, lambda row: row.values[name])


def number(value: float) -> Expression:
    return Expression(repr(value), lambda _row: value)


def quoted(value: str) -> Expression:
    return Expression("'" + value.replace("'", "''") + "'", lambda _row: value)


def counted(first: Expression, sign: str, second: Expression) -> Expression:
    def count(a: float, b: float) -> float | None:
        return None if sign == "/" and b == 0 else COUNT[sign](float(a), float(b))

    return Expression(f"({first.text} {sign} {second.text})", known(count, first, second))


def compared(first: Expression, sign: str, second: Expression) -> Expression:
    return Expression(f"{first.text} {sign} {second.text}", known(COMPARE[sign], first, second))


def like(value: Expression, pattern: str) -> Expression:
    parts = [{"%": ".*", "_": "."}.get(one, re.escape(one)) for one in pattern]
    matcher = re.compile("".join(parts), re.DOTALL)

    def matches(text: str) -> bool:
        return bool(matcher.fullmatch(text))

    return Expression(f"{value.text} LIKE '{pattern}'", known(matches, value))


def inside(found: str, *values: str) -> bool:
    return found in values


def among(value: Expression, listed: list[Expression]) -> Expression:
    text = f"{value.text} IN ({', '.join(one.text for one in listed)})"
    return Expression(text, known(inside, value, *listed))


def between(value: Expression, low: Expression, high: Expression) -> Expression:
    ends = (compared(value, ">=", low), compared(value, "<=", high))
    text = f"{value.text} BETWEEN {low.text} AND {high.text}"
    return Expression(text, lambda row: both(ends[0].value(row), ends[1].value(row)))


def empty(value: Expression) -> Expression:
    return Expression(f"{value.text} IS NULL", lambda row: value.value(row) is None)


def related(name: str, shape: shapely.Geometry, swapped: bool) -> Expression:
    text = shapely.to_wkt(shape, rounding_precision=-1)
    relation = SPATIAL[name]
    if swapped:
        return Expression(f"{name}({text}, geometry)", lambda row: bool(relation(shape, row.geometry)))
    return Expression(f"{name}(geometry, {text})", lambda row: bool(relation(row.geometry, shape)))


def denied(one: Expression) -> Expression:
    return Expression(f"NOT ({one.text})", lambda row: negated(one.value(row)))


def conjunction(first: Expression, second: Expression) -> Expression:
    return Expression(f"({first.text} AND {second.text})", lambda row: both(first.value(row), second.value(row)))


def disjunction(first: Expression, second: Expression) -> Expression:
    return Expression(f"({first.text} OR {second.text})", lambda row: either(first.value(row), second.value(row)))


def line(first: tuple[float, float], second: tuple[float, float]) -> shapely.Geometry:
    return shapely.LineString([first, second])


def box(first: tuple[float, float], second: tuple[float, float]) -> shapely.Geometry:
    return shapely.box(*shapely.MultiPoint([first, second]).bounds)


def around(corner: tuple[float, float], reach: float) -> shapely.Geometry:
    """A square that has whole grids in it, cuts others, or lies in one."""
    west, south, east, north = (round(value, 9) for value in shapely.Point(corner).buffer(reach).bounds)
    return shapely.box(west, south, east, north)


def beginning(text: str, start: int, end: int) -> str:
    """A pattern that the text, and some others, may meet."""
    return f"{'%' * (start > 0)}{text[start:end]}%"


def filters(texts: list[str], areas: list[float], corners: list[tuple[float, float]]) -> st.SearchStrategy[Expression]:
    """Filters whose texts, areas and corners come from the data, so that they often meet them."""
    whole = st.integers(4, 6) | st.integers(-2, 8) | st.sampled_from(areas)
    numbers = st.sampled_from(["level", "area_m2"]).map(prop) | whole.map(number)
    numbers = st.recursive(
        numbers, lambda inner: st.builds(counted, inner, st.sampled_from(sorted(COUNT)), inner), max_leaves=4
    )
    pieces = st.sampled_from(texts) | st.text("ab石井'5%_ ", max_size=4)
    strings = st.sampled_from(["code", "name", "parent"]).map(prop) | pieces.map(quoted)
    cut = st.builds(beginning, st.sampled_from(texts), st.integers(0, 3), st.integers(3, 9))
    corner = st.sampled_from(corners)
    shapes = corner.map(shapely.Point) | st.builds(line, corner, corner) | st.builds(box, corner, corner)
    shapes = shapes.filter(lambda shape: bool(shapely.is_valid(shape)))
    squares = st.builds(around, corner, st.sampled_from([0.0005, 0.01, 0.06]))
    gaps = st.integers(2, 6).map(lambda level: counted(prop("level"), "-", number(level)))  # often zero
    relations = st.sampled_from(sorted(SPATIAL))
    signs = st.sampled_from(sorted(COMPARE))
    leaf = (
        st.builds(compared, st.sampled_from(["level", "area_m2"]).map(prop), signs, whole.map(number))
        | st.builds(compared, st.sampled_from(["code", "name"]).map(prop), signs, st.sampled_from(texts).map(quoted))
        | st.builds(compared, numbers, signs, numbers)
        | st.builds(compared, strings, signs, strings)
        | st.builds(like, st.sampled_from(["code", "name", "parent"]).map(prop), cut)
        | st.builds(among, strings, st.lists(pieces.map(quoted), min_size=1, max_size=3))
        | st.builds(between, numbers, numbers, numbers)
        | (strings | st.just(prop("parent"))).map(empty)
        | st.builds(compared, st.builds(counted, numbers, st.just("/"), gaps), signs, whole.map(number))
        | st.builds(related, relations, shapes, st.booleans())
        | st.builds(related, relations, squares, st.booleans())
        | st.builds(related, st.sampled_from(["S_INTERSECTS", "S_WITHIN", "S_CONTAINS"]), squares, st.booleans())
    )
    return st.recursive(leaf, _joined, max_leaves=5)


def _joined(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return inner.map(denied) | st.builds(conjunction, inner, inner) | st.builds(disjunction, inner, inner)
