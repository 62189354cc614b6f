"""Drafts judged: findings, repair, impact."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from api.access import Caller, caller
from api.bodies import Body, GridCode, Here
from api.draft_access import DraftId, Reader, Writer, judging, limits, on_draft
from api.draft_shapes import collection, told_draft, told_finding, told_impact, told_proposal
from api.shapes import private
from boundaries.findings import read_findings
from boundaries.impact import impact_of
from boundaries.judging import validate
from boundaries.repair import accept, propose
from boundaries.review import read_review
from gis.db import Connection

router = APIRouter(prefix="/drafts/{draft_id}", tags=["drafts"], dependencies=[Depends(private)])
FindingId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Repair(Body):
    """The repair to be accepted: of which save, of which finding (all without one), who gets what two edits claim."""

    rev: int
    finding: FindingId | None = None
    winners: Annotated[tuple[GridCode, ...], Field(max_length=1000)] = ()


@router.post("/validate")
def post_validate(draft_id: DraftId, here: Here, scope: Writer) -> dict[str, Any]:
    """Judge a draft as it stands, keep the findings and tell them as GeoJSON."""
    with judging(here, scope, draft_id) as connection:
        validate(connection, draft_id, limits(here))
        return _findings(connection, draft_id)


@router.get("/findings")
def findings(draft_id: DraftId, here: Here, scope: Reader) -> dict[str, Any]:
    """The findings of the last judgement as GeoJSON; `validated_rev` tells which save it judged."""
    with on_draft(here, scope, draft_id) as connection:
        return _findings(connection, draft_id)


@router.get("/repair")
def repair(
    draft_id: DraftId,
    here: Here,
    scope: Reader,
    finding: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="only this finding")] = None,
    winner: Annotated[list[GridCode] | None, Query(description="grid that gets what two edits claim")] = None,
) -> dict[str, Any]:
    """Propose a repair: the changes it would write as GeoJSON, questions, and errors it would leave."""
    with judging(here, scope, draft_id) as connection:
        return told_proposal(propose(connection, draft_id, finding=finding, winners=winner or []))


@router.post("/repair")
def post_repair(draft_id: DraftId, given: Repair, here: Here, scope: Writer) -> dict[str, Any]:
    """Accept the repair of a save: it is one save itself and can be undone."""
    with judging(here, scope, draft_id) as connection:
        return told_proposal(accept(connection, draft_id, **given.model_dump()))


@router.get("/impact")
def impact(draft_id: DraftId, here: Here, scope: Reader, who: Annotated[Caller, Depends(caller)]) -> dict[str, Any]:
    """What publishing would change for people of the jurisdiction: ground that passes as GeoJSON, with counts."""
    with on_draft(here, scope, draft_id) as connection:
        found = impact_of(connection, draft_id)
    posts = [post for post in found.posts if who.sees("staff.read", post.grid_code)]
    return told_impact(replace(found, posts=posts), disputes=who.may("disputes.read"))


def _findings(connection: Connection, draft_id: int) -> dict[str, Any]:
    summary = told_draft(read_review(connection, draft_id))
    members = {name: summary[name] for name in ("rev", "validated_rev", "stage", "errors", "warnings")}
    return collection(map(told_finding, read_findings(connection, draft_id)), **members)
