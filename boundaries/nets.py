"""One net from several (多网合一): departmental nets laid over each other, and the all-subject grids they agree on most."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely

from gis.arrays import F64, I64, Bools, Geometries
from gis.coverage_check import AREA_FLOOR_M2, area_m2, areas_m2
from gis.errors import InvalidInput

TOLERANCE = 0.01
"""Share of a cell's area that may lie beyond its grid before it is said not to fit: what separate drawing makes differ."""

NOWHERE = -1


@dataclass(frozen=True)
class Net:
    """The cells of a department: codes and names as it has them, (n,) valid (multi)polygons in degrees EPSG:4490."""

    name: str
    codes: list[str]
    names: list[str]
    polygons: Geometries


@dataclass(frozen=True, slots=True)
class Member:
    """A cell of a net in a proposed grid: the shares of the cell's area that lie in it, 0 to 1."""

    net: str
    code: str
    share: float


@dataclass(frozen=True)
class Proposal:
    """A proposed all-subject grid, named after the cell of the leading net that it grew from.

    ``agreement`` is the share of its area that every net with a cell there gives to it.
    """

    code: str
    name: str
    outline: Any
    area_m2: float
    agreement: float
    members: list[Member]


@dataclass(frozen=True)
class Misfit:
    """What does not fit, with its place: a cell cut by the proposed borders, ground that a net has twice, or that none has."""

    kind: Literal["cut", "doubled", "uncovered"]
    net: str
    codes: tuple[str, ...]
    area_m2: float
    share: float
    geometry: Any


@dataclass(frozen=True)
class Merged:
    """Proposed grids, a coverage without overlap, and what does not fit."""

    proposals: list[Proposal]
    misfits: list[Misfit]


@dataclass(frozen=True)
class _Faces:
    """The pieces into which all borders together cut the ground.

    ``cells`` is (nets, faces): which cell of a net a face lies in; `NOWHERE` outside it. ``doubled`` is its second cell.
    """

    polygons: Geometries
    area_m2: F64
    cells: I64
    doubled: I64


def merge(nets: Sequence[Net], tolerance: float = TOLERANCE) -> Merged:
    """Propose grids from several nets; the first leads: one grid grows from each of its cells.

    Every cell belongs to the leading cell it shares most area with. Each piece of ground goes where most of its cells
    belong, to the leading net's own cell among equals. So a border that the other nets agree on wins over the leading
    net's, and all grids together cover exactly what the nets cover, without overlap.

    Raises
    ------
    InvalidInput
        If there are fewer than two nets, two of one name, or an invalid polygon.
    """
    _check(nets)
    faces = _faces(nets)
    homes = [_homes(faces, n, len(net.codes)) for n, net in enumerate(nets)]
    votes = np.array([np.where(faces.cells[n] < 0, NOWHERE, homes[n][faces.cells[n]]) for n in range(len(nets))])
    owner = np.array([_winner(column.tolist()) for column in votes.T], dtype=np.int64)
    proposals = [_proposal(nets, faces, votes, owner, cell) for cell in sorted({*owner.tolist()} - {NOWHERE})]
    misfits = [misfit for n in range(len(nets)) for misfit in _misfits(nets[n], n, faces, owner, homes[n], tolerance)]
    return Merged(proposals, misfits + _uncovered(faces, owner))


def _check(nets: Sequence[Net]) -> None:
    if len(nets) < 2 or len({net.name for net in nets}) < len(nets):
        raise InvalidInput(field="NAME=FILE", reason_zh="至少两张不同名的网", reason_en="two nets of different names")
    for net in nets:
        bad = np.flatnonzero(~shapely.is_valid(net.polygons) | shapely.is_empty(net.polygons)).tolist()
        if bad:
            raise InvalidInput(
                field=net.name,
                reason_zh=f"网格 {net.codes[bad[0]]} 的图形无效或为空",
                reason_en=f"the shape of {net.codes[bad[0]]} is invalid or empty",
            )


def _faces(nets: Sequence[Net]) -> _Faces:
    borders = shapely.union_all(np.concatenate([shapely.boundary(net.polygons) for net in nets]))
    polygons = np.array(shapely.get_parts(shapely.polygonize(shapely.get_parts(borders))), dtype=np.object_)
    inside = shapely.point_on_surface(polygons)
    cells = np.full((2, len(nets), polygons.size), NOWHERE, dtype=np.int64)
    for n, net in enumerate(nets):
        at, cell = shapely.STRtree(net.polygons).query(inside, predicate="within")
        for face, found in sorted(zip(at.tolist(), cell.tolist(), strict=True)):
            cells[0 if cells[0, n, face] == NOWHERE else 1, n, face] = found
    areas = areas_m2(polygons)
    return _Faces(polygons, areas, cells[0], cells[1])


def _homes(faces: _Faces, net: int, count: int) -> I64:
    """For each cell of a net the leading cell that it shares most area with, to 0.01 m²; `NOWHERE` if none."""
    if net == 0:
        return np.arange(count, dtype=np.int64)
    shared: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for cell, lead, area in zip(
        faces.cells[net].tolist(), faces.cells[0].tolist(), faces.area_m2.tolist(), strict=True
    ):
        if NOWHERE not in {cell, lead}:
            shared[cell][lead] += area
    best = {cell: _largest(found) for cell, found in shared.items()}
    return np.array([best.get(cell, NOWHERE) for cell in range(count)], dtype=np.int64)


def _largest(areas: dict[int, float]) -> int:
    return max(areas, key=lambda lead: (round(areas[lead], 2), -lead))


def _winner(votes: list[int]) -> int:
    """The leading cell with most votes; the leading net's own among equals, then the lowest."""
    counted = Counter(vote for vote in votes if vote != NOWHERE)
    return max(counted, key=lambda cell: (counted[cell], cell == votes[0], -cell), default=NOWHERE)


def _proposal(nets: Sequence[Net], faces: _Faces, votes: I64, owner: I64, cell: int) -> Proposal:
    mine = owner == cell
    unanimous = ((votes == cell) | (votes == NOWHERE)).all(axis=0)
    area = float(faces.area_m2[mine].sum())
    members = [
        Member(net.name, net.codes[i], min(1.0, share))
        for n, net in enumerate(nets)
        for i, share in _shares(faces, n, mine)
    ]
    outline = shapely.union_all(faces.polygons[mine])
    lead = nets[0]
    agreement = float(faces.area_m2[mine & unanimous].sum()) / area
    return Proposal(lead.codes[cell], lead.names[cell], outline, area, agreement, members)


def _shares(faces: _Faces, net: int, mine: Bools) -> list[tuple[int, float]]:
    """Cells of a net that have ground in a grid, with the share of theirs that it is."""
    there = faces.cells[net] != NOWHERE
    whole = np.bincount(faces.cells[net][there], faces.area_m2[there])
    inside = np.bincount(faces.cells[net][there & mine], faces.area_m2[there & mine], whole.size)
    return [(cell, float(inside[cell] / whole[cell])) for cell in np.flatnonzero(inside).tolist()]


def _misfits(net: Net, n: int, faces: _Faces, owner: I64, homes: I64, tolerance: float) -> list[Misfit]:
    found: list[Misfit] = []
    for cell, code in enumerate(net.codes):
        mine = faces.cells[n] == cell
        beyond = mine & (owner != homes[cell])
        area, whole = float(faces.area_m2[beyond].sum()), float(faces.area_m2[mine].sum())
        if area >= AREA_FLOOR_M2 and area > tolerance * whole:
            found.append(Misfit("cut", net.name, (code,), area, area / whole, _ground(faces, beyond)))
    pairs = {(a, b) for a, b in zip(faces.cells[n].tolist(), faces.doubled[n].tolist(), strict=True) if b != NOWHERE}
    for first, second in sorted(pairs):
        both = (faces.cells[n] == first) & (faces.doubled[n] == second)
        area, whole = float(faces.area_m2[both].sum()), float(faces.area_m2[faces.cells[n] == first].sum())
        if area >= AREA_FLOOR_M2:
            codes = (net.codes[first], net.codes[second])
            found.append(Misfit("doubled", net.name, codes, area, area / whole, _ground(faces, both)))
    return found


def _uncovered(faces: _Faces, owner: I64) -> list[Misfit]:
    """Holes between the cells that no net covers, and ground of cells that lie beyond the leading net altogether."""
    parts = shapely.get_parts(shapely.union_all(faces.polygons[owner == NOWHERE]))
    areas = [area_m2(part) for part in parts]
    return [
        Misfit("uncovered", "", (), area, 1.0, shapely.multipolygons([part]))
        for part, area in zip(parts, areas, strict=True)
        if area >= AREA_FLOOR_M2
    ]


def _ground(faces: _Faces, chosen: Bools) -> Any:
    ground = shapely.union_all(faces.polygons[chosen])
    return ground if ground.geom_type == "MultiPolygon" else shapely.multipolygons([ground])
