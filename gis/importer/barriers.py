"""Rivers and roads as lines that neighbour units do not cross: checked row by row, then in the place of those of the file."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gis.arrays import Geometries
from gis.barriers import replace_barriers
from gis.db import Connection
from gis.importer.cells import Cells
from gis.importer.county import County
from gis.importer.findings import Finding
from gis.importer.places import Placed
from gis.importer.values import BARRIERS, folded
from gis.unit_journal import write_change


@dataclass(frozen=True)
class BarrierLines:
    """Checked columns, (n,) each; ``geometry`` in degrees EPSG:4490, ``source`` the file's name without its suffix."""

    source: str
    counties: list[str]
    kind: list[str]
    name: list[str]
    geometry: Geometries


def check_barriers(cells: Cells, placed: Placed, county: County, source: str) -> tuple[BarrierLines, list[Finding]]:
    """Check the cells; lines that do not meet the county's box are told of and left out."""
    kinds = [BARRIERS.get(folded(text), "other") for text in cells.texts("kind")]
    reach = shapely.box(*shapely.total_bounds(np.array(list(county.leaves.values()), dtype=np.object_)))
    far = ~shapely.is_missing(placed.geometry) & ~shapely.intersects(placed.geometry, reach)
    findings = [Finding("line-elsewhere", i, geometry=placed.geometry[i]) for i in np.flatnonzero(far).tolist()]
    lines = placed.geometry.copy()
    lines[far] = None
    counties = sorted({code for code in county.names if len(code) == 6})
    found = BarrierLines(source, counties, kinds, cells.names("name"), lines)
    return found, findings


def write_barriers(
    connection: Connection, found: BarrierLines, rows: Sequence[int], edition: int, *, actor: str
) -> dict[str, int]:
    """Put the lines in the place of those of the same source, and enter that in the journal of units."""
    chosen = [i for i in rows if found.geometry[i] is not None]
    kinds, names = [found.kind[i] for i in chosen], [found.name[i] for i in chosen]
    gone, now = replace_barriers(connection, found.source, kinds, names, found.geometry[chosen])
    for county in found.counties:
        write_change(connection, "barriers", county, edition, by=actor, note=f"{found.source}: {gone} → {now}")
    return {"barrier": now}
