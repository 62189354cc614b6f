"""The nested regions of the demo county, as labels of the cells of a honeycomb, grown from the top down.

They grow over the ground with the least effort, so that fronts meet on ridges, as real borders do.
"""

from dataclasses import dataclass

import numpy as np

from gis.arrays import F64, I64, Bools
from gis.demo.compiled import reached
from gis.demo.hexes import OUTSIDE
from gis.demo.land import SPINES, Land, seats
from gis.demo.terrain import nearest, scatter

GRIDS, BASICS = 1550, 1563
_REACH_M = 15_500.0  # farther from every spine lies the neighbour counties' land
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Regions:
    """The county's cells with the basic grid of each, and the parent of each region by level."""

    land: Land
    basic: I64
    basic_parent: I64
    grid_parent: I64
    village_parent: I64


def regions(ground: Land, communities: Bools, villages: I64, generator: np.random.Generator) -> Regions:
    """All levels of the county, each region connected and inside its parent.

    Parameters
    ----------
    communities
        (85,) which villages are communities of townspeople, in the order of the codes.
    villages
        (8,) how many villages each township has.
    """
    land, township = _townships(ground)
    seat = seats()[township]
    from_seat = np.hypot(land.x - seat[:, 0], land.y - seat[:, 1])
    ridge = np.sqrt(land.effort / 4096.0)
    density = ridge * (1 + 2 * np.exp(-((from_seat / 2000) ** 2)))
    village = _divide(land, township, villages, density, generator, rounds=3)
    village_parent = np.repeat(np.arange(villages.size), villages)
    village = _communities_first(village, village_parent, communities, from_seat)
    grids = shares(np.sqrt(np.bincount(village)) * np.where(communities, 1.6, 1.0), GRIDS, least=6)
    density = 1 + 8 * np.exp(-((from_seat / 1500) ** 2))
    grid = _divide(land, village, grids, density, generator, rounds=1)
    grid_parent = np.repeat(np.arange(grids.size), grids)
    urban = communities[grid_parent] & (village_parent[grid_parent] == 0)
    parts = _parts(grid, urban)
    return Regions(
        land=land,
        basic=_divide(land, grid, parts, ridge, generator, rounds=0),
        basic_parent=np.repeat(np.arange(parts.size), parts),
        grid_parent=grid_parent,
        village_parent=village_parent,
    )


def shares(weights: F64 | I64, total: int, least: int = 0) -> I64:
    """Whole numbers in proportion to ``weights``, at least ``least`` each, with sum ``total``.

    Largest remainders; of equal ones the first.
    """
    spare = total - least * weights.size
    exact = spare * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    most = np.argsort(whole - exact, kind="stable")[: spare - int(whole.sum())]
    whole[most] += 1
    return whole + least


def _townships(ground: Land) -> tuple[Land, I64]:
    """The county's land and the township of each cell: all grow at once, against the land beyond."""
    points = np.column_stack([ground.x, ground.y])
    lines = [_walk(np.array(spine) * 1000.0) for spine in SPINES]
    rim = _REACH_M + 2 * ground.comb.spacing  # a belt of foreign cells suffices
    away = nearest(np.concatenate(lines)[::10], points, rim)[0]
    near = ground.only(away < rim)
    centres = np.column_stack([near.x, near.y])
    under = nearest(centres, np.concatenate(lines))[1]
    cells = [np.unique(cells) for cells in np.split(under, np.cumsum([len(line) for line in lines])[:-1])]
    foreign = np.flatnonzero((away[away < rim] > _REACH_M) | np.isin(near.cells, ground.comb.frame()))
    label = np.repeat(np.arange(len(cells)), [cell.size for cell in cells])
    label = np.concatenate([label, np.full(foreign.size, OUTSIDE)])
    township = label[reached(near.one, near.other, near.effort, np.concatenate([*cells, foreign]))]
    inside = township != OUTSIDE
    return near.only(inside), township[inside]


def _walk(spine: F64) -> F64:
    steps = np.linspace(0.0, len(spine) - 1.0, 200 * len(spine))
    at = np.arange(len(spine))
    return np.column_stack([np.interp(steps, at, spine[:, 0]), np.interp(steps, at, spine[:, 1])])


def _divide(
    ground: Land, parent: I64, counts: I64, density: F64, generator: np.random.Generator, *, rounds: int
) -> I64:
    """Divide every region of ``parent`` into ``counts[region]`` connected ones without holes.

    Children are numbered through, those of parent 0 first. Where a child would lie around another, its
    parent is divided anew.
    """
    order = np.argsort(parent, kind="stable")
    ends = np.searchsorted(parent[order], np.arange(counts.size + 1))
    within = parent[ground.one] == parent[ground.other]
    one, other = ground.one[within], ground.other[within]
    firsts = np.cumsum(counts) - counts
    seeds = np.repeat(order[ends[:-1]], counts)  # an only child grows from any cell
    open_parents = np.arange(counts.size)
    child = parent
    for _ in range(_ATTEMPTS):
        for region in open_parents[counts[open_parents] > 1].tolist():
            cells = order[ends[region] : ends[region + 1]]
            found = scatter(ground.x[cells], ground.y[cells], density[cells], int(counts[region]), generator)
            seeds[firsts[region] : firsts[region] + counts[region]] = cells[found]
        child = reached(one, other, ground.effort, seeds)
        for _ in range(rounds):
            child = reached(one, other, ground.effort, _middles(ground, child, seeds.size, density))
        holed = ground.network(child).ring_counts() > 1
        open_parents = np.unique(np.repeat(np.arange(counts.size), counts)[holed])
        if open_parents.size == 0:
            break
    return child


def _middles(ground: Land, child: I64, count: int, density: F64) -> I64:
    """The cell of each region that lies nearest to the region's weighted centroid."""
    mass = np.bincount(child, density, minlength=count)
    away = np.hypot(
        ground.x - (np.bincount(child, density * ground.x, minlength=count) / mass)[child],
        ground.y - (np.bincount(child, density * ground.y, minlength=count) / mass)[child],
    )
    order = np.lexsort((away, child))
    return order[np.searchsorted(child[order], np.arange(count))]


def _communities_first(village: I64, parent: I64, communities: Bools, from_seat: F64) -> I64:
    """Renumber villages so that the communities of a township are the regions nearest its seat."""
    mean = np.bincount(village, from_seat) / np.bincount(village)
    renumbered = np.empty(parent.size, dtype=np.int64)
    renumbered[np.lexsort((mean, parent))] = np.lexsort((~communities, parent))
    return renumbered[village]


def _parts(grid: I64, urban: Bools) -> I64:
    """Basic grids of each grid: one, but the largest town grids have two, and the largest of all three."""
    parts = np.ones(urban.size, dtype=np.int64)
    size = np.bincount(grid)
    largest = np.argsort(np.where(urban, -size, 0), kind="stable")[: BASICS - GRIDS - 1]
    parts[largest] = 2
    parts[largest[0]] = 3
    return parts
