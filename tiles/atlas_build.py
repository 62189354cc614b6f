"""Makes the file of an edition's tiles out of the store: all of it, or from an earlier edition's by what changed."""

import fcntl
import hashlib
import struct
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.db import Connection, load_queries
from tiles.atlas import SUFFIX, Atlas, Contents, write
from tiles.layers import STORED

_SQL = load_queries(Path(__file__).with_name("atlas.sql"))
_AT_ONCE = 4000  # parts that one query reads: a few megabytes
_WIDE = len(STORED)
_ROW = np.dtype([("head", ">i4", 5), ("parts", [("length", ">i4"), ("number", ">i4")], _WIDE)])
"""A row of parts as `array_send` writes it: dimensions, null flag, type, length, lower bound, then the elements."""


def name_of(connection: Connection, edition: int) -> str | None:
    """The name of an edition's file; None if its tiles are not built.

    It tells which build the file comes from: tiles that were made again, or are another database's, have another one.
    """
    row = connection.execute(_SQL["built"], [[edition]]).fetchone()
    if row is None:
        return None
    stamp = hashlib.blake2b(struct.pack("<qqd", *row), digest_size=6).hexdigest()
    return f"{edition}-{stamp}{SUFFIX}"


def last_before(connection: Connection, edition: int) -> int | None:
    """The last edition before this one whose tiles are built."""
    row = connection.execute(_SQL["last_before"], [edition]).fetchone()
    return None if row is None else row[0]


def ensure(connection: Connection, folder: Path, edition: int) -> Atlas | None:
    """The file of an edition, made if there is none; None if the edition's tiles are not built, or just made again.

    Workers that want the same one wait for the first.

    Raises
    ------
    OSError
        If the folder or the file cannot be written.
    """
    name = name_of(connection, edition)
    if name is None:
        return None
    found = opened(folder / name)
    if found is not None:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        found = opened(folder / name)
        if found is None:
            contents = _contents(connection, folder, edition)
            if name_of(connection, edition) != name:
                return None
            write(folder / name, contents)
            found = Atlas(folder / name)
    return found


def opened(path: Path) -> Atlas | None:
    """A file that is there and whole, else None."""
    try:
        return Atlas(path)
    except (OSError, ValueError):
        return None


def remove_but(folder: Path, kept: set[str]) -> None:
    """Delete the files of a folder but those named, and what a crash left; who has one mapped keeps it."""
    with _alone(folder):
        for path in folder.iterdir():
            if path.suffix == ".part" or (path.suffix == SUFFIX and path.name not in kept):
                path.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """Keep other processes out; the lock goes with the process."""
    with (folder / "lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _contents(connection: Connection, folder: Path, edition: int) -> Contents:
    base = last_before(connection, edition)
    name = None if base is None else name_of(connection, base)
    earlier = None if name is None else opened(folder / name)
    if base is None or earlier is None:
        return read(connection, edition)
    return changed(connection, earlier.contents(), base, edition)


def read(connection: Connection, edition: int) -> Contents:
    """All tiles of an edition."""
    keys, parts = _tiles(connection, "all_tiles", [edition])
    return _with_parts(connection, _no_parts(keys, parts))


def changed(connection: Connection, earlier: Contents, base: int, edition: int) -> Contents:
    """The tiles of an edition out of those of an earlier built one; reads only what differs."""
    between = {"base": base, "edition": edition}
    keys, parts = _tiles(connection, "changed_tiles", between)
    row = connection.execute(_SQL["ended_tiles"], between, binary=True).fetchone()
    ended = np.frombuffer(bytes(row[0]) if row else b"", dtype=">u8").astype(np.uint64)
    stays = ~np.isin(earlier.keys, np.concatenate([ended, keys]))
    merged, numbers = np.concatenate([earlier.keys[stays], keys]), np.concatenate([earlier.parts[stays], parts])
    order = np.argsort(merged)
    return _with_parts(connection, replace(earlier, keys=merged[order], parts=numbers[order]))


def _tiles(connection: Connection, query: str, values: Any) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Keys of tiles, ascending, and the numbers of their parts."""
    row = connection.execute(_SQL[query], values, binary=True).fetchone()
    keys = np.frombuffer(bytes(row[1]) if row else b"", dtype=">u8").astype(np.uint64)
    rows = np.frombuffer(bytes(row[2]) if row else b"", dtype=_ROW)
    parts = rows["parts"]["number"].astype(np.int32)
    order = np.argsort(keys)
    return keys[order], parts[order]


def _no_parts(keys: NDArray[np.uint64], parts: NDArray[np.int32]) -> Contents:
    u4, u8 = np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.uint64)
    return Contents(keys, parts, np.empty(0, dtype=np.int32), u4, u4, u8, u8, np.empty((0, 16), dtype=np.uint8), [])


def _with_parts(connection: Connection, contents: Contents) -> Contents:
    """The same with all parts that its tiles name; those it has are not read again."""
    wanted = np.setdiff1d(contents.parts[contents.parts > 0], contents.numbers)
    columns: list[list[NDArray[Any]]] = []
    blob = list(contents.blob)
    for first in range(0, len(wanted), _AT_ONCE):
        asked = wanted[first : first + _AT_ONCE].tolist()
        row = connection.execute(_SQL["parts"], [asked], binary=True).fetchone() or (0, *[b""] * 6)
        kinds = (">i4", ">i8", ">i4", ">i4")
        columns.append([np.frombuffer(bytes(data), dtype=kind) for data, kind in zip(row[1:5], kinds, strict=True)])
        columns[-1].append(np.frombuffer(bytes(row[5]), dtype=np.uint8).reshape(-1, 16))
        blob.append(bytes(row[6]))
    if not columns:
        return contents
    numbers, crc, size, length, digests = (np.concatenate(column) for column in zip(*columns, strict=True))
    length = length.astype(np.uint64)
    start = np.cumsum(length, dtype=np.uint64) - length + np.uint64(sum(len(piece) for piece in contents.blob))
    found = np.concatenate([contents.numbers, numbers.astype(np.int32)])
    order = np.argsort(found)
    return replace(
        contents,
        numbers=found[order],
        crc=np.concatenate([contents.crc, crc.astype(np.uint32)])[order],
        size=np.concatenate([contents.size, size.astype(np.uint32)])[order],
        start=np.concatenate([contents.start, start])[order],
        length=np.concatenate([contents.length, length])[order],
        digests=np.concatenate([contents.digests, digests])[order],
        blob=blob,
    )
