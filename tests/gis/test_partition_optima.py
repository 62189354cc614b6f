"""The search against proven optima and long runs: a frozen set of grids of the demonstration county."""

import numpy as np
import pytest

from gis.partition import Effort, partition
from gis.partition.remarks import remarks
from tests.gis.optima import FREE, SMALL, Frozen, frozen, optimum_m, total_m

GRIDS = frozen()


def test_the_frozen_set_is_what_it_says() -> None:
    small = [one for one in GRIDS if len(one.x) <= SMALL]
    large = [one for one in GRIDS if len(one.x) > SMALL]
    assert [len(small), sum(one.held_out for one in small), len(large)] == [64, 12, 10]
    assert all(one.proven for one in small)
    assert sum(one.proven for one in large) == 8
    assert len({tuple(one.x) for one in GRIDS}) == len(GRIDS)  # what is held out is no grid of the others


@pytest.mark.parametrize("grid", GRIDS, ids=lambda one: f"{len(one.x)}-{one.units}-{one.best_m:.0f}")
def test_every_best_known_division_is_found(grid: Frozen) -> None:
    x, y = np.array(grid.x), np.array(grid.y)
    unit = partition(x, y, x * 0, FREE, effort=Effort.THOROUGH)
    assert int(unit.max()) + 1 == grid.units
    within = 1e-9 if grid.proven else 1e-3
    assert total_m(x, y, unit) <= grid.best_m * (1 + within)
    assert {one.rule for one in remarks(x, y, x * 0, unit)} <= {"far"}


def test_the_oracle_proves_the_smallest_of_them_again() -> None:
    for grid in sorted((one for one in GRIDS if one.proven), key=lambda one: len(one.x))[:3]:
        found = optimum_m(np.array(grid.x), np.array(grid.y), grid.units)
        assert found == pytest.approx(grid.best_m, rel=1e-7)


def test_the_oracle_itself_on_two_clusters() -> None:
    x = np.append(np.arange(8.0), 100 + np.arange(9.0))
    assert optimum_m(x, x * 0, 2) == pytest.approx(16 + 20)
    assert optimum_m(x, x * 0, 2, low=9) is None
