"""Borders: each piece of border between two basic grids once, with the highest level that it bounds."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.arrays import F64, I64, Bools, Geometries, Texts
from gis.codes import WIDTHS
from tiles.generalise import Shapes

_SIDE = 1 << 29  # more than the tile units along the world at the finest zoom: a vertex fits one int64


@dataclass(frozen=True)
class Borders:
    """The borders of one zoom, one row per pair of neighbours.

    Attributes
    ----------
    levels : (n,) the highest level that the border bounds (2 county … 6 basic grid).
    left, right : (n,) codes of that level on either side of the lines' direction, the lower one left; ``right`` is
        empty at the edge of the coverage.
    lines : (n,) MultiLineStrings in the units of the shapes, which share every vertex with them.
    """

    levels: NDArray[np.int16]
    left: Texts
    right: Texts
    lines: Geometries


@dataclass(frozen=True)
class _Edges:
    """Directed edges (n,) in the order of the rings: vertices as one number each, and the area on the left."""

    starts: I64
    ends: I64
    owners: I64


def borders(leaves: Shapes) -> Borders:
    """The borders of a generalised coverage of basic grids; see `Borders`."""
    if not leaves.codes.size:
        none = np.empty(0, dtype=object)
        return Borders(np.empty(0, dtype=np.int16), leaves.codes, leaves.codes, none)
    edges = _edges(leaves.geoms)
    kept, other = _once(edges)
    # Areas stand in the order of their codes, so left < right at every level.
    pairs, pair = np.unique(edges.owners[kept] * (leaves.codes.size + 1) + other + 1, return_inverse=True)
    one, far = np.divmod(pairs, leaves.codes.size + 1)
    levels, left, right = _sides(leaves.codes, one, far - 1)
    _, first, group = np.unique(np.char.add(left, right), return_index=True, return_inverse=True)
    return Borders(levels[first], left[first], right[first], _lines(edges, kept, pair, group))


def _edges(areas: Geometries) -> _Edges:
    polygons, owner = shapely.get_parts(shapely.orient_polygons(areas), return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    whole = xy.astype(np.int64)
    vertices = whole[:, 0] * _SIDE + whole[:, 1]
    same = ring[:-1] == ring[1:]
    return _Edges(vertices[:-1][same], vertices[1:][same], owner[polygon[ring[:-1][same]]])


def _once(edges: _Edges) -> tuple[I64, I64]:
    """Positions, ascending, of the edges that have the lower area on their left; and their other area, −1 if none.

    Every edge is met once from each of the two areas it parts, and once only at the edge of the coverage.
    """
    low, high = np.minimum(edges.starts, edges.ends), np.maximum(edges.starts, edges.ends)
    order = np.lexsort((edges.owners, high, low))
    again = np.flatnonzero(_repeats(low[order]) & _repeats(high[order]))
    other = np.full(order.size, -1)
    other[order[again - 1]] = edges.owners[order[again]]
    kept = np.ones(order.size, dtype=bool)
    kept[order[again]] = False
    positions = np.flatnonzero(kept)
    return positions, other[positions]


def _repeats(values: I64) -> Bools:
    """Whether each value equals the one before it."""
    return np.concatenate([[False], values[1:] == values[:-1]])


def _sides(codes: Texts, one: I64, other: I64) -> tuple[NDArray[np.int16], Texts, Texts]:
    """The highest level that each pair of areas differs in, and their codes of that level."""
    left = codes[one]
    right = np.where(other < 0, "", codes[other])
    levels = np.full(one.size, 6, dtype=np.int16)
    for level in range(5, 1, -1):
        width = f"U{WIDTHS[level]}"
        levels[left.astype(width) != right.astype(width)] = level
    for level in range(2, 6):
        mine = levels == level
        left[mine] = left[mine].astype(f"U{WIDTHS[level]}")
        right[mine] = right[mine].astype(f"U{WIDTHS[level]}")
    return levels, left, right


def _lines(edges: _Edges, kept: I64, pair: I64, group: I64) -> Geometries:
    """One MultiLineString per group of pairs: the runs of edges along a ring, joined end to end."""
    starts, ends = edges.starts[kept], edges.ends[kept]
    goes_on = _repeats(pair) & np.concatenate([[False], starts[1:] == ends[:-1]])
    run = np.cumsum(~goes_on) - 1
    last = np.flatnonzero(np.append(~goes_on[1:], True))
    points: F64 = np.column_stack(np.divmod(np.insert(starts, last + 1, ends[last]), _SIDE)).astype(np.float64)
    lines: Geometries = np.empty(last.size, dtype=object)
    shapely.linestrings(points, indices=np.insert(run, last + 1, run[last]), out=lines)
    groups = group[pair[last]]
    order = np.argsort(groups, kind="stable")
    joined = shapely.line_merge(shapely.multilinestrings(lines[order], indices=groups[order]), directed=True)
    parts, owner = shapely.get_parts(joined, return_index=True)
    made = np.empty(group.max() + 1, dtype=object)
    shapely.multilinestrings(parts, indices=owner, out=made)
    return made
