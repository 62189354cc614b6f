"""Findings of a draft as rows: written by each judgement, read by whoever edits, reviews or publishes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from boundaries.drafts import Draft
from boundaries.rules import RULES, Severity
from gis.coverage_check import Finding
from gis.db import Connection, bulk_insert, load_queries, to_ewkb
from gis.errors import Conflict

_SQL = load_queries(Path(__file__).with_name("findings.sql"))


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding as stored: ``size`` in ``unit`` (m2 or m), ``geometry`` in degrees EPSG:4490; both may be missing."""

    id: int
    rev: int
    rule: str
    severity: Severity
    codes: list[str]
    size: float | None
    unit: str | None
    message_zh: str
    message_en: str
    action_zh: str
    action_en: str
    geometry: Any


def errors(findings: Sequence[Finding]) -> list[Finding]:
    """Those that forbid publishing."""
    return [finding for finding in findings if RULES[finding.rule].severity == "error"]


def store(connection: Connection, draft: Draft, findings: Sequence[Finding]) -> None:
    """Replace the findings of a draft by those of its save ``draft.rev``.

    Raises
    ------
    Conflict
        If another save came in between.
    """
    if connection.execute(_SQL["validated"], {"draft": draft.id, "rev": draft.rev}).fetchone() is None:
        raise Conflict(
            reason_zh=f"检查期间草稿 {draft.id} 又有改动，请再次检查",
            reason_en=f"draft {draft.id} was changed while it was checked; check it again",
        )
    connection.execute(_SQL["forget"], [draft.id])
    if not findings:
        return
    columns = ("draft_id", "rev", "rule", "severity", "codes", "size", "unit", "message_zh", "message_en", "action_zh",
               "action_en", "geom")  # fmt: skip
    bulk_insert(connection, ("boundaries", "finding"), columns, [_row(draft, finding) for finding in findings])


def _row(draft: Draft, finding: Finding) -> tuple[Any, ...]:
    rule = RULES[finding.rule]
    shape = None if finding.geometry is None else to_ewkb([finding.geometry])[0]
    size, unit = (None, None) if finding.size is None else (finding.size, rule.unit)
    told = (finding.reason_zh, finding.reason_en, rule.action_zh, rule.action_en)
    return (draft.id, draft.rev, finding.rule, rule.severity, list(finding.codes), size, unit, *told, shape)


def read_findings(connection: Connection, draft: int) -> list[StoredFinding]:
    """The findings of a draft's last judgement: errors first, the largest first."""
    rows = connection.execute(_SQL["findings"], [draft]).fetchall()
    return [StoredFinding(*row[:11], geometry=row[11] and shapely.from_wkb(bytes(row[11]))) for row in rows]
