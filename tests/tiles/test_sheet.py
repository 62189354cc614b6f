"""Tiles encoded on request are the stored ones, of a part what the whole shows of it, of a draft those it will have."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.arrays import Geometries, Texts
from gis.codes import WIDTHS, level_of
from gis.coverage_check import area_m2
from gis.db import Connection, Database
from gis.errors import InvalidInput, NotFound
from tests.examples import examples
from tests.tiles.decoded import Feature, areas, decode, tile_at
from tests.tiles.small_coverage import MOVED, small_coverage
from tiles import store
from tiles.drawn import drawn_rows
from tiles.features import Row, grids_of, read_grids
from tiles.layers import deepest_level
from tiles.matrix import BUFFER, CGCS2000, EXTENT, WEB_MERCATOR, ground_zoom
from tiles.parts import packed
from tiles.sheet import DRAWN, Sheet

County = tuple[Connection, Sheet, list[str]]
MATRICES = st.sampled_from([WEB_MERCATOR, CGCS2000])
LAYERS = st.sets(st.sampled_from(DRAWN), min_size=1).map(lambda names: [name for name in DRAWN if name in names])
ANYWHERE = {"across": st.floats(0, 1), "up": st.floats(0, 1), "z": st.integers(0, 16), "tms": MATRICES}
RIM = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER).exterior
WEST, SOUTH, EAST, NORTH = 101.07, 24.22, 102.03, 24.90


def _place(across: float, up: float, z: int, tms: str) -> tuple[int, int, int]:
    """A tile in or beside the county."""
    return tile_at(WEST + across * (EAST - WEST), SOUTH + up * (NORTH - SOUTH), z, tms)


@pytest.fixture(scope="module")
def county(database: Database) -> Iterator[County]:
    with database.transaction() as connection:
        grids = read_grids(connection, 1)
        yield connection, Sheet(grids), [code for code in grids.codes.tolist() if level_of(code) == 6]


@settings(max_examples=examples(25, 100), deadline=None)
@given(**ANYWHERE, layers=LAYERS)
def test_the_sheet_of_an_edition_gives_its_stored_tiles(
    county: County, across: float, up: float, z: int, tms: str, layers: list[str]
) -> None:
    connection, sheet, _ = county
    place = _place(across, up, z, tms)
    stored = store.read_tiles(connection, 1, tms, [place], layers).get(place, [])
    assert sheet.tile(tms, layers, *place) == packed(stored).plain()


def _shown(features: list[Feature], code: str) -> dict[str, tuple[shapely.Geometry, dict[str, Any], int | None]]:
    return {f.properties["code"]: (f.geometry, f.properties, f.id) for f in features if f.properties["code"].startswith(code)}  # fmt: skip


@settings(max_examples=examples(25, 100), deadline=None)
@given(**ANYWHERE, number=st.integers(0, 10**6), level=st.integers(2, 6))
def test_a_part_is_what_the_whole_shows_of_it(
    county: County, across: float, up: float, z: int, tms: str, number: int, level: int
) -> None:
    _, sheet, codes = county
    code = codes[number % len(codes)][: WIDTHS[level]]
    place = _place(across, up, z, tms)
    whole, part = (decode(one.tile(tms, DRAWN, *place)) for one in (sheet, sheet.within(code)))
    for name in DRAWN:
        if name != "borders":
            assert _shown(part.get(name, []), "") == _shown(whole.get(name, []), code)
    deepest = deepest_level(ground_zoom(tms, z))
    lines = shapely.union_all(areas(part.get("borders", [])))
    outlines = shapely.union_all(shapely.boundary(areas(part.get(f"level{deepest}", []))))
    if deepest >= level:
        assert shapely.difference(lines, RIM).equals(shapely.difference(outlines, RIM))
    for feature in part.get("borders", []):
        told = [found.properties for found in whole["borders"] if shapely.covers(found.geometry, feature.geometry)]
        assert feature.properties in told


def _leaves(codes: Texts, shapes: Geometries) -> dict[str, Any]:
    return dict(zip(codes.tolist(), shapes, strict=True))


def _rows(codes: Texts, leaves: Geometries) -> list[Row]:
    return drawn_rows(_leaves(codes, leaves), {})


@settings(max_examples=examples(10, 30), deadline=None)
@given(seed=st.integers(0, 50), z=st.integers(6, 14), tms=MATRICES, gone=st.integers(0, 31))
def test_a_draft_is_drawn_as_the_edition_that_it_becomes(seed: int, z: int, tms: str, gone: int) -> None:
    known = _rows(*small_coverage(seed))
    for number, row in enumerate(known):
        known[number] = (*row[:4], number + 1, *row[5:])
    codes, shapes = small_coverage(seed, moved=True)
    leaves = _leaves(codes, shapes)
    retired = codes[gone % len(codes)]
    leaves.pop(str(retired))
    fresh = drawn_rows(leaves, {})
    rows = drawn_rows(leaves, {}, known)
    ids = {row[0]: row[4] for row in known}
    assert [(*row[:4], ids.get(row[0], -1), *row[5:]) for row in fresh] == [tuple(row) for row in rows]
    place = tile_at(101.26, 24.45, z, tms)
    found = decode(Sheet(grids_of(rows)).tile(tms, DRAWN, *place))
    assert retired not in {feature.properties["code"] for feature in found.get("level6", [])}
    assert found.keys() == decode(Sheet(grids_of(fresh)).tile(tms, DRAWN, *place)).keys()


def test_only_what_changed_is_worked_out_anew() -> None:
    before = _leaves(*small_coverage())
    known = [(*row[:5], 1.0, 2.0, 3.0, row[8]) for row in drawn_rows(before, {})]
    after = _leaves(*small_coverage(moved=True))
    changed = {code for code, area in after.items() if code not in before or not area.equals(before[code])}
    anew = {row[0] for row in drawn_rows(after, {}, known) if row[5:8] != (1.0, 2.0, 3.0)}
    assert MOVED in changed
    assert anew == {code[:width] for code in changed for width in WIDTHS.values()}


def test_rows_carry_names_parents_sizes_and_labels_inside() -> None:
    codes, shapes = small_coverage()
    leaves = _leaves(codes, shapes)
    rows = drawn_rows(leaves, {"532322": "示例县"})
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    for code, level, name, parent, fid, lon, lat, size, wkb in rows:
        assert level == level_of(code)
        assert name == ("示例县" if level == 2 else code)
        assert parent == (code[: WIDTHS[level - 1]] if level > 2 else None)
        mine = shapely.union_all(np.array([area for leaf, area in leaves.items() if leaf.startswith(code)]))
        assert fid == -1
        assert shapely.intersects_xy(mine, lon, lat)
        assert size == pytest.approx(area_m2(mine))
        assert (wkb is None) == (level < 6)


def test_a_grid_that_is_new_has_no_id_yet() -> None:
    found = decode(Sheet(grids_of(_rows(*small_coverage()))).tile(WEB_MERCATOR, DRAWN, *tile_at(101.26, 24.45, 12)))
    assert found["level6"]
    assert {feature.id for name in DRAWN if name != "borders" for feature in found[name]} <= {None, 0}


def test_a_coverage_that_is_broken_is_drawn_nevertheless() -> None:
    codes, shapes = small_coverage()
    shapes[3] = shapely.buffer(shapes[3], 0.004)
    shapes[7] = shapely.Polygon([(101.2, 24.4), (101.24, 24.44), (101.24, 24.4), (101.2, 24.44)])
    found = decode(Sheet(grids_of(_rows(codes, shapes))).tile(WEB_MERCATOR, DRAWN, *tile_at(101.26, 24.45, 10)))
    assert shapely.is_valid(areas(found["level6"])).all()


def test_what_is_not_there(county: County) -> None:
    _, sheet, _ = county
    with pytest.raises(NotFound):
        sheet.within("532322999")
    with pytest.raises(NotFound):
        sheet.tile("Nonsense", DRAWN, 0, 0, 0)
    with pytest.raises(InvalidInput):
        sheet.tile(WEB_MERCATOR, DRAWN, 3, 8, 0)
    assert sheet.tile(WEB_MERCATOR, DRAWN, 12, 0, 0) == b""
