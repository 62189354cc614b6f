"""Where the ground of a changed grid went: shares of area and of households, old code to new code."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely

from gis.coverage_check import area_m2

SHARE_FLOOR = 0.001
"""Smaller shares of a grid's area that carry no household are the rounding of a border, not a passage."""

Kind = Literal["split", "merge", "move", "replace"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A share of an old grid that went to another code; shares are of the old grid, 0 to 1."""

    old_code: str
    new_code: str
    kind: Kind
    area_share: float
    household_share: float | None


def passages(
    before: Mapping[str, Any], after: Mapping[str, Any], changed: Iterable[str], moves: Mapping[tuple[str, str], int]
) -> list[Passage]:
    """Passages between different codes of basic grids.

    Parameters
    ----------
    before, after : code to polygon, degrees EPSG:4490.
    changed : codes with another outline, new or removed.
    moves : households that were in the old code and are in the new one, by the pair.
    """
    old = [code for code in sorted(changed) if code in before]
    new = [code for code in sorted(changed) if code in after]
    if not old or not new:
        return []
    tree = shapely.STRtree(np.array([after[code] for code in new], dtype=np.object_))
    total: dict[str, int] = defaultdict(int)
    for (code, _), count in moves.items():
        total[code] += count
    found: list[Passage] = []
    for code in old:
        area = area_m2(before[code])
        for i in sorted(tree.query(before[code], predicate="intersects").tolist()):
            if new[i] == code:
                continue
            share = min(1.0, area_m2(shapely.intersection(before[code], after[new[i]])) / area)
            households = moves.get((code, new[i]), 0) / total[code] if total[code] else None
            if share >= SHARE_FLOOR or households:
                kind = _kind(code in after, new[i] in before, share)
                found.append(Passage(code, new[i], kind, share, households))
    return found


def _kind(old_lives: bool, new_was_there: bool, share: float) -> Kind:
    if old_lives:
        return "move" if new_was_there else "split"
    if new_was_there:
        return "merge"
    return "replace" if share > 1 - SHARE_FLOOR else "split"
