"""The kernel of local updates: bands that did not change are copied with new numbers, the others are put between."""

from typing import Any

import numpy as np
from numba import int32, types

from gis.index.jit import INTEGERS, Whole, given, kernel, part
from gis.index.layout import AREA, LIST


@part
def _copy_lists(
    lists: Any, begin: Whole, end: Whole, polygons: Any, shift: Any, faces: Any, out: Any, to: Whole
) -> None:
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
def _band_size(band: Whole, number: Any, old: Any, new: Any) -> Whole:
    place = number[band]
    return old[band + 1] - old[band] if place < 0 else new[place + 1] - new[place]


@part
def _copy_band(source: Any, band: Whole, polygons: Any, shift: Any, faces: Any, out: Any, to: Any) -> None:
    """Copy an old band with new numbers to row, block and list ``to`` of ``out``."""
    coarse, blocks, lists, band_blocks, band_lists = source
    row, block, first = to
    row_out, blocks_out, lists_out = out[0][row], out[1][AREA * block :], out[2]
    moved, later = block - band_blocks[band], first - band_lists[band]
    for column in range(coarse.shape[1]):
        value = coarse[band, column]
        row_out[column] = value - moved if value < -1 else (polygons[value] if value >= 0 else -1)
    for k in range(AREA * band_blocks[band], AREA * band_blocks[band + 1]):
        value = blocks[k]
        if value >= 0:
            value = polygons[value]
        elif value < -1:
            form, payload = (-2 - value) & 3, (-2 - value) >> 2
            payload += later if form == LIST else shift[faces[payload, 0]]
            value = -2 - (4 * payload + form)
        blocks_out[k - AREA * band_blocks[band]] = value
    _copy_lists(lists, band_lists[band], band_lists[band + 1], polygons, shift, faces, lists_out, first)


@part
def _move_band(source: Any, band: Whole, out: Any, to: Any) -> None:
    """Copy a new band, which has new numbers, to row, block and list ``to`` of ``out``."""
    coarse, blocks, lists, band_blocks, band_lists = source
    row, block, first = to
    row_out, blocks_out, lists_out = out[0][row], out[1][AREA * block :], out[2]
    moved, later = block - band_blocks[band], first - band_lists[band]
    for column in range(coarse.shape[1]):
        value = coarse[band, column]
        row_out[column] = value - moved if value < -1 else value
    begin = AREA * band_blocks[band]
    for k in range(AREA * (band_blocks[band + 1] - band_blocks[band])):
        value = blocks[begin + k]
        blocks_out[k] = value - 4 * later if value < -1 and (-2 - value) & 3 == LIST else value
    for k in range(band_lists[band], band_lists[band + 1]):
        lists_out[first + k - band_lists[band]] = lists[k]


_TABLE = given(int32, 2)
_READ = types.Tuple((_TABLE, INTEGERS, INTEGERS, INTEGERS, INTEGERS))
_WRITTEN = types.Tuple((int32[:, ::1], int32[::1], int32[::1], int32[::1], int32[::1]))


@kernel(_WRITTEN(_READ, _READ, INTEGERS, INTEGERS, INTEGERS, _TABLE))
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
    out = coarse, blocks, lists
    for band in range(bands):
        to = band, np.int64(band_blocks[band]), np.int64(band_lists[band])
        if number[band] < 0:
            _copy_band(old, band, polygons, shift, faces, out, to)
        else:
            _move_band(new, np.int64(number[band]), out, to)
    return coarse, blocks, lists, band_blocks, band_lists
