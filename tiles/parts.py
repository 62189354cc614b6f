"""Groups of layers compressed each by itself, and joined to one gzip member without compressing again.

A group is stored as a deflate stream that ends on a whole byte with its last block still open (zlib's sync flush), so
streams can follow each other; the checksum of the whole is computed from theirs (as zlib's ``crc32_combine``). Some of
its layers alone are cut out and compressed for who asks.
"""

import gzip
import hashlib
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import pyarrow as pa
from isal import isal_zlib

_ZSTD = pa.Codec("zstd", 3)
_QUICK = 1  # of ISA-L, 0 to 3; 2 and 3 gain nothing, 0 makes small layers larger
_LARGE = 4096
"""Bytes from which zlib makes a stored part up to 9 % smaller than ISA-L, which takes a tenth of its time; below, where
most of them are, they differ by 1 %."""
_THOROUGH = 7  # of zlib, 1 to 9; 8 and 9 take twice its time and gain nothing on geometry
_POLYNOMIAL = 0xEDB88320
_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_END = b"\x03\0"
"""An empty last block."""


@dataclass(frozen=True, slots=True)
class Part:
    """Layers of a tile.

    Attributes
    ----------
    deflated : their bytes, a deflate stream that may be followed by others.
    crc : CRC-32 of the bytes before compression.
    sizes : how many bytes of those each layer has, one after another.
    digest : their hash; equal layers have equal digests, whatever their edition.
    """

    deflated: bytes
    crc: int
    sizes: tuple[int, ...]
    digest: bytes

    def layers(self) -> list[bytes]:
        """The bytes of each layer, not compressed."""
        whole = zlib.decompressobj(-zlib.MAX_WBITS).decompress(self.deflated)
        ends = list(accumulate(self.sizes))
        return [whole[end - size : end] for size, end in zip(self.sizes, ends, strict=True)]

    def only(self, places: Collection[int]) -> "Part":
        """Some of the layers; the very same if the others are empty."""
        if all(place in places for place, size in enumerate(self.sizes) if size):
            return self
        return part([layer if place in places else b"" for place, layer in enumerate(self.layers())], once=True)


@dataclass(frozen=True, slots=True)
class Packed:
    """A tile ready to be sent.

    Attributes
    ----------
    gzipped : its bytes, one gzip member; empty for an empty tile.
    digest : hash of its parts: equal tiles have equal digests, whatever their edition.
    """

    gzipped: bytes
    digest: str

    def plain(self) -> bytes:
        """The bytes, not compressed."""
        return gzip.decompress(self.gzipped) if self.gzipped else b""

    def zstd(self) -> bytes:
        """The bytes as one zstd frame (RFC 8878): compressed anew over all layers, so smaller than ``gzipped``."""
        return _ZSTD.compress(self.plain(), asbytes=True)


def digest_of(data: bytes) -> bytes:
    """The digest of the bytes of layers."""
    return hashlib.blake2b(data, digest_size=16).digest()


def part(layers: Sequence[bytes], digest: bytes | None = None, *, once: bool = False) -> Part:
    """Compress layers together; equal bytes give equal results. What is wanted ``once`` is made as fast as can be.

    ``digest`` is that of all bytes, if it is known.
    """
    data = b"".join(layers)
    if once or len(data) < _LARGE:
        compressor = isal_zlib.compressobj(_QUICK, isal_zlib.DEFLATED, -zlib.MAX_WBITS)
    else:
        compressor = zlib.compressobj(_THOROUGH, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return Part(deflated, isal_zlib.crc32(data), tuple(map(len, layers)), digest or digest_of(data))


def packed(parts: Iterable[Part]) -> Packed:
    """The tile of these parts, in their order."""
    found = [each for each in parts if any(each.sizes)]
    digest = hashlib.blake2b(b"".join(each.digest for each in found), digest_size=15).hexdigest()
    if not found:
        return Packed(b"", digest)
    crc = size = 0
    for each in found:
        own = sum(each.sizes)
        crc = _times(crc, _shift(own)) ^ each.crc
        size += own
    tail = crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
    return Packed(b"".join((_HEAD, *(each.deflated for each in found), _END, tail)), digest)


def _times(a: int, b: int) -> int:
    """The product of two polynomials over GF(2) modulo that of CRC-32, bits reflected: x⁰ is the highest."""
    product = 0
    while a:
        if a & 0x80000000:
            product ^= b
        a = a << 1 & 0xFFFFFFFF
        b = b >> 1 ^ _POLYNOMIAL if b & 1 else b >> 1
    return product


def _powers() -> list[list[int]]:
    """For each byte of a number of bytes, and each of its values, the polynomial that so many more bytes multiply by."""
    found: list[list[int]] = []
    one = 0x00800000
    for _ in range(4):
        row = [0x80000000]
        for _ in range(255):
            row.append(_times(row[-1], one))
        found.append(row)
        one = _times(row[-1], one)
    return found


_POWERS = _powers()


def _shift(size: int) -> int:
    """What ``size`` more bytes multiply a checksum by."""
    found = _POWERS[0][size & 255]
    for row in _POWERS[1:]:
        size >>= 8
        if size & 255:
            found = _times(found, row[size & 255])
    return found
