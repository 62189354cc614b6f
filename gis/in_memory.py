"""What a worker keeps of the county's people and offices: where households live, who serves which grid, the centres.

No names of residents. The database counts the commits that change any of it (`Versions`), so that memory can tell
whether it is up to date. Whoever answers from here must check the caller's jurisdiction: no row policy does.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from gis.arrays import F64, Texts
from gis.clock import local_today
from gis.db import Connection, load_queries
from gis.staff import Contact
from gis.units import UnitIndex

_SQL = load_queries(Path(__file__).with_name("in_memory.sql"))
CHANNEL = "wangge_data"


@dataclass(frozen=True, slots=True)
class Versions:
    """How many commits have changed households' places and units, the roster, and the centres."""

    homes: int
    staff: int
    centres: int


@dataclass(frozen=True)
class Homes:
    """The households of an edition, by basic grid and unit.

    Attributes
    ----------
    grids, units : (n,) codes; an empty text for a household without a unit.
    lon, lat : (n,) degrees EPSG:4490.
    ids : (n,) 16 bytes each.
    names : name of every unit of the edition by code.
    index : the households that have a unit, for finding the unit of a point.
    """

    grids: Texts
    units: Texts
    lon: F64
    lat: F64
    ids: NDArray[np.void]
    names: dict[str, str]
    index: UnitIndex = field(init=False)

    def __post_init__(self) -> None:
        """Build the index."""
        known = self.units != ""
        index = UnitIndex(self.grids[known], self.lon[known], self.lat[known], self.units[known])
        object.__setattr__(self, "index", index)

    def id_of(self, place: int) -> UUID:
        """The household at a place of the arrays."""
        return UUID(bytes=self.ids[place].tobytes())


def read_versions(connection: Connection) -> Versions:
    """The counters as the transaction sees them; read them before the data they are about."""
    row = connection.execute(_SQL["versions"]).fetchone()
    return Versions(*row) if row else Versions(0, 0, 0)


def load_homes(connection: Connection, edition: int) -> Homes:
    """All households with an assignment in an edition; the transaction's scope must be the whole county's."""
    row = connection.execute(_SQL["homes"], [edition], binary=True).fetchone() or (None,) * 5
    grids, units, lon, lat, ids = (bytes(column) if column is not None else b"" for column in row)
    return Homes(
        np.frombuffer(grids, dtype="S17").astype("U17"),
        np.char.strip(np.frombuffer(units, dtype="S20").astype("U20")),
        np.frombuffer(lon, dtype=">f8").astype(np.float64),
        np.frombuffer(lat, dtype=">f8").astype(np.float64),
        np.frombuffer(ids, dtype="V16"),
        dict(connection.execute(_SQL["unit_names"], [edition]).fetchall()),
    )


def load_roster(connection: Connection, day: date | None = None) -> dict[str, list[Contact]]:
    """Who holds a post in which grid on a day (today if not given), by code; the longest serving first."""
    found: dict[str, list[Contact]] = {}
    for grid, *contact in connection.execute(_SQL["roster"], [day or local_today()] * 2):
        found.setdefault(grid, []).append(Contact(*contact))
    return found


def load_label_points(connection: Connection, edition: int) -> list[tuple[str, float, float]]:
    """Code, longitude and latitude (degrees EPSG:4490) of the point inside each basic grid that labels stand at."""
    return connection.execute(_SQL["label_points"], [edition]).fetchall()
