"""Hidden counts: nobody can compute them, by algebra on whole trees and by trying every county that looks the same."""

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.suppression import Vector, families, hide, roll_up

K = 3
COUNTY = "532322"
CODES = st.sampled_from(
    [
        f"{COUNTY}{town:03}{village:03}{grid:03}{basic:02}"
        for town, village, grid, basic in itertools.product((1, 2), (1, 2), (1, 2, 3), (1, 2))
    ]
)
COUNTS = st.one_of(st.integers(0, 4), st.integers(0, 30))


def trees(width: int) -> st.SearchStrategy[dict[str, Vector]]:
    return st.dictionaries(CODES, st.tuples(*[COUNTS] * width), max_size=16).map(roll_up)


@given(st.dictionaries(CODES, st.tuples(COUNTS, COUNTS), max_size=20))
def test_roll_up_adds_the_children(leaves: dict[str, Vector]) -> None:
    figures = roll_up(leaves)
    for above, children in families(figures).items():
        assert figures[above] == tuple(map(sum, zip(*(figures[code] for code in children), strict=True)))
    assert set(figures) == {code[:width] for code in leaves for width in (6, 9, 12, 15, 17)}


@pytest.mark.parametrize("width", [1, 3])
@given(st.data())
def test_no_small_count_follows_from_what_is_shown(width: int, data: st.DataObject) -> None:
    """The sums of a tree, with what is shown put in, leave every small count undetermined."""
    figures = data.draw(trees(width))
    tree = families(figures)
    hidden = hide(figures, tree, K)
    codes = sorted(figures)
    sums = np.zeros((len(tree), len(codes)))
    for row, (above, children) in enumerate(tree.items()):
        sums[row, codes.index(above)] = -1
        sums[row, [codes.index(code) for code in children]] = 1
    unknown = [place for place, code in enumerate(codes) if code in hidden]
    known_rank = np.linalg.matrix_rank(sums[:, unknown]) if unknown else 0
    for code, vector in figures.items():
        if any(0 < value < K for value in vector):
            assert code in hidden
            one = np.zeros(len(unknown))
            one[unknown.index(codes.index(code))] = 1
            assert np.linalg.matrix_rank(np.vstack([sums[:, unknown], one])) > known_rank


@given(trees(2))
def test_hidden_siblings_are_no_small_group(figures: dict[str, Vector]) -> None:
    tree = families(figures)
    hidden = hide(figures, tree, K)
    for above, children in tree.items():
        if above in hidden:
            assert hidden.issuperset(children)
        elif not hidden.isdisjoint(children):
            totals = [sum(figures[code][place] for code in hidden.intersection(children)) for place in range(2)]
            assert not any(0 < total < K for total in totals)


@given(trees(2), st.integers(1, 5))
def test_nothing_is_hidden_without_need(figures: dict[str, Vector], k: int) -> None:
    small = any(0 < value < k for vector in figures.values() for value in vector)
    assert bool(hide(figures, families(figures), k)) == small


@given(trees(1), st.sets(CODES, max_size=2))
def test_what_is_hidden_anyway_stays_hidden(figures: dict[str, Vector], also: set[str]) -> None:
    wanted = also & figures.keys()
    assert hide(figures, families(figures), K, wanted) >= wanted | hide(figures, families(figures), K)


@given(trees(2))
def test_the_order_of_rows_does_not_matter(figures: dict[str, Vector]) -> None:
    shuffled = dict(sorted(figures.items(), reverse=True))
    assert hide(shuffled, families(shuffled), K) == hide(figures, families(figures), K)


def look_alikes(shape: tuple[int, ...], values: range, k: int) -> dict[object, list[dict[str, Vector]]]:
    """All counties of a shape (basic counts per village), by what is shown of them."""
    leaves = [f"{COUNTY}101{village + 1:03}{n + 1:03}" for village, size in enumerate(shape) for n in range(size)]
    seen: dict[object, list[dict[str, Vector]]] = defaultdict(list)
    for counts in itertools.product(values, repeat=len(leaves)):
        figures: dict[str, Vector] = {}
        for code, count in zip(leaves, counts, strict=True):
            for width in (6, 9, 12, 15):
                figures[code[:width]] = (figures.get(code[:width], (0,))[0] + count,)
        hidden = hide(figures, families(figures), k)
        shown = tuple((code, None if code in hidden else figures[code]) for code in sorted(figures))
        seen[shown].append(figures)
    return seen


@pytest.mark.parametrize(
    ("shape", "small", "values", "k"),
    [((2,), 7, 16, 3), ((3,), 7, 16, 3), ((4,), 4, 8, 3), ((3,), 6, 14, 4), ((1, 2), 6, 14, 3), ((2, 2), 4, 8, 3)],
)
def test_knowing_the_rules_does_not_help(shape: tuple[int, ...], small: int, values: int, k: int) -> None:
    """Whoever knows the rules and tries all counties still finds two that look the same, for every small count.

    Only for what small numbers show, so that the look-alikes with larger numbers were tried too.
    """
    for figures in look_alikes(shape, range(values), k).values():
        if not any(max(count for code, (count,) in one.items() if len(code) == 15) < small for one in figures):
            continue
        for code in figures[0]:
            counts = {one[code][0] for one in figures}
            assert len(counts) > 1 or not 0 < min(counts) < k, figures
