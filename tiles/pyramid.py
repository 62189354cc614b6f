"""Encodes the tiles of an edition: every one, or those that a change may touch. The same tile is the same bytes."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from gis.arrays import I64
from tiles.arcs import Cells, Lines, arcs, cells, lines, segments
from tiles.encode import Table, areas, arranged, borders, point_tiles
from tiles.features import LEVELS, Grids, Units, near
from tiles.layers import LAYERS, STORED, UNITS_FROM, deepest_level
from tiles.matrix import BUFFER, EXTENT, MAX_ZOOM, frame, ground_zoom, to_units
from tiles.mvt import Bytes, Frame, layer_frame
from tiles.parts import Part, digest_of, part
from tiles.store import SETS, Encoded, joined

TOLERANCE = 4.0
"""Tile units: half a pixel of a tile drawn at 512 px (4096 units); triangles below its square are dropped."""
UNIT_TOLERANCE = 1.0
"""For units, whose corners on a grid's border their neighbours beyond it do not have."""
THREADS = 2
AREAS = tuple(f"level{level}" for level in LEVELS)
"""Names of the layers of areas, in the order of the rows of `Grids.table`."""
_CHUNK = 1500  # tiles encoded in one go

Wanted = dict[tuple[str, int], I64] | None
"""By tile matrix set and zoom (t, 2) columns and rows of the tiles to encode; None for all that hold anything."""
Layer = tuple[str, Bytes, I64]
"""A layer's name, its bytes of one tile after another, and where each tile's end."""
Job = tuple[I64, Callable[[], list[Layer]]]
"""(t, 2) columns and rows of tiles, and what encodes layers of them."""


@dataclass
class _Sheet:
    """The tiles of one zoom: by column and row the digest of each stored layer."""

    tms: int
    zoom: int
    rows: dict[tuple[int, int], list[bytes]] = field(default_factory=dict[tuple[int, int], list[bytes]])
    jobs: list[tuple[I64, Future[dict[str, list[bytes]]]]] = field(
        default_factory=list[tuple[I64, "Future[dict[str, list[bytes]]]"]]
    )

    def finish(self) -> None:
        """Gather what the jobs made."""
        for places, job in self.jobs:
            for name, digests in job.result().items():
                layer = STORED.index(name)
                for (x, y), digest in zip(places.tolist(), digests, strict=True):
                    self.rows.setdefault((x, y), [b""] * len(STORED))[layer] = digest
        self.jobs.clear()

    def places(self) -> I64:
        """(t, 4) number of the set, zoom, column, row."""
        return np.array([(self.tms, self.zoom, x, y) for x, y in self.rows], dtype=np.int64).reshape(-1, 4)


def encode(
    grids: Grids, units: Units, wanted: Wanted = None, progress: Callable[[float], None] | None = None
) -> Encoded:
    """Encode the wanted tiles of all zooms in both tile matrix sets, on two threads.

    Tiles that are wanted and hold nothing come out with empty layers. ``progress`` is told the share of zooms done.
    """
    sheets: list[_Sheet] = []
    parts: dict[bytes, Part] = {}
    with ThreadPoolExecutor(THREADS) as threads:
        for number, tms in enumerate(SETS):
            source = _Source(tms, grids, units, wanted)
            for zoom in range(MAX_ZOOM, -1, -1):
                sheet = _Sheet(number, zoom)
                for places, work in source.jobs(zoom):
                    sheet.jobs.append((places, threads.submit(_packed, work, parts)))
                sheets.append(sheet)
        for done, sheet in enumerate(sheets, 1):
            sheet.finish()
            if progress is not None:
                progress(done / len(sheets))
    places = joined([sheet.places() for sheet in sheets])
    return Encoded(places, [row for sheet in sheets for row in sheet.rows.values()], parts)


def _packed(work: Callable[[], list[Layer]], parts: dict[bytes, Part]) -> dict[str, list[bytes]]:
    """Do a job and compress what nobody has made before; the digests of each layer, tile by tile."""
    found: dict[str, list[bytes]] = {}
    for name, data, ends in work():
        whole, first = data.tobytes(), 0
        digests = found[name] = []
        for last in ends.tolist():
            digest = b""
            if last > first:
                layer = whole[first:last]
                digest = digest_of(layer)
                if digest not in parts:
                    parts[digest] = part(layer, digest)
            digests.append(digest)
            first = last
    return found


class _Source:
    """What the tiles of one tile matrix set are made from."""

    def __init__(self, tms: str, grids: Grids, units: Units, wanted: Wanted) -> None:
        self._tms, self._grids, self._wanted = tms, grids, wanted
        self._lines = lines(grids.arcs, tms)
        self._points = to_units(tms, MAX_ZOOM, grids.points)
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

    def jobs(self, zoom: int) -> Iterator[Job]:
        """All that there is to encode at a zoom."""
        ground = ground_zoom(self._tms, zoom)
        deepest = deepest_level(ground)
        yield from self._coverage(zoom, deepest)
        if ground >= UNITS_FROM and self._units is not None:
            yield from self._unit_jobs(zoom, *self._units)
        yield from self._label_jobs(zoom, deepest)

    def _coverage(self, zoom: int, deepest: int) -> Iterator[Job]:
        def layers(found: I64, sorted_: Cells, tiles: I64) -> list[Layer]:
            return coverage_layers(found, sorted_, tiles, self._grids.table, (*AREAS, "borders"), deepest)

        yield from self._area_jobs(zoom, self._lines, TOLERANCE, layers)

    def _unit_jobs(self, zoom: int, drawn: Lines, table: Table) -> Iterator[Job]:
        def layers(found: I64, sorted_: Cells, tiles: I64) -> list[Layer]:
            faces = arranged(found, sorted_.starts, sorted_.items, sorted_.background, tiles)
            return [("units", *areas(faces, table, 0, frame_of("units")))]

        yield from self._area_jobs(zoom, drawn, UNIT_TOLERANCE, layers)

    def _area_jobs(
        self, zoom: int, drawn: Lines, tolerance: float, layers: Callable[[I64, Cells, I64], list[Layer]]
    ) -> Iterator[Job]:
        found = segments(drawn, zoom, tolerance)
        sorted_ = cells(found, BUFFER)
        tiles = sorted_.tiles() if self._wanted is None else sorted_.among(self._wanted[self._tms, zoom])
        for first in range(0, len(tiles), _CHUNK):
            chunk = np.ascontiguousarray(tiles[first : first + _CHUNK])
            yield chunk[:, :2], lambda chunk=chunk: layers(found, sorted_, chunk)

    def _label_jobs(self, zoom: int, deepest: int) -> Iterator[Job]:
        """Labels: each in the one tile that its point is in."""
        units = np.floor(self._points / (1 << (MAX_ZOOM - zoom))).astype(np.int64)
        rows = np.flatnonzero(self._grids.levels <= deepest)
        tiles, tile = np.unique(units[rows] >> 12, axis=0, return_inverse=True)
        if self._wanted is not None:
            asked = {(x, y) for x, y in self._wanted[self._tms, zoom].tolist()}
            chosen = np.array([(x, y) in asked for x, y in tiles.tolist()], dtype=bool)
            rows, tile = rows[chosen[tile]], (np.cumsum(chosen) - 1)[tile[chosen[tile]]]
            tiles = tiles[chosen]
        order = np.argsort(tile, kind="stable")
        rows, starts = rows[order], np.searchsorted(tile[order], np.arange(len(tiles) + 1))
        labels = self._grids.labels

        def layers() -> list[Layer]:
            return [("labels", *point_tiles(units[rows] % EXTENT, rows, starts, labels, frame_of("labels")))]

        if len(tiles):
            yield tiles, layers


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
