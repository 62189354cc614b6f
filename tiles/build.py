"""Builds the tiles of an edition, between preparing it and making it current: all, or those that differ."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from gis.db import Connection
from tiles import store
from tiles.changes import touched
from tiles.crew import Crew
from tiles.features import read_grids, read_units
from tiles.pyramid import GridSource, UnitSource, places_of, units_box
from tiles.store import Encoded


@dataclass(frozen=True)
class Begun:
    """Tiles of an edition in the making: how many chunks there are, and what has been encoded, as it comes."""

    edition: int
    chunks: int
    encoded: Iterator[Encoded]


def begin(connection: Connection, edition: int, crew: Crew) -> Begun | None:
    """Have the tiles of the grids encoded that were just written, if there is no earlier edition's to share with.

    So that they are made beside whatever the edition needs else; `build` takes them, and adds those of the units.
    """
    if store.base_of(connection, edition) is not None:
        return None
    return Begun(edition, *crew.encode(GridSource(read_grids(connection, edition))))


def build(
    connection: Connection,
    edition: int,
    progress: Callable[[float], None] | None = None,
    *,
    everything: bool = False,
    crew: Crew | None = None,
    begun: Begun | None = None,
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
    crew
        Processes that help where there is much to do; started for it if none are given.
    begun
        What `begin` gave for this edition.
    """
    began = time.monotonic()
    discard(connection, edition)
    base = None if everything else store.base_of(connection, edition)
    wanted = None if base is None else touched(connection, base, edition)
    with Crew() as own:
        mine = crew or own
        grids = begun or Begun(edition, *mine.encode(GridSource(read_grids(connection, edition), wanted)))
        units = Begun(edition, *mine.encode(UnitSource(read_units(connection, edition, units_box(wanted)), wanted)))
        encoded = _told(chain(grids.encoded, units.encoded), grids.chunks + units.chunks, progress)
        changed = store.write(connection, edition, encoded, None if wanted is None else places_of(wanted))
    store.mark_built(connection, edition, changed, time.monotonic() - began)


def _told(encoded: Iterable[Encoded], count: int, progress: Callable[[float], None] | None) -> Iterator[Encoded]:
    for done, each in enumerate(encoded, 1):
        yield each
        if progress is not None:
            progress(done / count)


def discard(connection: Connection, edition: int) -> None:
    """Undo what was built for the last edition."""
    store.discard(connection, edition)
