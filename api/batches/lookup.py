"""Rows of points → the columns of the answer, in one pass over whole arrays."""

from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from api.batches.rows import FINE, NO_NUMBER, OUT_OF_REACH, Answered, Faults, Label, Rows, Table, Wish
from api.bodies import check_datum
from gis.arrays import F64, I32, Bools
from gis.codes import at_level
from gis.coverage import Coverage
from gis.crs import STORAGE, Crs, parse_crs, readable, to_storage
from gis.datum import DATUMS, Datum, to_cgcs2000
from gis.errors import InvalidInput
from gis.locate import Locator

INSIDE, BORDER, OUTSIDE = range(3)
_HOW = Table(["inside", "border", "outside"])


class Names:
    """The codes of one level, for the indices that a locator answers."""

    def __init__(self, locator: Locator, level: int) -> None:
        codes = at_level(locator.codes, level)
        if level == locator.level:
            self._place: I32 | None = None
            self.table = Table(codes.tolist())
            return
        # Different codes only: readers of dictionaries count on that. Index −1 is the last entry.
        different, place = np.unique(codes, return_inverse=True)
        self._place = np.append(place, -1).astype(np.int32)
        self.table = Table(different.tolist())

    def label(self, index: I32) -> Label:
        """The column of codes for the indices, −1 outside."""
        return Label(index if self._place is None else self._place.take(index, mode="wrap"), self.table)


_known: WeakKeyDictionary[Locator, dict[int, Names]] = WeakKeyDictionary()
_lock = Lock()


def names(locator: Locator, level: int) -> Names:
    """The codes of a level, made once for each locator.

    Raises
    ------
    InvalidInput
        If the locator has no such level.
    """
    if not 2 <= level <= locator.level:
        raise InvalidInput(
            field="level", reason_zh=f"应在 2–{locator.level} 之间", reason_en=f"must be within 2–{locator.level}"
        )
    with _lock:
        levels = _known.setdefault(locator, {})
        if level not in levels:
            levels[level] = Names(locator, level)
        return levels[level]


class Lookup:
    """Looks rows up in one edition as one request wishes.

    Raises
    ------
    InvalidCrs, InvalidInput
        For an unknown system or datum, or a level that is none.
    """

    def __init__(self, coverage: Coverage, wish: Wish) -> None:
        self._locator = coverage.locator
        self._system: Crs = STORAGE if wish.crs is None else parse_crs(wish.crs)
        datum: Datum | None = next((one for one in DATUMS if one == wish.datum), None)
        if datum is None:
            known = ", ".join(DATUMS)
            raise InvalidInput(field="datum", reason_zh=f"应为 {known} 之一", reason_en=f"one of {known}")
        check_datum(self._system, datum)
        self._datum: Datum = datum
        self._border = wish.border
        self._columns = {"code": names(self._locator, wish.level)}
        if wish.chain:
            self._columns |= {f"level{level}": names(self._locator, level) for level in range(2, wish.level + 1)}
        self._leaves = names(self._locator, self._locator.level)

    def __call__(self, rows: Rows) -> Answered:
        """The answer to some rows; those that are no position in their system become faults."""
        good, faults = self._judged(rows)
        lon, lat = self._degrees(rows.x, rows.y, good)
        found = self._locator.locate(lon, lat)
        index = found
        if good is not None:
            index = np.full(rows.x.size, -1, dtype=np.int32)
            index[good] = found
        columns: dict[str, Label | F64] = {name: level.label(index) for name, level in self._columns.items()}
        if self._border:
            columns |= self._borders(lon, lat, found, good)
        return Answered(rows, columns, faults)

    def _judged(self, rows: Rows) -> tuple[Bools | None, Faults]:
        """Which rows are positions, ``None`` if all are; and the faults of the others."""
        x, y = rows.x, rows.y
        faults = np.full(x.size, FINE, dtype=np.int8) if rows.faults is None else rows.faults.copy()
        with np.errstate(invalid="ignore"):
            if self._system.kind == "geographic":
                good = (np.abs(x) <= 180) & (np.abs(y) <= 90)
            else:
                good = readable(x, y, self._system)
        if good.all():
            return None, faults
        number = np.isfinite(x) & np.isfinite(y)
        fresh = faults == FINE
        faults[fresh & ~good] = OUT_OF_REACH
        faults[fresh & ~number] = NO_NUMBER
        return good & number, faults

    def _degrees(self, x: F64, y: F64, good: Bools | None) -> tuple[F64, F64]:
        if good is not None:
            x, y = x[good], y[good]
        if self._system.kind != "geographic":
            x, y = to_storage(x, y, self._system)
        return to_cgcs2000(x, y, self._datum) if self._datum in ("gcj02", "bd09") else (x, y)

    def _borders(self, lon: F64, lat: F64, found: I32, good: Bools | None) -> dict[str, Label | F64]:
        """How each point was found, metres to the border of its basic grid, and the basic grid behind that."""
        distance_m, neighbour = self._locator.border(lon, lat, found)
        on_border = self._locator.on_border(lon, lat, found)
        how = np.where(found < 0, OUTSIDE, np.where(on_border, BORDER, INSIDE)).astype(np.int32)
        if good is not None:
            how, neighbour = _spread(how, good, -1), _spread(neighbour, good, -1)
            distance_m = _spread(distance_m, good, np.nan)
        border_m = np.round(distance_m, 3)
        return {"how": Label(how, _HOW), "border_m": border_m, "neighbour": self._leaves.label(neighbour)}


def _spread(values: Any, good: Bools, otherwise: float) -> Any:
    spread = np.full(good.size, otherwise, dtype=values.dtype)
    spread[good] = values
    return spread
