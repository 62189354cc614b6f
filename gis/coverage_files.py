"""An edition's look-up index in one file that every worker maps into memory: built once, by one of them.

The file is the one that ``wangge export index`` writes. After a publication it is made from the file of the edition
before and the grids that changed, in a small part of the time.
"""

import hashlib
import logging
from pathlib import Path

import numpy as np
import shapely

from gis.coverage import Coverage, Edition, load_coverage, read_edition, read_names
from gis.db import Connection, load_queries
from gis.errors import FileUnreadable, WanggeError
from gis.file_lock import alone
from gis.index_file import SavedIndex, manifest_of, open_index, save_index
from gis.locate import Locator

log = logging.getLogger("wangge.index")
SUFFIX = ".index"
KEPT_FILES = 8
_SQL = load_queries(Path(__file__).with_name("coverage_files.sql"))


def shared_coverage(connection: Connection, folder: Path, number: int) -> Coverage:
    """An edition whose index is mapped from a file in ``folder``; processes that ask for the same one share its memory.

    Where the file is missing or damaged, the first process makes it and the others wait. Where it cannot be written
    (a full disk), the index is built in this process's own memory, and the log says so.

    Raises
    ------
    NotFound
        If that edition does not exist.
    """
    edition = read_edition(connection, number)
    path = folder / file_name(connection, number)
    try:
        found = _opened(path)
        if found is None:
            with alone(folder / "lock"):
                found = _opened(path) or _make(connection, folder, edition, path)
                _remove_oldest(folder)
    except (OSError, WanggeError) as error:
        reason = error.message("en") if isinstance(error, WanggeError) else str(error)
        log.warning("the index is not shared", extra={"edition": number, "reason": reason})
        return load_coverage(connection, number)
    return Coverage(edition, dict(found.names), found.locator)


def file_name(connection: Connection, number: int) -> str:
    """The name of an edition's file. It tells when the edition was recorded, so another database's has another one."""
    row = connection.execute(_SQL["recorded"], [number]).fetchone()
    stamp = hashlib.blake2b(repr(row).encode(), digest_size=6).hexdigest()
    return f"{number}-{stamp}{SUFFIX}"


def _opened(path: Path) -> SavedIndex | None:
    """A file that is there, whole and of today's format, else None."""
    if not path.exists():
        return None
    try:
        return open_index(path)
    except FileUnreadable as error:
        log.warning("an index file is made again", extra={"reason": error.message("en")})
        return None


def _make(connection: Connection, folder: Path, edition: Edition, path: Path) -> SavedIndex:
    before = _opened(folder / file_name(connection, edition.number - 1)) if edition.number > 1 else None
    if before is None:
        coverage = load_coverage(connection, edition.number)
    else:
        locator = _brought_forward(connection, before.locator, edition.number)
        coverage = Coverage(edition, read_names(connection, edition.number), locator)
    save_index(path, manifest_of(coverage), coverage.names, coverage.locator)
    return open_index(path)


def _brought_forward(connection: Connection, before: Locator, number: int) -> Locator:
    """The index of an edition from that of the one before: only what its changed grids touch is built."""
    rows = connection.execute(_SQL["changed_leaves"], {"edition": number}, binary=True).fetchall()
    shapes = shapely.from_wkb(np.array([row[1] and bytes(row[1]) for row in rows], dtype=object))
    return before.updated({row[0]: shape for row, shape in zip(rows, np.atleast_1d(shapes), strict=True)})


def _remove_oldest(folder: Path) -> None:
    """Keep a few files, those made last; who has one mapped keeps it."""
    made = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in made[KEPT_FILES:]:
        path.unlink(missing_ok=True)
