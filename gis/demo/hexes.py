"""A honeycomb of cells: neighbours, and the borders of labelled regions as one shared network.

Three cells meet at every corner, so regions of cells never touch in a single point: every node of the
network has two or three edges, and the regions are an edge-matched coverage by construction.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.arrays import F64, I64
from gis.demo.compiled import cycles

OUTSIDE = -1
"""Label of cells that belong to no region."""


@dataclass(frozen=True)
class Honeycomb:
    """Pointy-top hexagons in ``rows`` (south to north) of ``columns`` (west to east), ``spacing`` m apart.

    Cell ``row * columns + column``; odd rows are shifted east by half a cell. Plane coordinates in metres.
    """

    rows: int
    columns: int
    spacing: float

    def centres(self) -> tuple[F64, F64]:
        """Coordinates x and y of every cell's centre, metres."""
        row, column = np.divmod(np.arange(self.rows * self.columns), self.columns)
        x = np.asarray((column + 0.5 * (row & 1)) * self.spacing, dtype=np.float64)
        return x, row * (self.spacing * 0.75**0.5)

    def corners(self, corner: I64) -> F64:
        """(n, 2) metres of corners: ``2 * cell`` is a cell's northern, ``2 * cell + 1`` its southern one."""
        x, y = self.centres()
        side = self.spacing / 3**0.5
        cell = corner >> 1
        return np.column_stack([x[cell], y[cell] + np.where(corner & 1, -side, side)])

    def frame(self) -> I64:
        """Cells whose neighbours are not all there."""
        row, column = np.divmod(np.arange(self.rows * self.columns), self.columns)
        inner = (row > 0) & (row < self.rows - 1) & (column > 0) & (column < self.columns - 1)
        return np.flatnonzero(~inner)

    @cached_property
    def pairs(self) -> tuple[I64, I64, I64]:
        """All pairs of neighbouring cells: cell, its neighbour, and which one (0 east, 1 north-east, 2 north-west)."""
        cell = np.arange(self.rows * self.columns)
        row, column = np.divmod(cell, self.columns)
        across = column + (row & 1)  # column of the north-eastern neighbour
        north = row < self.rows - 1
        sides = (
            (column < self.columns - 1, cell + 1),
            (north & (across < self.columns), (row + 1) * self.columns + across),
            (north & (across > 0), (row + 1) * self.columns + across - 1),
        )
        one = np.concatenate([cell[there] for there, _ in sides])
        other = np.concatenate([neighbour[there] for there, neighbour in sides])
        return one, other, np.repeat(np.arange(3), [int(there.sum()) for there, _ in sides])

    def network(self, label: I64) -> "Network":
        """The borders between cells of different ``label``; cells of the frame must be `OUTSIDE`."""
        one, other, side = self.pairs
        differs = label[one] != label[other]
        one, other, side = one[differs], other[differs], side[differs]
        row, column = np.divmod(one, self.columns)
        north_east = (row + 1) * self.columns + column + (row & 1)
        south_east = north_east - 2 * self.columns
        start = np.choose(side, [2 * south_east, 2 * north_east + 1, 2 * one])
        end = np.choose(side, [2 * north_east + 1, 2 * one, 2 * north_east - 1])
        corner, ends = np.unique(np.concatenate([start, end]), return_inverse=True)
        return Network(
            nodes=self.corners(corner),
            start=ends[: one.size].astype(np.int64),
            end=ends[one.size :].astype(np.int64),
            left=label[one],
            right=label[other],
        )


@dataclass(frozen=True, slots=True)
class Network:
    """Borders: nodes (n, 2) in metres, and edges from ``start`` to ``end`` with the label on either side."""

    nodes: F64
    start: I64
    end: I64
    left: I64
    right: I64

    def rings(self) -> tuple[I64, I64, I64]:
        """Closed rings around the regions, counter-clockwise outside and clockwise around holes.

        Returns
        -------
        node
            Nodes of all rings, one after the other; the first node of a ring is repeated at its end.
        ring
            Ring of each node, ascending.
        label
            Region of each ring, ascending.
        """
        start, label, following = self._sides()
        visit, ring = cycles(following)
        firsts = visit[np.flatnonzero(np.diff(ring, prepend=-1))]
        node = np.concatenate([start[visit], start[firsts]])
        rings = np.concatenate([ring, np.arange(firsts.size)])
        order = np.argsort(rings, kind="stable")
        return node[order], rings[order], label[firsts]

    def ring_counts(self) -> I64:
        """How many rings each region has, by label: more than one where a region has holes or parts."""
        _, label, following = self._sides()
        count = following.size
        graph = coo_array((np.ones(count), (np.arange(count), following)), shape=(count, count))
        ring = connected_components(graph.tocsr(), directed=False)[1]
        return np.bincount(label[np.unique(ring, return_index=True)[1]])

    def _sides(self) -> tuple[I64, I64, I64]:
        """Every edge once for each region beside it, that region on its left: first node, region, next side."""
        start = np.concatenate([self.start, self.end])
        end = np.concatenate([self.end, self.start])
        label = np.concatenate([self.left, self.right])
        keep = label != OUTSIDE
        start, end, label = start[keep], end[keep], label[keep]
        key = label * len(self.nodes) + start
        order = np.argsort(key)
        start, end, label, key = start[order], end[order], label[order], key[order]
        return start, label, np.searchsorted(key, label * len(self.nodes) + end)
