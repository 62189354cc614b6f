"""Cutting an Arrow IPC stream into messages, and what they weigh, before a library is let at them.

Encapsulated messages as the Arrow columnar format (IPC, streaming format) has them: ``FF FF FF FF``, length of the
metadata, metadata (a FlatBuffer, ``Message.fbs``), body. A file is a stream between a magic word and a footer.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from api.batches.rows import wrong_body
from gis.errors import InvalidInput, TooLarge

_MAGIC = b"ARROW1\0\0"
_MARK = b"\xff\xff\xff\xff"
_SCHEMA, _DICTIONARY, _RECORDS = 1, 2, 3
# Places of fields in the tables of Message.fbs.
_HEADER_TYPE, _HEADER, _BODY_LENGTH = 1, 2, 3
_LENGTH, _DICTIONARY_DATA, _BUFFERS, _COMPRESSION = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its bytes, what it holds, and the bytes of memory that its body will take."""

    data: bytes
    is_schema: bool
    has_rows: bool
    weight: int


class Messages:
    """Cuts a stream or file into messages.

    Parameters
    ----------
    limit : bytes that a message may have, also once it is not compressed.

    Attributes
    ----------
    ended : whether the stream told its end.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._begun = bytearray()
        self._wanted = 8
        self._first = True
        self.ended = False

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that are complete.

        Raises
        ------
        InvalidInput
            If this is no Arrow stream.
        TooLarge
            If a message is larger than the limit.
        """
        self._begun += data
        place = 0
        while not self.ended and len(self._begun) - place >= self._wanted:
            if self._first and self._begun.startswith(_MAGIC):
                self._first, place = False, len(_MAGIC)
                continue
            self._first = False
            size, body = self._sizes(place)
            self._wanted = size + body
            if self.ended or len(self._begun) - place < self._wanted:
                break
            yield self._message(place, size, body)
            place += self._wanted
            self._wanted = 8
        del self._begun[: len(self._begun) if self.ended else place]

    def left(self) -> bool:
        """Whether a message has begun and is not complete."""
        return bytes(self._begun[:5]) not in {b"", bytes(4)}  # four zeros: the end as it was before Arrow 0.15

    def _sizes(self, place: int) -> tuple[int, int]:
        """Bytes of the message's head with its metadata, and of its body (0 as long as that is not known)."""
        marked = self._begun.startswith(_MARK, place)
        head = 8 if marked else 4  # before Arrow 0.15 there was no mark
        (length,) = struct.unpack_from("<i", self._begun, place + head - 4)
        if length == 0:
            self.ended = True
            return head, 0
        if not 0 < length <= self._limit:
            raise wrong_body("不是 Arrow IPC 流", "is no Arrow IPC stream")
        if len(self._begun) - place < head + length:
            return head + length, 0
        metadata = bytes(self._begun[place + head : place + head + length])
        body = _scalar(_root(metadata), _BODY_LENGTH, "<q")
        if body < 0:
            raise _broken()
        if head + length + body > self._limit:
            raise TooLarge(what="bytes of an Arrow batch", limit=self._limit)
        return head + length, body

    def _message(self, place: int, size: int, body: int) -> Message:
        data = bytes(self._begun[place : place + size + body])
        head = 8 if data.startswith(_MARK) else 4
        message = _root(data[head:size])
        kind = _scalar(message, _HEADER_TYPE, "<B")
        weight = body
        if kind in {_DICTIONARY, _RECORDS}:
            batch = _child(message, _HEADER)
            if kind == _DICTIONARY:
                batch = _child(batch, _DICTIONARY_DATA)
            # Some columns weigh nothing however many rows they have, so rows are counted as eight bytes at least.
            weight = max(_weight(batch, data[size:]), 8 * _scalar(batch, _LENGTH, "<q"))
        if weight > self._limit:
            raise TooLarge(what="bytes of an Arrow batch", limit=self._limit)
        return Message(data, kind == _SCHEMA, kind == _RECORDS, weight)


_Table = tuple[bytes, int]
"""A FlatBuffers table: the buffer, and its place in it."""


def _root(data: bytes) -> _Table:
    return data, _number(data, 0, "<I")


def _number(data: bytes, place: int, form: str) -> int:
    if place < 0:
        raise _broken()
    try:
        return struct.unpack_from(form, data, place)[0]
    except struct.error as error:
        raise _broken() from error


def _field(table: _Table, number: int) -> int:
    """Place of a table's field, 0 if it is not there."""
    data, place = table
    vtable = place - _number(data, place, "<i")
    entry = 4 + 2 * number
    offset = _number(data, vtable + entry, "<H") if entry < _number(data, vtable, "<H") else 0
    return place + offset if offset else 0


def _scalar(table: _Table, number: int, form: str) -> int:
    place = _field(table, number)
    return _number(table[0], place, form) if place else 0


def _child(table: _Table, number: int) -> _Table:
    place = _field(table, number)
    if not place:
        raise _broken()
    return table[0], place + _number(table[0], place, "<I")


def _weight(batch: _Table, body: bytes) -> int:
    """Bytes of a batch's buffers; compressed ones tell their length in their first eight bytes."""
    place = _field(batch, _BUFFERS)
    if not place or not _field(batch, _COMPRESSION):
        return len(body)
    data = batch[0]
    vector = place + _number(data, place, "<I")
    weight = 0
    for item in range(min(_number(data, vector, "<I"), len(data) // 16)):
        offset, length = (_number(data, vector + 4 + 16 * item + 8 * part, "<q") for part in (0, 1))
        if length >= 8:
            weight += max(length, _number(body, offset, "<q"))
    return weight


def _broken() -> InvalidInput:
    return wrong_body("Arrow 消息的元数据已损坏", "the metadata of an Arrow message is broken")
