"""Two edits of one grid over a common base, merged where they are about different fields or different parts of its border."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import shapely

from boundaries.drafts import Change
from boundaries.matching import matched

Field = Literal["existence", "name", "outline"]
Version = tuple[str | None, Any]
"""Name and outline of a grid in an edition; None, None where it does not stand."""

Edge = tuple[tuple[float, float], tuple[float, float]]
"""A piece of a border from vertex to vertex, degrees EPSG:4490, with the grid on its left."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The draft's change with what they did in it; of ``fields`` that both changed it keeps the draft's version."""

    change: Change
    fields: list[Field]


def merge_change(mine: Change, base: Version, theirs: Version) -> Merge:
    """Merge a draft's change of a grid with that from ``base`` to ``theirs``, field by field."""
    if mine.operation == "retire":
        gone_too = theirs[0] is None or same_version(base, theirs)
        return Merge(mine, [] if gone_too else ["existence"])
    if theirs[0] is None:
        return Merge(mine, ["existence"])
    fields: list[Field] = []
    name, outline = _merge_names(base[0], mine.name, theirs[0]), mine.geometry
    if name is None:
        fields.append("name")
    if mine.geometry is not None:
        merged = merge_outlines(base[1], mine.geometry, theirs[1])
        if merged is None:
            fields.append("outline")
        else:
            outline = merged
    return Merge(Change(mine.code, "put", mine.name if name is None else name, outline), fields)


def same_version(one: Version, other: Version) -> bool:
    """Whether a grid stands alike in two editions, but for vertices on straight lines."""
    if one[0] != other[0]:
        return False
    return one[1] is other[1] or len({_edges(shape) for shape in matched([one[1], other[1]])}) == 1


def _merge_names(base: str | None, mine: str | None, theirs: str | None) -> str | None:
    if mine in {base, theirs}:
        return theirs
    return mine if theirs == base else None


def merge_outlines(base: Any, mine: Any, theirs: Any) -> Any:
    """Merge two outlines of one grid (valid (multi)polygons, degrees EPSG:4490); ``base`` may be None: it is new in both.

    Pieces of the border that one side drew anew take the place of those it gave up; all others stay, vertex by vertex.
    Nothing is intersected, so nothing is rounded. As a chain of directed edges the result is ``mine + theirs - base``:
    as it is a valid polygon, no ground was won by both or lost by both, and where all grids of two sound coverages
    merge, they are one again.

    Returns
    -------
    ``theirs`` itself if mine moved nothing, ``mine`` itself if they moved nothing; None if both moved one place.
    """
    shapes = matched([shape for shape in (base, theirs, mine) if shape is not None])
    old, new, drawn = (_edges(shape) for shape in (*[None] * (3 - len(shapes)), *shapes))
    if drawn in {old, new}:
        return theirs
    if new == old:
        return mine
    if base is None or not shapely.is_valid([base, mine, theirs]).all():
        return None
    edges = (old & drawn & new) | (drawn - old) | (new - old)
    return _polygon(edges)


def _edges(shape: Any) -> frozenset[Edge]:
    if shape is None:
        return frozenset()
    found: set[Edge] = set()
    for polygon in shapely.get_parts(shapely.orient_polygons(shape)):
        for ring in (polygon.exterior, *polygon.interiors):
            xy = [(x, y) for x, y in shapely.get_coordinates(ring).tolist()]
            found.update((a, b) for a, b in pairwise(xy) if a != b)
    return frozenset(found)


def _polygon(edges: frozenset[Edge]) -> Any:
    """The polygon with exactly these edges; None if there is none."""
    ends = Counter(a for a, _ in edges)
    ends.subtract(Counter(b for _, b in edges))
    if not edges or any(ends.values()):
        return None
    shape = shapely.build_area(shapely.multilinestrings(sorted(edges)))
    sound = not shape.is_empty and shape.is_valid and _edges(shape) == edges
    return shape if sound else None
