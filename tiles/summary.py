"""The tiles that differ between two editions, or two states of one, told in few bytes: to clients that hold some of them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gis.db import Connection, load_queries
from tiles.atlas import places_of
from tiles.store import SETS, is_built

_SQL = load_queries(Path(__file__).with_name("summary.sql"))
MOST = 64
"""Tiles of one zoom that are told one by one; more are told by the box around them, so an answer never exceeds 40 kB."""

Summary = dict[str, dict[str, list[list[int]]]]
"""Tile matrix set → zoom → rows, each a tile (column, row) or a box of tiles (first column, first row, last column, last row)."""


def changed_summary(connection: Connection, base: int, edition: int) -> Summary | None:
    """What `tiles.store.changed_tiles` tells in full, zooms without a change left out; each set is there.

    A box may hold tiles that did not change; a tile that changed is always told.

    Parameters
    ----------
    base, edition
        Numbers of two built editions, the earlier one first.

    Returns
    -------
    None if one of them is not built (any more): then nothing is known, all tiles may differ.
    """
    if not (is_built(connection, base) and is_built(connection, edition)):
        return None
    found: Summary = {name: {} for name in SETS}
    asked = {"base": base, "edition": edition, "most": MOST}
    for tms, zoom, west, north, east, south, columns, rows in connection.execute(_SQL["changed_summary"], asked):
        told = [[west, north, east, south]] if columns is None else list(map(list, zip(columns, rows, strict=True)))
        found[SETS[tms]][str(zoom)] = told
    return found


def summarised(keys: NDArray[np.uint64]) -> Summary:
    """Some tiles, by their keys (see `tiles.atlas.key_of`), told as those that an edition changed."""
    found: Summary = {name: {} for name in SETS}
    places = places_of(keys)
    for tms, zoom in np.unique(places[:, :2], axis=0).tolist():
        tiles = places[(places[:, 0] == tms) & (places[:, 1] == zoom), 2:]
        box = [[*tiles.min(axis=0).tolist(), *tiles.max(axis=0).tolist()]]
        found[SETS[tms]][str(zoom)] = tiles.tolist() if len(tiles) <= MOST else box
    return found
