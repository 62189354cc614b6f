"""Repairs that once went wrong, by the outlines at which they did."""

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from boundaries.matching import match_nodes
from boundaries.mending import mend
from gis.coverage_check import AREA_FLOOR_M2, area_m2
from gis.settings import ROOT


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("spike", ["53232210520901101"]),  # cycle 132: noding cut a spike, narrower than its rounding, off as a part
        ("dust", []),  # cycle 848: left-over pieces of 1e-8 m² overlapped by more than a millionth of themselves
    ],
)
def test_a_repair_makes_a_coverage_without_crumbs(name: str, gone: list[str]) -> None:
    """Where the soak with seed 5 once ended."""
    rows = gpd.read_parquet(ROOT / f"tests/data/{name}.parquet")
    outlines: dict[str, dict[str, Any]] = {
        str(side): dict(zip(part["code"], part.geometry, strict=True)) for side, part in rows.groupby("side")
    }
    after = {**outlines["before"], **outlines["after"]}
    for code in gone:
        del after[code]
    put, questions = mend(outlines["before"], after, list(outlines["after"]), gone=gone)
    assert not questions
    mended = {code: shape for code, shape in {**after, **put}.items() if shape is not None}
    assert all(area_m2(part) >= AREA_FLOOR_M2 for shape in put.values() for part in shapely.get_parts(shape))
    mended |= match_nodes(mended, set(put))
    assert shapely.coverage_is_valid(np.array(list(mended.values()), dtype=np.object_))
