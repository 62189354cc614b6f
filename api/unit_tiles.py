"""Tiles follow units that commands change within the current edition."""

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np

from boundaries.editions import lock_publishing
from gis.db import Connection
from tiles.crew import Crew
from tiles.redraw import redraw_units

_MANY = 5000  # households, the tiles of whose units take longer to encode than processes to start
_LAST = "SELECT coalesce(max(id), 0) FROM gis.unit"
_BOX = """
SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b)
FROM (SELECT ST_Extent(geom) AS b FROM gis.unit WHERE id > %s AND edition_to IS NULL) AS written
"""


@contextmanager
def redrawing(connection: Connection, edition: int | None, *, households: int = 0) -> Generator[None]:
    """Draw the units again that the work inside writes, in the same transaction; publications and saves by hand wait.

    Where the work is about many ``households``, processes that encode start beside it. Whoever assigns households
    writes all units of the grids looked at anew, so their rows are those that have come since.
    """
    lock_publishing(connection)
    row = connection.execute(_LAST).fetchone()
    with Crew() as crew:
        if households > _MANY:
            crew.start()
        yield
        box = connection.execute(_BOX, row).fetchone()
        if edition is not None and box is not None and box[0] is not None:
            redraw_units(connection, edition, np.array(box, dtype=np.float64), crew)
