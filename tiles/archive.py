"""Tile archives: an edition's stored WebMercatorQuad tiles in one file, PMTiles 3 or MBTiles 1.3, bytes as they are."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from gis.coverage import Edition
from gis.db import Connection
from tiles import store
from tiles.layers import STORED
from tiles.matrix import MAX_ZOOM, WEB_MERCATOR
from tiles.parts import packed
from tiles.tilejson import tilejson

Place = tuple[int, int, int]
_SCHEMA = """
CREATE TABLE metadata (name text, value text);
CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob);
"""
_INDEX = "CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row)"


def tiles_of(connection: Connection, edition: int) -> Iterator[tuple[Place, bytes]]:
    """Zoom, column and row of every WebMercatorQuad tile of an edition, and its bytes, gzip, with all stored layers."""
    parts = dict(store.read_all_parts(connection, edition))
    made: dict[tuple[int, ...], bytes] = {}
    wanted = store.SETS.index(WEB_MERCATOR)
    for (tms, z, x, y), numbers in store.read_all_tiles(connection, edition):
        if tms == wanted:
            key = tuple(numbers)
            if key not in made:
                made[key] = packed(parts[number] for number in numbers if number).gzipped
            yield (z, x, y), made[key]


def write_pmtiles(connection: Connection, edition: Edition, target: Path) -> int:
    """Write a PMTiles archive, tiles in the order of their numbers; returns how many tiles it holds."""
    about = _about(connection, edition)
    west, south, east, north = about["bounds"]
    tiles = sorted((zxy_to_tileid(*place), data) for place, data in tiles_of(connection, edition.number))
    header = {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": round(west * 1e7),
        "min_lat_e7": round(south * 1e7),
        "max_lon_e7": round(east * 1e7),
        "max_lat_e7": round(north * 1e7),
        "center_zoom": about["center"][2],
        "center_lon_e7": round(about["center"][0] * 1e7),
        "center_lat_e7": round(about["center"][1] * 1e7),
    }
    keys = ("name", "description", "version", "attribution", "vector_layers", "edition")
    with target.open("wb") as file:
        writer = Writer(file)
        for number, data in tiles:
            writer.write_tile(number, data)
        writer.finalize(header, {key: about[key] for key in keys})
    return len(tiles)


def write_mbtiles(connection: Connection, edition: Edition, target: Path) -> int:
    """Write an MBTiles archive, rows counted from the south as it wants; returns how many tiles it holds."""
    about = _about(connection, edition)
    metadata = {
        "name": about["name"],
        "format": "pbf",
        "bounds": ",".join(map(str, about["bounds"])),
        "center": ",".join(map(str, about["center"])),
        "minzoom": "0",
        "maxzoom": str(MAX_ZOOM),
        "attribution": about["attribution"],
        "description": about["description"],
        "type": "overlay",
        "version": str(edition.number),
        "json": json.dumps({"vector_layers": about["vector_layers"]}, ensure_ascii=False),
    }
    with closing(sqlite3.connect(target)) as file, file:
        file.executescript(_SCHEMA)
        file.executemany("INSERT INTO metadata VALUES (?, ?)", metadata.items())
        found = tiles_of(connection, edition.number)
        rows = ((z, x, (1 << z) - 1 - y, data) for (z, x, y), data in found)
        count = file.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows).rowcount
        file.execute(_INDEX)
    return count


def _about(connection: Connection, edition: Edition) -> dict[str, Any]:
    """The TileJSON document of what an archive holds."""
    box = store.bounds(connection, edition.number) or (-180.0, -85.0, 180.0, 85.0)
    return tilejson(STORED, template="", edition=edition, bounds=box)
