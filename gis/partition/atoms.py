"""Households that stay together: all of one place, a block of flats, unless they are too many for one unit."""

from dataclasses import dataclass

import numpy as np
import shapely

from gis.arrays import F64, I64
from gis.partition.graph import Graph, bridged, graph_of, neighbours
from gis.partition.policy import UnitPolicy


@dataclass(frozen=True, slots=True)
class Atoms:
    """Atoms of one group in canonical order.

    Attributes
    ----------
    xy : (m, 2) metres. weight : (m,) households.
    graph : their adjacency. part : (m,) the part of the graph.
    of : (n,) the atom of each household.
    """

    xy: F64
    weight: I64
    graph: Graph
    part: I64
    of: I64

    def within(self, part: int) -> "tuple[I64, Atoms]":
        """The households of a part of the graph, and their atoms alone."""
        if not self.part.any():
            return np.arange(self.of.size), self
        inside = np.flatnonzero(self.part == part)
        number = np.full(self.part.size, -1, dtype=np.int64)
        number[inside] = np.arange(inside.size)
        here = np.flatnonzero(number[self.of] >= 0)
        alone = np.zeros(inside.size, dtype=np.int64)
        atoms = Atoms(self.xy[inside], self.weight[inside], self.graph.within(inside), alone, number[self.of[here]])
        return here, atoms


def atoms_of(xy: F64, policy: UnitPolicy, barriers: shapely.STRtree | None = None) -> Atoms:
    """The atoms of (n, 2) households in canonical order (by place, then by id), metres."""
    fresh = np.append(True, (xy[1:] != xy[:-1]).any(axis=1))
    place = np.cumsum(fresh) - 1
    weight, places = np.bincount(place), xy[fresh]
    graph, part = neighbours(places, barriers), np.zeros(weight.size, dtype=np.int64)
    if barriers is not None:
        graph, part = bridged(graph, places, weight, policy.hard_low)
    if weight.max() <= policy.high:
        return Atoms(places, weight, graph, part, place)
    pieces = np.array([policy.unit_count(int(one)) if one > policy.high else 1 for one in weight])
    rank = np.arange(place.size) - np.flatnonzero(fresh)[place]
    of = (np.cumsum(pieces) - pieces)[place] + rank * pieces[place] // weight[place]
    owner = np.repeat(np.arange(weight.size), pieces)
    return Atoms(places[owner], np.bincount(of), _split(graph, owner), part[owner], of)


def _split(graph: Graph, owner: I64) -> Graph:
    """The graph of the pieces of places: those of one place, and of places that are neighbours, are neighbours."""
    places = graph.start.size - 1
    linked = np.eye(places, dtype=np.bool_)
    linked[tuple(graph.pairs.T)] = True
    pairs = np.argwhere(linked[np.ix_(owner, owner)])
    return graph_of(pairs[pairs[:, 0] != pairs[:, 1]].astype(np.int64), owner.size)
