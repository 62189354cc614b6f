"""The tiles that differ between two files of one edition: where units were drawn again."""

import numpy as np
from numpy.typing import NDArray

from tiles.atlas import Atlas
from tiles.layers import GROUPS


def changed_keys(old: Atlas, new: Atlas) -> NDArray[np.uint64]:
    """Keys (see `tiles.atlas.key_of`), ascending, of the tiles that two files made from one build have otherwise."""
    before, after = _stack(old), _stack(new)
    # What both stand on is the same in both.
    alone = [atlas for path, atlas in (before | after).items() if path not in before or path not in after]
    if not alone:
        return np.empty(0, dtype=np.uint64)
    keys = np.unique(np.concatenate([atlas.contents().keys for atlas in alone]))
    return keys[(_parts(old, keys) != _parts(new, keys)).any(axis=1)]


def _stack(atlas: Atlas) -> dict[str, Atlas]:
    return {atlas.path.name: atlas} | ({} if atlas.base is None else _stack(atlas.base))


def _parts(atlas: Atlas, keys: NDArray[np.uint64]) -> NDArray[np.int32]:
    """(k, groups) numbers of the parts of tiles, 0 for none."""
    held = atlas.contents()
    found = np.zeros((len(keys), len(GROUPS)), dtype=np.int32)
    here = np.isin(keys, held.keys)
    found[here] = held.parts[np.searchsorted(held.keys, keys[here])]
    if atlas.base is not None and not here.all():
        found[~here] = _parts(atlas.base, keys[~here])
    return found
