"""Which places are neighbours: the Delaunay graph, without the edges that a barrier crosses."""

from typing import Any, NamedTuple

import numpy as np
import shapely

from gis.arrays import F64, I64


class Graph(NamedTuple):
    """A symmetric graph of m places: the neighbours of place i are ``neighbour[start[i] : start[i + 1]]``."""

    start: I64
    neighbour: I64

    @property
    def pairs(self) -> I64:
        """(k, 2) its edges, both ways."""
        return np.column_stack([np.repeat(np.arange(self.start.size - 1), np.diff(self.start)), self.neighbour])

    def part(self) -> I64:
        """(m,) the connected part of each place, numbered in the order of their first places."""
        from scipy.sparse import csr_array  # heavy: only where units are made, as all of scipy in this package
        from scipy.sparse.csgraph import connected_components

        size = self.start.size - 1
        matrix: Any = csr_array((np.ones(self.neighbour.size, np.int8), self.neighbour, self.start), shape=(size, size))
        return connected_components(matrix, directed=False)[1].astype(np.int64)

    def within(self, places: I64) -> "Graph":
        """The graph of some of its places, ascending."""
        number = np.full(self.start.size - 1, -1, dtype=np.int64)
        number[places] = np.arange(places.size)
        pairs = number[self.pairs]
        return graph_of(pairs[(pairs >= 0).all(axis=1)], places.size)


def graph_of(pairs: I64, size: int) -> Graph:
    """The graph of (k, 2) edges given both ways; repeated ones count once."""
    keys = np.unique(pairs[:, 0] * size + pairs[:, 1])
    start = np.searchsorted(keys, np.arange(size + 1) * size)
    return Graph(start.astype(np.int64), (keys % size).astype(np.int64))


def neighbours(xy: F64, barriers: shapely.STRtree | None = None) -> Graph:
    """Adjacency of (m, 2) different places, metres, in canonical order.

    Places on one line are neighbours of the next on it. An edge that crosses a barrier (lines in the same metres) is
    left out, so that the graph may fall into several parts.
    """
    graph = _delaunay(xy) if len(xy) > 3 else None
    if graph is None:
        graph = graph_of(_along(xy), len(xy))
    if barriers is None:
        return graph
    pairs = graph.pairs
    crossed = barriers.query(shapely.linestrings(xy[pairs]), predicate="intersects")[0]
    return graph_of(np.delete(pairs, np.unique(crossed), axis=0), len(xy))


def beside(barriers: shapely.STRtree | None, xy: F64) -> shapely.STRtree | None:
    """Those barriers that could cut an edge between (n, 2) places: all that meet their box; None if none does."""
    if barriers is None or not len(xy):
        return None
    found = barriers.query(shapely.box(*xy.min(axis=0), *xy.max(axis=0)))
    return shapely.STRtree(barriers.geometries[np.sort(found)]) if found.size else None


def _delaunay(xy: F64) -> Graph | None:
    """The Delaunay graph; None for places on one line, or as good as."""
    from scipy.spatial import Delaunay, QhullError

    try:
        found = Delaunay(xy - xy[len(xy) // 2])
    except QhullError:
        return None
    starts, ends = (one.astype(np.int64) for one in found.vertex_neighbor_vertices)
    graph = Graph(starts, ends)
    if not found.coplanar.size:
        return graph
    # So near to another that the triangulation does without: a neighbour of that one.
    near = found.coplanar[:, [0, 2]].astype(np.int64)
    return graph_of(np.concatenate([graph.pairs, near, near[:, ::-1]]), len(xy))


def _along(xy: F64) -> I64:
    """Edges of at most three places, each to each, or of many on one line, each to the next."""
    size = len(xy)
    if size <= 3:
        pairs = np.array([(a, b) for a in range(size) for b in range(size) if a != b], dtype=np.int64)
        return pairs.reshape(-1, 2)
    away = xy - xy[0]
    order = np.lexsort((np.arange(size), away @ away[np.argmax(np.hypot(*away.T))]))
    steps = np.column_stack([order[:-1], order[1:]]).astype(np.int64)
    return np.concatenate([steps, steps[:, ::-1]])


def bridged(graph: Graph, xy: F64, weight: I64, least: int) -> tuple[Graph, I64]:
    """Join parts of fewer than ``least`` households to the nearest place of another part.

    Returns
    -------
    The graph with the new edges, and the part of each place.
    """
    from scipy.spatial import cKDTree

    while True:
        part = graph.part()
        small = np.flatnonzero(np.bincount(part, weight) < least)
        if part.max() == 0 or not small.size:
            return graph, part
        mine, others = np.flatnonzero(part == small[0]), np.flatnonzero(part != small[0])
        tree: Any = cKDTree(xy[others])
        away, nearest = tree.query(xy[mine])
        at = int(np.argmin(away))
        edge = (mine[at], others[nearest[at]])
        graph = graph_of(np.concatenate([graph.pairs, [edge, edge[::-1]]]), len(xy))
