"""Draws units again that changed within the current edition: only their layer, only the tiles near them."""

import numpy as np

from gis.arrays import F64
from gis.db import Connection
from tiles import store
from tiles.changes import tiles_of
from tiles.crew import Crew
from tiles.features import read_units
from tiles.layers import UNITS_FROM
from tiles.matrix import MAX_ZOOM, ground_zoom
from tiles.pyramid import UnitSource, places_of, units_box
from tiles.store import SETS


def redraw_units(connection: Connection, edition: int, box: F64, crew: Crew | None = None) -> int:
    """Encode the layer of units anew in the tiles that a box comes near; returns the number of tiles that changed.

    Runs inside the caller's transaction. What it writes is the same as if all tiles were encoded anew; a worker that
    follows the edition maps them at its next notification. Without built tiles there is nothing to do.

    Parameters
    ----------
    edition
        The current edition; none may be prepared after it.
    box
        (4,) west, south, east, north around all outlines that changed, as they were and as they are, degrees EPSG:4490.
    crew
        Processes that help where there is much to do; started for it if none are given.
    """
    if not store.is_built(connection, edition):
        return 0
    wanted = {
        (tms, zoom): tiles_of(box[None], tms, zoom)
        if ground_zoom(tms, zoom) >= UNITS_FROM
        else np.empty((0, 2), dtype=np.int64)
        for tms in SETS
        for zoom in range(MAX_ZOOM + 1)
    }
    with Crew() as own:
        _, encoded = (crew or own).encode(UnitSource(read_units(connection, edition, units_box(wanted)), wanted))
        changed = store.write_group(connection, edition, UnitSource.group, encoded, places_of(wanted))
    if changed:
        store.count_redrawn(connection, edition, changed)
    return changed
