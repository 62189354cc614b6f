"""Layers compressed each by itself, and joined to one gzip member without compressing again.

A layer is stored as a deflate stream that ends on a whole byte with its last block still open (zlib's sync flush), so
streams can follow each other; the checksum of the whole is computed from theirs (as zlib's ``crc32_combine``).
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

STORED_EFFORT = 6
REQUEST_EFFORT = 1
"""How hard zlib tries: what is made for one request is compressed in 2/5 of the time, to 4 % more bytes."""
_ZSTD = pa.Codec("zstd", 3)
_POLYNOMIAL = 0xEDB88320
_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_END = b"\x03\0"
"""An empty last block."""


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of a tile.

    Attributes
    ----------
    deflated : its bytes, a deflate stream that may be followed by others.
    crc : CRC-32 of the bytes before compression.
    size : their number.
    digest : their hash; equal layers have equal digests, whatever their edition.
    """

    deflated: bytes
    crc: int
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Packed:
    """A tile ready to be sent.

    Attributes
    ----------
    gzipped : its bytes, one gzip member; empty for an empty tile.
    digest : hash of its layers: equal tiles have equal digests, whatever their edition.
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
    """The digest of a layer's bytes."""
    return hashlib.blake2b(data, digest_size=16).digest()


def part(data: bytes, digest: bytes | None = None, effort: int = STORED_EFFORT) -> Part:
    """Compress a layer; equal bytes give equal results for an ``effort`` (1 to 9)."""
    # A window no larger than the data takes less memory to prepare, and so less time.
    window = min(max(len(data).bit_length(), 9), 15)
    compressor = zlib.compressobj(effort, zlib.DEFLATED, -window, min(window - 6, 8) if window < 15 else 8)
    deflated = compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return Part(deflated, zlib.crc32(data), len(data), digest or digest_of(data))


def packed(parts: Iterable[Part]) -> Packed:
    """The tile of these layers, in their order."""
    found: Sequence[Part] = [each for each in parts if each.size]
    digest = hashlib.blake2b(b"".join(each.digest for each in found), digest_size=15).hexdigest()
    if not found:
        return Packed(b"", digest)
    crc = size = 0
    for each in found:
        crc = _times(crc, _shift(each.size)) ^ each.crc
        size += each.size
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
