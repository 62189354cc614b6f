"""A worker's memory of sheets: coverages of editions and drafts, ready for tiles that are encoded on request."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from tiles.sheet import Sheet

KEPT = 3
"""Some twenty megabytes each; making one takes about a second."""


class Sheets:
    """The sheets used last; any thread may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Sheet] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Sheet]) -> Sheet:
        """The sheet of a key, which must name a state that never changes: an edition, a revision of a draft.

        It is made if it is not at hand; who asks meanwhile waits for it instead of making it too.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                found = self._kept[key] = make()
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return found
