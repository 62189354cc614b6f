"""Four grids around 102° E, 25° N, and points whose answers are known."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from gis.locate import Locator

WEST, EAST, NORTH, OTHER = "53232210120200101", "53232210120200102", "53232210120300101", "53232220120200101"
CODES = {
    WEST: shapely.box(101, 24, 102, 25),
    EAST: shapely.box(102, 24, 103, 25),
    NORTH: shapely.box(101, 25, 103, 26),
    OTHER: shapely.box(103, 24, 104, 26),
}
NAMES = {
    **{code: f"第{number}网格" for number, code in enumerate(CODES, start=1)},
    "532322": "双柏县",
    "532322101": "妥甸镇",
    "532322101202": "䂖嘉村",
}
ROWS = (
    ("甲", 101.5, 24.5, WEST),
    ("乙", 102.0, 24.5, WEST),  # on the border: the lowest code has it
    ("丙", 102.5, 24.5, EAST),
    ("丁", 102.5, 25.5, NORTH),
    ("戊", 99.0, 24.5, None),  # outside
    ("䂖", 103.5, 25.0, OTHER),
)


def locator() -> Locator:
    return Locator(list(CODES), list(CODES.values()))


def points_table() -> Any:
    names, lon, lat, _ = zip(*ROWS, strict=True)
    return pa.table({"名称": list(names), "lon": list(lon), "lat": list(lat)})


def csv_text() -> str:
    return "名称,经度,纬度\n" + "".join(f"{name},{lon},{lat}\n" for name, lon, lat, _ in ROWS)


def written(folder: Path, text: str, encoding: str = "utf-8", name: str = "点.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path
