"""A worker's memory of tiles: the files of the current and the last edition, mapped, and shared by all workers."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from api.redraws import Drawn, Keys, Redraws
from gis.db import Database
from gis.errors import WanggeError
from tiles.atlas import Atlas
from tiles.atlas_build import build_of, ensure, name_of, opened, remove_but, rev_of
from tiles.atlas_build import last_before as last_built
from tiles.atlas_changes import changed_keys
from tiles.parts import Packed

log = logging.getLogger("wangge.tiles")


class TileMemory:
    """The tiles of some editions at hand; methods may be called from any thread, those named ``now_`` wait for nothing.

    Attributes
    ----------
    version : grows when other files are mapped.
    redraws : which state of the units the tiles have.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._kept: dict[int, Atlas] = {}
        self.version = 0
        self.redraws = Redraws()
        self._lock = threading.Lock()

    def now_tile(
        self, edition: int, tms: str, names: Sequence[str], place: tuple[int, int, int], rev: int = 0
    ) -> Packed | None:
        """A tile of stored layers, None if the edition is not at hand, or not as newly drawn as ``rev`` says."""
        atlas = self._kept.get(edition)
        if atlas is None or (rev and rev_of(build_of(atlas.path)) < rev):
            return None
        return atlas.tile(tms, names, place)

    def follow(self, edition: int, *, make: bool = True) -> None:
        """Have the tiles of the edition that is served, or about to be, and of the one before as long as it is there.

        A file that belongs to another build is let go, even if its heir cannot be made. What goes wrong is logged: tiles
        are answered from the store.

        Parameters
        ----------
        make
            Whether to make a missing file, which takes seconds for a whole county, parts of one for few changes.
        """
        try:
            with self._lock, self._database.transaction() as connection:
                wanted = [number for number in (edition, last_built(connection, edition)) if number is not None]
                names = {number: name for number in wanted if (name := name_of(connection, number)) is not None}
                if all(number in self._kept and build_of(self._kept[number].path) == names[number] for number in names):
                    return
                found = {number: self._opened(number, name) for number, name in names.items()}
                try:
                    if make and edition in names and found[edition] is None:
                        found[edition] = ensure(connection, self._folder, edition)
                        remove_but(self._folder, set(names.values()))
                finally:
                    self._take(edition, names, {number: atlas for number, atlas in found.items() if atlas is not None})
        except (OSError, WanggeError) as error:
            reason = error.message("en") if isinstance(error, WanggeError) else str(error)
            log.warning("tiles are answered from the store", extra={"reason": reason})

    def _opened(self, number: int, name: str) -> Atlas | None:
        kept = self._kept.get(number)
        return kept if kept is not None and build_of(kept.path) == name else opened(self._folder, name)

    def _take(self, edition: int, names: dict[int, str], found: dict[int, Atlas]) -> None:
        """Answer from these files from now on."""
        # A file may be newer than the name that was read before it was made.
        revs = {number: rev_of(name) for number, name in names.items()}
        revs |= {number: rev_of(build_of(atlas.path)) for number, atlas in found.items()}
        before, kept = self.redraws.now, self._kept
        now = Drawn(edition, revs[edition]) if edition in revs else before
        if found != kept or now != before:
            self._kept = found
            self.version += 1
        if now is not None and now != before:
            self.redraws.add(now, None if before is None else _redrawn(before, revs, kept, found))


def _redrawn(before: Drawn, revs: dict[int, int], kept: dict[int, Atlas], found: dict[int, Atlas]) -> Keys | None:
    """The tiles of the edition followed so far that were drawn again since; None if that is not known."""
    number, rev = before
    if revs.get(number) == rev:
        return np.empty(0, dtype=np.uint64)
    if number not in kept or number not in found:
        return None
    old, new = kept[number], found[number]
    return changed_keys(old, new) if _made(old) == _made(new) and revs[number] > rev else None


def _made(atlas: Atlas) -> str:
    """The name of a build without how often units were drawn again."""
    return build_of(atlas.path).rpartition("-")[0]
