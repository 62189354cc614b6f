"""Encodes the tiles of an edition: every one, or those that a change may touch. The same tile is the same bytes."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from gis.arrays import F64, I64
from tiles.arcs import Cells, Lines, arcs, cells, lines, segments
from tiles.copying import part_rows
from tiles.encode import Table, areas, arranged, borders, point_tiles
from tiles.features import LEVELS, Grids, Units, near
from tiles.layers import GROUPS, LAYERS, UNITS_FROM, deepest_level
from tiles.matrix import BUFFER, EXTENT, MAX_ZOOM, frame, ground_zoom, to_units
from tiles.mvt import Bytes, Frame, layer_frame
from tiles.parts import Part, digest_of, part
from tiles.store import SETS, Encoded

_HALF_PIXEL = 4.0
"""Tile units, of a tile drawn at 512 px (4096 units)."""
UNIT_TOLERANCE = 1.0
"""For units, whose corners on a grid's border their neighbours beyond it do not have."""
AREAS = tuple(f"level{level}" for level in LEVELS)
"""Names of the layers of areas, in the order of the rows of `Grids.table`."""
_GRIDS, _UNITS = 0, 1  # the groups of layers
_CHUNK = 1500  # tiles encoded in one go

Wanted = dict[tuple[str, int], I64]
"""By tile matrix set and zoom (t, 2) columns and rows of the tiles to encode."""
Layer = tuple[str, Bytes, I64]
"""A layer's name, its bytes of one tile after another, and where each tile's end."""
Work = tuple[I64, Callable[[], list[Layer]]]
"""(t, 2) columns and rows of tiles, and what encodes layers of them."""


def tolerance(zoom: int) -> float:
    """Tile units: triangles below its square are dropped.

    The diagonal of half a pixel: what moves by half of one over a base of two. At the last zoom, which maps enlarge,
    half a pixel itself.
    """
    return _HALF_PIXEL if zoom == MAX_ZOOM else _HALF_PIXEL * math.sqrt(2)


class Chunk(NamedTuple):
    """So many tiles to encode in one go: the zoom of a tile matrix set, from one row of tiles to another."""

    tms: str
    zoom: int
    first: int
    last: int
    tiles: int


def encode(grids: Grids, units: Units, wanted: Wanted | None = None) -> Iterator[Encoded]:
    """Encode the wanted tiles of all zooms in both tile matrix sets, or all that hold anything, a thousand at a time.

    Each group of layers comes by itself; wanted tiles that hold nothing do not come. No more is held than what was just
    made: memory does not grow with the number of tiles.
    """
    for source in (GridSource(grids, wanted), UnitSource(units, wanted)):
        for chunk in source.chunks():
            yield source.encoded(chunk)


def places_of(wanted: Wanted) -> I64:
    """(t, 4) number of the tile matrix set, zoom, column, row."""
    return np.concatenate(
        [
            np.insert(places, 0, [[SETS.index(tms)], [zoom]], axis=1).astype(np.int64)
            for (tms, zoom), places in wanted.items()
        ]
    )


class _Kind(NamedTuple):
    """Layers in tiles of a zoom: (t, ≥ 2) columns and rows, row by row, and what encodes those from … to."""

    tiles: I64
    layers: Callable[[int, int], list[Layer]]

    def among(self, first: int, last: int) -> Work:
        """What encodes the tiles of these rows."""
        start, end = np.searchsorted(self.tiles[:, 1], [first, last + 1]).tolist()
        return self.tiles[start:end, :2], partial(self.layers, start, end)


class _Source(ABC):
    """What a group of layers is made from; can be pickled."""

    group: int

    def __init__(self, wanted: Wanted | None) -> None:
        self._wanted = wanted
        self._last: tuple[tuple[str, int], list[_Kind]] = ("", -1), []

    def kinds(self, tms: str, zoom: int) -> list[_Kind]:
        """All that there is to encode at a zoom."""
        if self._last[0] != (tms, zoom):
            self._last = (tms, zoom), self._kinds(tms, zoom)
        return self._last[1]

    @abstractmethod
    def _kinds(self, tms: str, zoom: int) -> list[_Kind]: ...

    def chunks(self) -> list[Chunk]:
        """All there is to encode, the many tiles of the deepest zooms first."""
        return [
            Chunk(tms, zoom, *cut)
            for tms in SETS
            for zoom in range(MAX_ZOOM, -1, -1)
            if self._wanted is None or len(self._wanted[tms, zoom])
            for cut in _cut(self.kinds(tms, zoom))
        ]

    def encoded(self, chunk: Chunk) -> Encoded:
        """Encode some tiles and compress each group of layers that differs."""
        works = [kind.among(chunk.first, chunk.last) for kind in self.kinds(chunk.tms, chunk.zoom)]
        found, numbers, parts = _layers(self.group, works), dict[bytes, int](), list[Part]()
        mine: list[int] = []
        for layers in found.values():
            digest = digest_of(b"".join(layers))
            number = numbers.setdefault(digest, len(parts))
            if number == len(parts):
                parts.append(part(layers, digest))
            mine.append(number)
        places = np.array(list(found), dtype=np.int64).reshape(-1, 2)
        head = np.tile(np.array([SETS.index(chunk.tms), chunk.zoom]), (len(places), 1))
        return Encoded(self.group, np.hstack([head, places]), np.array(mine, dtype=np.int64), part_rows(parts))

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_last": (("", -1), [])}

    def _sorted(self, tms: str, zoom: int, drawn: Lines, tolerance: float) -> tuple[I64, Cells, I64]:
        """The segments of a zoom, which cells they are in, and the tiles to encode with their cells."""
        found = segments(drawn, zoom, tolerance)
        sorted_ = cells(found, BUFFER)
        return found, sorted_, sorted_.tiles() if self._wanted is None else sorted_.among(self._asked(tms, zoom))

    def _asked(self, tms: str, zoom: int) -> I64:
        """The wanted tiles of a zoom, row by row."""
        asked = (self._wanted or {})[tms, zoom]
        return asked[np.lexsort(asked.T)]


def _cut(kinds: Sequence[_Kind]) -> Iterator[tuple[int, int, int]]:
    """The tiles of a zoom in chunks, cut between rows of tiles: first and last row of each, and how many tiles."""
    if kinds:
        rows, counts = np.unique(np.concatenate([kind.tiles[:, 1] for kind in kinds]), return_counts=True)
        chunk = (np.cumsum(counts) - 1) // _CHUNK
        for number in np.unique(chunk).tolist():
            mine = rows[chunk == number]
            yield int(mine[0]), int(mine[-1]), int(counts[chunk == number].sum())


def _layers(group: int, works: Sequence[Work]) -> dict[tuple[int, int], list[bytes]]:
    """By column and row the bytes of each layer of a group, of the tiles that hold anything."""
    names = GROUPS[group]
    made: dict[tuple[int, int], list[bytes]] = {}
    for places, work in works:
        tiles = [made.setdefault((x, y), [b""] * len(names)) for x, y in places.tolist()]
        for name, data, ends in work():
            layer, whole, first = names.index(name), data.tobytes(), 0
            for tile, last in zip(tiles, ends.tolist(), strict=True):
                tile[layer] = whole[first:last]
                first = last
    return {place: layers for place, layers in made.items() if any(layers)}


class GridSource(_Source):
    """Levels, borders and labels."""

    group = _GRIDS

    def __init__(self, grids: Grids, wanted: Wanted | None = None) -> None:
        super().__init__(wanted)
        self._grids = grids
        self._lines = {tms: lines(grids.arcs, tms) for tms in SETS}
        self._points = {tms: to_units(tms, MAX_ZOOM, grids.points) for tms in SETS}

    def _kinds(self, tms: str, zoom: int) -> list[_Kind]:
        deepest = deepest_level(ground_zoom(tms, zoom))
        return [self._coverage(tms, zoom, deepest), self._labels(tms, zoom, deepest)]

    def _coverage(self, tms: str, zoom: int, deepest: int) -> _Kind:
        found, sorted_, tiles = self._sorted(tms, zoom, self._lines[tms], tolerance(zoom))

        def layers(first: int, last: int) -> list[Layer]:
            names = (*AREAS, "borders")
            return coverage_layers(found, sorted_, tiles[first:last], self._grids.table, names, deepest)

        return _Kind(tiles, layers)

    def _labels(self, tms: str, zoom: int, deepest: int) -> _Kind:
        """Labels: each in the one tile that its point is in."""
        units = np.floor(self._points[tms] / (1 << (MAX_ZOOM - zoom))).astype(np.int64)
        rows = np.flatnonzero(self._grids.levels <= deepest)
        if self._wanted is not None:
            asked = {(x, y) for x, y in self._asked(tms, zoom).tolist()}
            rows = rows[np.array([(x, y) in asked for x, y in (units[rows] >> 12).tolist()], dtype=bool)]
        rows = rows[np.lexsort((units[rows] >> 12).T)]
        tiles, counts = _runs(units[rows] >> 12)
        starts = np.concatenate([[0], np.cumsum(counts)])
        labels = self._grids.labels

        def layers(first: int, last: int) -> list[Layer]:
            mine, ends = rows[starts[first] : starts[last]], starts[first : last + 1] - starts[first]
            return [("labels", *point_tiles(units[mine] % EXTENT, mine, ends, labels, frame_of("labels")))]

        return _Kind(tiles, layers)


class UnitSource(_Source):
    """Neighbour units."""

    group = _UNITS

    def __init__(self, units: Units, wanted: Wanted | None = None) -> None:
        super().__init__(wanted)
        self._units = units
        self._lines = {tms: self._near(tms) for tms in SETS}

    def _near(self, tms: str) -> tuple[Lines, Table] | None:
        """The units that the wanted tiles may show, None if there are none."""
        if self._wanted is None:
            found, table = arcs(self._units.geoms), self._units.table
        else:
            found, table = near(self._units, _frames(self._wanted, tms))
        return (lines(found, tms), table) if found.left.size else None

    def _kinds(self, tms: str, zoom: int) -> list[_Kind]:
        drawn = self._lines[tms] if ground_zoom(tms, zoom) >= UNITS_FROM else None
        if drawn is None:
            return []
        found, sorted_, tiles = self._sorted(tms, zoom, drawn[0], UNIT_TOLERANCE)

        def layers(first: int, last: int) -> list[Layer]:
            faces = arranged(found, sorted_.starts, sorted_.items, sorted_.background, tiles[first:last])
            return [("units", *areas(faces, drawn[1], 0, frame_of("units")))]

        return [_Kind(tiles, layers)]


def units_box(wanted: Wanted | None) -> F64 | None:
    """(4,) box, degrees, of the units that wanted tiles may show; None for all."""
    frames = None if wanted is None else np.concatenate([_frames(wanted, tms) for tms in SETS])
    return None if frames is None or not len(frames) else np.r_[frames[:, :2].min(axis=0), frames[:, 2:].max(axis=0)]


def _frames(wanted: Wanted, tms: str) -> F64:
    """(b, 4) what the wanted tiles of the first zoom with units must search, degrees."""
    first = next(zoom for zoom in range(MAX_ZOOM + 1) if ground_zoom(tms, zoom) >= UNITS_FROM)
    frames = [frame(tms, first, x, y) for x, y in wanted[tms, first].tolist()]
    return np.array([(f.west, f.south, f.east, f.north) for f in frames], dtype=np.float64).reshape(-1, 4)


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
