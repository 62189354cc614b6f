"""Builds the tiles of an edition, between preparing it and making it current: all, or those that differ."""

import time
from collections.abc import Callable

from gis.db import Connection
from tiles import store
from tiles.changes import touched
from tiles.features import read_grids, read_units
from tiles.pyramid import encode


def build(
    connection: Connection,
    edition: int,
    progress: Callable[[float], None] | None = None,
    *,
    everything: bool = False,
) -> None:
    """Encode the tiles of an edition that differ from those of the last built one before it, and store them.

    Runs inside the caller's transaction, replaces what an interrupted build left behind, and shares with earlier
    editions every tile and every layer that did not change. What it writes is the same as if all were encoded anew.

    Parameters
    ----------
    edition
        Number of an edition whose grids are written; usually one that is prepared and not yet current. Only the last
        edition of all can be built.
    progress
        Told the share of the work done, 0 to 1.
    everything
        Encode all tiles, whatever stands.
    """
    began = time.monotonic()
    discard(connection, edition)
    base = None if everything else store.base_of(connection, edition)
    grids, units = read_grids(connection, edition), read_units(connection, edition)
    wanted = None if base is None else touched(connection, base, edition)
    encoded = encode(grids, units, wanted, progress)
    changed = store.write(connection, edition, encoded, everything=wanted is None)
    store.mark_built(connection, edition, changed, time.monotonic() - began)


def discard(connection: Connection, edition: int) -> None:
    """Undo what was built for the last edition."""
    store.discard(connection, edition)
