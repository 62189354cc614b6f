"""Drafts: opened, listed, changed by GeoJSON, undone and redone, dropped."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api.bodies import Body, GridCode, Here, Line
from api.draft_access import DraftId, Reader, Writer, on_draft, scope_to_open, sees
from api.draft_shapes import Changes, collection, read_feature, told_change, told_draft
from api.service import Service
from api.shapes import moment, private
from boundaries.drafts import (
    drop_draft,
    issue_code,
    list_drafts,
    open_draft,
    put_changes,
    read_changes,
    withdraw_changes,
)
from boundaries.journal import Save, list_saves, redo, undo
from boundaries.restore import open_restoring
from boundaries.review import read_review
from gis.errors import NotFound
from gis.scope import Scope

router = APIRouter(prefix="/drafts", tags=["drafts"], dependencies=[Depends(private)])


class NewDraft(Body):
    """A draft to be opened: its title, the code below which it may change grids, the edition that it brings back."""

    title: Line
    scope: GridCode | None = None
    restores: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class NewCode(Body):
    """Where a new basic grid is to stand: under a level-5 grid, or under a village with a level-5 grid ``name`` of its own."""

    parent: GridCode
    name: Line | None = None


@router.get("")
def drafts(
    here: Here,
    scope: Reader,
    state: Annotated[
        Literal["open", "waiting", "published", "dropped"], Query(description="state of the drafts")
    ] = "open",
) -> dict[str, Any]:
    """The drafts of the jurisdiction, newest first."""
    with here.database.transaction(scope) as connection:
        found = [one for one in list_drafts(connection, state=state) if sees(connection, scope, one)]
        return {"drafts": [told_draft(read_review(connection, one.id)) for one in found]}


@router.post("", status_code=201)
def post_draft(given: NewDraft, response: Response, here: Here, scope: Writer) -> dict[str, Any]:
    """Open a draft over the current edition; with `restores` it holds what leads back to an earlier one."""
    title, prefix, back = given.title, scope_to_open(scope, given.scope), given.restores
    with here.database.transaction(scope) as connection:
        number = (
            open_draft(connection, title=title, author=scope.actor, scope=prefix)
            if back is None
            else open_restoring(connection, back, title=title, author=scope.actor, scope=prefix)
        )
        response.headers["Location"] = f"/drafts/{number}"
        return told_draft(read_review(connection, number))


@router.get("/{draft_id}")
def draft(draft_id: DraftId, here: Here, scope: Reader) -> dict[str, Any]:
    """One draft and how far it is."""
    with on_draft(here, scope, draft_id) as connection:
        return told_draft(read_review(connection, draft_id))


@router.delete("/{draft_id}")
def delete_draft(draft_id: DraftId, here: Here, scope: Writer) -> dict[str, Any]:
    """Drop a draft; it stays on record."""
    with on_draft(here, scope, draft_id) as connection:
        drop_draft(connection, draft_id)
        return told_draft(read_review(connection, draft_id))


@router.get("/{draft_id}/changes")
def changes(draft_id: DraftId, here: Here, scope: Reader) -> dict[str, Any]:
    """The changes of a draft as GeoJSON."""
    return _changes(here, scope, draft_id)


@router.post("/{draft_id}/changes")
def post_changes(draft_id: DraftId, given: Changes, here: Here, scope: Writer) -> dict[str, Any]:
    """Write changes, over earlier ones of the same code: one save. Whatever is drawn is accepted and judged later."""
    rows = [read_feature(feature, place) for place, feature in enumerate(given.features)]
    with on_draft(here, scope, draft_id) as connection:
        put_changes(connection, draft_id, rows)
    return _changes(here, scope, draft_id)


@router.put("/{draft_id}/changes")
def put_all_changes(draft_id: DraftId, given: Changes, here: Here, scope: Writer) -> dict[str, Any]:
    """Put these changes in the place of all that the draft has: one save."""
    rows = [read_feature(feature, place) for place, feature in enumerate(given.features)]
    kept = {row.code for row in rows}
    with on_draft(here, scope, draft_id) as connection:
        withdraw_changes(
            connection, draft_id, [c.code for c in read_changes(connection, draft_id) if c.code not in kept]
        )
        put_changes(connection, draft_id, rows)
    return _changes(here, scope, draft_id)


@router.delete("/{draft_id}/changes/{code}")
def delete_change(draft_id: DraftId, code: GridCode, here: Here, scope: Writer) -> dict[str, Any]:
    """Take the change of one grid back, so that it stays as it stands."""
    with on_draft(here, scope, draft_id) as connection:
        if not withdraw_changes(connection, draft_id, [code]):
            raise NotFound(what_zh="改动", what_en="change", value=code)
    return _changes(here, scope, draft_id)


@router.post("/{draft_id}/codes", status_code=201)
def post_code(draft_id: DraftId, given: NewCode, here: Here, scope: Writer) -> dict[str, Any]:
    """Give out the code of a new basic grid, as for the parts of a split; it is never given out again."""
    with on_draft(here, scope, draft_id) as connection:
        code = issue_code(connection, draft_id, given.parent, name=given.name or "")
    return {"code": code, "parent": code[:15]}


@router.get("/{draft_id}/saves")
def saves(draft_id: DraftId, here: Here, scope: Reader) -> dict[str, Any]:
    """The saves of a draft, newest first."""
    with on_draft(here, scope, draft_id) as connection:
        return {"saves": [_save(save) for save in list_saves(connection, draft_id)]}


@router.post("/{draft_id}/undo")
def post_undo(draft_id: DraftId, here: Here, scope: Writer) -> dict[str, Any]:
    """Take the last save back."""
    with on_draft(here, scope, draft_id) as connection:
        return _save(undo(connection, draft_id))


@router.post("/{draft_id}/redo")
def post_redo(draft_id: DraftId, here: Here, scope: Writer) -> dict[str, Any]:
    """Do again what was undone last."""
    with on_draft(here, scope, draft_id) as connection:
        return _save(redo(connection, draft_id))


def _changes(here: Service, scope: Scope, draft_id: int) -> dict[str, Any]:
    with on_draft(here, scope, draft_id) as connection:
        rev = read_review(connection, draft_id).draft.rev
        return collection(map(told_change, read_changes(connection, draft_id)), rev=rev)


def _save(save: Save) -> dict[str, Any]:
    told = {"id": save.id, "at": moment(save.saved_at), "kind": save.kind, "undone": save.undone}
    return {**told, "codes": save.codes}
