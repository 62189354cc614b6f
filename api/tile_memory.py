"""A worker's memory of tiles: the files of the current and the last edition, mapped, and shared by all workers."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from gis.db import Database
from gis.errors import WanggeError
from tiles.atlas import Atlas
from tiles.atlas_build import build_of, ensure, name_of, opened, remove_but
from tiles.atlas_build import last_before as last_built
from tiles.parts import Packed

log = logging.getLogger("wangge.tiles")


class TileMemory:
    """The tiles of some editions at hand; methods may be called from any thread, those named ``now_`` wait for nothing.

    Attributes
    ----------
    version : grows when other files are mapped.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._kept: dict[int, Atlas] = {}
        self.version = 0
        self._lock = threading.Lock()

    def now_tile(self, edition: int, tms: str, names: Sequence[str], place: tuple[int, int, int]) -> Packed | None:
        """A tile of stored layers, None if the edition is not at hand."""
        atlas = self._kept.get(edition)
        return None if atlas is None else atlas.tile(tms, names, place)

    def follow(self, edition: int, *, make: bool = True) -> None:
        """Have the tiles of the edition that is served, or about to be, and of the one before as long as it is there.

        A file that belongs to another build is let go. What goes wrong is logged: tiles are answered from the store.

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
                if make and edition in names and found[edition] is None:
                    found[edition] = ensure(connection, self._folder, edition)
                    remove_but(self._folder, set(names.values()))
                self._kept = {number: atlas for number, atlas in found.items() if atlas is not None}
                self.version += 1
        except (OSError, WanggeError) as error:
            reason = error.message("en") if isinstance(error, WanggeError) else str(error)
            log.warning("tiles are answered from the store", extra={"reason": reason})

    def _opened(self, number: int, name: str) -> Atlas | None:
        kept = self._kept.get(number)
        return kept if kept is not None and build_of(kept.path) == name else opened(self._folder, name)
