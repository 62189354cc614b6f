"""What a division of a basic grid's households by hand is worth: its remarks, and a proposal for the households left over."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from gis.arrays import I64
from gis.partition import DEFAULT_POLICY, Effort, UnitPolicy, partition
from gis.partition.graph import neighbours
from gis.partition.matching import matched
from gis.partition.remarks import Remark, remarks
from gis.partition.repair import repair
from gis.unit_board import Board, numbered
from gis.unit_choice import NO_HAMLET
from gis.unit_measures import measured

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
    whole = np.where(unit < 0, len(names), unit)
    found = remarks(x, y, board.hamlets, whole, policy, barriers=board.barriers)
    sizes = measured(board.xy[unit >= 0], unit[unit >= 0])
    return [
        Measured(name, size, diameter, tuple(one for one in found if one.unit == place))
        for place, (name, (_, diameter, size)) in enumerate(zip(names, sizes, strict=True))
    ]


def neighbourhood(board: Board) -> Neighbourhood:
    """The graph by which units hang together, hamlet by hamlet, barriers heeded."""
    place = np.zeros(len(board.households), dtype=np.int64)
    edges: list[I64] = [np.empty((0, 2), dtype=np.int64)]
    lines = None if board.barriers is None else shapely.STRtree(board.barriers)
    following = 0
    for hamlet in np.unique(board.hamlets).tolist():
        mine = np.flatnonzero(board.hamlets == hamlet)
        places, at = np.unique(board.xy[mine], axis=0, return_inverse=True)
        place[mine] = following + at.ravel()
        pairs = neighbours(places, lines).pairs
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
    rules: dict[str, Any] = {"key": board.keys, "unknown": NO_HAMLET, "barriers": board.barriers}
    if not names:
        found = partition(x, y, board.hamlets, policy, effort=Effort.THOROUGH, **rules).astype(np.int64)
    else:
        pinned = [place for place, name in enumerate(names) if name in fixed]
        found = repair(x, y, board.hamlets, unit, policy, pinned=pinned, **rules)
    keys = _opened(board, names, found)
    return {one: keys.get(at) or names[at] for one, at in zip(board.households, found.tolist(), strict=True)}


def _opened(board: Board, names: Sequence[str], found: I64) -> dict[int, str]:
    """Keys of units to be opened: codes of those that were emptied and share members with them, and new ones beyond."""
    fresh = found >= len(names)
    empty = sorted(board.units.keys() - set(names))
    place = {code: number for number, code in enumerate(empty)}
    old = np.array([place.get(one.unit or "", -1) for one in board.households.values()], dtype=np.int64)
    numbers = matched(old[fresh], found[fresh], len(empty))
    taken = {name for name in names if name.startswith(NEW)}
    free = (key for number in count(1) if (key := f"{NEW}{number}") not in taken)
    keys: dict[int, str] = {}
    for at, number in sorted(set(zip(found[fresh].tolist(), numbers.tolist(), strict=True))):
        keys[at] = empty[number] if number < len(empty) else next(free)
    return keys
