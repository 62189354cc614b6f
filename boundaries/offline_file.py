"""The file of a draft taken along: a GeoPackage with the grids to edit, as they were, and where they came from."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataSourceError

from boundaries.draft_leaves import Leaf
from gis.db import STORAGE_SRID, as_multi
from gis.errors import FileUnreadable, InvalidInput

EDITED, BASE, ORIGIN = "grids", "base", "origin"
"""Layers: to be edited; as checked out, not to be touched; where from, one row."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the edited layer, in the order of its keys: what stood at check-out comes before what was added."""

    code: str
    parent: str
    name: str
    geometry: Any


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file comes from: the draft, its base edition and when that was recorded, which tells stores apart."""

    draft: int
    edition: int
    recorded_at: str
    scope: str


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """What a file holds."""

    origin: Origin
    base: dict[str, Leaf]
    rows: list[Row]


def write_file(target: Path, origin: Origin, leaves: Mapping[str, Leaf]) -> None:
    """Write a draft's basic grids for editing elsewhere; an earlier file of that name is replaced when all is written.

    Raises
    ------
    InvalidInput
        If there is no such folder.
    """
    if not target.parent.is_dir():
        raise InvalidInput(field=str(target), reason_zh="文件夹不存在", reason_en="the folder does not exist")
    codes = sorted(leaves)
    values = {"code": codes, "parent": [code[:15] for code in codes], "name": [leaves[code].name for code in codes]}
    outlines = as_multi([leaves[code].geometry for code in codes])
    frame = geopandas.GeoDataFrame(values, geometry=list(outlines), crs=STORAGE_SRID)
    table = pd.DataFrame([{**asdict(origin), "digest": _digest(leaves)}])
    part = target.with_name(f".{target.stem}.part.gpkg")
    try:
        for layer in (EDITED, BASE):
            frame.to_file(part, layer=layer, driver="GPKG", geometry_type="MultiPolygon")
        pyogrio.write_dataframe(table, part, layer=ORIGIN, driver="GPKG")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def read_file(path: Path) -> CheckedOut:
    """Read a file that was checked out.

    Raises
    ------
    FileUnreadable
        If it is missing, no such file, in another reference system, or its layer ``base`` was edited.
    """
    try:
        present = {str(name) for name, _ in pyogrio.list_layers(path)}
    except (DataSourceError, OSError) as error:
        raise FileUnreadable(path=path, reason_zh="读不出", reason_en="it cannot be read") from error
    if not {EDITED, BASE, ORIGIN} <= present:
        raise FileUnreadable(
            path=path, reason_zh="不是 checkout 写出的文件", reason_en="it was not written by checkout"
        )
    table = pyogrio.read_dataframe(path, layer=ORIGIN).iloc[0]
    origin = Origin(int(table["draft"]), int(table["edition"]), str(table["recorded_at"]), str(table["scope"] or ""))
    base = {row.code: Leaf(row.name, row.geometry) for row in _rows(path, BASE)}
    if _digest(base) != table["digest"]:
        raise FileUnreadable(path=path, reason_zh="图层 base 被改动过", reason_en="its layer base was edited")
    return CheckedOut(origin, base, _rows(path, EDITED))


def _rows(path: Path, layer: str) -> list[Row]:
    frame: Any = pyogrio.read_dataframe(path, layer=layer, fid_as_index=True).sort_index()
    if frame.crs is None or frame.crs.to_epsg() != STORAGE_SRID:
        raise FileUnreadable(
            path=path, reason_zh=f"图层 {layer} 不是 EPSG:4490", reason_en=f"its layer {layer} is not in EPSG:4490"
        )
    texts = [
        ["" if pd.isna(value) else str(value).strip() for value in frame[name]] for name in ("code", "parent", "name")
    ]
    return [Row(*row) for row in zip(*texts, frame.geometry, strict=True)]


def _digest(leaves: Mapping[str, Leaf]) -> str:
    """A checksum of codes, names and outlines, whichever way the rings turn."""
    found = hashlib.sha256()
    for code in sorted(leaves):
        shape = shapely.to_wkb(shapely.normalize(as_multi([leaves[code].geometry])[0]))
        found.update(f"{code}\0{leaves[code].name}\0".encode() + shape)
    return found.hexdigest()
