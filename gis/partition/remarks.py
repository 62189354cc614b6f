"""What is unusual about units, whoever made them: sizes, parts, households of other hamlets, long ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.arrays import F64, I32, I64, Geometries, Numbers, coordinates
from gis.partition.graph import neighbours
from gis.partition.policy import DEFAULT_POLICY, UnitPolicy

Rule = Literal["size", "parts", "joined", "far"]


@dataclass(frozen=True, slots=True)
class Remark:
    """One unusual thing about a unit.

    Attributes
    ----------
    rule : ``size``: outside ``low`` … ``high``; ``parts``: does not hang together in the Delaunay graph of its hamlet;
        ``joined``: has households of no hamlet or of another; ``far``: holds together only over a long edge.
    unit : its number.
    value : households; parts; households joined; metres.
    """

    rule: Rule
    unit: int
    value: float


def remarks(
    x: Numbers,
    y: Numbers,
    hamlet: Sequence[Any] | NDArray[Any],
    unit: I64 | I32,
    policy: UnitPolicy = DEFAULT_POLICY,
    *,
    far_m: float | None = None,
    barriers: Geometries | None = None,
) -> list[Remark]:
    """All that is unusual about the units of one basic grid, by unit.

    Parameters
    ----------
    x, y, hamlet, policy, barriers
        As for `gis.partition.partition`.
    unit
        (n,) unit of each household, 0, 1 …
    far_m
        Metres between neighbours above which an edge is long, the policy's by default: a warning, not a rule.
    """
    east, north = (values.ravel() for values in coordinates(x, y))
    xy, labels = np.column_stack([east, north]), np.unique(np.asarray(hamlet), return_inverse=True)[1].ravel()
    main = _main_label(unit, labels)
    lines = None if barriers is None or not len(barriers) else shapely.STRtree(barriers)
    apart = _parts(xy, labels, np.where(labels == main[unit], unit, -1), lines)
    found: list[Remark] = []
    for number, members in enumerate(np.split(np.argsort(unit, kind="stable"), np.cumsum(np.bincount(unit))[:-1])):
        joined = int((labels[members] != main[number]).sum())
        longest = longest_edge_m(xy[members])
        if not policy.low <= members.size <= policy.high:
            found.append(Remark("size", number, members.size))
        if apart[number] > 1:
            found.append(Remark("parts", number, int(apart[number])))
        if joined:
            found.append(Remark("joined", number, joined))
        if longest > (policy.far_m if far_m is None else far_m):
            found.append(Remark("far", number, longest))
    return found


def longest_edge_m(xy: F64) -> float:
    """The longest edge, metres, that (n, 2) places need to hold together: the longest of their minimum spanning tree."""
    from scipy.sparse.csgraph import minimum_spanning_tree

    if len(xy) < 2:
        return 0.0
    places = np.unique(xy, axis=0)
    distance = np.hypot(places[:, None, 0] - places[None, :, 0], places[:, None, 1] - places[None, :, 1])
    return float(minimum_spanning_tree(distance).data.max(initial=0.0))


def _main_label(unit: I64 | I32, labels: I64) -> I64:
    """The label that most households of each unit have; of equals the first."""
    table = np.zeros((int(unit.max()) + 1, int(labels.max()) + 1), dtype=np.int64)
    np.add.at(table, (unit, labels), 1)
    return table.argmax(axis=1)


def _parts(xy: F64, labels: I64, unit: I64, barriers: shapely.STRtree | None) -> I64:
    """The parts of each unit in the graph of its hamlet; households with unit −1 are left out."""
    parts = np.zeros(int(unit.max()) + 1, dtype=np.int64)
    for label in range(int(labels.max()) + 1):
        mine = np.flatnonzero(labels == label)
        places, place = np.unique(xy[mine], axis=0, return_inverse=True)
        graph = neighbours(places, barriers)
        for number in np.unique(unit[mine][unit[mine] >= 0]).tolist():
            inside = np.unique(place.ravel()[unit[mine] == number])
            parts[number] += int(graph.within(inside).part().max()) + 1
    return parts
