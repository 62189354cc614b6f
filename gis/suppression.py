"""Hides small counts so that they cannot be computed from what is shown, over the whole tree of grids.

A count of 1 … k − 1 households or disputes in a grid points at people. Hiding it alone helps nobody: it is what
its parent has more than its other children. So counts are hidden in *blocks* of figures that add up, and more grids
are hidden until, wherever a parent is shown, at least two of its children are hidden, these together are no small
count either, and their sum does not force their values; below a hidden grid all are hidden. As families form a tree,
that leaves every hidden count free: what one gains another loses, up to the first ancestor that is shown, and down to
the basic grids. What is taken besides depends on sizes alone, and equal sizes go together, so that in a family the
choice tells no more, even to somebody who knows these rules (complementary cell suppression; Willenborg and de Waal,
Elements of Statistical Disclosure Control, 2001, chapter 4).
"""

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from gis.codes import WIDTHS

Vector = tuple[int, ...]
_SHORTEST = WIDTHS[2]
_PARENT_WIDTH = {WIDTHS[level]: WIDTHS[level - 1] for level in range(3, 7)}


def roll_up(leaves: Mapping[str, Vector]) -> dict[str, Vector]:
    """The counts of every grid from those of the basic grids: sums over all that begin with its code."""
    if not leaves:
        return {}
    codes = sorted(leaves)
    counts = np.array([leaves[code] for code in codes], dtype=np.int64)
    figures: dict[str, Vector] = {}
    for width in (w for level, w in WIDTHS.items() if level <= 6):
        grids = [code[:width] for code in codes]
        starts = [i for i, grid in enumerate(grids) if i == 0 or grid != grids[i - 1]]
        sums = np.add.reduceat(counts, starts, axis=0).tolist()
        figures.update(zip([grids[i] for i in starts], map(tuple, sums), strict=True))
    return figures


def families(codes: Iterable[str]) -> dict[str, list[str]]:
    """The children of every grid that has any among ``codes``, lowest levels first."""
    found: dict[str, list[str]] = defaultdict(list)
    for code in sorted(codes, key=lambda code: (-len(code), code)):
        if len(code) > _SHORTEST:
            found[code[: _PARENT_WIDTH[len(code)]]].append(code)
    return dict(found)


def hide(
    figures: Mapping[str, Vector], tree: Mapping[str, Sequence[str]], k: int, also: Iterable[str] = ()
) -> set[str]:
    """The grids whose figures of one block are not to be shown, none of the block.

    Parameters
    ----------
    figures
        The block's counts of every grid that has any, each the sum of its children's.
    tree
        Their `families`.
    k
        Counts below this, zero apart, are small.
    also
        Grids to hide in any case, as another block that adds up with this one is hidden there.
    """
    hidden = set(also)
    if figures:
        counts = np.array(list(figures.values()), dtype=np.int64)
        small = np.asarray(((counts > 0) & (counts < k)).any(axis=1), dtype=np.bool_)
        hidden.update(itertools.compress(figures, small.tolist()))
    waiting = {above for code in hidden for above in _of(code)}
    while waiting:
        # In a fixed order: what is hidden must not differ between workers, or two answers would tell more than one.
        family, waiting = sorted(waiting, key=lambda code: (-len(code), code)), set[str]()
        for above in family:
            for code in _missing(above, tree.get(above, ()), figures, hidden, k):
                hidden.add(code)
                waiting.update(_of(code))
    return hidden


def _of(code: str) -> tuple[str, str]:
    """The two families a grid belongs to, as a parent and as a child, by their parents."""
    return code, code[: _PARENT_WIDTH.get(len(code), 0)]


def _missing(
    above: str, children: Sequence[str], figures: Mapping[str, Vector], hidden: Collection[str], k: int
) -> list[str]:
    """Who else of a family must be hidden, so that nothing hidden follows from what it shows."""
    if above in hidden:
        # All of them: which ones are zero would tell about the others.
        return [code for code in children if code not in hidden]
    covered = [code for code in children if code in hidden]
    if not covered:
        return []
    sizes = {code: sum(figures[code]) for code in children if code not in hidden and any(figures[code])}
    # The smallest are taken first, equal ones together, and whoever is as small as one hidden without being small:
    # else it would show why a grid is hidden, and from that how large it is.
    large = [sum(figures[code]) for code in covered if not any(0 < value < k for value in figures[code])]
    for most in sorted({max(large, default=0), *(size for size in sizes.values() if size > max(large, default=0))}):
        more = [code for code, size in sizes.items() if size <= most]
        if _safe([figures[code] for code in (*covered, *more)], k):
            return more
    return [*sizes, above]


def _safe(vectors: Sequence[Vector], k: int) -> bool:
    """Whether the sums of some hidden siblings, which their parent gives away, tell none of their counts."""
    sums = [sum(column) for column in zip(*vectors, strict=True)]
    if not any(sums):
        return True
    if len(vectors) < 2 or any(0 < total < k for total in sums):
        return False
    used = [place for place, total in enumerate(sums) if total]
    if len(used) > 1 or not all(0 < vector[used[0]] < k for vector in vectors):
        return True
    # All small, and nothing else to vary: the sum must not force each of them to be 1, or each k − 1.
    return len(vectors) < sums[used[0]] < len(vectors) * (k - 1)
