"""What a division of a basic grid's households by hand is worth: its remarks, and a proposal for the households left over."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from scipy.optimize import linear_sum_assignment

from gis.arrays import F64, I64
from gis.partition import DEFAULT_POLICY, Effort, UnitPolicy, partition
from gis.partition.graph import neighbours
from gis.partition.remarks import Remark, remarks
from gis.partition.repair import repair
from gis.unit_board import NO_HAMLET, Board, numbered

NEW = "new:"
"""What the keys of units begin with that are not opened yet: ``new:1``, ``new:2`` …"""
Division = Mapping[UUID, str | None]
"""The unit of each household of a grid, by code or by a key as of `NEW`; None without one."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A unit of a division: households, the longest way between two of them in metres, what is unusual about it."""

    key: str
    size: int
    diameter_m: float
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class Neighbourhood:
    """Which households are neighbours, as `gis.partition.remarks` judges whether a unit hangs together.

    Attributes
    ----------
    place : (n,) number of the place of each household, in the board's order; flats share one.
    edges : (k, 2) places that are neighbours in the Delaunay graph of their hamlet, the lower first.
    """

    place: I64
    edges: I64


def judge(board: Board, division: Division, policy: UnitPolicy = DEFAULT_POLICY) -> list[Measured]:
    """Size, diameter and remarks of each unit of a division, by key; households without a unit are left out."""
    names, unit = numbered(division[one] for one in board.households)
    if not names:
        return []
    # Those without a unit count as one more, for neighbours are neighbours in the graph of all.
    x, y = board.xy.T
    found = remarks(x, y, board.hamlets, np.where(unit < 0, len(names), unit), policy)
    return [
        Measured(
            name,
            int((unit == place).sum()),
            _diameter_m(board.xy[unit == place]),
            tuple(one for one in found if one.unit == place),
        )
        for place, name in enumerate(names)
    ]


def neighbourhood(board: Board) -> Neighbourhood:
    """The graph by which units hang together, hamlet by hamlet."""
    place = np.zeros(len(board.households), dtype=np.int64)
    edges: list[I64] = [np.empty((0, 2), dtype=np.int64)]
    following = 0
    for hamlet in np.unique(board.hamlets).tolist():
        mine = np.flatnonzero(board.hamlets == hamlet)
        places, at = np.unique(board.xy[mine], axis=0, return_inverse=True)
        place[mine] = following + at.ravel()
        pairs = neighbours(places).pairs
        edges.append(following + pairs[pairs[:, 0] < pairs[:, 1]])
        following += len(places)
    return Neighbourhood(place, np.concatenate(edges))


def suggest(
    board: Board, division: Division, fixed: Collection[str], policy: UnitPolicy = DEFAULT_POLICY
) -> dict[UUID, str]:
    """A proposal for a division's households that have no unit; nothing is written.

    Parameters
    ----------
    fixed : keys of units that keep their members and get no others (locked or painted ones). Other units may take some of
        the households in and be mended where that saves distance.

    Returns
    -------
    The unit of every household: keys of the division; where further units are needed, those that were emptied, by what
    they have in common with them, and keys as of `NEW` beyond.
    """
    names, unit = numbered(division[one] for one in board.households)
    if not unit.size or (unit >= 0).all():
        return {one: key for one, key in division.items() if key is not None}
    x, y = board.xy.T
    if not names:
        found = partition(
            x, y, board.hamlets, policy, key=board.keys, unknown=NO_HAMLET, effort=Effort.THOROUGH
        ).astype(np.int64)
    else:
        pinned = [place for place, name in enumerate(names) if name in fixed]
        found = repair(x, y, board.hamlets, unit, policy, key=board.keys, unknown=NO_HAMLET, pinned=pinned)
    codes = _kept_codes(board, names, found)
    taken = {int(name.removeprefix(NEW)) for name in names if name.startswith(NEW)}
    free = (number for number in range(1, len(taken) + len(board.households) + 1) if number not in taken)
    opened = {
        place: codes.get(place) or f"{NEW}{next(free)}" for place in np.unique(found[found >= len(names)]).tolist()
    }
    return {one: opened.get(place) or names[place] for one, place in zip(board.households, found.tolist(), strict=True)}


def _kept_codes(board: Board, names: Collection[str], found: I64) -> dict[int, str]:
    """For units to be opened the codes of those that were emptied, so that the fewest households get another one."""
    empty = sorted(board.units.keys() - set(names))
    fresh = np.unique(found[found >= len(names)])
    old = [one.unit for one in board.households.values()]
    shared = np.array([[sum(unit == code for unit, at in zip(old, found.tolist(), strict=True) if at == place)
                        for code in empty] for place in fresh.tolist()]).reshape(fresh.size, len(empty))  # fmt: skip
    pairs = zip(*linear_sum_assignment(shared, maximize=True), strict=True)
    return {int(fresh[place]): empty[code] for place, code in pairs if shared[place, code] > 0}


def _diameter_m(xy: F64) -> float:
    return float(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)).max())
