"""The kernel of local updates: bands that did not change are copied with new numbers, the others are put between."""

from typing import Any

import numpy as np

from gis.index.jit import kernel, part
from gis.index.raster import AREA, LIST


@part
def _renumbered(value: int, polygons: Any, shift: Any, faces: Any, lists: int) -> int:
    """A cell's value with new numbers of polygons and rows, lists moved by ``lists``."""
    if value >= -1:
        return polygons[value] if value >= 0 else -1
    form, payload = (-2 - value) & 3, (-2 - value) >> 2
    payload += lists if form == LIST else shift[faces[payload, 0]]
    return -2 - (4 * payload + form)


@part
def _copy_lists(lists: Any, begin: int, end: int, polygons: Any, shift: Any, faces: Any, out: Any, to: int) -> None:
    place = begin
    while place < end:
        left = lists[place]
        out[to + place - begin] = left
        place += 1
        while left > 0:
            head, count = lists[place], lists[place + 1]
            out[to + place - begin] = 2 * polygons[head >> 1] + (head & 1)
            out[to + place + 1 - begin] = count
            for k in range(place + 2, place + 2 + count):
                e = lists[k]
                out[to + k - begin] = e + shift[faces[e, 0]]
            place += 2 + count
            left -= 1


@part
def _band_size(band: int, number: Any, old: Any, new: Any) -> int:
    place = number[band]
    return old[band + 1] - old[band] if place < 0 else new[place + 1] - new[place]


_RASTER = "Tuple((int32[:, ::1], int32[::1], int32[::1], int32[::1], int32[::1]))"


@kernel(f"{_RASTER}({_RASTER}, {_RASTER}, int32[::1], int32[::1], int32[::1], int32[:, ::1])")
def splice(old: Any, new: Any, number: Any, polygons: Any, shift: Any, faces: Any) -> Any:
    """One raster of the bands of two.

    Parameters
    ----------
    old
        As `gis.index.raster.build` returned it.
    new
        The same of the bands that changed.
    number
        Place of each band in ``new``, −1 for those to be copied from ``old``.
    polygons, shift
        New number of each old polygon that has cells or edges in the bands to be copied, and by how much its
        rows moved.
    faces
        Of the old rows.
    """
    bands = number.size
    band_blocks, band_lists = np.zeros(bands + 1, dtype=np.int32), np.zeros(bands + 1, dtype=np.int32)
    for band in range(bands):
        band_blocks[band + 1] = band_blocks[band] + _band_size(band, number, old[3], new[3])
        band_lists[band + 1] = band_lists[band] + _band_size(band, number, old[4], new[4])
    coarse = np.empty((bands, old[0].shape[1]), dtype=np.int32)
    blocks, lists = np.empty(AREA * band_blocks[bands], dtype=np.int32), np.empty(band_lists[bands], dtype=np.int32)
    for band in range(bands):
        place = number[band]
        source, where = (old, np.int64(band)) if place < 0 else (new, np.int64(place))
        moved = band_blocks[band] - source[3][where]
        later = band_lists[band] - source[4][where]
        for column in range(coarse.shape[1]):
            value = source[0][where, column]
            if value < -1:
                coarse[band, column] = value - moved
            else:
                coarse[band, column] = polygons[value] if place < 0 and value >= 0 else value
        begin, to = AREA * source[3][where], AREA * band_blocks[band]
        for k in range(AREA * (source[3][where + 1] - source[3][where])):
            value = source[1][begin + k]
            if place < 0:
                blocks[to + k] = _renumbered(np.int64(value), polygons, shift, faces, later)
            else:
                is_list = value < -1 and (-2 - value) & 3 == LIST
                blocks[to + k] = value - 4 * later if is_list else value
        begin, end, to = source[4][where], source[4][where + 1], np.int64(band_lists[band])
        if place < 0:
            _copy_lists(source[2], begin, end, polygons, shift, faces, lists, to)
        else:
            for k in range(end - begin):
                lists[to + k] = source[2][begin + k]
    return coarse, blocks, lists, band_blocks, band_lists
