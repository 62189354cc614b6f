"""Tiles of any coverage, decoded: valid, without gap or overlap, levels nested; borders once, between the right grids."""

from collections.abc import Iterable, Iterator
from itertools import pairwise, permutations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.arrays import F64, I64, Geometries, Texts
from gis.codes import WIDTHS
from tests.examples import examples
from tests.tiles.decoded import Feature, areas, decode, parts_of
from tests.tiles.small_coverage import small_coverage
from tiles import pyramid
from tiles.features import Grids, grids_of, units_of
from tiles.layers import GROUPS, deepest_level
from tiles.matrix import BUFFER, CGCS2000, EXTENT, MAX_ZOOM, WEB_MERCATOR, ground_zoom, to_units
from tiles.parts import Part, packed
from tiles.pyramid import encode, tolerance
from tiles.store import SETS, Encoded
from tiles.verify import wrongs
from tiles.warm import encode_two_squares

MATRICES = [WEB_MERCATOR, CGCS2000]
NO_UNITS = units_of([])
SLACK = 1.01
"""Where a border leaves a tile its last vertex is rounded to a whole unit."""
Tiles = dict[tuple[int, ...], dict[str, list[Feature]]]


def grids_in(codes: Texts, leaves: Geometries) -> Grids:
    """Grids of all levels over the basic grids of a coverage."""
    found: dict[str, Geometries] = {}
    for level in range(2, 7):
        above = codes.astype(f"U{WIDTHS[level]}")
        found |= {str(code): leaves[above == code] for code in np.unique(above)}
    rows: list[tuple[object, ...]] = []
    levels = {width: level for level, width in WIDTHS.items()}
    for fid, code in enumerate(sorted(found), 1):
        level = levels[len(code)]
        point = shapely.get_coordinates(shapely.point_on_surface(found[code][0]))[0]
        parent = code[: WIDTHS[level - 1]] if level > 2 else None
        wkb = shapely.to_wkb(found[code][0]) if level == 6 else None
        rows.append((code, level, f"grid {code}", parent, fid, *point, 1e6, wkb))
    return grids_of(rows)


def _around(leaves: Geometries, tms: str, zoom: int) -> I64:
    """Columns and rows of all tiles that a coverage may be in."""
    west, south, east, north = shapely.total_bounds(leaves)
    corners: F64 = to_units(tms, zoom, np.array([[west, north], [east, south]]))
    low, high = np.floor((corners + 99.0 * np.array([[-1], [1]])) / EXTENT).astype(np.int64)
    return np.stack(np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(low, high, strict=True)), indexing="ij"), -1)


def _plain(codes: Texts, leaves: Geometries, tms: str, zoom: int) -> dict[tuple[int, ...], bytes]:
    """The tiles in the middle of a coverage, at most six by six of them side by side."""
    nothing: I64 = np.empty((0, 2), dtype=np.int64)
    wanted = {(name, z): nothing for name in SETS for z in range(17)}
    places = _around(leaves, tms, zoom)
    first = [max(0, (size - 6) // 2) for size in places.shape[:2]]
    wanted[tms, zoom] = places[first[0] : first[0] + 6, first[1] : first[1] + 6].reshape(-1, 2)
    found: dict[tuple[int, ...], bytes] = dict.fromkeys(map(tuple, wanted[tms, zoom].tolist()), b"")
    for block in encode(grids_in(codes, leaves), NO_UNITS, wanted):
        parts = parts_of(block.found)
        found.update(((x, y), packed([parts[k]]).plain()) for (*_, x, y), k in _rows(block))
    return found


def _rows(block: Encoded) -> Iterator[tuple[list[int], int]]:
    """The place of each tile of a block, and which part it has."""
    return zip(block.places.tolist(), block.parts.tolist(), strict=True)


def _tiles(codes: Texts, leaves: Geometries, tms: str, zoom: int) -> Tiles:
    return {place: decode(tile) for place, tile in _plain(codes, leaves, tms, zoom).items() if tile}


@settings(deadline=None, max_examples=examples(20, 50))
@given(
    seed=st.integers(0, 10_000),
    depth=st.integers(0, 6),
    roughness=st.floats(0, 0.35),
    zoom=st.integers(0, MAX_ZOOM),
    tms=st.sampled_from(MATRICES),
)
def test_nothing_is_wrong_with_any_tile_of_any_coverage(
    seed: int, depth: int, roughness: float, zoom: int, tms: str
) -> None:
    """The roughest of these borders cross when they are simplified and rounded."""
    found = _plain(*small_coverage(seed, depth=depth, roughness=roughness), tms, zoom)
    for place, tile in found.items():
        if tile:
            assert list(wrongs(tile)) == [], place


def test_an_overlapping_coverage_is_drawn_without_overlap() -> None:
    codes, leaves = small_coverage()
    leaves[3] = shapely.buffer(leaves[3], 0.004)
    for tile in _plain(codes, leaves, WEB_MERCATOR, 12).values():
        assert not tile or list(wrongs(tile)) == []


@pytest.mark.parametrize("zoom", [9, 11, 13])
def test_islands_within_islands_keep_their_own_holes(zoom: int) -> None:
    """A grid in two parts, one within a hole of the other, each with a hole: no hole is written twice."""
    discs = [shapely.Point(101.5, 24.5).buffer(radius) for radius in (0.05, 0.04, 0.03, 0.02, 0.01)]
    rings = [shapely.difference(outer, hole) for outer, hole in pairwise(discs)]
    leaves = np.array(
        [shapely.multipolygons([rings[0], rings[2]]), shapely.multipolygons([rings[1], rings[3]]), discs[4]],
        dtype=object,
    )
    codes = np.array([f"53232210120100{number}01" for number in (1, 2, 3)], dtype="U17")
    for place, tile in _plain(codes, leaves, WEB_MERCATOR, zoom).items():
        assert not tile or list(wrongs(tile)) == [], place


def test_units_that_lie_over_each_other_are_drawn_nevertheless() -> None:
    codes, leaves = small_coverage()
    boxes = [(0.008, 0.008), (0.004, 0.004), (0.002, 0.006), (0.003, 0.003)]
    rows: list[tuple[object, ...]] = []
    for code, leaf in zip(codes[:12].tolist(), leaves[:12], strict=True):
        x, y = leaf.centroid.x, leaf.centroid.y
        shapes = [shapely.multipolygons([shapely.box(x - w, y - h, x + w, y + h)]) for w, h in boxes]
        rows += [(f"{code}{k:03d}", "u", code, len(rows) + k, shapely.to_wkb(one)) for k, one in enumerate(shapes)]
    drawn = [
        decode(packed([part]).plain())
        for block in encode(grids_in(codes, leaves), units_of(rows))
        if GROUPS[block.group] == ("units",)
        for part in parts_of(block.found)
    ]
    assert drawn
    assert all(shapely.is_valid(areas(layers["units"])).all() for layers in drawn)


def test_a_tile_is_in_one_block_with_all_layers_of_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the blocks are, the same tiles come out of them."""
    grids = grids_in(*small_coverage())
    whole = _by_place(encode(grids, NO_UNITS))
    monkeypatch.setattr(pyramid, "_CHUNK", 3)
    blocks = list(encode(grids, NO_UNITS))
    assert len(blocks) > 100
    assert sum(len(block.places) for block in blocks) == len(whole)
    assert _by_place(iter(blocks)) == whole


def _by_place(blocks: Iterable[Encoded]) -> dict[tuple[int, ...], Part]:
    return {(block.group, *place): parts_of(block.found)[k] for block in blocks for place, k in _rows(block)}


@pytest.mark.parametrize("tms", MATRICES)
@pytest.mark.parametrize("zoom", [5, 8, 11])
def test_what_is_drawn_is_what_is_stored_within_a_few_pixels(zoom: int, tms: str) -> None:
    codes, leaves = small_coverage()
    units = shapely.transform(leaves, lambda xy: to_units(tms, zoom, xy))
    true = dict(zip(codes.tolist(), units, strict=True))
    for (x, y), layers in _tiles(codes, leaves, tms, zoom).items():
        frame = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
        drawn = {f.properties["code"]: f.geometry for f in layers["level6"]}
        for code, area in true.items():
            here = shapely.transform(area, lambda xy, at=(x, y): xy - np.array(at) * EXTENT)
            cut = shapely.intersection(here, frame)
            if cut.area > 100:  # a square pixel and a half
                difference = shapely.symmetric_difference(cut, drawn[code])
                assert difference.area < tolerance(zoom) * here.length
            assert code not in drawn or shapely.distance(drawn[code], cut) < 2 * tolerance(zoom)


@pytest.mark.parametrize("tms", MATRICES)
@pytest.mark.parametrize("zoom", [7, 9, 12])
def test_borders_of_a_level_and_above_are_the_outlines_of_itsgrids_in(zoom: int, tms: str) -> None:
    rim = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER).exterior
    deepest = deepest_level(ground_zoom(tms, zoom))
    for layers in _tiles(*small_coverage(), tms, zoom).values():
        borders = layers.get("borders", [])
        for level in range(2, deepest + 1):
            lines = [f.geometry for f in borders if f.properties["level"] <= level]
            drawn = shapely.union_all(np.array(lines, dtype=object))
            assert drawn.length == pytest.approx(sum(map(float, map(shapely.length, lines))))  # each piece once
            outlines = shapely.union_all(shapely.boundary(areas(layers[f"level{level}"])))
            assert shapely.difference(outlines, rim).equals(shapely.difference(drawn, rim))


@pytest.mark.parametrize("tms", MATRICES)
def test_a_border_has_the_lower_code_on_its_left(tms: str) -> None:
    """In tiles y grows downwards: left of the direction is where a map shows the right."""
    for layers in _tiles(*small_coverage(), tms, 12).values():
        drawn = {f.properties["code"]: f.geometry for name in layers if name.startswith("level") for f in layers[name]}
        for feature in layers.get("borders", []):
            left, right = feature.properties["left"], feature.properties.get("right")
            assert right is None or left < right
            for line in shapely.get_parts(feature.geometry):
                start, end = shapely.get_coordinates(line)[:2]
                along = (end - start) / np.hypot(*(end - start))
                beside = (start + end) / 2 + np.array([-along[1], along[0]]) * 1e-3
                assert shapely.covers(drawn[left], shapely.Point(beside))


COVERAGES = {
    "seed": st.integers(0, 10_000),
    "depth": st.integers(0, 6),
    "roughness": st.floats(0, 0.35),
    "zoom": st.integers(0, MAX_ZOOM),
    "tms": st.sampled_from(MATRICES),
}


@settings(deadline=None, max_examples=examples(20, 50))
@given(**COVERAGES)
def test_neighbours_share_every_vertex_of_their_border(
    seed: int, depth: int, roughness: float, zoom: int, tms: str
) -> None:
    """Where one outline has a vertex on another's, the other has it too: told by vertices, not by areas."""
    for place, layers in _tiles(*small_coverage(seed, depth=depth, roughness=roughness), tms, zoom).items():
        for level in range(2, 7):
            outlines = shapely.boundary(areas(layers.get(f"level{level}", [])))
            corners = [shapely.multipoints(shapely.get_coordinates(outline)) for outline in outlines]
            for i, j in permutations(range(len(outlines)), 2):
                on_other = shapely.intersection(corners[i], outlines[j])
                assert shapely.is_empty(shapely.difference(on_other, corners[j])), (place, level)


@settings(deadline=None, max_examples=examples(20, 50))
@given(**COVERAGES)
def test_every_level_is_exactly_the_one_below_it_joined(
    seed: int, depth: int, roughness: float, zoom: int, tms: str
) -> None:
    for place, layers in _tiles(*small_coverage(seed, depth=depth, roughness=roughness), tms, zoom).items():
        for level in range(2, 6):
            parents = layers.get(f"level{level}", [])
            children = layers.get(f"level{level + 1}", [])
            codes = {feature.properties["code"] for feature in parents}
            assert {feature.properties["parent"] for feature in children} == codes
            for parent in parents:
                mine = [child for child in children if child.properties["parent"] == parent.properties["code"]]
                assert shapely.union_all(areas(mine)).equals(parent.geometry), (place, parent.properties["code"])


def _beside(found: Tiles, x: int, y: int, dx: int, dy: int, name: str) -> dict[str, shapely.Geometry]:
    """What the next tile has of a layer, by code, in this tile's units."""
    return {
        feature.properties["code"]: shapely.transform(feature.geometry, lambda xy: xy + np.array((dx, dy)) * EXTENT)
        for feature in found[x + dx, y + dy].get(name, [])
    }


@settings(deadline=None, max_examples=examples(20, 50))
@given(**COVERAGES)
def test_tiles_side_by_side_draw_the_same(seed: int, depth: int, roughness: float, zoom: int, tms: str) -> None:
    """On both sides of the line between two tiles each has what the other has, within a unit: an eighth of a pixel."""
    found = _tiles(*small_coverage(seed, depth=depth, roughness=roughness), tms, zoom)
    compared = 0
    for (x, y), layers in found.items():
        for dx, dy in ((1, 0), (0, 1)):
            if (x + dx, y + dy) not in found:  # not among those encoded here
                continue
            edge = shapely.box(4090, 10, 4102, 4086) if dx else shapely.box(10, 4090, 4086, 4102)
            for name in ("level4", "level6"):
                moved = _beside(found, x, y, dx, dy, name)
                for feature in layers.get(name, []):
                    mine = shapely.intersection(feature.geometry, edge)
                    if mine.area > 30:
                        other = shapely.buffer(moved[feature.properties["code"]], SLACK)
                        assert shapely.difference(mine, other).is_empty
                        compared += 1
    assert compared or zoom < 12


def test_what_compiles_ahead_encodes_tiles() -> None:
    assert encode_two_squares() > 2
