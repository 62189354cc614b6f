"""Edits as planners make them: one vertex of a county moved, in one grid only or in all that share it."""

from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from hypothesis import strategies as st

from boundaries.drafts import Change, open_draft, put_changes
from gis.coverage import read_leaves, read_names
from gis.crs import from_storage, metric_crs
from gis.db import Connection

METRE = 1 / 111_320
ROUNDING = 1e-9  # degrees, a tenth of a millimetre
"""About a metre, in degrees of latitude."""

Xy = tuple[float, float]
shares = st.floats(0, 1, exclude_max=True)
turns = st.floats(0, 6.28)
distances = st.floats(-3, 1.5).map(lambda power: 10.0**power)
"""Metres, from a millimetre to thirty metres."""


class County:
    """The basic grids of an edition."""

    def __init__(self, connection: Connection, edition: int = 1) -> None:
        codes, outlines = read_leaves(connection, edition)
        self.outlines: dict[str, Any] = dict(zip(codes, outlines, strict=True))
        self.names = read_names(connection, edition)
        self.codes = sorted(self.outlines)
        self._tree = shapely.STRtree([self.outlines[code] for code in self.codes])

    @cached_property
    def outline(self) -> Any:
        """All grids as one."""
        return shapely.coverage_union_all(list(self.outlines.values()))

    def bounding(self, shape: Any) -> set[str]:
        """The grids that share ground or a centimetre of border with a shape, whose corners may be rounded crossings."""
        near = [self.codes[i] for i in self._tree.query(shape, predicate="dwithin", distance=ROUNDING).tolist()]
        widened = [shapely.buffer(self.outlines[code], ROUNDING) for code in near]
        shared = shapely.length(shapely.intersection(shape.boundary, widened))
        return {code for code, length in zip(near, shared.tolist(), strict=True) if length > 100 * ROUNDING}

    def code(self, share: float) -> str:
        return self.codes[int(share * len(self.codes))]

    def sharing(self, place: Xy) -> list[str]:
        """Codes of the grids that have a vertex at a place."""
        near = [self.codes[i] for i in self._tree.query(shapely.Point(place), predicate="intersects")]
        return [code for code in near if (shapely.get_coordinates(self.outlines[code]) == place).all(axis=1).any()]

    def beside(self, code: str, share: float) -> str:
        """Another grid that shares a vertex of this one; the grid itself where the vertex is its own."""
        _, here, _ = vertex(self.outlines[code], share)
        return self.sharing(here)[-1]

    def put(self, code: str, outline: Any) -> Change:
        return Change(code, "put", self.names[code], outline)


def moved(outline: Any, old: Xy, new: Xy) -> Any:
    """An outline with one vertex in another place."""
    return shapely.transform(outline, lambda xy: np.where((xy == old).all(axis=1, keepdims=True), new, xy))


def vertex(outline: Any, share: float) -> tuple[Xy, Xy, Xy]:
    """A vertex of the outer ring, at a share of its vertices, between those before and after it."""
    ring = shapely.get_coordinates(shapely.get_exterior_ring(shapely.get_parts(outline)[0]))[:-1]
    k = int(share * len(ring))
    before, here, after = (ring[i % len(ring)].tolist() for i in (k - 1, k, k + 1))
    return (before[0], before[1]), (here[0], here[1]), (after[0], after[1])


def displaced(place: Xy, metres: float, turn: float) -> Xy:
    """The place so many metres away in a direction (radians from east)."""
    east, north = metres * METRE * np.cos(turn) / np.cos(np.radians(place[1])), metres * METRE * np.sin(turn)
    return float(place[0] + east), float(place[1] + north)


def saved(connection: Connection, changes: list[Change]) -> int:
    """A draft with these changes."""
    draft = open_draft(connection, title="改动", author="test")
    put_changes(connection, draft, changes)
    return draft


def edit(county: County, code: str, kind: str, at: float, metres: float, turn: float) -> Change | None:
    """An edit of one grid by someone who forgets its neighbours; None if it is none."""
    outline = county.outlines[code]
    if kind == "retire":
        return Change(code, "retire")
    if kind == "vertex":
        _, here, _ = vertex(outline, at)
        drawn = moved(outline, here, displaced(here, metres, turn))
    elif kind == "shift":
        east, north = displaced((0.0, 0.0), metres, turn)
        drawn = shapely.transform(outline, lambda xy: xy + np.array([east, north]))
    elif kind == "sloppy":
        drawn = shapely.simplify(outline, metres * METRE / 2)
    else:
        drawn = shapely.buffer(outline, metres * METRE * (1 if kind == "grow" else -0.3))
    sound = drawn.is_valid and drawn.geom_type in {"Polygon", "MultiPolygon"} and not drawn.is_empty
    return county.put(code, drawn) if sound and not shapely.equals(drawn, outline) else None


def between(before: Xy, here: Xy, after: Xy, there: Xy) -> list[float]:
    """Areas in m² between the borders before–here–after and before–there–after, by hand in Gauss–Krüger metres."""
    places = (before, here, after, there)
    x, y = from_storage([p[0] for p in places], [p[1] for p in places], metric_crs(before[0]))
    a, v, b, w = zip(x.tolist(), y.tolist(), strict=True)
    for one, other in ((v, w), (w, v)):
        met = _crossing(a, other, one, b)
        if met is not None:
            return [_area(a, one, met), _area(met, other, b)]
    return [_area(a, v, b, w)]


def _area(*ring: Xy) -> float:
    return abs(sum(p[0] * q[1] - q[0] * p[1] for p, q in pairwise([*_near(ring), _near(ring)[0]]))) / 2


def _near(ring: tuple[Xy, ...]) -> list[Xy]:
    """The ring from its first point on: products of whole coordinates would round."""
    return [(x - ring[0][0], y - ring[0][1]) for x, y in ring]


def _crossing(a: Xy, b: Xy, c: Xy, d: Xy) -> Xy | None:
    """Where segments ab and cd cross inside both, by Cramer's rule."""
    rx, ry, sx, sy = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
    cross = rx * sy - ry * sx
    if cross == 0:
        return None
    t = ((c[0] - a[0]) * sy - (c[1] - a[1]) * sx) / cross
    u = ((c[0] - a[0]) * ry - (c[1] - a[1]) * rx) / cross
    return (a[0] + t * rx, a[1] + t * ry) if 0 < t < 1 and 0 < u < 1 else None
