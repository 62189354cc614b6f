"""The index as one buffer: packed, opened, saved, checked."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.arrays import F64, I32, I64, Texts
from gis.errors import InvalidInput
from gis.index import layout as at

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Parts:
    """The arrays of an index; see `gis.index.layout` for what each holds.

    Attributes
    ----------
    scale : cells a degree.
    grid : (4,) int64 first column and row of cells, number of blocks in a row, number of bands.
    """

    codes: Texts
    first: I32
    chunk: I32
    boxes: F64
    chunk_boxes: F64
    xy: F64
    faces: I32
    kind: NDArray[np.uint8]
    coarse: I32
    blocks: I32
    lists: I32
    band_blocks: I32
    band_lists: I32
    scale: float
    grid: I64


_SECTIONS = (
    (at.S_CODES, "codes"),
    (at.S_FIRST, "first"),
    (at.S_CHUNK, "chunk"),
    (at.S_BOXES, "boxes"),
    (at.S_CHUNK_BOXES, "chunk_boxes"),
    (at.S_XY, "xy"),
    (at.S_FACES, "faces"),
    (at.S_KIND, "kind"),
    (at.S_COARSE, "coarse"),
    (at.S_BLOCKS, "blocks"),
    (at.S_LISTS, "lists"),
    (at.S_BAND_BLOCKS, "band_blocks"),
    (at.S_BAND_LISTS, "band_lists"),
)


def pack(parts: Parts) -> Bytes:
    """One buffer of the arrays, without metadata."""
    head = np.zeros(at.HEAD, dtype=np.int64)
    head[at.H_MAGIC], head[at.H_VERSION] = at.MAGIC, at.VERSION
    head[at.H_GRIDS], head[at.H_ROWS], head[at.H_CHUNKS] = parts.codes.size, len(parts.xy), len(parts.chunk_boxes)
    head.view(np.float64)[at.H_SCALE] = parts.scale
    head[at.H_WEST : at.H_WEST + 4] = parts.grid
    head[at.H_BLOCKS], head[at.H_LISTS] = parts.blocks.size, parts.lists.size
    head[at.H_WIDTH] = parts.codes.dtype.itemsize // 4
    size = 8 * at.HEAD
    for section, name in _SECTIONS:
        head[section] = size
        size += (getattr(parts, name).nbytes + 63) // 64 * 64
    head[at.S_META] = head[at.H_SIZE] = size
    buffer = _aligned(size)
    buffer[: 8 * at.HEAD] = head.view(np.uint8)
    for section, name in _SECTIONS:
        values = np.ascontiguousarray(getattr(parts, name)).reshape(-1).view(np.uint8)
        buffer[head[section] : head[section] + values.size] = values
    return buffer


def unpack(buffer: Bytes) -> Parts:
    """The arrays of a buffer: views, nothing is copied."""
    head = buffer[: 8 * at.HEAD].view(np.int64)
    found: dict[str, Any] = {
        name: buffer[head[section] : head[section] + count * np.dtype(kind).itemsize].view(kind).reshape(shape)
        for (section, name), (kind, count, shape) in zip(_SECTIONS, _shapes(head), strict=True)
    }
    scale = float(head.view(np.float64)[at.H_SCALE])
    return Parts(**found, scale=scale, grid=head[at.H_WEST : at.H_WEST + 4].copy())


def _shapes(head: I64) -> list[tuple[str, int, tuple[int, ...]]]:
    """Type, number of values and shape of each array, in the order of the sections."""
    grids, rows, chunks = (int(head[k]) for k in (at.H_GRIDS, at.H_ROWS, at.H_CHUNKS))
    columns, bands, blocks, lists, width = (
        int(head[k]) for k in (at.H_COLUMNS, at.H_BANDS, at.H_BLOCKS, at.H_LISTS, at.H_WIDTH)
    )
    shapes: list[tuple[str, tuple[int, ...]]] = [
        (f"<U{width}", (grids,)),
        ("<i4", (grids + 1,)),
        ("<i4", (grids + 1,)),
        ("<f8", (grids, 4)),
        ("<f8", (chunks, 4)),
        ("<f8", (rows, 2)),
        ("<i4", (rows, 2)),
        ("|u1", (rows,)),
        ("<i4", (bands + 2, columns + 2)),
        ("<i4", (blocks,)),
        ("<i4", (lists,)),
        ("<i4", (bands + 1,)),
        ("<i4", (bands + 1,)),
    ]
    return [(kind, int(np.prod(shape)), shape) for kind, shape in shapes]


def metadata(buffer: Bytes) -> dict[str, Any]:
    """What was given to `save`; empty for an index that was not saved."""
    head = buffer[: 8 * at.HEAD].view(np.int64)
    text = buffer[head[at.S_META] : head[at.S_META] + head[at.H_META]].tobytes()
    return json.loads(text) if text else {}


def save(buffer: Bytes, path: Path, meta: Mapping[str, Any]) -> None:
    """Write a buffer and metadata to a file, whole or not at all."""
    text = json.dumps(dict(meta), ensure_ascii=False, sort_keys=True).encode()
    head = buffer[: 8 * at.HEAD].view(np.int64).copy()
    body = buffer[8 * at.HEAD : head[at.S_META]]
    head[at.H_META], head[at.H_SIZE] = len(text), head[at.S_META] + len(text)
    head[at.H_CHECKSUM : at.H_CHECKSUM + 4] = _checksum(head, body, text)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(head.tobytes())
            file.write(body.data)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path) -> Bytes:
    """Map a file of `save` into memory, read-only; processes that map the same file share its pages.

    Raises
    ------
    InvalidInput
        If it cannot be read, is no index, is one of another format, or damaged.
    """
    try:
        buffer: Bytes = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise _invalid(path, "无法读取", "cannot be read") from error
    if buffer.size < 8 * at.HEAD or int(buffer[:8].view(np.int64)[0]) != at.MAGIC:
        raise _invalid(path, "不是索引文件", "is no index file")
    head = buffer[: 8 * at.HEAD].view(np.int64)
    if int(head[at.H_VERSION]) != at.VERSION:
        reason = f"version {head[at.H_VERSION]} instead of {at.VERSION}"
        raise _invalid(path, f"格式版本不符：{reason}", f"has another format: {reason}")
    if not _consistent(head, buffer.size) or not _intact(buffer, head):
        raise _invalid(path, "已损坏或不完整", "is damaged or incomplete")
    return buffer


def _consistent(head: I64, size: int) -> bool:
    """Whether the arrays that the head tells of fill a file of this size."""
    counts = (at.H_GRIDS, at.H_ROWS, at.H_CHUNKS, at.H_COLUMNS, at.H_BANDS, at.H_BLOCKS, at.H_LISTS, at.H_META)
    if int(head[at.H_SIZE]) != size or bool((head[list(counts)] < 0).any()) or int(head[at.H_WIDTH]) < 1:
        return False
    offset = 8 * at.HEAD
    for (section, _), (kind, count, _) in zip(_SECTIONS, _shapes(head), strict=True):
        if int(head[section]) != offset:
            return False
        offset += (count * np.dtype(kind).itemsize + 63) // 64 * 64
    return int(head[at.S_META]) == offset and offset + int(head[at.H_META]) == size


def _intact(buffer: Bytes, head: I64) -> bool:
    start = int(head[at.S_META])
    wanted = _checksum(head, buffer[8 * at.HEAD : start], buffer[start:].tobytes())
    return bool((head[at.H_CHECKSUM : at.H_CHECKSUM + 4] == wanted).all())


def _checksum(head: I64, body: Bytes, text: bytes) -> I64:
    """SHA-256 of everything but its own place, as four numbers."""
    digest = hashlib.sha256(head[: at.H_CHECKSUM].tobytes())
    digest.update(body.data)
    digest.update(text)
    return np.frombuffer(digest.digest(), dtype=np.int64)


def _aligned(size: int) -> Bytes:
    """Zeros at an address that is a multiple of 64, as lines of the processor's cache are."""
    room = np.zeros(size + 64, dtype=np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + size]


def _invalid(path: Path, reason_zh: str, reason_en: str) -> InvalidInput:
    return InvalidInput(field=str(path), reason_zh=reason_zh, reason_en=reason_en)
