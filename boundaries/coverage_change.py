"""A draft's changes laid over the basic grids of the current edition, and what is wrong with the result."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from boundaries.drafts import Change
from boundaries.matching import match_nodes, unmatched
from gis.allocator import retired
from gis.codes import ancestors, level_of
from gis.coverage_check import Finding, check_change, check_coverage
from gis.db import Connection


@dataclass(frozen=True)
class CoverageChange:
    """Basic grids before and after.

    Attributes
    ----------
    before, after : code to polygon, degrees EPSG:4490.
    names : names after the change, of all levels, by code; grids without one are missing.
    changed : basic grids put with another outline, new or removed, and neighbours that gained vertices of theirs.
    renamed : codes of any level that have another name now.
    """

    before: dict[str, Any]
    after: dict[str, Any]
    names: dict[str, str]
    changed: frozenset[str]
    renamed: frozenset[str]

    @property
    def touched(self) -> frozenset[str]:
        """Every code, of any level, whose outline, name or existence changes."""
        above = {code for leaf in self.changed for code in ancestors(leaf)}
        return frozenset(self.changed | above | self.renamed)


def apply(
    before: dict[str, Any], names: dict[str, str], changes: Iterable[Change], *, whole: bool = True
) -> CoverageChange:
    """Lay changes over the basic grids of an edition; shared borders get the same vertices on both sides.

    ``whole`` says that ``before`` is all of them, so that an upper grid without any in the end has ceased to be.
    """
    after, after_names, changed = dict(before), dict(names), set[str]()
    for change in changes:
        code = change.code
        if change.operation == "retire":
            after.pop(code, None)
            after_names.pop(code, None)
            changed.add(code)
            continue
        after_names[code] = change.name or ""
        if change.geometry is not None and not (code in before and shapely.equals_exact(before[code], change.geometry)):
            after[code] = change.geometry
            changed.add(code)
    matched = match_nodes(after, changed) if _drawable(after, changed) else {}
    after.update(matched)
    changed.update(matched)
    if whole:
        alive = {code for leaf in after for code in (*ancestors(leaf), leaf)}
        after_names = {code: name for code, name in after_names.items() if code in alive}
    renamed = {code for code, name in after_names.items() if names.get(code) != name}
    return CoverageChange(before, after, after_names, frozenset(changed), frozenset(renamed - changed))


def _drawable(after: dict[str, Any], changed: set[str]) -> bool:
    """Whether the changed polygons are valid: others are reported as they were drawn."""
    return bool(shapely.is_valid([after[code] for code in changed if code in after]).all())


def judge(connection: Connection, change: CoverageChange) -> list[Finding]:
    """Errors of the coverage itself: geometry, names, codes that were retired before."""
    codes = sorted(change.after)
    polygons = np.array([change.after[code] for code in codes], dtype=np.object_)
    first = not change.before
    checked = (
        check_coverage(codes, polygons) if first else check_change(codes, polygons, change.before, set(change.changed))
    )
    found = checked or unmatched(change.after)
    if not codes:
        found.append(Finding("empty", (), "没有任何基础网格", "there is no basic grid at all"))
    return found + judge_names(connection, change)


def judge_names(connection: Connection, change: CoverageChange) -> list[Finding]:
    """Grids of any level without a name, and new codes that were retired before."""
    needed = {code for leaf in change.after for code in (*ancestors(leaf), leaf)}
    found = [
        Finding("nameless", (code,), f"网格 {code} 没有名称", f"grid {code} has no name")
        for code in sorted(needed | change.renamed)
        if not change.names.get(code)
    ]
    new = [code for code in needed if code not in change.before and level_of(code) == 6]
    return found + [
        Finding("reused", (code,), f"编码 {code} 已注销，不得再用", f"code {code} was retired and is never used again")
        for code in retired(connection, new)
    ]
