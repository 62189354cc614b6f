"""Drafts on their way: comments, review, rebase, publication."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field, StrictBool

from api.bodies import Body, Day, GridCode, Here, Line, Text
from api.draft_access import DraftId, Publisher, Reader, Reviewer, Writer, judging, limits, on_draft
from api.draft_shapes import told_draft
from api.publishing import publish, schedule
from api.service import Service
from api.shapes import moment, private
from boundaries.judging import validate
from boundaries.rebase import Clash, clashes, rebase, resolve
from boundaries.review import Comment, approve, comment, comments, read_review, send_back, submit
from boundaries.waiting import call_off
from gis.clock import local_today
from gis.coverage import county_codes
from gis.errors import CheckFailed

router = APIRouter(prefix="/drafts/{draft_id}", tags=["drafts"], dependencies=[Depends(private)])


class Seen(Body):
    """The save that the sender saw: a step is refused if the draft has moved on."""

    rev: int


class NewComment(Body):
    """A comment, perhaps on one grid or at a place (degrees EPSG:4490)."""

    body: Annotated[Text, Field(min_length=1)]
    code: GridCode | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None


class Return(Body):
    """Why a draft goes back to its author."""

    why: Line


class Decision(Body):
    """Whose version of a grid stays."""

    resolution: Literal["mine", "theirs"]


class Publication(Body):
    """What is to be published: without ``commit`` it is a rehearsal."""

    rev: int
    valid_from: Day | None = None
    commit: StrictBool = False


@router.get("/comments")
def get_comments(draft_id: DraftId, here: Here, scope: Reader) -> dict[str, Any]:
    """The comments on a draft, oldest first."""
    with on_draft(here, scope, draft_id) as connection:
        return {"comments": [_comment(one) for one in comments(connection, draft_id)]}


@router.post("/comments", status_code=201)
def post_comment(draft_id: DraftId, given: NewComment, here: Here, scope: Reader) -> dict[str, Any]:
    """Comment on a draft."""
    with on_draft(here, scope, draft_id) as connection:
        return _comment(comment(connection, draft_id, author=scope.actor, **given.model_dump()))


@router.post("/submit")
def post_submit(draft_id: DraftId, given: Seen, here: Here, scope: Writer) -> dict[str, Any]:
    """Hand a judged draft without errors over for review."""
    with on_draft(here, scope, draft_id) as connection:
        return told_draft(submit(connection, draft_id, rev=given.rev, by=scope.actor))


@router.post("/approve")
def post_approve(draft_id: DraftId, given: Seen, here: Here, scope: Reviewer) -> dict[str, Any]:
    """Approve a draft that was handed over; a second person does that."""
    with on_draft(here, scope, draft_id) as connection:
        return told_draft(approve(connection, draft_id, rev=given.rev, by=scope.actor))


@router.post("/return")
def post_return(draft_id: DraftId, given: Return, here: Here, scope: Reviewer) -> dict[str, Any]:
    """Give a draft back to its author with a comment."""
    with on_draft(here, scope, draft_id) as connection:
        return told_draft(send_back(connection, draft_id, by=scope.actor, why=given.why))


@router.get("/conflicts")
def conflicts(draft_id: DraftId, here: Here, scope: Reader) -> dict[str, Any]:
    """Grids of which both the draft and an edition published since have changed the same ``fields``."""
    with on_draft(here, scope, draft_id) as connection:
        return _clashes(clashes(connection, draft_id))


@router.post("/rebase")
def post_rebase(draft_id: DraftId, here: Here, scope: Writer) -> dict[str, Any]:
    """Lay a stale draft over the current edition; tells the grids whose edits were merged, and the conflicts."""
    with on_draft(here, scope, draft_id) as connection:
        done = rebase(connection, draft_id)
    return {"merged": done.merged, **_clashes(done.clashes)}


@router.post("/conflicts/{code}")
def post_conflict(draft_id: DraftId, code: GridCode, given: Decision, here: Here, scope: Writer) -> dict[str, Any]:
    """Decide whose version of what both changed in a grid stays."""
    with on_draft(here, scope, draft_id) as connection:
        return _clashes(resolve(connection, draft_id, code, given.resolution, by=scope.actor))


@router.post("/publish")
def post_publish(draft_id: DraftId, given: Publication, here: Here, scope: Publisher) -> dict[str, Any]:
    """Judge a draft and, with `commit`, publish it as a new edition; without, tell what would happen.

    With a `valid_from` that lies ahead it waits, and is published by itself on that day.
    """
    day = given.valid_from or local_today()
    with judging(here, scope, draft_id) as connection:
        judgement = validate(connection, draft_id, limits(here))
        counties = sorted({*county_codes(connection), *(change.code[:6] for change in judgement.changes)})
        review = told_draft(read_review(connection, draft_id))
    told = {**review, "valid_from": day.isoformat(), "touched": len(judgement.change.touched), "edition": None}
    if not given.commit:
        return told
    if judgement.errors:
        raise CheckFailed(count=len(judgement.errors))
    return told | _publish(here, draft_id, given.rev, day, scope.actor, counties)


@router.delete("/publish")
def delete_publish(draft_id: DraftId, here: Here, scope: Publisher) -> dict[str, Any]:
    """Call off a publication that waits for its day; the draft is open again."""
    with on_draft(here, scope, draft_id) as connection:
        call_off(connection, draft_id)
        return told_draft(read_review(connection, draft_id))


def _publish(here: Service, draft_id: int, rev: int, day: date, actor: str, counties: list[str]) -> dict[str, Any]:
    ahead, needs_review = day > local_today(), here.settings.review_required
    job = schedule if ahead else publish
    done = job(
        here.database, draft_id, valid_from=day, actor=actor, counties=counties, rev=rev, needs_review=needs_review
    )
    return {
        "stage": "waiting" if ahead else "published",
        "edition": None if ahead else done.edition,
        "publish_on": day.isoformat() if ahead else None,
        "grids_written": done.grids_written,
        "grids_retired": done.grids_retired,
        "households_moved": done.assigned.moved,
    }


def _comment(one: Comment) -> dict[str, Any]:
    told = {"id": one.id, "rev": one.rev, "author": one.author, "at": moment(one.written_at), "body": one.body}
    return {**told, "code": one.code, "lon": one.lon, "lat": one.lat}


def _clashes(found: list[Clash]) -> dict[str, Any]:
    rows = [
        {
            "code": one.code,
            "edition": one.edition,
            "fields": one.fields,
            "resolution": one.resolution,
            "by": one.resolved_by,
        }
        for one in found
    ]
    return {"conflicts": rows, "undecided": sum(one.resolution is None for one in found)}
