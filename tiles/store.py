"""The stored pyramid: parts of tiles by number, and rows that stand for editions ``[edition_from, edition_to)``."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gis.arrays import I64
from gis.db import Connection, load_queries
from tiles.copying import END, START, PartRows, numbered, tile_rows
from tiles.layers import GROUPS, by_group
from tiles.matrix import CGCS2000, WEB_MERCATOR
from tiles.parts import Part

_SQL = load_queries(Path(__file__).with_name("store.sql"))
SETS = (WEB_MERCATOR, CGCS2000)
"""The tile matrix sets by the number that they are stored with."""

Place = tuple[int, int, int, int]
"""Number of the tile matrix set, zoom, column, row."""


@dataclass(frozen=True)
class Encoded:
    """A group of layers of some tiles, as it should stand.

    Attributes
    ----------
    group : place in `tiles.layers.GROUPS`.
    places : (t, 4) number of the tile matrix set, zoom, column, row.
    parts : (t,) which of ``found`` each tile has.
    found : the parts, each once.
    """

    group: int
    places: I64
    parts: I64
    found: PartRows


def base_of(connection: Connection, edition: int) -> int | None:
    """The last built edition before this one, None if there is none."""
    row = connection.execute(_SQL["base"], [edition]).fetchone()
    return None if row is None else row[0]


def is_built(connection: Connection, edition: int) -> bool:
    """Whether all tiles of an edition are written."""
    return connection.execute(_SQL["is_built"], [edition]).fetchone() is not None


def mark_built(connection: Connection, edition: int, changed: int, took_s: float) -> None:
    """Write down that all tiles of an edition are written."""
    connection.execute(_SQL["mark_built"], [edition, changed, took_s])


def write(connection: Connection, edition: int, blocks: Iterable[Encoded], wanted: I64 | None) -> int:
    """Write tiles of an edition; those that stand already are kept. Returns the number of rows begun or ended.

    Parameters
    ----------
    blocks : groups of layers of tiles; their parts are written one after another as they come.
    wanted : (t, 4) places that were looked at; None for all. What stands there and is in no block is ended.
    """
    numbers, found = _Numbers(connection, edition), list[tuple[int, I64, I64]]()
    for block in blocks:
        found.append((block.group, block.places, numbers.write(block.found)[block.parts]))
    places, parts = _together(found)
    standing = _standing(connection, wanted)
    new, kept = np.ones(len(places), dtype=np.bool_), set[Place]()
    if standing:
        for k, (place, mine) in enumerate(zip(map(_place, places.tolist()), parts.tolist(), strict=True)):
            if standing.get(place) == mine:
                kept.add(place)
                new[k] = False
    gone = _end(connection, edition, [place for place in standing if place not in kept])
    _copy(connection, "copy_tiles", tile_rows(places[new], parts[new], edition))
    return int(new.sum()) + gone


def write_group(connection: Connection, edition: int, group: int, blocks: Iterable[Encoded], wanted: I64) -> int:
    """Write one group of layers of tiles that stand in the last edition; their other groups stay.

    ``wanted`` are the (t, 4) places that were looked at: those of them that no block has, have nothing of the group.
    Returns the number of tiles that changed. Parts are only added, so that numbers keep their meaning within a build.
    """
    numbers, given = _Numbers(connection, edition), dict[Place, int]()
    for block in blocks:
        mine = numbers.write(block.found)[block.parts]
        given.update(zip(map(_place, block.places.tolist()), mine.tolist(), strict=True))
    rows: dict[Place, list[int]] = {}
    for place, parts in _standing(connection, wanted).items():
        number = given.get(place, 0)
        if parts[group] != number:
            rows[place] = [number if k == group else part for k, part in enumerate(parts)]
    if rows:
        places = list(map(list, zip(*rows, strict=True)))
        if connection.execute(_SQL["drop_tiles"], [*places, edition]).rowcount < len(rows):
            connection.execute(_SQL["end_tiles"], [edition, *places])
        arrays = np.array(list(rows), dtype=np.int64), np.array(list(rows.values()), dtype=np.int64)
        _copy(connection, "copy_tiles", tile_rows(*arrays, edition))
    return len(rows)


def count_redrawn(connection: Connection, edition: int, changed: int) -> None:
    """Count tiles that were drawn again in an edition: by this number their file is told from the one before."""
    connection.execute(_SQL["count_redrawn"], [changed, edition])


def _together(found: Sequence[tuple[int, I64, I64]]) -> tuple[I64, I64]:
    """(t, 4) places and (t, groups) numbers of their parts, from those of each group."""
    if not found:
        return np.empty((0, 4), dtype=np.int64), np.empty((0, len(GROUPS)), dtype=np.int64)
    group = np.repeat([each[0] for each in found], [len(each[1]) for each in found])
    places = np.concatenate([each[1] for each in found])
    order = np.lexsort(places.T[::-1])
    group, places, numbers = group[order], places[order], np.concatenate([each[2] for each in found])[order]
    first = np.r_[True, (places[1:] != places[:-1]).any(axis=1)][: len(places)]
    parts = np.zeros((int(first.sum()), len(GROUPS)), dtype=np.int64)
    parts[np.cumsum(first) - 1, group] = numbers
    return places[first], parts


def _copy(connection: Connection, query: str, rows: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(_SQL[query]) as copy:
        copy.write(b"".join((START, rows, END)))


def _end(connection: Connection, edition: int, gone: list[Place]) -> int:
    if gone:
        connection.execute(_SQL["end_tiles"], [edition, *map(list, zip(*gone, strict=True))])
    return len(gone)


def _place(row: list[int]) -> Place:
    return row[0], row[1], row[2], row[3]


def _standing(connection: Connection, wanted: I64 | None) -> dict[Place, list[int]]:
    """The parts of those of these tiles, or of all, that stand now."""
    if wanted is None:
        rows = connection.execute(_SQL["standing"], binary=True)
    else:
        rows = connection.execute(_SQL["standing_among"], [column.tolist() for column in wanted.T], binary=True)
    return {(tms, z, x, y): parts for tms, z, x, y, parts in rows}


class _Numbers:
    """The number of each part by its digest, of those written for an edition and of those stored before."""

    def __init__(self, connection: Connection, edition: int) -> None:
        self._connection, self._edition = connection, edition
        self._stored = self._last = int(_one(connection, "last_part"))
        self._numbers: dict[bytes, int] = {}

    def write(self, found: PartRows) -> I64:
        """Write the parts that are not stored yet; the numbers of all."""
        if self._stored:
            asked = [digest for digest in found.digests if digest not in self._numbers]
            rows = self._connection.execute(_SQL["known_parts"], [asked], binary=True)
            self._numbers.update((bytes(digest), number) for number, digest in rows)
        new = np.array([digest not in self._numbers for digest in found.digests], dtype=np.bool_)
        fresh = [digest for digest, is_new in zip(found.digests, new.tolist(), strict=True) if is_new]
        self._numbers.update((digest, self._last + k) for k, digest in enumerate(fresh, 1))
        self._last += len(fresh)
        numbers = np.array([self._numbers[digest] for digest in found.digests], dtype=np.int64)
        _copy(self._connection, "copy_parts", numbered(found, numbers, new, self._edition))
        return numbers


def _one(connection: Connection, query: str) -> Any:
    row = connection.execute(_SQL[query]).fetchone()
    return row[0] if row else None


def discard(connection: Connection, edition: int) -> None:
    """Undo all that was written for an edition."""
    for query in ("discard_tiles", "discard_parts", "discard_built", "revive_tiles"):
        connection.execute(_SQL[query], [edition])


def read_tiles(
    connection: Connection, edition: int, tms: str, places: Sequence[tuple[int, int, int]], layers: Sequence[str]
) -> dict[tuple[int, int, int], list[Part]]:
    """Stored layers of tiles.

    Parameters
    ----------
    edition
        Number of a built edition.
    tms
        Name of a tile matrix set.
    places
        Zoom, column, row of each tile.
    layers
        Names out of `tiles.layers.STORED`.

    Returns
    -------
    For each tile that has any of these layers their parts, one of each group; join them with `tiles.parts.packed`.
    """
    z, x, y = zip(*places, strict=True) if places else ((), (), ())
    wanted = dict(by_group(tuple(layers)))
    asked = {
        "edition": edition,
        "tms": SETS.index(tms),
        "z": list(z),
        "x": list(x),
        "y": list(y),
        "groups": [group + 1 for group in wanted],
    }
    found: dict[tuple[int, int, int], list[Part]] = {}
    for z_, x_, y_, group, *stored in connection.execute(_SQL["read_tiles"], asked, binary=True):
        part = _part(*stored).only(wanted[group - 1])
        if any(part.sizes):
            found.setdefault((z_, x_, y_), []).append(part)
    return found


def _part(digest: bytes, deflated: bytes, crc: int, sizes: list[int]) -> Part:
    return Part(bytes(deflated), crc, tuple(sizes), bytes(digest))


def read_all_tiles(connection: Connection, edition: int) -> Iterator[tuple[Place, list[int]]]:
    """Every tile of an edition with the number of each group's part, 0 for none."""
    with connection.cursor(binary=True) as cursor:
        for tms, z, x, y, parts in cursor.stream(_SQL["read_all_tiles"], [edition], size=1000):
            yield (tms, z, x, y), parts


def read_all_parts(connection: Connection, edition: int) -> Iterator[tuple[int, Part]]:
    """Every part that an edition's tiles have, with its number."""
    with connection.cursor(binary=True) as cursor:
        for number, *stored in cursor.stream(_SQL["read_all_parts"], [edition], size=1000):
            yield number, _part(*stored)


def read_part_sizes(connection: Connection, edition: int) -> Iterator[tuple[int, tuple[int, list[int]]]]:
    """Compressed bytes of each part by its number, and each layer's before; of all that an edition may have."""
    with connection.cursor(binary=True) as cursor:
        for number, length, sizes in cursor.stream(_SQL["part_sizes"], [edition], size=1000):
            yield number, (length, sizes)


def changed_tiles(connection: Connection, base: int, edition: int) -> list[tuple[str, int, int, int]]:
    """The tiles that differ between two built editions: name of the tile matrix set, zoom, column, row."""
    rows = connection.execute(_SQL["changed_tiles"], {"base": base, "edition": edition}).fetchall()
    return [(SETS[tms], z, x, y) for tms, z, x, y in rows]


def bounds(connection: Connection, edition: int) -> tuple[float, float, float, float] | None:
    """West, south, east, north of an edition's grids, degrees EPSG:4490; None if it has none."""
    row = connection.execute(_SQL["bounds"], [edition]).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1], row[2], row[3])
