"""How the answers of many routes tell the same things: codes with names, chains, times, and what may be cached."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response

from api.access import Caller
from gis.clock import CHINA
from gis.codes import chain, level_of
from gis.staff import Contact


def named(code: str, names: Mapping[str, str]) -> dict[str, str]:
    """A code and its name."""
    return {"code": code, "name": names.get(code, "")}


def chain_of(code: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The grids from the county down to ``code`` itself."""
    return [{**named(link, names), "level": level_of(link)} for link in chain(code)]


def moment(time: datetime | None) -> str | None:
    """A time in ISO 8601 with China's offset."""
    return None if time is None else time.astimezone(CHINA).isoformat(timespec="seconds")


def sees(who: Caller, code: str) -> bool:
    """Whether the caller may see the staff of a grid: those of their jurisdiction, and of the grids it lies in."""
    if who.scope is None or not who.may("staff.read"):
        return False
    return who.scope.covers(code) or any(prefix.startswith(code) for prefix in who.scope.prefixes)


def contacts(staff: Sequence[Contact]) -> list[dict[str, Any]]:
    """Who serves a grid and how to reach them."""
    return [{"name": one.name, "phone": one.phone, "role": one.role} for one in staff]


def private(response: Response) -> None:
    """FastAPI dependency: the answer holds personal rows, so no cache keeps it."""
    response.headers["Cache-Control"] = "private, no-store"


def by_caller(response: Response, who: Caller) -> None:
    """Let caches keep for a minute what everybody is told, and nothing of what a token opens."""
    response.headers["Cache-Control"] = "public, max-age=60" if who.scope is None else "private, no-store"
    response.headers["Vary"] = "Authorization"
