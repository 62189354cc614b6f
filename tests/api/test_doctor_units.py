"""The doctor on neighbour units: what drifted is named with the command that mends it, and left as it is."""

import pytest

from api.cli.store_checks import store_checks
from gis.db import Database
from gis.scope import everything
from tests.conftest import COUNTY
from tests.gis.test_unit_drifts import GRID, mix


@pytest.mark.parametrize("grids", [(), (GRID,), (GRID, f"{GRID[:14]}301")])
def test_grids_that_drifted_are_named_and_left(database_url: str, database: Database, grids: tuple[str, ...]) -> None:
    with database.transaction(everything([COUNTY], "test")) as connection:
        for grid in grids:
            mix(connection, grid)
        before = connection.execute("SELECT count(*) FROM gis.unit_change").fetchall()
    (check,) = (one for one in store_checks(database_url) if "neighbour units" in one.what[1])
    with database.transaction(everything([COUNTY], "test")) as connection:
        assert connection.execute("SELECT count(*) FROM gis.unit_change").fetchall() == before
        for grid in grids:  # seven places on, seven back
            mix(connection, grid, -7)
    assert (check.state, check.remedy) == ("warn" if grids else "ok", None)
    assert all(grid in check.found[1] for grid in grids)
    if grids:
        assert check.mend is not None
        meant = grids[0] if len(grids) == 1 else COUNTY
        assert all(f"wangge units replan {meant} --commit" in words for words in check.mend)
