"""Repair of a draft on request: a proposal that keeps the planner's intent, and its acceptance as one save."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from boundaries.coverage_change import CoverageChange
from boundaries.drafts import Change, Draft, put_changes, read_changes, read_draft
from boundaries.judging import judge_changes
from boundaries.mending import Question, mend
from boundaries.neighbourhood import nearby
from gis.codes import is_code
from gis.coverage_check import Finding
from gis.db import Connection, load_queries
from gis.errors import Conflict, NotFound

_SQL = load_queries(Path(__file__).with_name("repair.sql"))


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a repair of the save ``rev`` would put, or the questions to be answered before; nothing is stored.

    ``edited`` are the grids that the planner drew; ``left`` are the errors that would remain: names and codes are not
    for a repair to choose.
    """

    rev: int
    edited: list[str]
    changes: list[Change]
    questions: list[Question]
    left: list[Finding]


def propose(connection: Connection, draft: int, *, finding: int | None = None, winners: Sequence[str] = ()) -> Proposal:
    """A repair of an open draft, or of one finding of its last judgement with the edits around it.

    Parameters
    ----------
    winners : codes that get what two edits claim, as answers to the questions of an earlier proposal.

    Raises
    ------
    NotFound, Conflict
    """
    found = read_draft(connection, draft, must_be_open=True)
    changes = [change for change in read_changes(connection, draft) if is_code(change.code)]
    near = nearby(connection, found, changes)
    written = {row[0] for row in connection.execute(_SQL["repaired"], [draft])}
    edits = [c.code for c in changes if _drawn(near, c) and c.code not in written]
    gone = [c.code for c in changes if c.operation == "retire" and c.code in near.before]
    if finding is not None:
        place = _place(connection, found, finding)
        chosen = _connected(near, [*edits, *gone], *place)
        frozen, edits, gone = set(edits) - chosen, [c for c in edits if c in chosen], [c for c in gone if c in chosen]
    else:
        frozen = set[str]()
    put, questions = mend(near.before, near.after, edits, gone=gone, frozen=sorted(frozen), winners=winners)
    proposed = [_change(near, code, shape) for code, shape in sorted(put.items())]
    after = {change.code: change for change in (*changes, *proposed)}
    left = judge_changes(connection, found, list(after.values())).errors
    return Proposal(found.rev, edits, proposed, questions, left)


def accept(
    connection: Connection, draft: int, *, rev: int, finding: int | None = None, winners: Sequence[str] = ()
) -> Proposal:
    """Write the repair of the save ``rev`` into the draft: one save, which can be undone as one.

    Raises
    ------
    NotFound
    Conflict
        If the draft has moved on since, or a question is not answered.
    """
    proposal = propose(connection, draft, finding=finding, winners=winners)
    if proposal.rev != rev:
        raise Conflict(
            reason_zh=f"草稿已改到第 {proposal.rev} 次保存，请重新生成修复建议",
            reason_en=f"the draft has moved on to save {proposal.rev}; ask for the repair again",
        )
    if proposal.questions:
        first = proposal.questions[0].codes
        raise Conflict(
            reason_zh=f"{first[0]} 与 {first[1]} 的改动都要同一块地，请选定归属",
            reason_en=f"the edits of {first[0]} and {first[1]} claim the same ground; name the winner",
        )
    put_changes(connection, draft, proposal.changes)
    given = [change.code for change in proposal.changes if change.code not in proposal.edited]
    connection.execute(_SQL["remember"], {"draft": draft, "codes": given})
    return proposal


def _drawn(near: CoverageChange, change: Change) -> bool:
    if change.geometry is None or change.operation != "put":
        return False
    old = near.before.get(change.code)
    return old is None or not shapely.equals_exact(old, change.geometry)


def _change(near: CoverageChange, code: str, shape: Any) -> Change:
    return Change(code, "retire") if shape is None else Change(code, "put", near.names.get(code, ""), shape)


def _place(connection: Connection, draft: Draft, finding: int) -> tuple[list[str], Any]:
    values = {"finding": finding, "draft": draft.id, "rev": draft.rev}
    row = connection.execute(_SQL["finding"], values).fetchone()
    if row is None:
        raise NotFound(what_zh="本次保存的检查问题", what_en="finding of the present save", value=finding)
    return row[0], None if row[1] is None else shapely.from_wkb(bytes(row[1]))


def _connected(near: CoverageChange, codes: Sequence[str], named: Sequence[str], place: Any) -> set[str]:
    """The edits at a finding, and those that reach them through other edits."""
    ground = {
        code: shapely.union_all([_sound(side[code]) for side in (near.before, near.after) if code in side])
        for code in codes
    }
    found = {code for code in codes if code in named or (place is not None and shapely.intersects(ground[code], place))}
    while True:
        more = {
            code
            for code in codes
            if code not in found and any(shapely.intersects(ground[code], ground[one]) for one in found)
        }
        if not more:
            return found
        found |= more


def _sound(shape: Any) -> Any:
    return shape if shape.is_valid else shapely.make_valid(shape)
