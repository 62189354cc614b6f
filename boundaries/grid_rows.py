"""The rows of grids that an edition writes: changed basic grids, and those above them whose outline changes with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from boundaries.coverage_change import CoverageChange
from gis.codes import WIDTHS
from gis.coverage_check import areas_m2
from gis.db import Connection, as_multi, load_queries

_SQL = load_queries(Path(__file__).with_name("publish.sql"))


@dataclass(frozen=True, slots=True)
class Outline:
    """A (multi)polygon in degrees EPSG:4490 and its area; that of an upper grid is the sum of its basic grids'."""

    shape: Any
    area_m2: float


def outlines_to_write(
    connection: Connection, base: int | None, change: CoverageChange
) -> tuple[dict[str, Outline], set[str]]:
    """Outlines by code of the grids to be written, and the codes that cease.

    An upper grid is the coverage union of its children, level by level. One whose outline stays as it is (a border
    moved inside it) is not written, nor anything above it: the cost follows the change.
    """
    drawn = sorted(change.changed & change.after.keys())
    shapes = [change.after[code] for code in drawn]
    written = {code: Outline(*one) for code, *one in zip(drawn, shapes, areas_m2(shapes).tolist(), strict=True)}
    gone = set(change.changed - change.after.keys())
    for level in (5, 4, 3, 2):
        below = {code for code in (*written, *gone) if len(code) == WIDTHS[level + 1]}
        children = _children(connection, base, level, below, written)
        standing = _standing(connection, base, children)
        for code, outlines in children.items():
            found = _union(outlines)
            if found is None:
                gone.add(code)
            elif code not in standing or not _same(found.shape, standing[code].shape):
                written[code] = found
    renamed = _standing(connection, base, change.renamed - written.keys() - gone)
    return written | renamed, gone


def _children(
    connection: Connection, base: int | None, level: int, below: set[str], written: dict[str, Outline]
) -> dict[str, list[Outline]]:
    """By code of each parent of ``below``, all its children as they will stand; none where the last one ceased."""
    found: dict[str, list[Outline]] = {code[: WIDTHS[level]]: [] for code in sorted(below)}
    values = {"edition": base or 0, "parents": list(found), "codes": sorted(below)}
    for code, wkb, area in connection.execute(_SQL["children"], values, binary=True):
        found[code[: WIDTHS[level]]].append(Outline(shapely.from_wkb(bytes(wkb)), area))
    for code in sorted(below & written.keys()):
        found[code[: WIDTHS[level]]].append(written[code])
    return found


def _standing(connection: Connection, base: int | None, codes: Iterable[str]) -> dict[str, Outline]:
    values = {"edition": base or 0, "codes": sorted(codes)}
    rows = connection.execute(_SQL["standing"], values, binary=True)
    return {code: Outline(shapely.from_wkb(bytes(wkb)), area) for code, wkb, area in rows}


def _union(outlines: list[Outline]) -> Outline | None:
    if len(outlines) < 2:
        return outlines[0] if outlines else None
    shapes = np.array([one.shape for one in outlines], dtype=np.object_)
    return Outline(shapely.coverage_union_all(shapes), sum(one.area_m2 for one in outlines))


def _same(one: Any, other: Any) -> bool:
    """Whether two outlines have the same vertices in the same places, wherever their rings begin."""
    pair = shapely.normalize(as_multi([one, other]))
    return bool(shapely.equals_exact(pair[0], pair[1]))
