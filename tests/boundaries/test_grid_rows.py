"""Whatever border moves, every upper grid is the union of its basic grids, and only rows that change are written."""

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings

from boundaries.publish import prepare
from gis.codes import ancestors
from gis.coverage import read_leaves
from gis.coverage_check import area_m2
from gis.db import Connection, as_multi
from tests.boundaries.edits import County, displaced, moved, saved, shares, turns, vertex
from tests.boundaries.squares import DAY
from tests.examples import examples


@pytest.fixture
def county(connection: Connection) -> County:
    return County(connection)


def check_parents(connection: Connection, edition: int, codes: set[str]) -> None:
    """Upper grids of an edition against their basic grids, all read anew."""
    leaves, outlines = read_leaves(connection, edition)
    rows = connection.execute(
        "SELECT code::text, ST_AsBinary(geom), area_m2 FROM gis.grid_at(%s) WHERE code = ANY(%s)",
        [edition, sorted(codes)],
    ).fetchall()
    assert len(rows) == len(codes)
    for code, wkb, area in rows:
        below = np.array([shape for one, shape in zip(leaves, outlines, strict=True) if one.startswith(code)])
        union, stored = shapely.coverage_union_all(below), shapely.from_wkb(bytes(wkb))
        assert shapely.equals_exact(*(shapely.normalize(as_multi([shape]))[0] for shape in (union, stored)))
        assert area == pytest.approx(sum(area_m2(shape) for shape in below), rel=1e-11)


@given(which=shares, at=shares, turn=turns)
@settings(max_examples=examples(4, 12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parents_follow_their_basic_grids(
    connection: Connection, county: County, which: float, at: float, turn: float
) -> None:
    _, here, _ = vertex(county.outlines[county.code(which)], at)
    codes = county.sharing(here)
    drawn = {code: moved(county.outlines[code], here, displaced(here, 5, turn)) for code in codes}
    old, new = (shapely.union_all([side[code] for code in codes]) for side in (county.outlines, drawn))
    assume(all(shape.is_valid for shape in drawn.values()))
    assume(shapely.symmetric_difference(old, new).area == 0)
    assume(shapely.coverage_is_valid(list(drawn.values())))
    with connection.transaction(force_rollback=True):
        draft = saved(connection, [county.put(code, shape) for code, shape in drawn.items()])
        edition = prepare(connection, draft, valid_from=DAY.replace(year=2024)).edition
        above = {code for one in codes for code in ancestors(one)}
        check_parents(connection, edition, above)
        written = {
            row[0]
            for row in connection.execute(
                "SELECT code::text FROM gis.grid WHERE edition_from = %s", [edition]
            ).fetchall()
        }
        inner = {code for code in above if all(one.startswith(code) for one in county.sharing(here))}
        assert written == {*codes, *(above - inner)}
