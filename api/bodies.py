"""The pieces that request bodies and parameters are made of: texts with limits, days, times, codes, positions."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationInfo

from api.params import parse_day
from api.service import Service, service
from gis.clock import CHINA, local_today
from gis.codes import check_code
from gis.crs import STORAGE, Crs, parse_crs, to_storage
from gis.datum import Datum, to_cgcs2000
from gis.errors import InvalidInput
from gis.statistics import Period

Here = Annotated[Service, Depends(service)]


class Body(BaseModel):
    """A JSON object with known members only, trimmed texts and finite numbers."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)


def _without_nul(text: str, info: ValidationInfo) -> str:
    if "\0" in text:
        raise InvalidInput(
            field=info.field_name or "text",
            reason_zh="含有空字符（U+0000）",
            reason_en="holds a NUL character (U+0000)",
        )
    return text


def _day(value: Any, info: ValidationInfo) -> Any:
    field = info.field_name or "date"
    return parse_day(value, field) if isinstance(value, str) else _refuse_time(value, field)


def _moment(value: Any, info: ValidationInfo) -> Any:
    field = info.field_name or "time"
    if not isinstance(value, str):
        return _refuse_time(value, field)
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
    except ValueError as error:
        raise InvalidInput(
            field=field,
            reason_zh="应为时间，如 2023-12-31T08:30:00+08:00",
            reason_en="a time such as 2023-12-31T08:30:00+08:00",
        ) from error


def _refuse_time(value: Any, field: str) -> None:
    """Numbers are no times (of which day, of which zone?); null is left to the field's type."""
    if value is not None:
        raise InvalidInput(field=field, reason_zh="应为文本形式的日期或时间", reason_en="a date or time as text")


def _code(value: str) -> str:
    return check_code("".join(value.split()), 2, 3, 4, 5, 6)


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_without_nul)]
"""A name or title on one line."""

Text = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_without_nul)]
"""A longer text, which may be empty."""

Phone = Annotated[str, StringConstraints(pattern=r"^[0-9+() -]{3,24}$")]
Day = Annotated[date, BeforeValidator(_day)]
"""A day as ``2023-12-31``."""

Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A time in ISO 8601; without an offset it is China's."""

GridCode = Annotated[str, StringConstraints(max_length=40), AfterValidator(_code)]
"""The code of a grid; the blanks of its reading form are taken out."""

Word = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_without_nul)]
"""A short text in an address."""

Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]


def page_limit(here: Here, limit: Annotated[int, Query(ge=1, description="most rows in one page")] = 50) -> int:
    """FastAPI dependency: the number of rows of a page.

    Raises
    ------
    InvalidInput
        If it is above the setting ``max_page``.
    """
    most = here.settings.max_page
    if limit > most:
        raise InvalidInput(field="limit", reason_zh=f"应在 1–{most} 之间", reason_en=f"must be within 1–{most}")
    return limit


Limit = Annotated[int, Depends(page_limit)]


def position(lon: float, lat: float, datum: Datum = "cgcs2000", crs: str | None = None) -> tuple[float, float]:
    """One position as longitude and latitude of EPSG:4490.

    ``crs`` names the system of ``lon, lat`` (easting and northing, if it is in metres); a shifted ``datum`` goes
    with degrees only.

    Raises
    ------
    InvalidCrs, InvalidInput
    """
    system = parse_crs(crs) if crs is not None else STORAGE
    check_datum(system, datum)
    x, y = to_cgcs2000(*to_storage(lon, lat, system), datum)
    return float(x), float(y)


def check_datum(system: Crs, datum: Datum) -> None:
    """Refuse a shifted datum for metres: it is a shift of degrees.

    Raises
    ------
    InvalidInput
    """
    if system.kind != "geographic" and datum != "cgcs2000":
        raise InvalidInput(field="datum", reason_zh="只用于经纬度坐标", reason_en="is for longitude and latitude only")


def period_of(
    first: Annotated[
        Day | None, Query(alias="from", description="first day; 1 January of this year by default")
    ] = None,
    last: Annotated[Day | None, Query(alias="to", description="last day; 31 December of that year by default")] = None,
) -> Period:
    """FastAPI dependency: the period asked for.

    Raises
    ------
    InvalidInput
        If it ends before it begins.
    """
    first = first or date((last or local_today()).year, 1, 1)
    last = last or date(first.year, 12, 31)
    if last < first:
        raise InvalidInput(field="to", reason_zh="早于起始日期", reason_en="lies before from")
    return Period(first, last)
