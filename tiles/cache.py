"""A worker's memory of tiles, bounded in bytes."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

from tiles.parts import Packed

_OVERHEAD = 300  # bytes of a key, an entry and their places in the table


class TileCache:
    """The tiles used last, up to ``limit`` bytes; any thread may use it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._kept: OrderedDict[Hashable, Packed] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Packed | None:
        """The tile kept under ``key``, if it still is."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Hashable, packed: Packed) -> None:
        """Keep a tile, and let go of those that were used longest ago as far as room is needed."""
        with self._lock:
            old = self._kept.pop(key, None)
            self.size -= _weight(old) if old is not None else 0
            self._kept[key] = packed
            self.size += _weight(packed)
            while self.size > self.limit:
                _, gone = self._kept.popitem(last=False)
                self.size -= _weight(gone)


def _weight(packed: Packed) -> int:
    return len(packed.gzipped) + _OVERHEAD
