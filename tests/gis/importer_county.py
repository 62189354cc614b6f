"""A county of sixteen squares in four villages, in memory and in a store, with made-up households."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely

from boundaries.drafts import Change, open_draft, put_changes
from boundaries.editions import activate
from boundaries.publish import prepare
from gis.db import Connection
from gis.importer.county import County
from gis.locate import Locator
from gis.scope import Scope

COUNTY = "532322"
SCOPE = Scope((COUNTY,), "test", "operator")
WEST, SOUTH, SIDE = 101.5, 24.5, 0.03  # a grid is about 3 km wide, a village 6 km
VILLAGES = {
    "532322101201": ("妥甸镇", "和平村民委员会", (0, 2)),
    "532322101202": ("妥甸镇", "柏子村村民委员会", (2, 2)),
    "532322104001": ("䂖嘉镇", "䂖嘉社区居民委员会", (0, 0)),
    "532322104201": ("䂖嘉镇", "红山村民委员会", (2, 0)),
}
"""Code to township, name and lower left square: the two townships lie one above the other."""


def square(column: float, row: float, width: float = 1, height: float = 1) -> Any:
    """A box of the lattice; corners in common are the same doubles."""
    west, east = (round(WEST + x * SIDE, 9) for x in (column, column + width))
    south, north = (round(SOUTH + y * SIDE, 9) for y in (row, row + height))
    return shapely.box(west, south, east, north)


def leaves() -> dict[str, Any]:
    """Basic grids: four a village, numbered west to east, north to south."""
    found: dict[str, Any] = {}
    for village, (_, _, (column, row)) in VILLAGES.items():
        for number, (x, y) in enumerate(((0, 1), (1, 1), (0, 0), (1, 0)), start=1):
            found[f"{village}{number:03}01"] = square(column + x, row + y)
    return found


def names() -> dict[str, str]:
    found = {COUNTY: "示例县"}
    for village, (township, name, _) in VILLAGES.items():
        found |= {village[:9]: township, village: name}
        found |= {f"{village}{n:03}": f"{name[:2]}第{n}网格" for n in range(1, 5)}
        found |= {f"{village}{n:03}01": f"{name[:2]}第{n}网格" for n in range(1, 5)}
    return found


def county() -> County:
    drawn = leaves()
    return County(1, names(), drawn, Locator(list(drawn), list(drawn.values())))


def publish(connection: Connection, day: date = date(2023, 1, 1)) -> None:
    """Make the county edition 1 of a store."""
    drawn = leaves()
    draft = open_draft(connection, title="示例", author="test")
    put_changes(connection, draft, [Change(code, "put", name, drawn.get(code)) for code, name in names().items()])
    activate(connection, prepare(connection, draft, valid_from=day).edition)


def households(count: int = 400, seed: int = 1) -> pd.DataFrame:
    """People who cannot be: their phones begin with 000. They lie anywhere in the county and name their village."""
    rng = np.random.default_rng(seed)
    lon, lat = (origin + rng.uniform(0.0005, 4 * SIDE - 0.0005, count) for origin in (WEST, SOUTH))
    lon, lat = np.round(lon, 7), np.round(lat, 7)
    here = county()
    villages = [str(code)[:12] for code in here.locator.codes_at(lon, lat)]
    return pd.DataFrame(
        {
            "户主姓名": [f"示例{i:04}" for i in range(count)],
            "联系电话": [f"000{i:08}" for i in range(count)],
            "家庭人口": rng.integers(1, 8, count),
            "地址": [f"示例路{i}号" for i in range(count)],
            "村民小组": [f"第{i % 3 + 1}组" for i in range(count)],
            "村委会": [VILLAGES[code][1] for code in villages],
            "乡镇": [VILLAGES[code][0] for code in villages],
            "风险等级": [["", "", "红", "黄", "绿"][i % 5] for i in range(count)],
            "经度": lon,
            "纬度": lat,
        }
    )
