"""Query parameters that many routes share, each with one meaning everywhere."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, get_args, get_origin

from fastapi import Depends, Query, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.requests import Request

from api.service import service
from gis.clock import CHINA
from gis.errors import InvalidInput, Lang

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+(Z|[+-]\d{2}:\d{2})?", re.ASCII)


def parse_day(text: str, field: str = "datetime") -> date:
    """The day of an RFC 3339 date or date-time; of a moment with an offset its day in China.

    Raises
    ------
    InvalidInput
        If it is neither.
    """
    text = text.strip()
    try:
        if not _MOMENT.fullmatch(text):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(CHINA) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            field=field, reason_zh="应为日期，如 2023-12-31", reason_en="a date such as 2023-12-31"
        ) from error


def unknown_parameter(name: str, known: Iterable[str]) -> InvalidInput:
    """The error for a query parameter that there is not: it names those that are near, and all there are."""
    near = get_close_matches(name, tuple(known), 3)
    there = list(known)
    zh = f"未知参数{'；是否指 ' + '、'.join(near) if near else ''}；可用：{'、'.join(there)}"
    en = f"unknown{'; did you mean ' + ', '.join(near) + '?' if near else ''}; known: {', '.join(there)}"
    return InvalidInput(field=name, reason_zh=zh, reason_en=en)


def repeated_parameter(name: str) -> InvalidInput:
    """The error for a query parameter of which only one value can count."""
    return InvalidInput(field=name, reason_zh="参数重复", reason_en="given more than once")


async def known_parameters(
    request: Request,
    _lang: Annotated[Lang | None, Query(alias="lang", description="language of messages")] = None,
) -> None:
    """FastAPI dependency of every described route: no parameter is dropped in silence, neither unknown nor repeated.

    Raises
    ------
    InvalidInput
    """
    route: APIRoute = request.scope["route"]
    if route.endpoint not in _DECLARED:
        _DECLARED[route.endpoint] = _declared(route)
    known = _DECLARED[route.endpoint]
    for name in request.query_params:
        if name not in known:
            raise unknown_parameter(name, known)
        if not known[name] and len(request.query_params.getlist(name)) > 1:
            raise repeated_parameter(name)


_DECLARED: dict[Callable[..., object], Mapping[str, bool]] = {}


def _declared(route: APIRoute) -> Mapping[str, bool]:
    """The query parameters that a route declares, and whether each may be given more than once."""
    fields = [field for field in get_flat_params(route.dependant) if isinstance(field.field_info, params.Query)]
    return {field.alias: _is_list(field.field_info.annotation) for field in fields} | {"lang": False}


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is list or any(get_origin(part) is list for part in get_args(annotation))


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
