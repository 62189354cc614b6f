"""Content-Encoding of a body: gzip, deflate and zstd, undone a piece at a time, so that a small body never grows at once."""

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import pyarrow as pa

from api.batches.rows import wrong_body
from gis.errors import TooLarge, UnsupportedType

PIECE = 1 << 20
CODINGS = ("gzip", "deflate", "zstd")


class Coding(Protocol):
    """Undoes one coding."""

    def feed(self, data: bytes, *, last: bool) -> Iterator[bytes]:
        """What ``data`` stands for, in pieces of at most `PIECE` bytes.

        Raises
        ------
        InvalidInput
            If it is no such coding, or cut off.
        """
        ...


class Plain:
    """No coding."""

    def feed(self, data: bytes, *, last: bool) -> Iterator[bytes]:  # noqa: ARG002 # as every coding has it
        """The bytes themselves."""
        yield data


class Zlib:
    """gzip (also several members one behind the other) and deflate."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._state = zlib.decompressobj(bits)
        self._begun = self._ended = False

    def feed(self, data: bytes, *, last: bool) -> Iterator[bytes]:
        """See `Coding`."""
        while data:
            if self._ended and not self._begun:
                data = data.lstrip(b"\0")  # tapes and some programs pad with zeros
                if not data:
                    return
            self._begun = True
            try:
                piece = self._state.decompress(data, PIECE)
            except zlib.error as error:
                raise _broken(error) from error
            data = self._state.unconsumed_tail
            if self._state.eof:
                data = self._state.unused_data
                self._state = zlib.decompressobj(self._bits)
                self._begun, self._ended = False, True
            if piece:
                yield piece
        if last and self._begun:
            raise _broken("cut off")


class Zstd:
    """zstd; the compressed body is held whole, of at most ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes, *, last: bool) -> Iterator[bytes]:
        """See `Coding`."""
        self._size += len(data)
        if self._size > self._limit:
            raise TooLarge(what="zstd request body", limit=f"{self._limit} B")
        self._pieces.append(data)
        if not last or not self._size:
            return
        try:
            source = pa.CompressedInputStream(pa.BufferReader(b"".join(self._pieces)), "zstd")
            while piece := source.read(PIECE):
                yield piece
        except (pa.ArrowException, OSError) as error:
            raise _broken(error) from error


def coding(name: str, limit: int) -> Coding:
    """What undoes the coding that a Content-Encoding names.

    Raises
    ------
    UnsupportedType
    """
    known: dict[str, Callable[[], Coding]] = {
        "": Plain,
        "identity": Plain,
        "gzip": lambda: Zlib(31),
        "x-gzip": lambda: Zlib(31),
        "deflate": lambda: Zlib(15),
        "zstd": lambda: Zstd(limit),
    }
    make = known.get(name.strip().lower())
    if make is None:
        raise UnsupportedType(what=f"Content-Encoding: {name}", known=", ".join(CODINGS))
    return make()


def _broken(why: object) -> Exception:
    return wrong_body(f"压缩数据已损坏：{why}", f"the compressed data is broken: {why}")
