"""Builds what the tiles of an edition are cut from, between preparing the edition and making it current."""

from collections.abc import Callable, Iterator

from gis.db import Connection
from tiles import store
from tiles.borders import Borders, borders
from tiles.generalise import pyramid
from tiles.matrix import MAX_ZOOM


def build(connection: Connection, edition: int, progress: Callable[[float], None] | None = None) -> None:
    """Generalise an edition for every zoom and store its shapes and borders.

    Runs inside the caller's transaction, replaces what an interrupted build left behind, and shares with earlier
    editions every row that did not change.

    Parameters
    ----------
    edition
        Number of an edition whose grids are written; usually one that is prepared and not yet current.
    progress
        Told the share of the work done, 0 to 1.

    Raises
    ------
    WanggeError
        If its basic grids cannot be made a coverage.
    """
    discard(connection, edition)
    codes, leaves = store.read_leaves(connection, edition)
    found: list[tuple[int, Borders]] = []

    def shapes() -> Iterator[store.Row]:
        """Rows as they are made: the database takes a zoom's in while the next zoom is simplified."""
        for zoom, levels in pyramid(codes, leaves):
            yield from store.shape_rows(zoom, levels)
            found.append((zoom, borders(levels[6])))
            if progress is not None:
                progress((MAX_ZOOM + 1 - zoom) / (MAX_ZOOM + 1))

    store.write(connection, "shapes", edition, shapes())
    store.write(connection, "borders", edition, (row for pair in found for row in store.border_rows(*pair)))


def discard(connection: Connection, edition: int) -> None:
    """Undo what was built for a prepared edition."""
    store.discard(connection, edition)
