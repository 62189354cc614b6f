"""Basic grids: codes, names and parents by row, then the coverage they make together with what stands."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely

from gis.allocator import allocate, register, retired
from gis.arrays import Geometries
from gis.codes import Kind, ancestor, ancestors, is_code, level_of
from gis.coverage_check import AREA_FLOOR_M2, area_m2
from gis.db import Connection, as_multi
from gis.importer.cells import Cells
from gis.importer.county import County, Named, resolve
from gis.importer.findings import Finding
from gis.importer.grid_names import NAME_COLUMNS
from gis.importer.mapping import Mapped
from gis.importer.places import Placed
from gis.importer.values import code as text_code
from gis.numbering import reading_order

SAME = 1e-9
"""Degrees, a tenth of a millimetre: what publishing too takes for one vertex."""


@dataclass(frozen=True)
class Grids:
    """Checked columns, (n,) each, of all rows of the file.

    Attributes
    ----------
    code : of the basic grid; of a row that only names an upper grid that one's; empty where there is none.
    basic : whether the row draws a basic grid.
    name : its name.
    above : names that the row's columns give to the levels 2–5 above it, level to name.
    upper : code of the upper grid that the row is (also) about, empty for others.
    geometry : degrees EPSG:4490, None where there is none.
    """

    code: list[str]
    basic: list[bool]
    name: list[str]
    above: list[dict[int, str]]
    upper: list[str]
    geometry: Geometries


@dataclass(frozen=True, slots=True)
class GridChange:
    """What a draft shall do to one code: put a basic grid with its polygon, put a parent's name, or retire."""

    code: str
    operation: Literal["put", "retire"]
    name: str | None = None
    geometry: Any = None


def named_villages(mapped: Mapped, county: County | None) -> list[Named]:
    """The village that each row's code (or its parent's) says it lies in, where the current edition has it."""
    said = zip(mapped.texts("code"), mapped.texts("parent"), strict=True)
    villages = [(text_code(code) or text_code(parent))[:12] for code, parent in said]
    return [
        Named(code) if county is not None and is_code(code) and len(code) == 12 and county.has(code) else Named()
        for code in villages
    ]


def check_grids(
    connection: Connection, cells: Cells, placed: Placed, county: County | None, *, allocating: bool
) -> tuple[Grids, list[Finding]]:
    """Check the cells of grids and give codes to rows without one, if asked; the coverage is checked afterwards.

    The findings include those of ``placed`` and ``cells``, but for missing places of rows that only name a grid.
    """
    said, names = cells.codes("code"), cells.names("name")
    findings = [Finding("missing-name", i, values=_NAMELESS) for i, name in enumerate(names) if not name]
    for i, code in enumerate(said):
        if code and not _is_grid(code):
            findings.append(Finding("bad-code", i, values={"value": code[:40]}))
    undivided = _undivided(said, placed.geometry, county)
    findings += [Finding("undivided", i, (f"{code}01",)) for i, code in enumerate(said) if code in undivided]
    found = Grids(
        code=[f"{code}01" if code in undivided else code if _is_grid(code) else "" for code in said],
        basic=[not _is_grid(code) or level_of(code) == 6 or code in undivided for code in said],
        name=names,
        above=_names_above(cells, len(said)),
        upper=[code if _is_grid(code) and level_of(code) < 6 else "" for code in said],
        geometry=placed.geometry,
    )
    findings += _identity(connection, cells, found, county) + _invalid(found) + cells.findings
    findings += [f for f in placed.findings if f.rule != "no-place" or f.position is None or found.basic[f.position]]
    bad = {f.position for f in findings if f.severity == "error"}
    without = [i for i, code in enumerate(found.code) if not code and i not in bad]
    if allocating:
        return found, findings + _allocate(connection, cells, found, placed, county, without)
    return found, findings + [Finding("missing-code", i) for i in without]


_NAMELESS = {"label_zh": "网格名称", "label_en": "grid name"}


def _is_grid(code: str) -> bool:
    return is_code(code) and level_of(code) <= 6


def _undivided(codes: Sequence[str], geometry: Geometries, county: County | None) -> set[str]:
    """Level-5 grids that are drawn, and not divided: they are their own only basic grid, number 01."""
    divided = {code[:15] for code in codes if is_code(code) and level_of(code) == 6}
    if county is not None:
        divided |= {code[:15] for code in county.leaves if not code.endswith("01")}
    return {
        code
        for code, shape in zip(codes, geometry, strict=True)
        if shape is not None and is_code(code) and level_of(code) == 5 and code not in divided
    }


def _names_above(cells: Cells, count: int) -> list[dict[int, str]]:
    columns = {level: cells.names(field) for level, (field, _) in NAME_COLUMNS.items()}
    return [{level: texts[i] for level, texts in columns.items() if texts[i]} for i in range(count)]


def _identity(connection: Connection, cells: Cells, found: Grids, county: County | None) -> list[Finding]:
    """Codes that occur twice, or were retired."""
    keys = [code or None for code in found.code]
    findings = [
        Finding("duplicate-code", i, (found.code[i],), {"value": found.code[i], "other": other})
        for i, other in cells.repeated(keys)
    ]
    new = {code for code in found.code if code and not (county is not None and county.has(code))}
    gone = set(retired(connection, new))
    findings += [
        Finding("retired-code", i, (code,), {"value": code}) for i, code in enumerate(found.code) if code in gone
    ]
    return findings


def _invalid(found: Grids) -> list[Finding]:
    there = ~shapely.is_missing(found.geometry) & np.array(found.basic, dtype=np.bool_)
    return [
        Finding(
            "invalid",
            i,
            (found.code[i],) if found.code[i] else (),
            {"reason": shapely.is_valid_reason(found.geometry[i])},
            geometry=found.geometry[i],
        )
        for i in np.flatnonzero(there & ~shapely.is_valid(found.geometry)).tolist()
    ]


def _allocate(
    connection: Connection, cells: Cells, found: Grids, placed: Placed, county: County | None, rows: Sequence[int]
) -> list[Finding]:
    """Give codes to sound rows that have none, in reading order under each parent."""
    parents = _parents(cells, placed, county, rows)
    findings = [Finding("no-parent", i) for i in rows if not parents[i]]
    groups: dict[str, list[int]] = defaultdict(list)
    for i in rows:
        groups[parents[i]].append(i)
    register(connection, {above for code in found.code if code for above in (*ancestors(code), code)})
    for kind, level, suffix in ((Kind.GRID, 4, "01"), (Kind.BASIC, 5, "")):
        mine = {parent: group for parent, group in groups.items() if parent and level_of(parent) == level}
        issued = allocate(connection, kind, {parent: len(group) for parent, group in mine.items()}) if mine else {}
        for parent, group in mine.items():
            order = reading_order(placed.lon[group], placed.lat[group]).tolist()
            for place, code in zip(order, issued[parent], strict=True):
                found.code[group[place]] = code + suffix
                findings.append(Finding("allocated", group[place], (code + suffix,), {"value": code + suffix}))
    return findings


def _parents(cells: Cells, placed: Placed, county: County | None, rows: Sequence[int]) -> dict[int, str]:
    """The parent under which each row gets its number: as said, the village it names, or where it lies; or empty."""
    said, villages, townships = cells.codes("parent"), cells.texts("village_name"), cells.texts("township_name")
    parents: dict[int, str] = {}
    for i in rows:
        parent = said[i] if is_code(said[i]) and level_of(said[i]) in {4, 5} else ""
        if not parent and county is not None and villages[i]:
            code = resolve(county, villages[i], townships[i], "").code
            parent = code if len(code) == 12 else ""
        if not parent and county is not None:
            leaf = str(county.locator.codes_at(placed.lon[i], placed.lat[i]))
            parent = ancestor(leaf, 5) if leaf else ""
        parents[i] = parent
    return parents


def drawn(found: Grids, rows: Sequence[int], county: County | None) -> tuple[dict[str, int], dict[str, Any]]:
    """The basic grids of some rows: code to row, and code to polygon, which is the standing one if they agree."""
    mine = {found.code[i]: i for i in rows if found.basic[i] and found.code[i] and found.geometry[i] is not None}
    standing = {} if county is None else county.leaves
    outlines = {
        code: standing[code]
        if code in standing and same_shape(standing[code], found.geometry[i])
        else found.geometry[i]
        for code, i in mine.items()
    }
    return mine, outlines


def same_shape(one: Any, other: Any) -> bool:
    """Whether two (multi)polygons have the same vertices, wherever their rings begin and however they turn.

    Vertices within `SAME` degrees are the same: a way through another reference system leaves as much.
    """
    if shapely.get_num_coordinates(one) != shapely.get_num_coordinates(other):
        return False
    pair = as_multi([one, other])
    if shapely.equals_exact(pair[0], pair[1], normalize=True):
        return True
    return bool(shapely.hausdorff_distance(shapely.boundary(one), shapely.boundary(other)) <= SAME)


def replaced(outlines: dict[str, Any], county: County | None) -> list[str]:
    """Standing basic grids that are not drawn, but whose area is wholly taken by those that are."""
    if county is None or not outlines:
        return []
    polygons = np.array(list(outlines.values()), dtype=np.object_)
    tree = shapely.STRtree(polygons)
    gone: list[str] = []
    for code, leaf in county.leaves.items():
        if code in outlines:
            continue
        over = tree.query(leaf, predicate="intersects")
        if (
            over.size
            and area_m2(_polygons(shapely.difference(leaf, shapely.union_all(polygons[over])))) < AREA_FLOOR_M2
        ):
            gone.append(code)
    return gone


def _polygons(geometry: Any) -> Any:
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    return shapely.multipolygons(parts)
