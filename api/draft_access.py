"""Which drafts a caller sees, and the transactions in which drafts are read, judged and written."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Path

from api.access import signed_in
from api.service import Service
from boundaries.drafts import Draft, read_draft
from boundaries.shape_rules import Limits
from gis.coverage import county_codes
from gis.db import Connection
from gis.errors import Forbidden, InvalidInput, NotFound
from gis.scope import Scope, everything

DraftId = Annotated[int, Path(ge=1, le=2**31 - 1, description="number of the draft")]
Reader = Annotated[Scope, Depends(signed_in("drafts.read"))]
Writer = Annotated[Scope, Depends(signed_in("drafts.write"))]
Reviewer = Annotated[Scope, Depends(signed_in("drafts.review"))]
Publisher = Annotated[Scope, Depends(signed_in("drafts.publish"))]


def sees(connection: Connection, scope: Scope, draft: Draft) -> bool:
    """Whether a draft lies in a jurisdiction; one over the whole store asks for every county of it."""
    if draft.scope:
        return scope.covers(draft.scope)
    return all(scope.covers(code) for code in county_codes(connection))


def seen(connection: Connection, scope: Scope, draft: int) -> Draft:
    """A draft of the caller's jurisdiction.

    Raises
    ------
    NotFound
        If there is none: drafts outside do not exist for the caller.
    """
    found = read_draft(connection, draft)
    if not sees(connection, scope, found):
        raise NotFound(what_zh="草稿", what_en="draft", value=draft)
    return found


@contextmanager
def on_draft(here: Service, scope: Scope, draft: int) -> Generator[Connection]:
    """A transaction over a draft of the caller's jurisdiction, in the caller's scope.

    Raises
    ------
    NotFound
    """
    with here.database.transaction(scope) as connection:
        seen(connection, scope, draft)
        yield connection


@contextmanager
def judging(here: Service, scope: Scope, draft: int) -> Generator[Connection]:
    """As `on_draft`, in the scope of the whole store: a change must not strand a household beyond the caller's border.

    Raises
    ------
    NotFound
    """
    with here.database.transaction(scope) as connection:
        seen(connection, scope, draft)
        counties = county_codes(connection)
    with here.database.transaction(everything(counties, scope.actor) if counties else scope) as connection:
        yield connection


def scope_to_open(scope: Scope, wanted: str | None) -> str:
    """The scope of a new draft: the one wanted, else the caller's whole jurisdiction if that is one code.

    Raises
    ------
    Forbidden
        If it is not inside the jurisdiction.
    InvalidInput
        If the jurisdiction is several codes and none is chosen.
    """
    if wanted is None:
        first, *others = scope.prefixes
        if others:
            known = ", ".join(scope.prefixes)
            raise InvalidInput(field="scope", reason_zh=f"请选定其一：{known}", reason_en=f"choose one of {known}")
        return first
    if not scope.covers(wanted):
        raise Forbidden(reason_zh=f"{wanted} 不在您的辖区内", reason_en=f"{wanted} is outside your jurisdiction")
    return wanted


def limits(here: Service) -> Limits:
    """What counts as too small, by the settings."""
    return Limits(min_area_m2=here.settings.min_grid_area_m2)
