"""Departmental nets as files, and the proposal made of them as a GeoPackage."""

from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely

from boundaries.nets import Merged, Net
from gis.arrays import F64
from gis.crs import to_storage
from gis.db import STORAGE_SRID, as_multi
from gis.errors import InvalidInput
from gis.importer.fields import Kind
from gis.importer.job import Options, read_file
from gis.importer.places import reference_system


def read_net(name: str, path: Path) -> Net:
    """Read a net from any file of polygons that ``import grids`` reads; rows without a code are known by their number.

    Raises
    ------
    FileUnreadable, TooLarge, InvalidCrs
        As ``import grids``.
    InvalidInput
        If a row has no polygon, or a code stands twice.
    """
    mapped = read_file(Options(kind=Kind.GRIDS, path=path))
    table = mapped.table
    shapes = np.full(len(table), None, dtype=np.object_) if table.geometry is None else table.geometry
    bad = [row for row, shape in zip(table.rows, shapes, strict=True) if shape is None or shape.area == 0]
    if bad:
        raise InvalidInput(field=path.name, reason_zh=f"第 {bad[0]} 行没有面", reason_en=f"row {bad[0]} has no polygon")
    crs = reference_system(None, table.crs)

    def degrees(xy: F64) -> F64:
        return np.column_stack(to_storage(xy[:, 0], xy[:, 1], crs))

    codes = [code or f"#{row}" for code, row in zip(mapped.texts("code"), table.rows, strict=True)]
    doubled = sorted({code for code in codes if codes.count(code) > 1})
    if doubled:
        raise InvalidInput(
            field=path.name, reason_zh=f"编码 {doubled[0]} 重复", reason_en=f"the code {doubled[0]} stands twice"
        )
    return Net(name, codes, mapped.texts("name"), shapely.transform(shapely.force_2d(shapes), degrees))


def write_proposal(target: Path, merged: Merged) -> None:
    """Write a proposal: layers ``grids`` (to be imported with ``--allocate``), ``misfits``, and the table ``members``."""
    if not target.parent.is_dir():
        raise InvalidInput(field="--out", reason_zh="文件夹不存在", reason_en="the folder does not exist")
    grids = {
        "name": [one.name or one.code for one in merged.proposals],
        "source": [one.code for one in merged.proposals],
        "area_m2": [one.area_m2 for one in merged.proposals],
        "agreement": [one.agreement for one in merged.proposals],
    }
    misfits = {
        "kind": [one.kind for one in merged.misfits],
        "net": [one.net for one in merged.misfits],
        "codes": ["、".join(one.codes) for one in merged.misfits],
        "area_m2": [one.area_m2 for one in merged.misfits],
        "share": [one.share for one in merged.misfits],
    }
    members = [(grid.code, m.net, m.code, m.share) for grid in merged.proposals for m in grid.members]
    part = target.with_name(f".{target.stem}.part.gpkg")
    try:
        for layer, values, shapes in (
            ("grids", grids, [one.outline for one in merged.proposals]),
            ("misfits", misfits, [one.geometry for one in merged.misfits]),
        ):
            frame = geopandas.GeoDataFrame(values, geometry=list(as_multi(shapes)), crs=STORAGE_SRID)
            frame.to_file(part, layer=layer, driver="GPKG", geometry_type="MultiPolygon")
        table = pd.DataFrame(members, columns=["source", "net", "code", "share"])
        pyogrio.write_dataframe(table, part, layer="members", driver="GPKG")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
