"""What one request is about, for the provider that pygeoapi makes anew for each: it takes no arguments of ours."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.ogc.cql.terms import Condition
from api.service import Service
from gis.coverage import Edition
from gis.crs import KNOWN, Crs
from gis.errors import WanggeError
from gis.scope import Scope

CRS84 = KNOWN["OGC:CRS84"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes
    ----------
    scope : of a caller who is signed in; personal rows answer only inside it.
    edition : the edition whose grids, units and assignments are wanted.
    day : the day records (centres, households, ratings) must stand on.
    crs : of the coordinates in the answer.
    condition : the CQL2 filter that items must meet; None for all.
    after : id of the item that a page follows in the order of ids; None for the first page.
    window : WKB polygon, lon and lat in degrees EPSG:4490, that items must touch; None for everywhere.
    """

    service: Service
    scope: Scope | None
    edition: Edition
    day: date
    crs: Crs = CRS84
    window: bytes | None = None
    condition: Condition | None = None
    after: Any = None


_ASKED: ContextVar[Asked] = ContextVar("wangge_ogc_asked")


@contextmanager
def asking(asked: Asked) -> Generator[Asked]:
    """Answer ``asked`` inside the block, in this thread or task only."""
    token = _ASKED.set(asked)
    try:
        yield asked
    finally:
        _ASKED.reset(token)


def asked_now() -> Asked:
    """The request being answered.

    Raises
    ------
    WanggeError
        Outside of every request.
    """
    asked = _ASKED.get(None)
    if asked is None:
        raise WanggeError(detail="the OGC provider was asked outside a request")
    return asked
