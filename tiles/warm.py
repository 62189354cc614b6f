"""Compiles the loops of this package, of the look-up and of the units ahead; run as ``python -m tiles.warm`` beside other work."""

from typing import Any

import numpy as np
import shapely

from gis.index.grid_index import prepare
from gis.partition import UnitPolicy, partition
from tiles.changes import tiles_of
from tiles.features import grids_of, units_of
from tiles.matrix import MAX_ZOOM
from tiles.pyramid import encode
from tiles.store import SETS

_CODES = ("532322", "532322101", "532322101201", "532322101201001", "53232210120100101", "53232210120100102")


def encode_two_squares() -> int:
    """Encode the tiles of zoom 12 of two squares, with units; returns how many there are."""
    squares = [shapely.to_wkb(shapely.box(101 + 0.1 * k, 24, 101.1 + 0.1 * k, 24.1)) for k in range(2)]
    outlines: dict[str, bytes] = dict(zip(_CODES[4:], squares, strict=True))
    rows: list[tuple[Any, ...]] = [
        (code, max(2, len(code) // 3 if len(code) < 17 else 6), code, None, 1, 101.05, 24.05, 1e6, outlines.get(code))
        for code in _CODES
    ]
    units = units_of([(code, code, code, 1, outline) for code, outline in outlines.items()])
    nothing = np.empty((0, 2), dtype=np.int64)
    wanted = {(tms, zoom): nothing for tms in SETS for zoom in range(MAX_ZOOM + 1)}
    for tms in SETS:
        wanted[tms, 12] = tiles_of(np.array([[101, 24, 101.2, 24.1]]), tms, 12)
    return sum(len(block.places) for block in encode(grids_of(rows), units, wanted))


def warm() -> None:
    """Compile every loop, or load what was compiled before."""
    prepare()
    partition([0.0, 1.0], [0.0, 1.0], [0, 0], UnitPolicy(1, 1, 1, 1, 1))
    encode_two_squares()


if __name__ == "__main__":
    warm()
