"""Building an index from polygons, and bringing one up to date after a few of them changed."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.arrays import F64, I32, I64, Bools, Texts, ragged
from gis.index import match, raster
from gis.index.buffer import Parts
from gis.index.layout import AREA, SIDE
from gis.index.rings import chunked, explode

_CELLS = 24  # cells a row of vertices, at most
_FINEST = 40  # cells of 2^-40 degrees: their numbers still are exact doubles
_COARSEST = -7
_RASTER = ("coarse", "blocks", "lists", "band_blocks", "band_lists")


def build(codes: Texts, polygons: NDArray[Any]) -> Parts:
    """Build an index.

    Parameters
    ----------
    codes, polygons
        (N,) ascending codes and their shapely polygons, degrees.

    Raises
    ------
    InvalidInput
        As of `gis.index.rings.explode`.
    """
    return _of_rows(codes, *explode(polygons))


def _of_rows(codes: Texts, xy: F64, owner: I32, first: I32) -> Parts:
    chunk, boxes, chunk_boxes = chunked(xy, owner, first)
    faces, kind = _unmatched(owner)
    rows = np.arange(len(xy), dtype=np.int32)
    match.match(xy, xy.view(np.int64), rows, faces, kind)
    scale, grid = _frame(boxes, len(xy))
    bands = np.arange(grid[3], dtype=np.int32)
    coarse, *rest = raster.build(xy, faces, kind, rows, bands, grid, scale)
    cells = dict(zip(_RASTER, (_framed(coarse), *rest), strict=True))
    return Parts(codes, first, chunk, boxes, chunk_boxes, xy, faces, kind, **cells, scale=scale, grid=grid)


def update(old: Parts, codes: Texts, polygons: NDArray[Any], gone: Texts) -> Parts:
    """The index after some polygons changed: the same arrays that `build` would make of all polygons.

    Only the bands that changed polygons touch or touched are built, unless the raster moves with the bounds.

    Parameters
    ----------
    codes, polygons
        (n,) ascending codes, new ones or of the index, with their new polygons.
    gone
        Codes of the index whose polygons exist no more.

    Raises
    ------
    InvalidInput
        As of `gis.index.rings.explode`.
    """
    from gis.index.splice import splice

    merged, kept, polygons_to = _renumbered(old.codes, codes, gone)
    mine = np.searchsorted(merged, codes).astype(np.int32)
    parts = _joined(old, explode(polygons), merged, kept, polygons_to, mine)
    xy, faces, kind, first = parts.xy, parts.faces, parts.kind, parts.first
    if parts.scale != old.scale or not np.array_equal(parts.grid, old.grid):
        return _of_rows(merged, xy, faces[:, 0].copy(), first)
    changed = _bands(np.concatenate([old.boxes[~kept], parts.boxes[mine]]), old.scale, old.grid)
    rows = _rows_in(changed, parts)
    match.match(xy, xy.view(np.int64), rows, faces, kind)
    bands = np.flatnonzero(changed).astype(np.int32)
    new = raster.build(xy, faces, kind, rows, bands, old.grid, old.scale)
    number = np.where(changed, np.cumsum(changed) - 1, -1).astype(np.int32)
    before = np.ascontiguousarray(old.coarse[1:-1, 1:-1]), old.blocks, old.lists, old.band_blocks, old.band_lists
    shift = np.where(kept, first[polygons_to] - old.first[:-1], 0).astype(np.int32)
    coarse, *rest = splice(before, new, number, polygons_to, shift, old.faces)
    return replace(parts, **dict(zip(_RASTER, (_framed(coarse), *rest), strict=True)))


def _frame(boxes: F64, rows: int) -> tuple[float, I64]:
    """Cells a degree, and first column and row of cells, number of blocks in a row, number of bands."""
    if not len(boxes):
        return 1.0, np.zeros(4, dtype=np.int64)
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    finer = _FINEST
    while True:
        scale = 2.0**finer
        begin, end = np.floor(low * scale), np.floor(high * scale)
        size = (end - begin) // SIDE + 1
        if finer == _COARSEST or AREA * size.prod() <= _CELLS * rows:
            break
        finer -= 1
    return scale, np.concatenate([begin, size]).astype(np.int64)


def _framed(coarse: I32) -> I32:
    """The blocks with a frame of outside, for the points beyond."""
    found = np.full((coarse.shape[0] + 2, coarse.shape[1] + 2), -1, dtype=np.int32)
    found[1:-1, 1:-1] = coarse
    return found


def _renumbered(old: Texts, codes: Texts, gone: Texts) -> tuple[Texts, Bools, I32]:
    """All codes, which of the old ones did not change, and where each old one is now."""
    place = np.searchsorted(old, codes)
    known = place < old.size
    known[known] = old[place[known]] == codes[known]
    stays = np.ones(old.size, dtype=np.bool_)
    stays[np.searchsorted(old, gone)] = False
    kept = stays.copy()
    kept[place[known]] = False
    before = np.searchsorted(place[~known], np.arange(old.size), side="right")
    merged = old if known.all() and stays.all() else np.sort(np.concatenate([old[stays], codes[~known]]))
    return merged, kept, (np.cumsum(stays) - 1 + before).clip(0).astype(np.int32)


def _joined(old: Parts, changed: tuple[F64, I32, I32], codes: Texts, kept: Bools, polygons_to: I32, mine: I32) -> Parts:
    """The rows and boxes of all polygons, kept and changed, with the raster as it was."""
    xy, owner, first = changed
    chunk, boxes, chunk_boxes = chunked(xy, owner, first)
    faces, kind = _unmatched(np.where(owner >= 0, mine[owner], -1).astype(np.int32))
    old_faces = old.faces
    if not np.array_equal(polygons_to[kept], np.flatnonzero(kept)):  # grids came or went: others have new numbers
        old_faces = np.append(np.where(kept, polygons_to, -1), -1).astype(np.int32)[old.faces]
    origin = np.empty(codes.size, dtype=np.int64)  # number of the polygon, those that changed after the old ones
    origin[polygons_to[kept]], origin[mine] = np.flatnonzero(kept), old.codes.size + np.arange(mine.size)
    begin = np.flatnonzero(np.diff(origin, prepend=-2) != 1)
    end = origin[np.append(begin[1:], origin.size) - 1] + 1 if origin.size else begin
    runs = np.column_stack([origin[begin], end])
    runs = runs[runs[:, 0] < runs[:, 1]]

    def merged(ours: NDArray[Any], theirs: NDArray[Any], bounds: tuple[I32, I32] | None) -> NDArray[Any]:
        count = old.codes.size
        pieces: list[NDArray[Any]] = []
        for start, stop in runs.tolist():
            for values, offset, k in ((ours, 0, 0), (theirs, count, 1)):
                low, high = max(start - offset, 0), min(stop - offset, count if k == 0 else mine.size)
                if low < high:
                    pieces.append(values[low:high] if bounds is None else values[bounds[k][low] : bounds[k][high]])
        return np.concatenate([ours[:0], *pieces])

    rows, chunks = (old.first, first), (old.chunk, chunk)
    all_boxes, all_xy = merged(old.boxes, boxes, None), merged(old.xy, xy, rows)
    scale, grid = _frame(all_boxes, len(all_xy))
    return replace(
        old,
        codes=codes,
        first=_summed(merged(np.diff(old.first), np.diff(first), None)),
        chunk=_summed(merged(np.diff(old.chunk), np.diff(chunk), None)),
        boxes=all_boxes,
        chunk_boxes=merged(old.chunk_boxes, chunk_boxes, chunks),
        xy=all_xy,
        faces=merged(old_faces, faces, rows),
        kind=merged(old.kind, kind, rows),
        scale=scale,
        grid=grid,
    )


def _summed(counts: I32) -> I32:
    return np.append(0, np.cumsum(counts)).astype(np.int32)


def _unmatched(owner: I32) -> tuple[I32, NDArray[np.uint8]]:
    """Faces and kinds of rows before they are matched."""
    return np.column_stack([owner, np.full_like(owner, -1)]), np.full(owner.size, match.CLOSER, dtype=np.uint8)


def _bands(boxes: F64, scale: float, grid: I64) -> Bools:
    """The bands that boxes touch."""
    changed = np.zeros(grid[3] + 1, dtype=np.int64)
    first, last = _band_span(boxes[:, 1], boxes[:, 3], scale, grid)
    np.add.at(changed, first, 1)
    np.add.at(changed, last + 1, -1)
    return np.cumsum(changed)[:-1] > 0


def _band_span(low: F64, high: F64, scale: float, grid: I64) -> tuple[I64, I64]:
    first = (np.ceil(low * scale).astype(np.int64) - 1 - grid[1]) // SIDE
    last = (np.floor(high * scale).astype(np.int64) - grid[1]) // SIDE
    return first.clip(0, grid[3] - 1), last.clip(0, grid[3] - 1)


def _rows_in(changed: Bools, parts: Parts) -> I32:
    """The rows whose edges touch a changed band."""
    boxes, first, xy = parts.boxes, parts.first.astype(np.int64), parts.xy
    before = np.append(0, np.cumsum(changed))
    begin, end = _band_span(boxes[:, 1], boxes[:, 3], parts.scale, parts.grid)
    polygons = np.flatnonzero(before[end + 1] > before[begin])
    _, rows = ragged(first[polygons], np.diff(first)[polygons])
    rows = rows[parts.faces[rows, 0] >= 0]
    low, high = np.minimum(xy[rows, 1], xy[rows + 1, 1]), np.maximum(xy[rows, 1], xy[rows + 1, 1])
    begin, end = _band_span(low, high, parts.scale, parts.grid)
    return rows[before[end + 1] > before[begin]].astype(np.int32)
