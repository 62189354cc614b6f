"""Compiled: writes layers of Mapbox Vector Tiles 2.1 (protocol buffers) from whole numbers and prepared texts."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.arrays import I64
from tiles.compiled import filled, inner, outer
from tiles.noding import LOW, SIDE
from tiles.rings import encloses, ring_area

Bytes = NDArray[np.uint8]
_POINT, _LINE, _AREA = 1, 2, 3


class Frame(NamedTuple):
    """What is the same in all tiles of a layer: the field with its name; and those with its keys, extent and version."""

    head: Bytes
    tail: Bytes


class Values(NamedTuple):
    """Property values as fields of a layer: value k is ``data[starts[k] : starts[k + 1]]``."""

    data: Bytes
    starts: I64


class Page(NamedTuple):
    """A layer in the making, used for one layer after another.

    ``places``: where in the layer each value is, above 24 bits with the number of the layer for which that holds.
    ``state``: bytes of features, bytes of values, number of values, number of the layer.
    """

    features: Bytes
    values: Bytes
    places: I64
    state: I64


@outer
def put(data: Bytes, at: int, value: int) -> int:
    """Write a varint; returns the place behind it."""
    while value > 127:
        data[at] = (value & 127) | 128
        value >>= 7
        at += 1
    data[at] = value
    return at + 1


@inner
def _size(value: int) -> int:
    size = 1
    while value > 127:
        value >>= 7
        size += 1
    return size


@inner
def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 63)


@inner
def put_path(data: Bytes, at: int, points: I64, cursor: I64, closed: bool) -> int:
    """Write a ring or a line as commands, moving the cursor (2,) along; returns the place behind it."""
    for k in range(points.size):
        if k < 2:
            at = put(data, at, 9 if k == 0 else ((points.size - 1) << 3) | 2)
        x, y = points[k] % SIDE + LOW, points[k] // SIDE + LOW
        at = put(data, at, _zigzag(x - cursor[0]))
        at = put(data, at, _zigzag(y - cursor[1]))
        cursor[0], cursor[1] = x, y
    return put(data, at, 15) if closed else at


@inner
def put_rings(data: Bytes, rings: I64, points: I64, cursor: I64) -> int:
    """Write the rings of one area: each outline, the holes in it behind it; returns the place behind them.

    ``rings`` (r + 1,) are the places in ``points`` where they start. A hole is in the smallest outline around it, so
    that each is written once, whatever outlines lie within each other.
    """
    count = rings.size - 1
    sizes = np.empty(count, dtype=np.int64)
    for k in range(count):
        sizes[k] = ring_area(points[rings[k] : rings[k + 1]])
    around = _outlines_around(sizes, rings, points)
    at = 0
    for k in range(count):
        if sizes[k] <= 0:
            continue
        at = put_path(data, at, points[rings[k] : rings[k + 1]], cursor, True)
        for j in range(count):
            if around[j] == k:
                at = put_path(data, at, points[rings[j] : rings[j + 1]], cursor, True)
    return at


@inner
def _outlines_around(sizes: I64, rings: I64, points: I64) -> I64:
    """The outline that each hole is in; −1 for outlines, and for holes in none."""
    around = filled(sizes.size, -1)
    shells = 0
    for k in range(sizes.size):
        shells += sizes[k] > 0
    for j in range(sizes.size):
        if sizes[j] > 0:
            continue
        hole = points[rings[j] : rings[j + 1]]
        for k in range(sizes.size):
            nearer = around[j] < 0 or sizes[k] < sizes[around[j]]
            if sizes[k] > 0 and nearer and (shells == 1 or encloses(points[rings[k] : rings[k + 1]], hole)):
                around[j] = k
    return around


@inner
def new_page(values: Values) -> Page:
    """A page for layers with these values."""
    return Page(
        np.empty(1 << 16, dtype=np.uint8),
        np.empty(values.data.size, dtype=np.uint8),
        filled(values.starts.size, 0),
        filled(4, 0),
    )


@inner
def turned(page: Page, size: int) -> Page:
    """The page for the next layer, whose features take ``size`` bytes at most."""
    page.state[0] = page.state[1] = page.state[2] = 0
    page.state[3] += 1
    features = page.features if page.features.size >= size else np.empty(2 * size, dtype=np.uint8)
    return Page(features, page.values, page.places, page.state)


@inner
def add_feature(page: Page, values: Values, kind: int, fid: int, tags: I64, geometry: Bytes) -> None:
    """Append a feature to a page with room for it.

    Parameters
    ----------
    kind
        1 point, 2 line, 3 area.
    fid
        Its id; negative for none.
    tags
        (k,) value of each key of the layer; negative where it has none.
    geometry
        Its commands.
    """
    packed, size = np.empty(2 * tags.size, dtype=np.int64), 0
    for key in range(tags.size):
        if tags[key] >= 0:
            packed[size], packed[size + 1] = key, _value(page, values, tags[key])
            size += 2
    tag_bytes = 0
    for k in range(size):
        tag_bytes += _size(packed[k])
    length = 2 + 1 + _size(tag_bytes) + tag_bytes + 1 + _size(geometry.size) + geometry.size
    if fid >= 0:
        length += 1 + _size(fid)
    data, at = page.features, page.state[0]
    at = put(data, at, 0x12)
    at = put(data, at, length)
    if fid >= 0:
        at = put(data, at, 0x08)
        at = put(data, at, fid)
    at = put(data, at, 0x12)
    at = put(data, at, tag_bytes)
    for k in range(size):
        at = put(data, at, packed[k])
    at = put(data, at, 0x18)
    at = put(data, at, kind)
    at = put(data, at, 0x22)
    at = put(data, at, geometry.size)
    page.state[0] = _put_bytes(data, at, geometry)


@inner
def _value(page: Page, values: Values, value: int) -> int:
    """The place of a value in the layer; it is appended the first time."""
    if page.places[value] >> 24 != page.state[3]:
        text = values.data[values.starts[value] : values.starts[value + 1]]
        page.state[1] = _put_bytes(page.values, page.state[1], text)
        page.places[value] = (page.state[3] << 24) + page.state[2]
        page.state[2] += 1
    return page.places[value] & 0xFFFFFF


@inner
def finished(page: Page, frame: Frame) -> Bytes:
    """The bytes of a layer; none if it has no feature."""
    features, values = page.state[0], page.state[1]
    if features == 0:
        return np.empty(0, dtype=np.uint8)
    size = frame.head.size + features + frame.tail.size + values
    made = np.empty(size + 1 + _size(size), dtype=np.uint8)
    at = put(made, 0, 0x1A)
    at = put(made, at, size)
    at = _put_bytes(made, at, frame.head)
    at = _put_bytes(made, at, page.features[:features])
    at = _put_bytes(made, at, frame.tail)
    _put_bytes(made, at, page.values[:values])
    return made


@inner
def _put_bytes(data: Bytes, at: int, part: Bytes) -> int:
    for k in range(part.size):
        data[at + k] = part[k]
    return at + part.size


def field(number: int, data: bytes) -> bytes:
    """A length-delimited field; its number below 16."""
    size, head = len(data), bytearray((number << 3 | 2,))
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    head.append(size)
    return bytes(head) + data


def layer_frame(name: str, keys: tuple[str, ...], extent: int) -> Frame:
    """The parts of a layer that do not depend on its features."""
    number = np.empty(12, dtype=np.uint8)
    size = number[: put(number, 0, extent)].tobytes()
    tail = b"".join(field(3, key.encode()) for key in keys) + b"\x28" + size + b"\x78\x02"
    return Frame(*(np.frombuffer(part, dtype=np.uint8).copy() for part in (field(1, name.encode()), tail)))


def text_value(text: str) -> bytes:
    """A text as a value of a layer."""
    return field(4, field(1, text.encode()))


def int_value(number: int) -> bytes:
    """A whole number, not negative, as a value of a layer."""
    data = np.empty(12, dtype=np.uint8)
    return field(4, b"\x28" + data[: put(data, 0, number)].tobytes())
