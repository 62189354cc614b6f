"""What all lists of records share: the part of a jurisdiction they cover, and cursors from page to page."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gis.errors import Forbidden, InvalidInput
from gis.scope import Scope

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list: its rows, how many the whole list has, and the cursor of the next page."""

    rows: Sequence[Row]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """Grids by code prefix; with ``low`` and ``high`` an index finds them, ``prefixes`` alone decides.

    Attributes
    ----------
    prefixes
        Codes whose grids, and all grids below them, are meant.
    low, high
        Every such code is ``>= low`` and ``< high`` in the order of the database (collation C).
    """

    prefixes: tuple[str, ...]

    @property
    def low(self) -> str:
        """The lowest code that may be meant."""
        return min(self.prefixes)

    @property
    def high(self) -> str:
        """A text above every code that may be meant: ``:`` follows ``9``."""
        return max(self.prefixes) + ":"

    def parameters(self) -> dict[str, Any]:
        """The part as parameters of a statement: ``prefixes, low, high``."""
        return {"prefixes": list(self.prefixes), "low": self.low, "high": self.high}


def part_of(scope: Scope, grid: str | None) -> Part:
    """The part of a jurisdiction that lies in ``grid``; all of it without one.

    Raises
    ------
    Forbidden
        If the grid lies outside.
    """
    if grid is None:
        return Part(scope.prefixes)
    if scope.covers(grid):
        return Part((grid,))
    inside = tuple(prefix for prefix in scope.prefixes if prefix.startswith(grid))
    if not inside:
        raise Forbidden(reason_zh=f"网格 {grid} 不在您的辖区内", reason_en=f"grid {grid} is outside your jurisdiction")
    return Part(inside)


def to_cursor(*key: str) -> str:
    """The place after a row in a list, from the texts that order it, as an opaque word for a URL."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode("ascii").rstrip("=")


def from_cursor(cursor: str | None, kinds: Sequence[Callable[[str], Any]]) -> list[Any]:
    """What `to_cursor` was given, each text read by its kind; as many ``None`` for the first page.

    Raises
    ------
    InvalidInput
        If it is not a cursor of this kind of list.
    """
    if cursor is None:
        return [None] * len(kinds)
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return [kind(_text(part)) for kind, part in zip(kinds, key, strict=True)]
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidInput(
            field="cursor",
            reason_zh="不是本列表给出的游标，请从第一页重新开始",
            reason_en="not a cursor that this list gave; begin with the first page",
        ) from error


def _text(part: Any) -> str:
    if not isinstance(part, str) or "\0" in part:
        raise TypeError
    return part
