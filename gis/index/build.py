"""Building an index from polygons, and bringing one up to date after a few of them changed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.arrays import F64, I32, I64, Bools, Texts, ragged
from gis.index import raster
from gis.index.buffer import Parts
from gis.index.rings import chunked, explode

_CELLS = 24  # cells a row of vertices, at most
_FINEST = 40  # cells of 2^-40 degrees: their numbers still are exact doubles
_COARSEST = -7


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
    faces, kind = np.empty((len(xy), 2), dtype=np.int32), np.empty(len(xy), dtype=np.uint8)
    rows = np.arange(len(xy), dtype=np.int32)
    raster.match(xy, xy.view(np.int64), owner, rows, faces, kind)
    scale, grid = _frame(boxes, len(xy))
    bands = np.arange(grid[3], dtype=np.int32)
    coarse, *rest = raster.build(xy, faces, kind, rows, bands, grid, scale)
    return Parts(codes, first, chunk, boxes, chunk_boxes, xy, faces, kind, _framed(coarse), *rest, scale, grid)


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

    kept = ~np.isin(old.codes, np.concatenate([codes, gone]))
    merged = np.sort(np.concatenate([old.codes[kept], codes]))
    polygons_to = np.searchsorted(merged, old.codes).astype(np.int32)
    mine = np.searchsorted(merged, codes)
    xy, owner, first, moved = _merged_rows(old, kept, polygons_to, mine, explode(polygons), merged.size)
    chunk, boxes, chunk_boxes = chunked(xy, owner, first)
    scale, grid = _frame(boxes, len(xy))
    if scale != old.scale or not np.array_equal(grid, old.grid):
        return _of_rows(merged, xy, owner, first)
    changed = _bands(np.concatenate([old.boxes[~kept], boxes[mine]]), scale, grid)
    faces, kind = _known_faces(old, kept, polygons_to, moved, len(xy))
    rows = _rows_in(changed, xy, owner, boxes, first, scale, grid)
    raster.match(xy, xy.view(np.int64), owner, rows, faces, kind)
    bands = np.flatnonzero(changed).astype(np.int32)
    number = np.where(changed, np.cumsum(changed) - 1, -1).astype(np.int32)
    new = raster.build(xy, faces, kind, rows, bands, grid, scale)
    before = np.ascontiguousarray(old.coarse[1:-1, 1:-1]), old.blocks, old.lists, old.band_blocks, old.band_lists
    shift = np.where(kept, first[np.minimum(polygons_to, merged.size)] - old.first[:-1], 0).astype(np.int32)
    coarse, *rest = splice(before, new, number, polygons_to, shift, old.faces)
    return Parts(merged, first, chunk, boxes, chunk_boxes, xy, faces, kind, _framed(coarse), *rest, scale, grid)


def _frame(boxes: F64, rows: int) -> tuple[float, I64]:
    """Cells a degree, and first column and row of cells, number of blocks in a row, number of bands."""
    if not len(boxes):
        return 1.0, np.zeros(4, dtype=np.int64)
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    for finer in range(_FINEST, _COARSEST, -1):
        scale = 2.0**finer
        begin, end = np.floor(low * scale), np.floor(high * scale)
        size = (end - begin) // raster.SIDE + 1
        if raster.AREA * size.prod() <= _CELLS * rows:
            break
    return scale, np.concatenate([begin, size]).astype(np.int64)


def _framed(coarse: I32) -> I32:
    """The blocks with a frame of outside, for the points beyond."""
    found = np.full((coarse.shape[0] + 2, coarse.shape[1] + 2), -1, dtype=np.int32)
    found[1:-1, 1:-1] = coarse
    return found


def _merged_rows(
    old: Parts, kept: Bools, polygons_to: I32, mine: I64, changed: tuple[F64, I32, I32], count: int
) -> tuple[F64, I32, I32, tuple[I64, I64]]:
    """Rows of all polygons, of the index and new; and which old rows moved where."""
    new_xy, new_owner, new_first = changed
    start, size = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    start[polygons_to[kept]], size[polygons_to[kept]] = old.first[:-1][kept], np.diff(old.first)[kept]
    start[mine], size[mine] = new_first[:-1] + len(old.xy), np.diff(new_first)
    polygon, source = ragged(start, size)
    first = np.append(0, np.cumsum(size)).astype(np.int32)
    ends = np.concatenate([old.kind == raster.CLOSER, new_owner < 0])[source]
    owner = np.where(ends, -1, polygon).astype(np.int32)
    unchanged = source < len(old.xy)
    return np.concatenate([old.xy, new_xy])[source], owner, first, (source[unchanged], np.flatnonzero(unchanged))


def _known_faces(
    old: Parts, kept: Bools, polygons_to: I32, moved: tuple[I64, I64], rows: int
) -> tuple[I32, NDArray[np.uint8]]:
    """Faces and kinds of the rows that did not change, as they were: those beside changed ones are matched again."""
    names = np.append(np.where(kept, polygons_to, -1), -1).astype(np.int32)
    faces, kind = np.full((rows, 2), -1, dtype=np.int32), np.full(rows, raster.CLOSER, dtype=np.uint8)
    source, to = moved
    faces[to], kind[to] = names[old.faces[source]], old.kind[source]
    return faces, kind


def _bands(boxes: F64, scale: float, grid: I64) -> Bools:
    """The bands that boxes touch."""
    changed = np.zeros(grid[3] + 1, dtype=np.int64)
    first, last = _band_span(boxes[:, 1], boxes[:, 3], scale, grid)
    np.add.at(changed, first, 1)
    np.add.at(changed, last + 1, -1)
    return np.cumsum(changed)[:-1] > 0


def _band_span(low: F64, high: F64, scale: float, grid: I64) -> tuple[I64, I64]:
    first = (np.ceil(low * scale).astype(np.int64) - 1 - grid[1]) // raster.SIDE
    last = (np.floor(high * scale).astype(np.int64) - grid[1]) // raster.SIDE
    return first.clip(0, grid[3] - 1), last.clip(0, grid[3] - 1)


def _rows_in(changed: Bools, xy: F64, owner: I32, boxes: F64, first: I32, scale: float, grid: I64) -> I32:
    """The rows whose edges touch a changed band."""
    before = np.append(0, np.cumsum(changed))
    begin, end = _band_span(boxes[:, 1], boxes[:, 3], scale, grid)
    polygons = np.flatnonzero(before[end + 1] > before[begin])
    _, rows = ragged(first[polygons].astype(np.int64), np.diff(first)[polygons].astype(np.int64))
    rows = rows[owner[rows] >= 0]
    begin, end = _band_span(
        np.minimum(xy[rows, 1], xy[rows + 1, 1]), np.maximum(xy[rows, 1], xy[rows + 1, 1]), scale, grid
    )
    return rows[before[end + 1] > before[begin]].astype(np.int32)
