"""The ground that the demo county stands on: cells with their effort, townships' seats, and its final shape."""

from dataclasses import dataclass

import numpy as np

from gis.arrays import F64, I64, Bools
from gis.demo.hexes import OUTSIDE, Honeycomb, Network
from gis.demo.terrain import Terrain

WIDTH_M, HEIGHT_M, SPACING_M = 100_000.0, 78_000.0, 114.0

# Where the townships lie, roughly as on a map, in km east and north of the honeycomb's corner: the first
# point is the seat, the line is what the township grows from. In the order of the codes.
SPINES: tuple[tuple[tuple[float, float], ...], ...] = (
    ((52, 54), (43, 57), (56, 61), (60, 52), (52, 54), (51, 48)),
    ((70, 51), (66, 57), (70, 51), (74, 45)),
    ((82, 39), (77, 36), (82, 39), (88, 44)),
    ((16, 29), (8, 21), (16, 29), (23, 43), (16, 29), (32, 25)),
    ((61, 25), (47, 25), (61, 25), (68, 16), (72, 27), (66, 34)),
    ((84, 21), (79, 25), (84, 21), (91, 16)),
    ((40, 46), (32, 44), (40, 46), (47, 37)),
    ((38, 33), (36, 30), (40, 32)),
)


@dataclass(frozen=True, slots=True)
class Land:
    """Cells of a honeycomb: their ids, centres in metres, effort of crossing each, and pairs of neighbours (positions)."""

    comb: Honeycomb
    terrain: Terrain
    cells: I64
    x: F64
    y: F64
    effort: I64
    one: I64
    other: I64

    def only(self, keep: Bools) -> "Land":
        """The cells to ``keep``, and their pairs among themselves."""
        position = np.cumsum(keep) - 1
        both = keep[self.one] & keep[self.other]
        return Land(
            comb=self.comb,
            terrain=self.terrain,
            cells=self.cells[keep],
            x=self.x[keep],
            y=self.y[keep],
            effort=self.effort[keep],
            one=position[self.one[both]],
            other=position[self.other[both]],
        )

    def network(self, label: I64) -> Network:
        """The borders between cells of different ``label``; all other cells of the honeycomb are outside."""
        everywhere = np.full(self.comb.rows * self.comb.columns, OUTSIDE)
        everywhere[self.cells] = label
        return self.comb.network(everywhere)


def make_land(generator: np.random.Generator) -> Land:
    """Invented ground: valleys are easy to cross, ridges hard, and no two cells quite alike."""
    rows = int(HEIGHT_M / (SPACING_M * np.sqrt(0.75)))
    comb = Honeycomb(rows=rows, columns=int(WIDTH_M / SPACING_M), spacing=SPACING_M)
    x, y = comb.centres()
    terrain = Terrain(generator)
    relief = 0.8 * terrain.heights(x, y) + 0.6 * terrain.heights(x, y, finer=4)
    effort = np.rint(4096 * np.exp(relief + generator.random(x.size))).astype(np.int64)
    one, other, _ = comb.pairs
    return Land(comb=comb, terrain=terrain, cells=np.arange(x.size), x=x, y=y, effort=effort, one=one, other=other)


def seats() -> F64:
    """(8, 2) metres: the seat of each township, in the order of the codes."""
    return np.array([spine[0] for spine in SPINES]) * 1000.0


def crinkle(terrain: Terrain, points: F64) -> F64:
    """(n, 2) metres, moved by up to about 100 m: bends that honeycomb cells are too coarse for."""
    x, y = points.T
    # Two far-apart pieces of the same terrain serve as two independent fields.
    east = terrain.heights(x, y, finer=6)
    north = terrain.heights(x + 9_000.0, y + 7_000.0, finer=6)
    return points + 36.0 * np.column_stack([east, north])


def draw_together(points: F64) -> F64:
    """(n, 2) metres, with the land around seats drawn together, so that town grids are small.

    Smooth and one to one: within 9 km of the county's seat lengths shrink, to 0.45 times at the seat itself;
    within 6 km of another seat, to 0.6 times. These discs do not overlap.
    """
    moved = points
    for number, centre in enumerate(seats()):
        reach, least = (9_000.0, 0.45) if number == 0 else (6_000.0, 0.6)
        away = points - centre
        share = np.minimum(np.hypot(away[:, 0], away[:, 1]) / reach, 1.0)
        factor = least + (1.0 - least) * share * share * (3.0 - 2.0 * share)
        moved = moved + (factor - 1.0)[:, None] * away
    return moved
