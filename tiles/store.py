"""The stored pyramid: parts of tiles by number, and rows that stand for editions ``[edition_from, edition_to)``."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gis.arrays import I64
from gis.db import Connection, load_queries
from tiles.copying import END, START, part_rows, tile_rows
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
    """Some tiles as they should stand.

    Attributes
    ----------
    places : (t, 4) number of the tile matrix set, zoom, column, row.
    digests : (t, groups) key in ``parts`` of each group of layers, empty bytes where it has none.
    parts : their parts by digest.
    """

    places: I64
    digests: list[list[bytes]]
    parts: dict[bytes, Part]


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


def write(connection: Connection, edition: int, blocks: Iterable[Encoded], *, everything: bool) -> int:
    """Write tiles of an edition; those that stand already are kept. Returns the number of rows begun or ended.

    Parameters
    ----------
    blocks : tiles, each in one of them; written one after another as they come.
    everything : tiles that stand and are in no block are ended.
    """
    stood = _one(connection, "anything_stands")
    last, changed = _one(connection, "last_part"), 0
    seen: list[I64] = []
    for block in blocks:
        numbers = _write_parts(connection, edition, block.parts, last)
        last = max(last, *numbers.values())
        changed += _write_tiles(
            connection, edition, block, numbers, _standing(connection, block.places) if stood else {}
        )
        seen.append(block.places)
    if stood and everything:
        known = {_place(row) for places in seen for row in places.tolist()}
        changed += _end(connection, edition, [place for place in _all_standing(connection) if place not in known])
    return changed


def write_group(connection: Connection, edition: int, blocks: Iterable[Encoded], group: int) -> int:
    """Write one group of layers of tiles that stand in the last edition; their other groups stay.

    Returns the number of tiles that changed. Parts are only added, so that numbers keep their meaning within a build.
    """
    changed, last = 0, _one(connection, "last_part")
    for block in blocks:
        numbers = _write_parts(connection, edition, block.parts, last)
        last = max(last, *numbers.values())
        standing = _standing(connection, block.places)
        rows: dict[Place, list[int]] = {}
        for row, digests in zip(block.places.tolist(), block.digests, strict=True):
            place, number = _place(row), numbers[digests[group]]
            parts = standing.get(place)
            if parts is not None and parts[group] != number:
                rows[place] = [number if k == group else part for k, part in enumerate(parts)]
        if not rows:
            continue
        places = list(map(list, zip(*rows, strict=True)))
        connection.execute(_SQL["drop_tiles"], [*places, edition])
        connection.execute(_SQL["end_tiles"], [edition, *places])
        arrays = np.array(list(rows), dtype=np.int64), np.array(list(rows.values()), dtype=np.int64)
        _copy(connection, "copy_tiles", tile_rows(*arrays, edition))
        changed += len(rows)
    return changed


def count_redrawn(connection: Connection, edition: int, changed: int) -> None:
    """Count tiles that were drawn again in an edition: by this number their file is told from the one before."""
    connection.execute(_SQL["count_redrawn"], [changed, edition])


def _write_tiles(
    connection: Connection, edition: int, block: Encoded, numbers: dict[bytes, int], standing: dict[Place, list[int]]
) -> int:
    parts = np.array([[numbers[digest] for digest in row] for row in block.digests], dtype=np.int64)
    parts = parts.reshape(-1, len(GROUPS))
    new, kept = parts.any(axis=1), set[Place]()
    if standing:
        for k, (place, mine) in enumerate(zip(map(_place, block.places.tolist()), parts.tolist(), strict=True)):
            if standing.get(place) == mine:
                kept.add(place)
                new[k] = False
    gone = _end(connection, edition, [place for place in standing if place not in kept])
    _copy(connection, "copy_tiles", tile_rows(block.places[new], parts[new], edition))
    return int(new.sum()) + gone


def _copy(connection: Connection, query: str, rows: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(_SQL[query]) as copy:
        copy.write(b"".join((START, rows, END)))


def _end(connection: Connection, edition: int, gone: list[Place]) -> int:
    if gone:
        connection.execute(_SQL["end_tiles"], [edition, *map(list, zip(*gone, strict=True))])
    return len(gone)


def _place(row: list[int]) -> Place:
    return row[0], row[1], row[2], row[3]


def _standing(connection: Connection, places: I64) -> dict[Place, list[int]]:
    """The parts of those of these tiles that stand now."""
    rows = connection.execute(_SQL["standing_among"], [column.tolist() for column in places.T], binary=True)
    return {(tms, z, x, y): parts for tms, z, x, y, parts in rows}


def _all_standing(connection: Connection) -> Iterator[Place]:
    """Every tile that stands now."""
    with connection.cursor(binary=True) as cursor:
        yield from cursor.stream(_SQL["standing"], size=1000)


def _write_parts(connection: Connection, edition: int, parts: dict[bytes, Part], last: int) -> dict[bytes, int]:
    """Write the parts that are not stored yet, numbered from ``last`` on; the number of each by digest, 0 for none."""
    rows = connection.execute(_SQL["known_parts"], [list(parts)], binary=True) if last else ()
    numbers = {bytes(digest): number for number, digest in rows}
    new = [part for digest, part in parts.items() if digest not in numbers]
    numbers.update((part.digest, number) for number, part in enumerate(new, last + 1))
    _copy(connection, "copy_parts", part_rows(enumerate(new, last + 1), edition))
    return numbers | {b"": 0}


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
