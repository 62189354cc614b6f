"""How often units were drawn again within an edition, and in which tiles, as far as one worker has seen it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiles.summary import Summary, summarised

_KEPT = 32

Keys = NDArray[np.uint64]
"""Tiles as `tiles.atlas.key_of` numbers them."""


class Drawn(NamedTuple):
    """A state of the tiles: ``rev`` grows whenever units are drawn again in the edition."""

    edition: int
    rev: int


class Redraws:
    """The last states of a worker's tiles; any thread may ask, one at a time may add.

    Attributes
    ----------
    now : the state that the worker answers from; None as long as there are no tiles.
    """

    def __init__(self) -> None:
        self.now: Drawn | None = None
        self._left: tuple[tuple[Drawn, Keys | None], ...] = ()

    def add(self, now: Drawn, changed: Keys | None) -> None:
        """Go to another state.

        Parameters
        ----------
        changed
            The tiles drawn again since the state before, besides those that another edition changed; None for any.
        """
        if self.now is not None:
            self._left = (*self._left, (self.now, changed))[-_KEPT:]
        self.now = now

    def since(self, base: Drawn) -> Summary | None:
        """The tiles drawn again since a state, None for any: this worker has not seen that state, or too long ago."""
        if base == self.now:
            return {}
        left = self._left
        steps = [k for k, (state, _) in enumerate(left) if state == base]
        keys = [changed for _, changed in left[steps[-1] :]] if steps else [None]
        known = [each for each in keys if each is not None]
        return summarised(np.unique(np.concatenate(known))) if len(known) == len(keys) else None
