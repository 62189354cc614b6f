"""Makes edited grids and their neighbours a coverage again and keeps what the planner drew.

Edits are clamped to the ground that the grids had before, neighbours give way to them, and ground that is left over
goes to the unedited neighbour with the longest border; all is noded exactly. Measured on small edits,
``coverage_clean`` by itself undoes more than half of an edit in every second case; this does in none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import shapely

from boundaries.matching import same_outline
from gis.arrays import Geometries
from gis.coverage_check import AREA_FLOOR_M2, area_m2, areas_m2
from gis.crs import ELLIPSOID

Outlines = Mapping[str, Any]
_DUST_M2 = 1e-6
"""Left-over pieces smaller than a square millimetre are roundings; to coverage_clean their overlap would be an error."""
_SHAPELY: Any = shapely  # whose types know nothing yet of coverage_clean


@dataclass(frozen=True, slots=True)
class Question:
    """An area (degrees EPSG:4490) that two edits claim: only the planner knows which of them is to have it."""

    codes: tuple[str, str]
    size_m2: float
    geometry: Any


def mend(
    before: Outlines,
    after: Outlines,
    edited: Sequence[str],
    *,
    gone: Sequence[str] = (),
    frozen: Sequence[str] = (),
    winners: Sequence[str] = (),
) -> tuple[dict[str, Any], list[Question]]:
    """Outlines to put instead, by code, or the questions to be answered first.

    Parameters
    ----------
    before, after : the grids near the edits, code to (multi)polygon in degrees EPSG:4490.
    edited : codes in ``after`` whose outline was drawn: they win over their neighbours.
    gone : codes in ``before`` that were retired; their ground goes to whoever takes it.
    frozen : codes in ``after`` that are left as they are.
    winners : edited codes that get what two edits claim, the first of them before the others.

    Returns
    -------
    Those that differ from ``after``; None for a neighbour of which nothing is left.
    """
    ground = shapely.union_all(list(before.values()))
    order = [*(code for code in winners if code in edited), *sorted(set(edited) - set(winners))]
    drawn = {code: _areas(shapely.intersection(_valid(after[code]), ground)) for code in order}
    questions = _claims(drawn, winners)
    if questions:
        return {}, questions
    concerned = [before[code] for code in (*edited, *gone) if code in before]
    touched = shapely.union_all([*drawn.values(), *concerned])
    near = [c for c in sorted({*after} - {*drawn, *frozen}) if shapely.intersects(after[c], touched)]
    members = _parted(drawn, {code: after[code] for code in near})
    others = [shape for code, shape in after.items() if code not in members]
    mine = shapely.union_all([*concerned, *(before[code] for code in near if code in before)])
    left = shapely.difference(mine, shapely.union_all([*members.values(), *others]))
    mended = _give_away(*_noded(members, shapely.get_parts(_areas(left)).tolist()), set(drawn))
    put = {code: shape for code, shape in mended.items() if shape is None or not same_outline(shape, after[code])}
    return {code: shape for code, shape in put.items() if shape is not None or code not in drawn}, []


def _claims(drawn: Outlines, winners: Sequence[str]) -> list[Question]:
    """Areas of 0.01 m² or more that two edits cover, unless one of them is a winner."""
    found: list[Question] = []
    for one, other in combinations(drawn, 2):
        if one in winners or other in winners or not shapely.intersects(drawn[one], drawn[other]):
            continue
        shared = _areas(shapely.intersection(drawn[one], drawn[other]))
        size = area_m2(shared)
        if size >= AREA_FLOOR_M2:
            found.append(Question((one, other), size, shared))
    return found


def _parted(drawn: Outlines, near: Outlines) -> dict[str, Any]:
    """The grids without what those before them take: edits in their order, then neighbours."""
    members: dict[str, Any] = {}
    for code, shape in drawn.items():
        earlier = [other for other in members.values() if shapely.intersects(other, shape)]
        members[code] = _areas(shapely.difference(shape, shapely.union_all(earlier))) if earlier else shape
    edits = shapely.union_all(list(members.values()))
    for code, shape in near.items():
        members[code] = _areas(shapely.difference(shape, edits)) if shapely.intersects(shape, edits) else shape
    return members


def _noded(members: Outlines, left: list[Any]) -> tuple[dict[str, Any], list[Any]]:
    """Members and left-over pieces with the same vertices on both sides of every border; crumbs are left over too."""
    drawn, crumbs = _sifted([(code, part) for code, shape in members.items() for part in shapely.get_parts(shape)])
    over = [piece for piece in (*left, *crumbs) if area_m2(piece) >= _DUST_M2]
    shapes: Geometries = np.array([*(part for _, part in drawn), *over], dtype=np.object_)
    clean = _SHAPELY.coverage_clean(shapes, merge_strategy="min_index")
    # What was narrower than its noding is cut into crumbs by it.
    noded = [(code, part) for (code, _), shape in zip(drawn, clean, strict=False) for part in shapely.get_parts(shape)]
    kept, crumbs = _sifted([(code, part) for code, part in noded if not part.is_empty])
    by_code: dict[str, list[Any]] = {code: [] for code in members}
    for code, part in kept:
        by_code[code].append(part)
    joined = {code: _joined(*parts) for code, parts in by_code.items()}
    return joined, [*(shape for shape in clean[len(drawn) :] if not shapely.is_empty(shape)), *crumbs]


def _sifted(parts: list[tuple[str, Any]]) -> tuple[list[tuple[str, Any]], list[Any]]:
    """Parts of 0.01 m² or more with the codes that they belong to, and the crumbs."""
    sizes = areas_m2([part for _, part in parts]).tolist()
    kept = [one for one, size in zip(parts, sizes, strict=True) if size >= AREA_FLOOR_M2]
    return kept, [part for (_, part), size in zip(parts, sizes, strict=True) if size < AREA_FLOOR_M2]


def _give_away(members: dict[str, Any], left: list[Any], edited: set[str]) -> dict[str, Any | None]:
    """Give each left-over piece to the unedited grid with the longest border; where there is none, to an edited one."""
    for takers in (members.keys() - edited, members.keys()):
        waiting = left
        while waiting:
            rest: list[Any] = []
            for piece in waiting:
                code = _longest(piece, {taker: members[taker] for taker in sorted(takers)})
                if code is None:
                    rest.append(piece)
                else:
                    members[code] = _joined(members[code], piece)
            if len(rest) == len(waiting):
                break
            waiting = rest
        left = waiting
    return {code: None if shapely.is_empty(shape) else shape for code, shape in members.items()}


def _joined(*noded: Any) -> Any:
    return _areas(shapely.coverage_union_all(np.array(noded, dtype=np.object_)))


def _longest(piece: Any, takers: Outlines) -> str | None:
    """The grid that shares the longest border with a piece; None if none shares any."""
    border = shapely.boundary(piece)
    lengths = {
        code: ELLIPSOID.geometry_length(_lines(shapely.intersection(border, shapely.boundary(shape))))
        for code, shape in takers.items()
        if shapely.intersects(shape, piece)
    }
    best = max(lengths, key=lambda code: lengths[code], default=None)
    return best if best is not None and lengths[best] > 0 else None


def _valid(shape: Any) -> Any:
    return shape if shape.is_valid else _areas(shapely.make_valid(shape, method="structure"))


def _areas(geometry: Any) -> Any:
    """Only the areas of a result that may also touch along lines or in points."""
    parts = [part for part in _flat(geometry) if part.geom_type == "Polygon" and not part.is_empty]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _lines(geometry: Any) -> Any:
    return shapely.MultiLineString([part for part in _flat(geometry) if part.geom_type == "LineString"])


def _flat(geometry: Any) -> list[Any]:
    """The simple parts of a geometry, however deep its collections go."""
    parts = shapely.get_parts(geometry).tolist()
    return [inner for part in parts for inner in (_flat(part) if hasattr(part, "geoms") else [part])]
