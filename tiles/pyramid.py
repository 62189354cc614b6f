"""Encodes the tiles of an edition: every one, or those that a change may touch. The same tile is the same bytes."""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from gis.arrays import F64, I64
from tiles.arcs import Cells, Lines, arcs, cells, lines, segments
from tiles.encode import Table, areas, arranged, borders, point_tiles
from tiles.features import LEVELS, Grids, Units, near
from tiles.layers import GROUPS, LAYERS, UNITS_FROM, deepest_level
from tiles.matrix import BUFFER, EXTENT, MAX_ZOOM, frame, ground_zoom, to_units
from tiles.mvt import Bytes, Frame, layer_frame
from tiles.parts import Part, digest_of, part
from tiles.store import SETS, Encoded

TOLERANCE = 4.0
"""Tile units: half a pixel of a tile drawn at 512 px (4096 units); triangles below its square are dropped."""
UNIT_TOLERANCE = 1.0
"""For units, whose corners on a grid's border their neighbours beyond it do not have."""
THREADS = 2
AREAS = tuple(f"level{level}" for level in LEVELS)
"""Names of the layers of areas, in the order of the rows of `Grids.table`."""
_GRIDS, _UNITS = 0, 1  # the groups of layers
_CHUNK = 1500  # tiles encoded in one go
_BAND = 4 * _CHUNK  # tiles that are handed on together
_AHEAD = 4  # of these in the making, so that no thread waits

Wanted = dict[tuple[str, int], I64] | None
"""By tile matrix set and zoom (t, 2) columns and rows of the tiles to encode; None for all that hold anything."""
Layer = tuple[str, Bytes, I64]
"""A layer's name, its bytes of one tile after another, and where each tile's end."""
Work = tuple[I64, Callable[[], list[Layer]]]
"""(t, 2) columns and rows of tiles, and what encodes layers of them."""
Digests = dict[tuple[int, int], bytes]
"""By column and row the digest of a tile's part, empty if it has nothing."""


class Job(NamedTuple):
    """A group of layers, and all that encodes those of some tiles."""

    group: int
    works: list[Work]


@dataclass
class _Block:
    """Some tiles of one zoom: the jobs that make their parts, by group, and the parts by digest."""

    tms: int
    zoom: int
    share: float
    parts: dict[bytes, Part] = field(default_factory=dict[bytes, Part])
    jobs: list[tuple[int, Future[Digests]]] = field(default_factory=list[tuple[int, "Future[Digests]"]])

    def finished(self) -> Encoded:
        """What the jobs made."""
        rows: dict[tuple[int, int], list[bytes]] = {}
        for group, job in self.jobs:
            for place, digest in job.result().items():
                rows.setdefault(place, [b""] * len(GROUPS))[group] = digest
        places = np.array([(self.tms, self.zoom, x, y) for x, y in rows], dtype=np.int64).reshape(-1, 4)
        return Encoded(places, list(rows.values()), self.parts)


def encode(
    grids: Grids, units: Units, wanted: Wanted = None, progress: Callable[[float], None] | None = None
) -> Iterator[Encoded]:
    """Encode the wanted tiles of all zooms in both tile matrix sets, on two threads, some thousand at a time.

    Tiles that are wanted and hold nothing come out without parts. ``progress`` is told the share of zooms done. No
    more is held than what is being encoded and what was just made: memory does not grow with the number of tiles.
    """
    told = 0.0
    for block in _in_the_making(_blocks(grids, units, wanted)):
        yield block.finished()
        told = block.share
        if progress is not None:
            progress(told)
    if progress is not None and told < 1:
        progress(1.0)


def encode_units(units: Units, wanted: Wanted) -> Iterator[Encoded]:
    """Encode the layer of units alone, of the wanted tiles of all zooms that show it; as `encode`."""
    for block in _in_the_making(_blocks(None, units, wanted)):
        yield block.finished()


def _in_the_making(blocks: Iterator[tuple[_Block, list[Job]]]) -> Iterator[_Block]:
    """Have the jobs of blocks done, some ahead of the one that is handed on."""
    with ThreadPoolExecutor(THREADS) as threads:
        waiting: deque[_Block] = deque()
        for block, jobs in blocks:
            block.jobs += [(job.group, threads.submit(_packed, job, block.parts)) for job in jobs]
            waiting.append(block)
            if len(waiting) > _AHEAD:
                yield waiting.popleft()
        yield from waiting


def _blocks(grids: Grids | None, units: Units, wanted: Wanted) -> Iterator[tuple[_Block, list[Job]]]:
    """Some thousand tiles of a zoom at a time, and their jobs; each tile is in one of them."""
    done, total = 0, len(SETS) * (MAX_ZOOM + 1)
    for number, tms in enumerate(SETS):
        source = _Source(tms, grids, units, wanted)
        for zoom in range(MAX_ZOOM, -1, -1):
            kinds = source.kinds(zoom) if wanted is None or len(wanted[tms, zoom]) else []
            bands = list(_bands(kinds)) if kinds else []
            for k, jobs in enumerate(bands, 1):
                yield _Block(number, zoom, (done + k / len(bands)) / total), jobs
            done += 1


def _bands(kinds: Sequence["_Kind"]) -> Iterator[list[Job]]:
    """The jobs of a zoom, cut between rows of tiles."""
    rows, counts = np.unique(np.concatenate([kind.tiles[:, 1] for kind in kinds]), return_counts=True)
    band, chunk = (np.cumsum(counts) // size for size in (_BAND, _CHUNK))
    for number in np.unique(band).tolist():
        jobs: list[Job] = []
        for part_ in np.unique(chunk[band == number]).tolist():
            mine = rows[(band == number) & (chunk == part_)]
            for group in range(len(GROUPS)):
                works = [kind.among(int(mine[0]), int(mine[-1])) for kind in kinds if kind.group == group]
                jobs.append(Job(group, [work for work in works if len(work[0])]))
        yield [job for job in jobs if job.works]


def _packed(job: Job, parts: dict[bytes, Part]) -> Digests:
    """Do a job and compress what nobody has made before; the digest of each tile's part."""
    names = GROUPS[job.group]
    made: dict[tuple[int, int], list[bytes]] = {}
    for places, work in job.works:
        tiles = [made.setdefault((x, y), [b""] * len(names)) for x, y in places.tolist()]
        for name, data, ends in work():
            layer, whole, first = names.index(name), data.tobytes(), 0
            for tile, last in zip(tiles, ends.tolist(), strict=True):
                tile[layer] = whole[first:last]
                first = last
    found: Digests = {}
    for place, layers in made.items():
        whole = b"".join(layers)
        found[place] = digest = digest_of(whole) if whole else b""
        if digest and digest not in parts:
            parts[digest] = part(layers, digest)
    return found


class _Kind(NamedTuple):
    """Layers of a group, in tiles of a zoom: (t, ≥ 2) columns and rows, row by row, and what encodes those from … to."""

    group: int
    tiles: I64
    layers: Callable[[int, int], list[Layer]]

    def among(self, first: int, last: int) -> Work:
        """What encodes the tiles of these rows."""
        start, end = np.searchsorted(self.tiles[:, 1], [first, last + 1]).tolist()
        return self.tiles[start:end, :2], partial(self.layers, start, end)


class _GridSource(NamedTuple):
    """Grids, their border lines, and the label points in units of the deepest zoom."""

    grids: Grids
    lines: Lines
    points: F64


class _Source:
    """What the tiles of one tile matrix set are made from; without grids they have units only."""

    def __init__(self, tms: str, grids: Grids | None, units: Units, wanted: Wanted) -> None:
        self._tms, self._wanted = tms, wanted
        self._grids = None
        if grids is not None:
            self._grids = _GridSource(grids, lines(grids.arcs, tms), to_units(tms, MAX_ZOOM, grids.points))
        self._units = self._unit_lines(units)

    def _unit_lines(self, units: Units) -> tuple[Lines, Table] | None:
        """The units that the wanted tiles may show, None if there are none."""
        if self._wanted is None:
            found, table = arcs(units.geoms), units.table
        else:
            first = next(zoom for zoom in range(MAX_ZOOM + 1) if ground_zoom(self._tms, zoom) >= UNITS_FROM)
            frames = [frame(self._tms, first, x, y) for x, y in self._wanted[self._tms, first].tolist()]
            boxes = np.array([(f.west, f.south, f.east, f.north) for f in frames], dtype=np.float64).reshape(-1, 4)
            found, table = near(units, boxes)
        return (lines(found, self._tms), table) if found.left.size else None

    def kinds(self, zoom: int) -> list[_Kind]:
        """All that there is to encode at a zoom."""
        ground = ground_zoom(self._tms, zoom)
        deepest = deepest_level(ground)
        found: list[_Kind] = []
        if self._grids is not None:
            found += [self._coverage(zoom, deepest, self._grids), self._labels(zoom, deepest, self._grids)]
        if ground >= UNITS_FROM and self._units is not None:
            found.append(self._unit_areas(zoom, *self._units))
        return found

    def _coverage(self, zoom: int, deepest: int, source: _GridSource) -> _Kind:
        found, sorted_, tiles = self._sorted(zoom, source.lines, TOLERANCE)

        def layers(first: int, last: int) -> list[Layer]:
            names = (*AREAS, "borders")
            return coverage_layers(found, sorted_, tiles[first:last], source.grids.table, names, deepest)

        return _Kind(_GRIDS, tiles, layers)

    def _unit_areas(self, zoom: int, drawn: Lines, table: Table) -> _Kind:
        found, sorted_, tiles = self._sorted(zoom, drawn, UNIT_TOLERANCE)

        def layers(first: int, last: int) -> list[Layer]:
            faces = arranged(found, sorted_.starts, sorted_.items, sorted_.background, tiles[first:last])
            return [("units", *areas(faces, table, 0, frame_of("units")))]

        return _Kind(_UNITS, tiles, layers)

    def _sorted(self, zoom: int, drawn: Lines, tolerance: float) -> tuple[I64, Cells, I64]:
        """The segments of a zoom, which cells they are in, and the tiles to encode with their cells."""
        found = segments(drawn, zoom, tolerance)
        sorted_ = cells(found, BUFFER)
        return found, sorted_, sorted_.tiles() if self._wanted is None else sorted_.among(self._asked(zoom))

    def _asked(self, zoom: int) -> I64:
        """The wanted tiles of a zoom, row by row."""
        asked = (self._wanted or {})[self._tms, zoom]
        return asked[np.lexsort(asked.T)]

    def _labels(self, zoom: int, deepest: int, source: _GridSource) -> _Kind:
        """Labels: each in the one tile that its point is in."""
        units = np.floor(source.points / (1 << (MAX_ZOOM - zoom))).astype(np.int64)
        rows = np.flatnonzero(source.grids.levels <= deepest)
        if self._wanted is not None:
            asked = {(x, y) for x, y in self._asked(zoom).tolist()}
            rows = rows[np.array([(x, y) in asked for x, y in (units[rows] >> 12).tolist()], dtype=bool)]
        rows = rows[np.lexsort((units[rows] >> 12).T)]
        tiles, counts = _runs(units[rows] >> 12)
        starts = np.concatenate([[0], np.cumsum(counts)])
        labels = source.grids.labels

        def layers(first: int, last: int) -> list[Layer]:
            mine, ends = rows[starts[first] : starts[last]], starts[first : last + 1] - starts[first]
            return [("labels", *point_tiles(units[mine] % EXTENT, mine, ends, labels, frame_of("labels")))]

        return _Kind(_GRIDS, tiles, layers)


def _runs(tiles: I64) -> tuple[I64, I64]:
    """(t, 2) tiles without their repetitions, which follow each other, and how often each is there."""
    new = np.flatnonzero(np.r_[True, (tiles[1:] != tiles[:-1]).any(axis=1)][: len(tiles)])
    return tiles[new], np.diff(np.r_[new, len(tiles)])


def coverage_layers(
    found: I64, sorted_: Cells, tiles: I64, table: Table, names: Collection[str], deepest: int
) -> list[Layer]:
    """Layers of `AREAS` and of borders, those named, of (t, 3) tiles (column, row, cell) of a zoom's segments."""
    faces = arranged(found, sorted_.starts, sorted_.items, sorted_.background, tiles)
    made: list[Layer] = [
        (name, *areas(faces, table, row, frame_of(name))) for row, name in enumerate(AREAS) if name in names
    ]
    if "borders" in names:
        made.append(("borders", *borders(faces, table, frame_of("borders"), deepest)))
    return made


@cache
def frame_of(name: str) -> Frame:
    """The parts of a stored layer that are the same in all tiles."""
    return layer_frame(name, tuple(LAYERS[name].fields), EXTENT)
