"""A small coverage with shared, crooked borders: 6 × 5 cells, two townships, an island, a needle and a two-part grid."""

import numpy as np
import shapely

from gis.arrays import F64, Geometries, Texts

COLUMNS, ROWS = 6, 5
WEST, SOUTH, STEP = 101.2, 24.4, 0.02  # degrees; a cell is about 2 km wide
COUNTY = "532322"
MOVED = "53232210220101601"
"""The grid whose eastern border ``moved`` draws anew."""


def small_coverage(
    seed: int = 1, *, depth: int = 5, roughness: float = 0.12, moved: bool = False
) -> tuple[Texts, Geometries]:
    """Codes of basic grids, ascending, and their polygons in degrees EPSG:4490; equal seeds give equal bytes.

    ``moved`` draws the border between two grids anew.
    """
    generator = np.random.default_rng(seed)
    nodes = np.stack(np.meshgrid(np.arange(COLUMNS + 1.0), np.arange(ROWS + 1.0), indexing="ij"), axis=-1)
    nodes += generator.uniform(-0.2, 0.2, nodes.shape)
    arcs: list[F64] = []
    between = 0
    for i in range(COLUMNS + 1):
        for j in range(ROWS + 1):
            if i < COLUMNS:
                arcs.append(_crooked(nodes[i, j], nodes[i + 1, j], generator, depth, roughness))
            if j < ROWS:
                if (i, j) == (4, 0):
                    between = len(arcs)
                arcs.append(_crooked(nodes[i, j], nodes[i, j + 1], generator, depth, roughness))
    if moved:
        arcs[between] = _crooked(nodes[4, 0], nodes[4, 1], generator, depth, roughness)
    island = shapely.Point(2.5, 2.5).buffer(0.12).exterior
    needle = shapely.LineString([(3.3, 3.5), (3.7, 3.5004), (3.3, 3.5008), (3.3, 3.5)])
    lines = shapely.union_all(np.array([*map(shapely.LineString, arcs), island, needle]), grid_size=1e-9)
    faces = shapely.get_parts(shapely.polygonize([lines]))
    codes = _codes(faces)
    cells, place = np.unique(codes, return_inverse=True)
    areas = np.array([shapely.union_all(faces[place == k]) for k in range(cells.size)], dtype=object)
    return cells, shapely.transform(areas, lambda units: units * STEP + np.array([WEST, SOUTH]))


def _crooked(start: F64, end: F64, generator: np.random.Generator, depth: int, roughness: float) -> F64:
    points = np.array([start, end])
    for _ in range(depth):
        middle, along = (points[:-1] + points[1:]) / 2, points[1:] - points[:-1]
        across = np.column_stack([-along[:, 1], along[:, 0]])
        middle = middle + across * generator.normal(0, roughness, len(middle))[:, None]
        finer = np.empty((len(points) + len(middle), 2))
        finer[0::2], finer[1::2] = points, middle
        points = finer
    return points


def _codes(faces: Geometries) -> Texts:
    """Townships west and east, villages by rows, a grid per cell; the corner cells are one grid of two parts."""
    codes: list[str] = []
    for face in faces:
        x, y = shapely.get_coordinates(shapely.point_on_surface(face))[0]
        column, row = min(int(x), COLUMNS - 1), min(int(y), ROWS - 1)
        village = f"{COUNTY}{101 + (column >= COLUMNS // 2):03d}{201 + row // 2:03d}"
        grid = f"{village}{column * ROWS + row + 1:03d}"
        small = face.area < 0.2
        codes.append(f"{COUNTY}10120100101" if (column, row) == (0, ROWS - 1) else f"{grid}{1 + small:02d}")
    return np.array(codes, dtype="U17")
