"""Grids of an edition as a file that desktop programs read: GeoParquet, GeoPackage, FlatGeobuf."""

from pathlib import Path
from typing import Literal

import geopandas
import numpy as np
import shapely

from gis.db import STORAGE_SRID, Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("grid_files.sql"))
GridFormat = Literal["geoparquet", "gpkg", "fgb"]
_DRIVERS = {"gpkg": "GPKG", "fgb": "FlatGeobuf"}


def write_grids(connection: Connection, edition: int, target: Path, form: GridFormat) -> int:
    """Write the grids of all levels, in the order of level and code; returns how many.

    Columns: code, name, level, parent, area_m2, edition_from and the outline in EPSG:4490, longitude first. A GeoPackage
    has a layer per level, ``level2`` … ``level6``; the other formats have one for all.
    """
    rows = connection.execute(_SQL["grids"], [edition], binary=True).fetchall()
    columns = ("code", "name", "level", "parent", "area_m2", "edition_from")
    values = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    outlines = shapely.from_wkb(np.array([bytes(row[6]) for row in rows], dtype=object))
    frame = geopandas.GeoDataFrame(values, geometry=list(outlines), crs=STORAGE_SRID)
    if form == "geoparquet":
        frame.to_parquet(target, index=False)
    elif form == "gpkg":
        for level in range(2, 7):
            grids: geopandas.GeoDataFrame = frame.loc[frame["level"] == level]
            # 1.2, which every reader and the standard's test suite know: 1.4 has other triggers
            grids.to_file(target, layer=f"level{level}", driver=_DRIVERS[form], VERSION="1.2")
    else:
        frame.to_file(target, driver=_DRIVERS[form])
    return len(frame)
