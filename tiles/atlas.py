"""An edition's stored tiles in a file that every worker maps into memory: a tile is found in microseconds.

The file holds the rows of `tiles.store` by place and the parts by number, as arrays; the workers share its pages. Its
name tells the edition and the build that it was made from, so a file is never out of date: it is another one's. An edition
that differs little from an earlier one has a small file on top of that one's.
"""

import mmap
import os
import struct
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.layers import GROUPS, by_group
from tiles.parts import Packed, Part, packed
from tiles.store import SETS

SUFFIX = ".tiles"
_MAGIC = b"wangge-tiles-2\n\0"
_HEAD = struct.Struct("<16sQQQ")
_WIDE = len(GROUPS)
_LAYERS = max(map(len, GROUPS))
_LOW = np.uint64(2**18 - 1)


@dataclass(frozen=True)
class Contents:
    """What a file holds.

    Attributes
    ----------
    keys : (t,) uint64, ascending; the place of each tile, see `key_of`.
    parts : (t, groups) int32, number of each group's part, 0 for none.
    numbers : (p,) int32, ascending; the numbers of the parts.
    crc : (p,) uint32, checksum of a part before compression.
    sizes : (p, 7) uint32, bytes of each of its layers before compression.
    start, length : (p,) uint64; where a part begins in the blob, and its bytes there.
    digests : (p, 16) uint8.
    blob : pieces of bytes, the compressed parts one after another in any order.
    """

    keys: NDArray[np.uint64]
    parts: NDArray[np.int32]
    numbers: NDArray[np.int32]
    crc: NDArray[np.uint32]
    sizes: NDArray[np.uint32]
    start: NDArray[np.uint64]
    length: NDArray[np.uint64]
    digests: NDArray[np.uint8]
    blob: Sequence[bytes | memoryview]


def key_of(tms: int, z: int, x: int, y: int) -> int:
    """The number of a place; tiles are sorted by tile matrix set, zoom, column, row."""
    return (tms * 32 + z << 36) + (x << 18) + y


def places_of(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """(k, 4) number of the tile matrix set, zoom, column, row of tiles by their keys."""
    level, column, row = keys >> np.uint64(36), (keys >> np.uint64(18)) & _LOW, keys & _LOW
    return np.stack([level // np.uint64(32), level % np.uint64(32), column, row], axis=1).astype(np.int64)


class Atlas:
    """A mapped file, perhaps on top of another; any thread may use it, and it stays whole after the file is deleted.

    Attributes
    ----------
    base : has the tiles that this one does not; one that has ended since is here without a part.
    """

    def __init__(self, path: Path, base: "Atlas | None" = None) -> None:
        """Map a file.

        Raises
        ------
        OSError, ValueError
            If it cannot be read, or is not one of these files.
        """
        self.path, self.base = path, base
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        whole = memoryview(self._map)
        magic, tiles, parts, blob = _HEAD.unpack(whole[: _HEAD.size].tobytes().ljust(_HEAD.size))
        places, end = _layout(tiles, parts, blob)
        if magic != _MAGIC or end != len(whole):
            raise ValueError(f"{path.name} is not a file of tiles")
        found = [whole[place : place + size] for place, size in places]
        self._keys, self._slots, self._numbers = found[0].cast("Q"), found[1].cast("i"), found[2].cast("i")
        self._crc, self._sizes = found[3].cast("I"), found[4].cast("I")
        self._start, self._length = found[5].cast("Q"), found[6].cast("Q")
        self._digests, self._blob = found[7], found[8]

    def __len__(self) -> int:
        """How many tiles there are in this file."""
        return len(self._keys)

    def tile(self, tms: str, layers: Sequence[str], place: tuple[int, int, int]) -> Packed:
        """A tile; empty if nothing is there.

        Parameters
        ----------
        tms
            Name of a tile matrix set.
        layers
            Names out of `STORED`.
        place
            Zoom, column, row, within the tile matrix set.
        """
        key = key_of(SETS.index(tms), *place)
        row = bisect_left(self._keys, key)
        if row == len(self._keys) or self._keys[row] != key:
            return packed(()) if self.base is None else self.base.tile(tms, layers, place)
        slots = self._slots[row * _WIDE : (row + 1) * _WIDE]
        wanted = by_group(tuple(layers))
        return packed(self._part(slots[group] - 1).only(places) for group, places in wanted if slots[group])

    def _part(self, slot: int) -> Part:
        start = self._start[slot]
        deflated = bytes(self._blob[start : start + self._length[slot]])
        digest = bytes(self._digests[16 * slot : 16 * slot + 16])
        sizes = self._sizes[_LAYERS * slot : _LAYERS * (slot + 1)]
        return Part(deflated, self._crc[slot], tuple(sizes), digest)

    def contents(self) -> Contents:
        """All of this file, as views of it."""
        slots = np.frombuffer(self._slots, dtype=np.int32).reshape(-1, _WIDE)
        numbers = np.frombuffer(self._numbers, dtype=np.int32)
        return Contents(
            np.frombuffer(self._keys, dtype=np.uint64),
            np.append(np.int32(0), numbers)[slots],
            numbers,
            np.frombuffer(self._crc, dtype=np.uint32),
            np.frombuffer(self._sizes, dtype=np.uint32).reshape(-1, _LAYERS),
            np.frombuffer(self._start, dtype=np.uint64),
            np.frombuffer(self._length, dtype=np.uint64),
            np.frombuffer(self._digests, dtype=np.uint8).reshape(-1, 16),
            [self._blob],
        )


def write(path: Path, contents: Contents) -> None:
    """Write a file in one step: it is there whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written, on a full disk for instance.
    """
    slots = np.searchsorted(contents.numbers, contents.parts).astype(np.int32) + np.int32(1)
    slots[contents.parts == 0] = 0
    blob = sum(len(piece) for piece in contents.blob)
    places, end = _layout(len(contents.keys), len(contents.numbers), blob)
    columns: list[NDArray[Any]] = [contents.keys, slots, contents.numbers, contents.crc, contents.sizes]
    columns += [contents.start, contents.length, contents.digests]
    half = path.with_suffix(f".{os.getpid()}.part")
    try:
        with half.open("wb") as file:
            file.write(_HEAD.pack(_MAGIC, len(contents.keys), len(contents.numbers), blob))
            for (place, _), column in zip(places, columns, strict=False):
                file.write(bytes(place - file.tell()))
                file.write(np.ascontiguousarray(column).tobytes())
            file.write(bytes(places[-1][0] - file.tell()))
            for piece in contents.blob:
                file.write(piece)
            file.write(bytes(end - file.tell()))
        half.rename(path)
    finally:
        half.unlink(missing_ok=True)


def _layout(tiles: int, parts: int, blob: int) -> tuple[list[tuple[int, int]], int]:
    """Where each array begins and its bytes, and where the file ends."""
    found: list[tuple[int, int]] = []
    at = _HEAD.size
    columns = (4, 4, 4 * _LAYERS, 8, 8, 16)
    for size in (8 * tiles, 4 * _WIDE * tiles, *(size * parts for size in columns), blob):
        found.append((at, size))
        at = (at + size + 7) // 8 * 8
    return found, at
