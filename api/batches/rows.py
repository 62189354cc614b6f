"""Rows of points as they are read, and as they are answered; what every format's reader and writer keeps to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from gis.arrays import F64, I32
from gis.errors import InvalidInput

Column = Any
"""An array of pyarrow, which comes without annotations."""

compute: Any = pyarrow.compute

Faults = NDArray[np.int8]
"""(n,) why a row has no answer: a place in `REASONS`, `FINE` where nothing is wrong."""

FINE, NO_NUMBER, OUT_OF_REACH, UNREADABLE, NO_POINT, RAGGED, NO_TEXT = range(-1, 6)
REASONS: tuple[tuple[str, str], ...] = (
    ("缺少坐标，或不是有限的数字", "a coordinate is missing or no finite number"),
    ("超出坐标系的范围（坐标轴可能写反了）", "beyond the reach of its reference system (are the axes flipped?)"),
    ("无法读取这一行", "this row cannot be read"),
    ("不是点", "this is no point"),
    ("单元格比表头多", "more cells than the header has"),
    ("含有不属于该字符集的字节，以 � 代替", "bytes that are not of its charset, shown as �"),
)
"""The reasons in Chinese and English. Rows with `NO_TEXT` are answered all the same."""

NAMES = (("lon", "longitude", "lng", "x", "经度"), ("lat", "latitude", "y", "纬度"))
"""What columns of longitude and latitude (or easting and northing) may be called, in any case."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a question, in order.

    Attributes
    ----------
    x, y : (n,) coordinates as they came, longitude or easting first; NaN where there is no number.
    faults : (n,) what the reader found; ``None``: nothing.
    rest : what the writer of the same format repeats of them.
    """

    x: F64
    y: F64
    faults: Faults | None = None
    rest: Any = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of all rows: the grid's level, all levels above it too, the way to the border; and how to read."""

    level: int
    datum: str
    crs: str | None
    chain: bool
    border: bool


@dataclass(frozen=True, slots=True)
class Label:
    """A column of the answer with few different values.

    Attributes
    ----------
    index : (n,) int32 place of each row's value in ``table``, −1 for none.
    """

    index: I32
    table: "Table"


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to `Rows`: its columns by name, in order, ``code`` first; numbers are float64, NaN for none."""

    rows: Rows
    columns: dict[str, Label | F64]
    faults: Faults

    @property
    def troubled(self) -> bool:
        """Whether any row has a reason beside it."""
        return bool((self.faults >= 0).any())


@dataclass(frozen=True)
class Table:
    """Different texts, in the forms that writers take them from by index; the last entry stands for none."""

    texts: list[str | None]
    objects: NDArray[np.object_] = field(init=False, repr=False)
    quoted: NDArray[np.bytes_] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        texts = self.texts
        object.__setattr__(self, "objects", np.array([*texts, None], dtype=object))
        # One width for all: JSON takes blanks between values. Codes and words need no escapes.
        object.__setattr__(self, "quoted", padded([b'"%s"' % text.encode() for text in texts if text is not None]))

    @cached_property
    def arrow(self) -> Column:
        """The texts; made when first asked for, since pyarrow imports pandas then."""
        return pa.array(self.texts, pa.string())

    @cached_property
    def cells(self) -> Column:
        """The texts and an empty cell for none."""
        return pa.array([*self.texts, ""], pa.string())


def padded(values: list[bytes]) -> NDArray[np.bytes_]:
    """JSON values of one width with a comma behind each, and ``null`` as the last."""
    every = [*values, b"null"]
    width = max(map(len, every))
    return np.array([value.ljust(width) + b"," for value in every])


class Reader(Protocol):
    """Reads one body, piece by piece.

    Attributes
    ----------
    options : what the body itself says of level, datum, crs, edition, datetime; known once the first rows are.
    """

    options: dict[str, Any]

    def feed(self, data: bytes, *, last: bool) -> Iterable[Rows]:
        """The rows that are complete with ``data``; ``last`` tells that nothing follows.

        Raises
        ------
        InvalidInput, TooLarge
            If nothing more can be read at all; a row that cannot be read is a fault instead.
        """
        ...


class Writer(Protocol):
    """Writes one answer, piece by piece."""

    @property
    def media(self) -> str:
        """Content-Type of the answer."""
        ...

    def write(self, answered: Answered) -> bytes:
        """The next piece of the answer."""
        ...

    def end(self, error: "dict[str, Any] | None" = None) -> bytes:
        """The last piece; with ``error`` what can still be told when the rest could not be read."""
        ...


def wrong_body(reason_zh: str, reason_en: str, field: str = "body") -> InvalidInput:
    """The error for a body that is not what it says it is."""
    return InvalidInput(field=field, reason_zh=reason_zh, reason_en=reason_en)


def place_of(columns: list[str]) -> tuple[int, int]:
    """Places of the columns of longitude and latitude.

    Raises
    ------
    InvalidInput
        If there are none.
    """
    plain = [name.strip().lower() for name in columns]
    x, y = (next((plain.index(name) for name in names if name in plain), -1) for names in NAMES)
    if min(x, y) < 0:
        raise wrong_body("应含 lon、lat（或 经度、纬度）两列", "the columns lon and lat are needed", "header")
    return x, y


def unused(name: str, taken: set[str]) -> str:
    """``name``, with a number behind it if it is taken."""
    return next(one for one in (name, *(f"{name}_{number}" for number in range(2, len(taken) + 3))) if one not in taken)
