"""What people would look points up with instead, each with one thread: libraries in memory and the database."""

import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from psycopg import Connection

from gis.arrays import F64, I64, Bools, Geometries
from gis.db import connect_admin
from tests.benchmarks.store import SQL

Run = Callable[[], I64]
"""Looks the points up that it was prepared for: (n,) the lowest grid that covers each, −1 outside."""


@dataclass(frozen=True)
class Engine:
    """Something that looks points up.

    Attributes
    ----------
    prepare : takes (n,) longitudes and latitudes, returns what is timed.
    cpu : seconds of processor time so far, of wherever the work is done.
    exact : whether it is expected to be right on borders.
    """

    name: str
    prepare: Callable[[F64, F64], Run]
    cpu: Callable[[], float] = time.process_time
    exact: bool = True


@contextmanager
def rivals(url: str, shapes: Geometries) -> Generator[list[Engine]]:
    """All of them, ready to be asked for points among these grids."""
    with connect_admin(url) as plain, connect_admin(url) as indexed:
        yield [
            _tree(shapes),
            _xy(shapes),
            _sjoin(shapes),
            _polars(shapes),
            _duckdb(shapes),
            *(_sedona(shapes, library) for library in ("geo", "geos", None)),
            _postgis(plain, shapes, "PostGIS, GiST: grids", index=False),
            _postgis(indexed, shapes, "PostGIS, GiST: grids, points", index=True),
        ]


def lowest(point: I64, grid: I64, count: int) -> I64:
    """The lowest grid of each of ``count`` points by pairs of point and grid, −1 for none."""
    found = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(found, point, grid)
    found[found == np.iinfo(np.int64).max] = -1
    return found


def _array(lon: F64, lat: F64) -> Geometries:
    return np.asarray(shapely.points(lon, lat), dtype=np.object_)


def _tree(shapes: Geometries) -> Engine:
    tree = shapely.STRtree(shapes)

    def prepare(lon: F64, lat: F64) -> Run:
        def run() -> I64:
            point, grid = tree.query(shapely.points(lon, lat), predicate="intersects")
            return lowest(point, grid, lon.size)

        return run

    return Engine("shapely STRtree.query", prepare)


def _xy(shapes: Geometries) -> Engine:
    tree = shapely.STRtree(shapely.box(*shapely.bounds(shapes).T))
    shapely.prepare(shapes)

    def prepare(lon: F64, lat: F64) -> Run:
        def run() -> I64:
            point, grid = tree.query(shapely.points(lon, lat))
            hit: Bools = shapely.intersects_xy(shapes[grid], lon[point], lat[point])
            return lowest(point[hit], grid[hit], lon.size)

        return run

    return Engine("shapely STRtree + intersects_xy", prepare)


def _sjoin(shapes: Geometries) -> Engine:
    grids = gpd.GeoDataFrame({"number": np.arange(len(shapes))}, geometry=list(shapes), crs=4490)

    def prepare(lon: F64, lat: F64) -> Run:
        frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4490)

        def run() -> I64:
            found = gpd.sjoin(frame, grids, predicate="intersects")
            return lowest(found.index.to_numpy(), found["number"].to_numpy(), lon.size)

        return run

    return Engine("geopandas.sjoin", prepare)


def _polars(shapes: Geometries) -> Engine:
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # read once, at import
    import polars as pl
    import polars_st as st

    grids = st.GeoDataFrame({"number": np.arange(len(shapes)), "geometry": shapely.to_wkb(shapes).tolist()})

    def prepare(lon: F64, lat: F64) -> Run:
        points = pl.Series("geometry", list(shapely.to_wkb(_array(lon, lat))))
        frame = st.GeoDataFrame(pl.DataFrame({"id": np.arange(lon.size)}).with_columns(points))

        def run() -> I64:
            found = frame.st.sjoin(grids, on="geometry", predicate="intersects")
            return lowest(found["id"].to_numpy(), found["number"].to_numpy(), lon.size)

        return run

    return Engine("polars-st sjoin", prepare)


_JOIN = """
    SELECT p.id, min(g.number) AS number
    FROM (SELECT id, ST_Point(lon, lat) AS geom FROM points) AS p
    JOIN (SELECT number, ST_GeomFromWKB(wkb) AS geom FROM grids) AS g ON ST_Intersects(g.geom, p.geom)
    GROUP BY p.id"""


def _tables(shapes: Geometries) -> Any:
    return pa.table({"number": np.arange(len(shapes)), "wkb": pa.array(shapely.to_wkb(shapes).tolist(), pa.binary())})


def _points(lon: F64, lat: F64) -> Any:
    return pa.table({"id": np.arange(lon.size), "lon": lon, "lat": lat})


def _spread(found: Any, count: int) -> I64:
    grids = np.full(count, -1)
    grids[found["id"].to_numpy()] = found["number"].to_numpy()
    return grids


def _duckdb(shapes: Geometries) -> Engine:
    import duckdb
    import duckdb_extension_spatial

    connection = duckdb.connect()
    # The package brings the extension as a file: nothing is fetched.
    [extension] = Path(duckdb_extension_spatial.__file__).parent.rglob("*.duckdb_extension")
    connection.load_extension(str(extension))
    connection.execute("SET threads = 1")
    connection.register("grids", _tables(shapes))

    def prepare(lon: F64, lat: F64) -> Run:
        connection.register("points", _points(lon, lat))
        return lambda: _spread(connection.execute(_JOIN).to_arrow_table(), lon.size)

    return Engine("DuckDB spatial", prepare)


def _sedona(shapes: Geometries, library: str | None) -> Engine:
    import sedonadb

    context: Any = sedonadb.connect()
    context.sql("SET datafusion.execution.target_partitions = 1").execute()
    if library is not None:
        context.sql(f"SET sedona.spatial_join.spatial_library = '{library}'").execute()
    context.create_data_frame(_tables(shapes)).to_view("grids")

    def prepare(lon: F64, lat: F64) -> Run:
        context.create_data_frame(_points(lon, lat)).to_view("points", overwrite=True)
        return lambda: _spread(pa.table(context.sql(_JOIN)), lon.size)

    return Engine(f"SedonaDB, {library or 'default'}", prepare, exact=library is not None)


def _postgis(connection: Connection[Any], shapes: Geometries, name: str, *, index: bool) -> Engine:
    connection.execute(SQL["bench_tables"])
    with connection.cursor() as cursor, cursor.copy(SQL["bench_grids_in"]) as copy:
        for number, wkb in enumerate(shapely.to_wkb(shapely.set_srid(shapes, 4490), hex=True, include_srid=True)):
            copy.write_row((number, wkb))
    connection.execute(SQL["bench_grids_index"])
    pid = connection.info.backend_pid

    def prepare(lon: F64, lat: F64) -> Run:
        connection.execute(SQL["bench_empty"])
        points = shapely.to_wkb(shapely.set_srid(_array(lon, lat), 4490), hex=True, include_srid=True)
        with connection.cursor() as cursor, cursor.copy(SQL["bench_points_in"]) as copy:
            copy.write(b"".join(f"{k}\t{point}\n".encode() for k, point in enumerate(points)))
        if index:
            connection.execute(SQL["bench_points_index"])
        connection.execute(SQL["bench_analyze"])

        def run() -> I64:
            found = np.array(connection.execute(SQL["bench_join"]).fetchall(), dtype=np.int64).reshape(-1, 2)
            return lowest(found[:, 0], found[:, 1], lon.size)

        return run

    return Engine(name, prepare, lambda: _cpu_of(pid))


def _cpu_of(pid: int) -> float:
    """Seconds of processor time of another process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
