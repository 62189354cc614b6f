"""Two edits of one grid merged: against a mesh whose vertices both sides move, and against the areas of an overlay."""

from typing import Any

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from boundaries.drafts import Change
from boundaries.merging import merge_change, merge_outlines
from tests.boundaries.squares import leaf, square

SIZE, STEPS = 2, 3
"""Cells a side, and pieces into which every border of a cell is cut."""

LAST = SIZE * STEPS
Node = tuple[int, int]
Moves = dict[Node, tuple[float, float]]
NODES = [(x, y) for x in range(LAST + 1) for y in range(LAST + 1) if x % STEPS == 0 or y % STEPS == 0]
INSIDE = [node for node in NODES if min(node) > 0 and max(node) < LAST]
steps = st.tuples(*[st.integers(-30, 30).map(lambda part: part / 100)] * 2).filter(any)
moves = st.dictionaries(st.sampled_from(INSIDE), steps, max_size=3)


def ring(column: int, row: int) -> list[Node]:
    """The nodes around a cell, counter-clockwise."""
    x, y = column * STEPS, row * STEPS
    south, east = [(x + i, y) for i in range(STEPS)], [(x + STEPS, y + i) for i in range(STEPS)]
    north, west = [(x + STEPS - i, y + STEPS) for i in range(STEPS)], [(x, y + STEPS - i) for i in range(STEPS)]
    return [*south, *east, *north, *west]


def drawn(nodes: list[Node], moved: Moves) -> Any:
    """A cell of the mesh with its nodes moved, in degrees; no three nodes in a row lie on a straight line."""

    def place(node: Node) -> tuple[float, float]:
        x, y = node
        east, north = moved.get(node, (0.0, 0.0))
        jagged = 0.1 * np.sin(3 * x + 7 * y), 0.1 * np.cos(5 * x + 2 * y)
        return 101.5 + (x + east + jagged[0]) * 0.001, 24.5 + (y + north + jagged[1]) * 0.001

    return shapely.Polygon([place(node) for node in nodes])


def clashing(nodes: list[Node], mine: Moves, theirs: Moves) -> bool:
    """Whether both moved an end of one piece of a cell's border, but not the same way."""
    pairs = zip(nodes, [*nodes[1:], nodes[0]], strict=True)
    ends = [[[side.get(end) for end in pair] for side in (mine, theirs)] for pair in pairs]
    return any(any(a) and any(b) and a != b for a, b in ends)


CELLS = [ring(column, row) for column in range(SIZE) for row in range(SIZE)]


@given(moves, moves)
def test_a_mesh_moved_by_two_is_the_mesh_moved_by_both(mine: Moves, theirs: Moves) -> None:
    merged: list[Any] = []
    for nodes in CELLS:
        base, one, other = (drawn(nodes, side) for side in ({}, mine, theirs))
        found, back = merge_outlines(base, one, other), merge_outlines(base, other, one)
        clash = clashing(nodes, mine, theirs) and not shapely.equals(one, other)
        assert (found is None, back is None) == (clash, clash)
        if not clash:
            assert shapely.equals_exact(found, back, normalize=True)
            assert shapely.equals_exact(found, drawn(nodes, {**mine, **theirs}), normalize=True)
            merged.append(found)
    if len(merged) == len(CELLS):
        assert shapely.coverage_is_valid(np.array(merged, dtype=np.object_))
        whole = shapely.coverage_union_all([drawn(nodes, {}) for nodes in CELLS])
        assert shapely.equals(shapely.coverage_union_all(merged), whole)


@given(st.sampled_from(CELLS), moves)
def test_an_edit_of_one_side_is_the_result(nodes: list[Node], moved: Moves) -> None:
    base, edited = drawn(nodes, {}), drawn(nodes, moved)
    for mine, theirs in ((edited, base), (base, edited), (edited, edited)):
        assert shapely.equals_exact(merge_outlines(base, mine, theirs), edited, normalize=True)


def bite(corner: tuple[int, int], size: tuple[int, int]) -> Any:
    """A rectangle over or beside the square of ten by ten that is edited."""
    return shapely.box(*corner, corner[0] + size[0], corner[1] + size[1])


bites = st.builds(bite, st.tuples(*[st.integers(-3, 12)] * 2), st.tuples(*[st.integers(1, 6)] * 2))


@given(bites, bites, st.booleans(), st.booleans())
def test_no_edit_is_lost_without_a_word(first: Any, second: Any, gains: bool, also_gains: bool) -> None:
    base = shapely.box(0, 0, 10, 10)
    mine, theirs = (
        shapely.union(base, one) if more else shapely.difference(base, one)
        for one, more in ((first, gains), (second, also_gains))
    )
    if shapely.is_empty([mine, theirs]).any():
        return
    merged = merge_outlines(base, mine, theirs)
    edits = [shapely.symmetric_difference(base, side) for side in (mine, theirs)]
    if merged is None:
        assert shapely.intersects(*edits)  # what lies apart is no question
    else:
        assert merged.is_valid
        both = shapely.union(edits[0], edits[1])
        assert shapely.equals(shapely.symmetric_difference(base, merged), both)


def test_fields_are_merged_one_by_one() -> None:
    here, east, north = square(0, 0), square(0, 0, 1.2), square(0, 0, 1, 1.2)
    both = Change(leaf(1), "put", "甲", east)
    renamed = merge_change(both, ("甲", here), ("乙", here))
    assert (renamed.change.name, renamed.fields) == ("乙", [])
    assert shapely.equals(renamed.change.geometry, east)
    named = merge_change(Change(leaf(1), "put", "丙", here), ("甲", here), ("乙", north))
    assert (named.change.name, named.fields) == ("丙", ["name"])
    assert shapely.equals(named.change.geometry, north)
    upper = merge_change(Change(leaf(1)[:15], "put", "丙"), ("甲", here), ("甲", north))
    assert (upper.change, upper.fields) == (Change(leaf(1)[:15], "put", "丙"), [])
    gone = Change(leaf(1), "retire")
    assert merge_change(gone, ("甲", here), ("甲", north)).fields == ["existence"]
    assert merge_change(gone, ("甲", here), (None, None)).fields == []
    assert merge_change(both, ("甲", here), (None, None)).fields == ["existence"]
    assert merge_change(both, (None, None), ("甲", north)).fields == ["outline"]
