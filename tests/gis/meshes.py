"""Small coverages that hurt, points that hurt, and an oracle in fractions."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from hypothesis import strategies as st

from gis.arrays import F64, Geometries

OUTSIDE, INSIDE, BORDER = 0, 1, 2
Ring = list[tuple[Fraction, Fraction]]
STYLES = ("square", "thirds", "jitter", "few ulps", "slanted")


@dataclass(frozen=True)
class Mesh:
    """Grids made of a lattice's triangles: shared vertices and edges are the same doubles on both sides."""

    codes: list[str]
    polygons: Geometries

    def in_code_order(self) -> list[Any]:
        return [self.polygons[k] for k in np.argsort(self.codes)]


def leaf_codes(count: int, per_parent: int = 3) -> list[str]:
    """Codes of basic grids, several under each level-5 grid."""
    return [f"532322101202{k // per_parent + 1:03}{k % per_parent + 1:02}" for k in range(count)]


def lattice(style: str, size: int, rng: np.random.Generator) -> F64:
    """(size + 1, size + 1, 2) vertices in degrees."""
    i, j = np.meshgrid(np.arange(size + 1), np.arange(size + 1))
    grid = np.stack([i, j], axis=-1).astype(np.float64)
    if style == "square":
        return np.array([101.0, 24.0]) + grid / 4
    if style == "thirds":
        return np.array([101.1, 24.3]) + grid / 3
    if style == "jitter":
        return np.array([101.2, 24.4]) + (grid + rng.uniform(-0.2, 0.2, grid.shape)) * 0.01
    if style == "few ulps":
        return np.array([101.6, 24.5]) + grid * np.spacing(np.array([101.6, 24.5])) * [3, 8]
    return np.array([101.5, 24.5]) + grid @ np.array([[0.1, 0.03], [0.07, 0.1]])


def dissolve(vertices: F64, labels: Any) -> list[Any]:
    """One polygon a label 0 … from the two triangles of each lattice cell; −1 belongs to no one."""
    size = vertices.shape[0] - 1
    parts: dict[int, list[Any]] = {}
    for cell, label in enumerate(labels):
        row, column, half = cell // 2 // size, cell // 2 % size, cell % 2
        corners = [(row, column), (row + 1, column + 1), (row + 1, column) if half else (row, column + 1)]
        parts.setdefault(int(label), []).append(shapely.Polygon([vertices[corner] for corner in corners]))
    parts.pop(-1, None)
    return [shapely.coverage_union_all(parts[label]) for label in sorted(parts)]


@st.composite
def meshes(draw: st.DrawFn) -> Mesh:
    """Coverages with islands, holes, gaps and now and then an overlap, codes in any order."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = draw(st.integers(1, 3))
    vertices = lattice(draw(st.sampled_from(STYLES)), size, rng)
    lowest = draw(st.sampled_from([-1, 0, 0]))
    polygons = dissolve(vertices, rng.integers(lowest, draw(st.integers(1, 6)), 2 * size * size).clip(-1))
    if draw(st.booleans()) or not polygons:
        polygons.append(shapely.Polygon(vertices[[0, -1, -1], [0, 0, -1]]))
    codes = rng.permutation(leaf_codes(len(polygons))).tolist()
    found = np.empty(len(polygons), dtype=object)
    found[:] = polygons
    return Mesh(codes, found)


def hard_points(polygons: Geometries, rng: np.random.Generator, limit: int = 60) -> tuple[F64, F64]:
    """Vertices, middles of edges, both with neighbours one unit in the last place off, level with vertices, random."""
    vertex = shapely.get_coordinates(polygons)
    middle = (vertex[1:] + vertex[:-1]) / 2
    exact = np.concatenate([vertex, middle])
    exact = exact[rng.choice(len(exact), min(limit, len(exact)), replace=False)]
    off = np.nextafter(exact, rng.choice([-np.inf, np.inf], exact.shape))
    half_off = np.where(rng.random(exact.shape) < 0.5, off, exact)
    low, high = vertex.min(axis=0), vertex.max(axis=0)
    margin = (high - low) * 0.1
    inside = rng.uniform(low - margin, high + margin, (limit, 2))
    level = np.column_stack([inside[:, 0], rng.choice(vertex[:, 1], limit)])
    return tuple(np.concatenate([exact, half_off, inside, level]).T)  # type: ignore[return-value]  # two rows


def rings_of(polygon: Any) -> list[Ring]:
    parts = shapely.get_rings(shapely.get_parts(polygon))
    return [[(Fraction(x), Fraction(y)) for x, y in shapely.get_coordinates(ring).tolist()] for ring in parts]


def relation_exact(rings: list[Ring], lon: float, lat: float) -> int:
    """Inside, border or outside by winding numbers over fractions: another method than the one under test."""
    x, y = Fraction(lon), Fraction(lat)
    winding = 0
    for ring in rings:
        turns = 0
        for (ax, ay), (bx, by) in pairwise(ring):
            turn = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
            if turn == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
                return BORDER
            turns += (ay <= y < by and turn > 0) - (by <= y < ay and turn < 0)
        winding += abs(turns)
    return INSIDE if winding % 2 else OUTSIDE


def first_exact(polygons: list[Any], lon: F64, lat: F64) -> list[int]:
    """For each point the first polygon that covers it, −1 for none: brute force in fractions."""
    rings = [rings_of(polygon) for polygon in polygons]
    return [
        next((k for k, polygon in enumerate(rings) if relation_exact(polygon, x, y) != OUTSIDE), -1)
        for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
    ]
