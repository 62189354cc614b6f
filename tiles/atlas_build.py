"""Makes the file of an edition's tiles out of the store: all of them, or what changed on top of an earlier edition's.

So what a publication costs follows its change, not the store.
"""

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
from tiles.layers import GROUPS

_SQL = load_queries(Path(__file__).with_name("atlas.sql"))
_AT_ONCE = 4000  # parts that one query reads: a few megabytes
_ON = ".on-"
_SHARE = 8  # of the tiles of an earlier edition at most one in so many may differ, or all are written anew
_WIDE, _LAYERS = len(GROUPS), max(map(len, GROUPS))


def name_of(connection: Connection, edition: int) -> str | None:
    """The name of an edition's build; None if its tiles are not built.

    Its file is named by it: tiles that were made again, or are another database's, have another one. The last part
    alone differs where only units were drawn again: `store.write_group` keeps the numbers of all other parts.
    """
    row = connection.execute(_SQL["built"], [[edition]]).fetchone()
    if row is None:
        return None
    number, changed, took_s = row
    stamp = hashlib.blake2b(struct.pack("<qd", number, took_s), digest_size=6).hexdigest()
    return f"{number}-{stamp}-{changed:x}"


def rev_of(name: str) -> int:
    """The part of a build's name that grows whenever units are drawn again."""
    return int(name.rpartition("-")[2], 16)


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
    found = opened(folder, name)
    if found is not None:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        found = opened(folder, name)
        if found is None:
            base, contents = _contents(connection, folder, edition)
            if name_of(connection, edition) != name:
                return None
            write(folder / f"{name}{_ON + base if base else ''}{SUFFIX}", contents)
            found = opened(folder, name)
    return found


def opened(folder: Path, name: str) -> Atlas | None:
    """The file of a build if it is there and whole, and what it stands on, else None."""
    for path in [folder / f"{name}{SUFFIX}", *folder.glob(f"{name}{_ON}*{SUFFIX}")]:
        try:
            below = base_of(path)
            base = opened(folder, below) if below else None
            if base is not None or not below:
                return Atlas(path, base)
        except (OSError, ValueError):
            continue
    return None


def build_of(path: Path) -> str:
    """The name of the build that a file holds."""
    return path.name.removesuffix(SUFFIX).partition(_ON)[0]


def base_of(path: Path) -> str:
    """The name of the build that a file stands on, empty if it holds all tiles."""
    return path.name.removesuffix(SUFFIX).partition(_ON)[2]


def remove_but(folder: Path, kept: set[str]) -> None:
    """Delete the files of a folder but those of builds named, and what a crash left; who has one mapped keeps it."""
    if not folder.is_dir():
        return
    with _alone(folder):
        files = [path for path in folder.iterdir() if path.suffix == SUFFIX]
        needed = kept | {base_of(path) for path in files if build_of(path) in kept}
        for path in folder.iterdir():
            if path.suffix == ".part" or (path.suffix == SUFFIX and build_of(path) not in needed):
                path.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """Keep other processes out; the lock goes with the process."""
    with (folder / "lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _contents(connection: Connection, folder: Path, edition: int) -> tuple[str, Contents]:
    """What an edition's file should hold, and the build that it stands on, empty for none."""
    base = _base(connection, folder, edition)
    if base is None:
        return "", read(connection, edition)
    number, earlier = base
    if build_of(earlier.path) == name_of(connection, number):
        keys, parts = _differing(connection, number, edition)
    else:
        keys, parts = _otherwise(connection, earlier.contents(), edition)
    if len(keys) * _SHARE > len(earlier):
        return "", _merged(connection, earlier.contents(), keys, parts)
    return build_of(earlier.path), _with_parts(connection, _no_parts(keys, parts))


def _base(connection: Connection, folder: Path, edition: int) -> tuple[int, Atlas] | None:
    """The last file of all tiles of this edition or an earlier one that belongs to its build, or did before units were
    drawn again.
    """
    files = [path for path in folder.glob(f"*{SUFFIX}") if not base_of(path)]
    numbers = {int(path.name.partition("-")[0]) for path in files}
    for number in sorted((number for number in numbers if number <= edition), reverse=True):
        name = name_of(connection, number)
        if name is None:
            continue
        same = [build_of(path) for path in files if path.name.startswith(name.rpartition("-")[0] + "-")]
        for candidate in sorted(same, key=lambda build: build != name):
            found = opened(folder, candidate)
            if found is not None and found.base is None:
                return number, found
    return None


def read(connection: Connection, edition: int) -> Contents:
    """All tiles of an edition."""
    keys, parts = _tiles(connection, "all_tiles", [edition])
    return _with_parts(connection, _no_parts(keys, parts))


def _differing(connection: Connection, base: int, edition: int) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """The tiles of an edition that an earlier built one has otherwise, and those it has no more, without parts."""
    between = {"base": base, "edition": edition}
    keys, parts = _tiles(connection, "changed_tiles", between)
    row = connection.execute(_SQL["ended_tiles"], between, binary=True).fetchone()
    ended = np.setdiff1d(np.frombuffer(bytes(row[0]) if row else b"", dtype=">u8").astype(np.uint64), keys)
    merged = np.concatenate([keys, ended])
    order = np.argsort(merged)
    return merged[order], np.concatenate([parts, np.zeros((len(ended), _WIDE), dtype=np.int32)])[order]


def _otherwise(connection: Connection, earlier: Contents, edition: int) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """The tiles of an edition that a file has otherwise, and those it has no more, without parts."""
    keys, parts = _tiles(connection, "all_tiles", [edition])
    place = np.searchsorted(earlier.keys, keys).clip(max=len(earlier.keys) - 1)
    differs = (earlier.keys[place] != keys) | (earlier.parts[place] != parts).any(axis=1)
    ended = np.setdiff1d(earlier.keys, keys)
    merged = np.concatenate([keys[differs], ended])
    order = np.argsort(merged)
    return merged[order], np.concatenate([parts[differs], np.zeros((len(ended), _WIDE), dtype=np.int32)])[order]


def _merged(connection: Connection, earlier: Contents, keys: NDArray[np.uint64], parts: NDArray[np.int32]) -> Contents:
    """The tiles of an earlier edition with these instead."""
    stays, there = ~np.isin(earlier.keys, keys), parts.any(axis=1)
    merged, numbers = (
        np.concatenate([earlier.keys[stays], keys[there]]),
        np.concatenate([earlier.parts[stays], parts[there]]),
    )
    order = np.argsort(merged)
    return _with_parts(connection, replace(earlier, keys=merged[order], parts=numbers[order]))


def _tiles(connection: Connection, query: str, values: Any) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Keys of tiles, ascending, and the numbers of their parts."""
    row = connection.execute(_SQL[query], values, binary=True).fetchone()
    keys = np.frombuffer(bytes(row[1]) if row else b"", dtype=">u8").astype(np.uint64)
    parts = _arrays(bytes(row[2]) if row else b"", _WIDE)
    order = np.argsort(keys)
    return keys[order], parts[order]


def _arrays(data: bytes, length: int) -> NDArray[np.int32]:
    """(n, length) numbers of arrays as `array_send` writes them: dimensions, null flag, type, length, lower bound, items."""
    row = [("head", ">i4", 5), ("items", [("size", ">i4"), ("number", ">i4")], length)]
    rows: Any = np.frombuffer(data, dtype=np.dtype(row))
    return rows["items"]["number"].astype(np.int32)


def _no_parts(keys: NDArray[np.uint64], parts: NDArray[np.int32]) -> Contents:
    u4, u8, sizes = np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.uint64), np.empty((0, _LAYERS), dtype=np.uint32)
    digests = np.empty((0, 16), dtype=np.uint8)
    return Contents(keys, parts, np.empty(0, dtype=np.int32), u4, sizes, u8, u8, digests, [])


def _with_parts(connection: Connection, contents: Contents) -> Contents:
    """The same with all parts that its tiles name; those it has are not read again."""
    wanted = np.setdiff1d(contents.parts[contents.parts > 0], contents.numbers)
    columns: list[list[NDArray[Any]]] = []
    blob = list(contents.blob)
    for first in range(0, len(wanted), _AT_ONCE):
        asked = wanted[first : first + _AT_ONCE].tolist()
        row = connection.execute(_SQL["parts"], [asked], binary=True).fetchone() or (0, *[b""] * 6)
        kinds = (">i4", ">i8", ">i4")
        columns.append([np.frombuffer(bytes(data), dtype=kind) for data, kind in zip(row[1:4], kinds, strict=True)])
        columns[-1].append(_arrays(bytes(row[4]), _LAYERS))
        columns[-1].append(np.frombuffer(bytes(row[5]), dtype=np.uint8).reshape(-1, 16))
        blob.append(bytes(row[6]))
    if not columns:
        return contents
    numbers, crc, length, sizes, digests = (np.concatenate(column) for column in zip(*columns, strict=True))
    length = length.astype(np.uint64)
    start = np.cumsum(length, dtype=np.uint64) - length + np.uint64(sum(len(piece) for piece in contents.blob))
    found = np.concatenate([contents.numbers, numbers.astype(np.int32)])
    order = np.argsort(found)
    return replace(
        contents,
        numbers=found[order],
        crc=np.concatenate([contents.crc, crc.astype(np.uint32)])[order],
        sizes=np.concatenate([contents.sizes, sizes.astype(np.uint32)])[order],
        start=np.concatenate([contents.start, start])[order],
        length=np.concatenate([contents.length, length])[order],
        digests=np.concatenate([contents.digests, digests])[order],
        blob=blob,
    )
