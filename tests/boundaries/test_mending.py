"""Repairs that once went wrong, by the outlines at which they did."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from boundaries.matching import match_nodes
from boundaries.mending import mend
from gis.coverage_check import AREA_FLOOR_M2, area_m2
from gis.settings import ROOT


def test_a_repair_leaves_no_spike_that_only_noding_made() -> None:
    """Cycle 132 of the soak with seed 5: noding cut a spike, narrower than its own rounding, into a part by itself."""
    rows = gpd.read_parquet(ROOT / "tests/data/spike.parquet")
    outlines: dict[str, dict[str, Any]] = {
        str(side): dict(zip(part["code"], part.geometry, strict=True)) for side, part in rows.groupby("side")
    }
    (edited,), gone = outlines["after"], "53232210520901101"
    after = {**outlines["before"], **outlines["after"]}
    del after[gone]
    put, questions = mend(outlines["before"], after, [edited], gone=[gone])
    assert not questions
    mended = {code: shape for code, shape in {**after, **put}.items() if shape is not None}
    assert all(area_m2(part) >= AREA_FLOOR_M2 for shape in put.values() for part in shapely.get_parts(shape))
    mended |= match_nodes(mended, set(put))
    assert shapely.coverage_is_valid(np.array(list(mended.values()), dtype=np.object_))
