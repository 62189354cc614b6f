"""Points of GeoPandas → grids: series in, series with the same index out, whatever their reference system."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.arrays import F64, I8
from gis.datum import Datum
from gis.importer.evidence import Reading
from gis.importer.places import reference_system
from gis.locate import Locator
from gis.points.answers import Answers, Wanted
from gis.points.places import FINE, NO_NUMBER, NO_POINT, OUT_OF_REACH


def locate_points(
    points: gpd.GeoSeries | gpd.GeoDataFrame, locator: Locator, level: int = 6, *, datum: Datum = "cgcs2000"
) -> pd.Series:
    """The code of the grid of each point; missing outside all grids and where there is no point.

    Parameters
    ----------
    points : n points in any system that is understood (`gis.crs.KNOWN`); without one they are degrees EPSG:4490.
    level : of the grids wanted, 2 to 6.
    datum : of degrees that a Chinese map has shifted.

    Returns
    -------
    A categorical series named ``grid_code`` with the index of ``points``.

    Raises
    ------
    InvalidCrs, InvalidInput
        For a system that is not understood, or a level that is none.
    """
    return locate_table(points, locator, {}, Wanted(level), datum=datum)["grid_code"]


def locate_table(
    points: gpd.GeoSeries | gpd.GeoDataFrame,
    locator: Locator,
    names: Mapping[str, str],
    wanted: Wanted,
    *,
    datum: Datum = "cgcs2000",
) -> pd.DataFrame:
    """All columns wanted for each point, among them ``problem``, why a row has no place; otherwise as `locate_points`.

    Parameters
    ----------
    names : name of each grid by code; needed if names are wanted.
    """
    shapes = points.geometry
    reading = Reading(reference_system(None, None if shapes.crs is None else shapes.crs.to_wkt()), datum)
    lon, lat, reason = _places(shapes, reading)
    columns = Answers(locator, names, wanted).columns(lon, lat, reason)
    fields = [field.name for field in wanted.fields()]
    return pd.DataFrame(
        {
            name: pd.Series(column.to_pandas().array, index=shapes.index)
            for name, column in zip(fields, columns, strict=True)
        }
    )


def _places(shapes: gpd.GeoSeries, reading: Reading) -> tuple[F64, F64, I8]:
    point = (shapes.geom_type == "Point").to_numpy()
    there = point & ~shapes.is_empty.to_numpy()
    x, y = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
    x[there], y[there] = shapes[there].x, shapes[there].y
    lon, lat = reading.degrees(x, y)
    reason = np.full(len(shapes), FINE, dtype=np.int8)
    reason[np.isnan(lon)] = OUT_OF_REACH
    reason[~(np.isfinite(x) & np.isfinite(y))] = NO_NUMBER
    reason[~point & ~shapes.isna().to_numpy()] = NO_POINT
    return lon, lat, reason
