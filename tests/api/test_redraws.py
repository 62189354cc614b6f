"""What changed between two states of the units, as a worker has seen it: nothing is left out, what is unknown is everything."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from api.redraws import Drawn, Redraws
from tiles.atlas import key_of, places_of
from tiles.store import SETS
from tiles.summary import MOST, summarised

PLACES = st.tuples(st.integers(0, 1), st.integers(0, 16), st.integers(0, 2**17 - 1), st.integers(0, 2**16 - 1))
SMALL = st.tuples(st.integers(0, 1), st.integers(12, 13), st.integers(0, 12), st.integers(0, 12))


@given(st.lists(PLACES, unique=True))
def test_a_key_tells_its_place(places: list[tuple[int, int, int, int]]) -> None:
    keys = np.array([key_of(*place) for place in places], dtype=np.uint64)
    assert list(map(tuple, places_of(keys).tolist())) == places


@given(st.lists(st.none() | st.lists(SMALL, max_size=120), max_size=5), st.integers(0, 5))
def test_all_steps_since_a_state_are_told(steps: list[list[tuple[int, int, int, int]] | None], start: int) -> None:
    redraws = Redraws()
    redraws.add(Drawn(1, 1), None)
    for rev, places in enumerate(steps, 2):
        keys = None if places is None else np.unique(np.array([key_of(*one) for one in places], dtype=np.uint64))
        redraws.add(Drawn(1, rev), keys)
    told = redraws.since(Drawn(1, 1 + start))
    missed = steps[start:]
    if start > len(steps) or None in missed:
        assert told is None
        return
    assert told is not None
    changed = {place for places in missed for place in places or ()}
    for tms, zoom in {place[:2] for place in changed}:
        wanted = sorted([x, y] for t, z, x, y in changed if (t, z) == (tms, zoom))
        columns, rows = zip(*wanted, strict=True)
        box = [[min(columns), min(rows), max(columns), max(rows)]]
        assert told[SETS[tms]][str(zoom)] == (wanted if len(wanted) <= MOST else box)
    assert sum(map(len, told.values())) == len({place[:2] for place in changed})


def test_long_ago_and_elsewhere_are_unknown() -> None:
    redraws = Redraws()
    assert redraws.since(Drawn(1, 1)) is None
    for rev in range(1, 100):
        redraws.add(Drawn(1, rev), np.empty(0, dtype=np.uint64))
    assert redraws.since(Drawn(1, 1)) is None
    assert redraws.since(Drawn(2, 98)) is None
    assert redraws.since(Drawn(1, 98)) == summarised(np.empty(0, dtype=np.uint64)) == {name: {} for name in SETS}
    assert redraws.since(Drawn(1, 99)) == {}
