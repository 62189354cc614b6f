"""A raster over the polygons that answers most points at once and names the few candidates of the others."""

import numpy as np

from gis.arrays import F64, I32, I64, ragged
from gis.edges import OUTSIDE, Edges, strip_of

_NOTHING = -1
_ROUNDING = 2.0**-47  # of a coordinate: some 16 times all the roundings on the way to a column


class Cells:
    """Raster of ``edges.rows`` × ``edges.rows`` cells over the bounds of ``edges``.

    A cell that no edge touches lies in the same polygons everywhere: it holds the lowest of them, or −1.
    The other cells list, ascending, every polygon that may cover a point of theirs: those with an edge in
    the cell, and those around the whole of it. Which edges touch a cell is decided with a margin above
    every rounding of the computation, so a list may be too long, never too short.
    """

    def __init__(self, edges: Edges) -> None:
        self.edges = edges
        self.size = edges.rows
        self.column_width = max(edges.east - edges.west, 1e-9) / self.size  # as for the rows of Edges
        cell, owner = self._touched()
        border = np.unique(cell)
        around, polygon = edges.covering(*self._centre(border))
        pairs = np.unique(np.concatenate([cell * edges.count + owner, border[around] * edges.count + polygon]))
        self._candidate: I32 = (pairs % max(edges.count, 1)).astype(np.int32)
        self._start: I64 = np.searchsorted(pairs, np.append(border, self.size**2) * edges.count).astype(np.int64)
        self._label = self._labels(border)

    def first(self, lon: F64, lat: F64) -> I32:
        """The lowest polygon that covers each point, −1 where none does; exact.

        Parameters
        ----------
        lon, lat
            (n,) finite degrees EPSG:4490.
        """
        # A cell at the raster's edge is outside or has an edge in it, so it answers for what lies beyond as well.
        found = self._label[self.edges.row_of(lat) * self.size + self._column_of(lon)]
        point = np.flatnonzero(found < _NOTHING)
        listed = -2 - found[point].astype(np.int64)
        found[point] = _NOTHING
        place, end = self._start[listed], self._start[listed + 1]
        while point.size:  # one candidate of every open point a round; the first that covers it is the lowest
            polygon = self._candidate[place]
            hit = self.edges.relation(lon[point], lat[point], polygon) != OUTSIDE
            found[point[hit]] = polygon[hit]
            place = place + 1
            going = ~hit & (place < end)
            point, place, end = point[going], place[going], end[going]
        return found

    def _column_of(self, lon: F64) -> I64:
        return strip_of(lon, self.edges.west, self.column_width, self.size)

    def _centre(self, cell: I64) -> tuple[F64, F64]:
        row, column = np.divmod(cell, self.size)
        edges = self.edges
        return edges.west + (column + 0.5) * self.column_width, edges.south + (row + 0.5) * edges.row_height

    def _touched(self) -> tuple[I64, I64]:
        """Every pair (cell, polygon) where an edge of the polygon may touch the cell, some more than once.

        An edge is clipped to each of its rows; the longitudes that come out err by the rounding of the row's
        latitudes times the edge's slope, and by their own rounding. The part is widened by more than both.
        """
        e = self.edges
        low, high = np.minimum(e.ay, e.by), np.maximum(e.ay, e.by)
        first = e.row_of(low)
        edge, row = ragged(first, e.row_of(high) - first + 1)
        ax, ay, dx, dy = (values[edge] for values in (e.ax, e.ay, e.bx - e.ax, e.by - e.ay))
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # level edges: taken whole below
            slope = dx / dy
            margin = _ROUNDING * 180 * (1 + np.abs(slope)) + 1e-6 * self.column_width
            bottom = np.maximum(e.south + row * e.row_height, low[edge])
            top = np.minimum(e.south + (row + 1) * e.row_height, high[edge])
            one, other = ax + (bottom - ay) * slope, ax + (top - ay) * slope
            west, east = np.minimum(one, other) - margin, np.maximum(one, other) + margin
        # fmax and fmin pass over NaN: what has no slope keeps its whole width.
        west = np.fmax(west, np.minimum(e.ax, e.bx)[edge])
        east = np.fmin(east, np.maximum(e.ax, e.bx)[edge])
        begin, end = self._column_of(west), self._column_of(east)
        piece, column = ragged(begin, end - begin + 1)
        return row[piece] * self.size + column, e.owner[edge[piece]].astype(np.int64)

    def _labels(self, border: I64) -> I32:
        """Lowest polygon of every cell without edges, −1 for none; −2 − k for the k-th cell of ``border``.

        Cells between two border cells are one run, and a run has one answer; where it goes on from the end of a
        row to the next, it is outside, as every cell without edges at the raster's edge.
        """
        empty = np.ones(self.size**2, dtype=np.bool_)
        empty[border] = False
        opens = empty.copy()
        opens[1:] &= ~empty[:-1]
        run = np.flatnonzero(opens)
        around, polygon = self.edges.covering(*self._centre(run))
        lowest = np.full(run.size, self.edges.count, dtype=np.int64)
        np.minimum.at(lowest, around, polygon)
        lowest[lowest == self.edges.count] = _NOTHING
        label = np.empty(empty.size, dtype=np.int32)
        label[empty] = lowest[np.cumsum(opens)[empty] - 1]
        label[border] = -2 - np.arange(border.size)
        return label
