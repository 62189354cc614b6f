"""Judges a draft: every rule over what it changes and the grids near by, at a cost that follows the change."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from boundaries.coverage_change import CoverageChange, judge, judge_names
from boundaries.drafts import Change, Draft, read_changes, read_draft
from boundaries.findings import errors, store
from boundaries.household_rules import household_findings
from boundaries.neighbourhood import nearby
from boundaries.shape_rules import DEFAULT_LIMITS, Limits, shape_findings
from gis.codes import is_code
from gis.coverage_check import Finding
from gis.db import Connection


@dataclass(frozen=True, slots=True)
class Judgement:
    """A draft as it was judged: its changes, what they make of the grids near by, and all findings."""

    draft: Draft
    changes: list[Change]
    change: CoverageChange
    findings: list[Finding]

    @property
    def errors(self) -> list[Finding]:
        """The findings that forbid publishing."""
        return errors(self.findings)


def validate(connection: Connection, draft: int, limits: Limits = DEFAULT_LIMITS) -> Judgement:
    """Judge an open draft as it stands and keep the findings; households count as far as the scope reaches.

    Raises
    ------
    NotFound
        If it does not exist.
    Conflict
        If it is not open, or was changed meanwhile.
    """
    found = read_draft(connection, draft, must_be_open=True)
    judgement = judge_changes(connection, found, read_changes(connection, draft), limits)
    store(connection, found, judgement.findings)
    return judgement


def judge_changes(
    connection: Connection, draft: Draft, changes: list[Change], limits: Limits = DEFAULT_LIMITS
) -> Judgement:
    """Judge changes over a draft's base edition; nothing is stored."""
    found = [*_ungrammatical(changes), *_beyond_scope(draft, changes)]
    change = nearby(connection, draft, [one for one in changes if is_code(one.code)])
    if not change.changed and draft.base_edition is not None:
        return Judgement(draft, changes, change, found + judge_names(connection, change))
    found += judge(connection, change)
    if draft.base_edition is not None and _valid(change):
        found += shape_findings(connection, draft, change, limits)
        found += household_findings(connection, draft, change)
    return Judgement(draft, changes, change, found)


def _valid(change: CoverageChange) -> bool:
    shapes = np.array(list(change.after.values()), dtype=np.object_)
    return bool(shapely.is_valid(shapes).all())


def _ungrammatical(changes: Sequence[Change]) -> list[Finding]:
    return [
        Finding(
            "grammar",
            (change.code,),
            f"编码 {change.code} 不符合编码规则",
            f"{change.code} does not follow the grammar of codes",
            None,
            change.geometry,
        )
        for change in changes
        if not is_code(change.code)
    ]


def _beyond_scope(draft: Draft, changes: Sequence[Change]) -> list[Finding]:
    return [
        Finding(
            "scope",
            (change.code,),
            f"网格 {change.code} 不在草稿的辖区 {draft.scope} 内",
            f"grid {change.code} is outside the draft's scope {draft.scope}",
            None,
            change.geometry,
        )
        for change in changes
        if not change.code.startswith(draft.scope)
    ]
