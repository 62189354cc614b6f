"""Query parameters that many routes share, each with one meaning everywhere."""

import re
from datetime import date
from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import Request

from api.service import service
from gis.errors import InvalidInput

_DAY = re.compile(r"^(\d{4}-\d{2}-\d{2})(T[0-9:.]+(Z|[+-]\d{2}:\d{2})?)?$")


def parse_day(text: str, field: str = "datetime") -> date:
    """The day of an RFC 3339 date or date-time.

    Raises
    ------
    InvalidInput
        If it is neither.
    """
    match = _DAY.match(text.strip())
    try:
        return date.fromisoformat(match.group(1) if match else text)
    except ValueError as error:
        raise InvalidInput(
            field=field, reason_zh="应为日期，如 2023-12-31", reason_en="a date such as 2023-12-31"
        ) from error


def edition_number(
    request: Request,
    datetime: Annotated[str | None, Query(description="date whose boundaries are wanted, RFC 3339")] = None,
    edition: Annotated[int | None, Query(ge=1, description="number of the edition wanted")] = None,
) -> int:
    """FastAPI dependency: the edition a request is about: by number, by date, else the current one.

    Raises
    ------
    InvalidInput, NotFound, NotReady
    """
    here = service(request)
    if edition is not None:
        return here.edition(edition).number
    return here.edition_number(parse_day(datetime) if datetime else None)


EditionNumber = Annotated[int, Depends(edition_number)]
