"""The way of a draft from open to published: validated, in review, approved; comments on it.

Nothing of that way is a state that a save would have to reset: each step names the save (``rev``) that it was about.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from boundaries.drafts import Draft, read_draft
from gis.db import Connection, load_queries
from gis.errors import CheckFailed, Conflict, Forbidden

_SQL = load_queries(Path(__file__).with_name("review.sql"))
Stage = Literal["open", "validated", "review", "approved", "waiting", "published", "dropped"]


@dataclass(frozen=True, slots=True)
class Review:
    """A draft and how far it is.

    ``errors`` and ``warnings`` are those of its last judgement; ``conflicts`` the grids of a rebase that nobody has
    decided on; ``stale`` says that another edition was published since.
    """

    draft: Draft
    stage: Stage
    validated_rev: int | None
    errors: int
    warnings: int
    submitted_by: str | None
    approved_by: str | None
    conflicts: int
    stale: bool


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark on the save ``rev`` of a draft, perhaps on one grid or at a place (degrees EPSG:4490)."""

    id: int
    rev: int
    author: str
    written_at: datetime
    body: str
    code: str | None
    lon: float | None
    lat: float | None


def read_review(connection: Connection, draft: int) -> Review:
    """How far a draft is.

    Raises
    ------
    NotFound
        If it does not exist.
    """
    found = read_draft(connection, draft)
    (row,) = connection.execute(_SQL["review"], [draft]).fetchall()
    validated, submitted, submitted_by, approved, approved_by, current, wrong, warned, conflicts = row
    sound = validated == found.rev and not wrong and not conflicts
    stage: Stage = "validated" if sound else "open"
    if sound and submitted == found.rev:
        stage = "approved" if approved == found.rev else "review"
    ended: dict[str, Stage] = {"waiting": "waiting", "published": "published", "dropped": "dropped"}
    stage = ended.get(found.state, stage)
    stale = found.state == "open" and found.base_edition != current
    by = (submitted_by if submitted == found.rev else None, approved_by if approved == found.rev else None)
    return Review(found, stage, validated, wrong, warned, *by, conflicts, stale)


def submit(connection: Connection, draft: int, *, rev: int, by: str) -> Review:
    """Hand the save ``rev`` of a draft over for review.

    Raises
    ------
    CheckFailed
        If its judgement found errors.
    Conflict
        If it was not judged, has moved on, is stale or has conflicts.
    NotFound
    """
    found = read_review(connection, draft)
    _check_ready(found, rev)
    connection.execute(_SQL["submit"], {"draft": draft, "rev": rev, "by": by})
    return read_review(connection, draft)


def approve(connection: Connection, draft: int, *, rev: int, by: str) -> Review:
    """Approve the save that was handed over; a second person does that.

    Raises
    ------
    Forbidden
        If ``by`` is its author or handed it over.
    Conflict, CheckFailed, NotFound
    """
    found = read_review(connection, draft)
    _check_ready(found, rev)
    if by in {found.draft.author, found.submitted_by}:
        raise Forbidden(reason_zh="审核人不能是起草人或提交人", reason_en="a second person must review it")
    if connection.execute(_SQL["approve"], {"draft": draft, "rev": rev, "by": by}).fetchone() is None:
        raise Conflict(reason_zh=f"草稿 {draft} 未提交审核", reason_en=f"draft {draft} was not handed over for review")
    return read_review(connection, draft)


def send_back(connection: Connection, draft: int, *, by: str, why: str) -> Review:
    """Give a draft back to its author with a comment.

    Raises
    ------
    NotFound, Conflict
        If it is not open any more.
    """
    read_draft(connection, draft, must_be_open=True)
    connection.execute(_SQL["send_back"], {"draft": draft})
    comment(connection, draft, author=by, body=why)
    return read_review(connection, draft)


def _check_ready(found: Review, rev: int) -> None:
    number = found.draft.id
    read = {
        "waits": (found.draft.state == "waiting", "等待生效", "waits for its legal date"),
        "ended": (found.draft.state != "open", "已结束", "is no longer open"),
        "moved": (
            found.draft.rev != rev,
            f"已改到第 {found.draft.rev} 次保存",
            f"has moved on to save {found.draft.rev}",
        ),
        "unjudged": (found.validated_rev != found.draft.rev, "改动后尚未检查", "was not checked since it was changed"),
        "stale": (found.stale, "已过时，请先变基", "is stale; rebase it first"),
        "conflicts": (found.conflicts > 0, f"有 {found.conflicts} 处冲突", f"has {found.conflicts} conflicts"),
    }
    for wrong, zh, en in read.values():
        if wrong:
            raise Conflict(reason_zh=f"草稿 {number} {zh}", reason_en=f"draft {number} {en}")
    if found.errors:
        raise CheckFailed(count=found.errors)


def check_publishable(connection: Connection, draft: int, *, rev: int | None, needs_review: bool) -> None:
    """Refuse a draft that is not what was seen, reviewed and decided on; call it after judging, under the lock.

    Parameters
    ----------
    rev : the save that is to be published; None for the present one.
    needs_review : whether a second person must have approved it.

    Raises
    ------
    Conflict, CheckFailed, NotFound
    """
    found = read_review(connection, draft)
    _check_ready(found, found.draft.rev if rev is None else rev)
    if needs_review and found.stage != "approved":
        raise Conflict(
            reason_zh=f"草稿 {draft} 尚未经第二人审核通过",
            reason_en=f"draft {draft} is not approved by a second person",
        )


def comment(
    connection: Connection,
    draft: int,
    *,
    author: str,
    body: str,
    code: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
) -> Comment:
    """Write a comment on a draft as it stands.

    Raises
    ------
    NotFound
    """
    values = {"draft": draft, "rev": read_draft(connection, draft).rev, "author": author, "body": body, "code": code}
    (row,) = connection.execute(_SQL["comment"], {**values, "lon": lon, "lat": lat}).fetchall()
    return Comment(*row)


def comments(connection: Connection, draft: int) -> list[Comment]:
    """The comments on a draft, oldest first."""
    return [Comment(*row) for row in connection.execute(_SQL["comments"], [draft])]
