"""An archive holds every stored tile of an edition, byte for byte; a file of grids holds every grid."""

import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas
import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles

from gis.coverage import Edition, read_edition
from gis.db import Connection, Database
from gis.grid_files import GridFormat, write_grids
from tests.geopackage import complaints
from tests.tiles.small_coverage import small_coverage
from tests.tiles.test_build import store_edition
from tiles.archive import tiles_of, write_mbtiles, write_pmtiles
from tiles.build import build


def _prepared(connection: Connection) -> Edition:
    store_edition(connection, 1, small_coverage())
    build(connection, 1)
    return read_edition(connection, 1)


def test_archives_hold_the_stored_bytes(empty_url: str, tmp_path: Path) -> None:
    with Database(empty_url, size=1) as database, database.transaction() as connection:
        edition = _prepared(connection)
        stored = dict(tiles_of(connection, 1))
        assert len(stored) > 100
        assert write_pmtiles(connection, edition, tmp_path / "a.pmtiles") == len(stored)
        assert write_mbtiles(connection, edition, tmp_path / "a.mbtiles") == len(stored)
    with (tmp_path / "a.pmtiles").open("rb") as file:
        source = MmapSource(file)
        assert {(z, x, y): data for (z, x, y), data in all_tiles(source)} == stored
        header = Reader(source).header()
        assert (header["min_zoom"], header["max_zoom"]) == (0, 16)
        assert {layer["id"] for layer in Reader(source).metadata()["vector_layers"]} >= {"level6", "borders"}
    with closing(sqlite3.connect(tmp_path / "a.mbtiles")) as file:
        rows = file.execute("SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles").fetchall()
        assert {(z, x, 2**z - 1 - y): data for z, x, y, data in rows} == stored
        metadata = dict(file.execute("SELECT name, value FROM metadata").fetchall())
        assert metadata["format"] == "pbf"


@pytest.mark.parametrize("form", ["geoparquet", "gpkg", "fgb"])
def test_grids_are_written_with_their_codes(empty_url: str, tmp_path: Path, form: GridFormat) -> None:
    target = tmp_path / f"grids.{form}"
    codes, leaves = small_coverage()
    with Database(empty_url, size=1) as database, database.transaction() as connection:
        store_edition(connection, 1, (codes, leaves))
        count = write_grids(connection, 1, target, form)
        row = connection.execute("SELECT count(*) FROM gis.grid").fetchone()
        assert row == (count,)
    if form == "geoparquet":
        frame = geopandas.read_parquet(target)
        frame = frame[frame["level"] == 6]
    else:
        assert form == "fgb" or complaints(target) == ""
        frame = geopandas.read_file(target, layer="level6" if form == "gpkg" else None)
        frame = frame[frame["level"] == 6]
    assert frame.crs == "EPSG:4490"
    found = dict(zip(frame["code"], frame.geometry, strict=True))
    assert {code: found[code].equals(leaf) for code, leaf in zip(codes.tolist(), leaves, strict=True)} == dict.fromkeys(
        codes.tolist(), True
    )
