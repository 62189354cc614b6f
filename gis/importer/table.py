"""What every format becomes: named columns of values as the file holds them, and geometries as the file has them."""

from dataclasses import dataclass
from datetime import date, datetime
from math import isnan
from typing import Any

from gis.arrays import Geometries
from gis.importer.files import Format

EXTRA = "多出的单元格 extra cells"
"""Column that takes the cells of a row that has more of them than the header: a stray separator, mostly."""

_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
_EXACT = 2**53  # whole numbers beyond are not all doubles: a number that large has lost digits


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows.

    Attributes
    ----------
    columns : name to (n,) values as read: text, numbers, dates, None.
    rows : (n,) the number by which people find the row: line of the sheet, fid of a GeoPackage, else count from 1.
    geometry : (n,) shapely geometries in the file's own coordinates, None where there is none; None for a plain table.
    crs : how the file names its reference system (``EPSG:4543`` or WKT), None where it does not.
    layer : layer or sheet that was read.
    """

    columns: dict[str, list[Any]]
    rows: list[int]
    geometry: Geometries | None
    crs: str | None
    format: Format
    encoding: str | None = None
    layer: str | None = None

    def __len__(self) -> int:
        return len(self.rows)


def text(value: Any) -> str:
    """A cell as text without blanks around it; whole numbers without a point, nothing for a missing value."""
    if isinstance(value, str):
        if "\0" in value:  # which no database keeps
            value = value.replace("\0", "")
        return value.strip().strip(_INVISIBLE).strip()
    if value is None:
        return ""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _number(value: float) -> str:
    if isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else float.__repr__(value)
