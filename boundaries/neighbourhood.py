"""A draft's changes over the basic grids near them: what judging, repair and impact read, whatever the county's size."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from boundaries.coverage_change import CoverageChange, apply
from boundaries.drafts import Change, Draft
from boundaries.matching import REACH
from gis.arrays import Geometries
from gis.codes import chain
from gis.db import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("judging.sql"))


def nearby(connection: Connection, draft: Draft, changes: Sequence[Change]) -> CoverageChange:
    """A draft's changes laid over those basic grids whose box meets that of a change, before or after it.

    Every grid that shares a border with a changed one is among them, so the exact tests find what they would find over
    the whole coverage. Names are those of these grids and of all above them.
    """
    if draft.base_edition is None:
        return apply({}, {}, changes)
    codes = [change.code for change in changes]
    values = {"edition": draft.base_edition, "draft": draft.id, "codes": codes, "reach": 10 * REACH}
    rows = connection.execute(_SQL["neighbourhood"], values, binary=True).fetchall()
    shapes: Geometries = shapely.from_wkb(np.array([bytes(row[1]) for row in rows], dtype=np.object_))
    before: dict[str, Any] = dict(zip([row[0] for row in rows], np.atleast_1d(shapes), strict=True))
    named = sorted({above for code in [*before, *codes] for above in chain(code)})
    names = dict(connection.execute(_SQL["names"], {"edition": draft.base_edition, "codes": named}).fetchall())
    return apply(before, names, changes, whole=False)
