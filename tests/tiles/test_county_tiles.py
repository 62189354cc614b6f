"""Decoded tiles of the demonstration county: no gap, no overlap, nothing twice, at every zoom and in both matrix sets."""

import numpy as np
import pytest
import shapely

from gis.codes import WIDTHS
from gis.db import Connection
from gis.errors import NotFound, NotSignedIn
from tests.tiles.decoded import Feature, areas, decode, inside, tile_at, vertices
from tiles.layers import DETAIL_FROM
from tiles.matrix import CGCS2000, MAX_ZOOM, WEB_MERCATOR
from tiles.serve import bounds, tile

LEVELS = [f"level{level}" for level in range(2, 7)]
MIDDLE = (101.5213, 24.5371)
MATRICES = [WEB_MERCATOR, CGCS2000]
ZOOMS = list(range(MAX_ZOOM + 1))


def _plain(connection: Connection, layers: list[str], place: tuple[int, int, int], tms: str = WEB_MERCATOR) -> bytes:
    return tile(connection, layers, *place, 1, tms=tms).packed.plain()


def _tile(connection: Connection, layers: list[str], place: tuple[int, int, int], tms: str) -> dict[str, list[Feature]]:
    return decode(_plain(connection, layers, place, tms))


def _everything(connection: Connection, layer: str, z: int, tms: str) -> list[Feature]:
    """The features of a layer in all tiles that the county touches."""
    west, south, east, north = bounds(connection, 1)
    _, left, top = tile_at(west, north, z, tms)
    _, right, bottom = tile_at(east, south, z, tms)
    places = [(z, x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]
    return [found for place in places for found in _tile(connection, [layer], place, tms).get(layer, [])]


@pytest.mark.parametrize("tms", MATRICES)
@pytest.mark.parametrize("z", ZOOMS)
def test_areas_are_valid_and_fit_together(connection: Connection, z: int, tms: str) -> None:
    found = _tile(connection, LEVELS, tile_at(*MIDDLE, z, tms), tms)
    covered = shapely.union_all(areas(found["level2"])).area
    assert covered > 0
    for level in LEVELS:
        polygons = areas(found[level])
        assert shapely.is_valid(polygons).all()
        assert all(ring.is_ccw for polygon in shapely.get_parts(polygons) for ring in [polygon.exterior])
        assert shapely.area(polygons).sum() == covered
        assert shapely.union_all(polygons).area == covered
        xy = shapely.get_coordinates(polygons)
        assert (xy == np.rint(xy)).all()
        assert xy.min() >= -64
        assert xy.max() <= 4160


@pytest.mark.parametrize("tms", MATRICES)
@pytest.mark.parametrize("z", ZOOMS)
def test_neighbours_share_every_vertex_of_their_border(connection: Connection, z: int, tms: str) -> None:
    found = _tile(connection, LEVELS, tile_at(*MIDDLE, z, tms), tms)
    for level in LEVELS:
        assert shapely.coverage_is_valid(areas(found[level]))


@pytest.mark.parametrize("tms", MATRICES)
@pytest.mark.parametrize("z", ZOOMS)
def test_every_level_is_exactly_the_one_below_it_joined(connection: Connection, z: int, tms: str) -> None:
    found = _tile(connection, LEVELS, tile_at(*MIDDLE, z, tms), tms)
    corners = {(x, y) for x in (-64, 4160) for y in (-64, 4160)}
    children = set[tuple[float, float]]().union(*(vertices(feature.geometry) for feature in found["level6"]))
    for level in LEVELS:
        for feature in found[level]:
            assert vertices(feature.geometry) - corners <= children
            code = feature.properties["code"]
            mine = [child for child in found["level6"] if child.properties["code"].startswith(code)]
            assert shapely.union_all(areas(mine)).equals(feature.geometry)


@pytest.mark.parametrize("tms", MATRICES)
@pytest.mark.parametrize("z", range(10, MAX_ZOOM + 1))
def test_tiles_side_by_side_agree_on_their_common_edge(connection: Connection, z: int, tms: str) -> None:
    _, x, y = tile_at(*MIDDLE, z, tms)
    here = _tile(connection, ["level6"], (z, x, y), tms)["level6"]
    for dx, dy in ((1, 0), (0, 1)):
        there = _tile(connection, ["level6"], (z, x + dx, y + dy), tms)["level6"]
        moved = {feature.properties["code"]: feature.geometry for feature in there}
        strip = shapely.box(4040, 56, 4150, 4040) if dx else shapely.box(56, 4040, 4040, 4150)
        compared = 0
        for feature in here:
            mine = shapely.intersection(feature.geometry, strip)
            code = feature.properties["code"]
            if mine.is_empty or code not in moved:
                assert mine.area < 200
                continue
            other = shapely.transform(moved[code], lambda xy, by=(4096 * dx, 4096 * dy): xy + np.array(by))
            # Where a border leaves the tile its last vertex is rounded to a whole number: one unit, 1/8 of a pixel.
            assert shapely.difference(mine, shapely.buffer(other, 1.01)).is_empty
            compared += 1
        assert compared > 0


@pytest.mark.parametrize("z", [9, 12, 15])
def test_borders_run_along_the_areas_between_the_codes_they_name(connection: Connection, z: int) -> None:
    found = _tile(connection, [*LEVELS, "borders"], tile_at(*MIDDLE, z), WEB_MERCATOR)
    drawn = {feature.properties["code"]: feature.geometry for level in LEVELS for feature in found[level]}
    rim = shapely.box(-64, -64, 4160, 4160).exterior
    assert found["borders"]
    for feature in found["borders"]:
        for side in ("left", "right"):
            code = feature.properties.get(side)
            assert code is not None or (side == "right" and feature.properties["level"] == 2)
            if code is not None:
                assert len(code) == WIDTHS[feature.properties["level"]]
                outline = shapely.union(shapely.boundary(drawn[code]), rim)
                assert shapely.difference(feature.geometry, shapely.buffer(outline, 0.01)).is_empty


@pytest.mark.parametrize("tms", MATRICES)
@pytest.mark.parametrize("z", [7, 10, 12])
def test_every_grid_has_one_label_in_all_tiles_of_a_zoom(connection: Connection, z: int, tms: str) -> None:
    labels = _everything(connection, "labels", z, tms)
    ground = z if tms == WEB_MERCATOR else z + 1
    deepest = max(level for level, first in DETAIL_FROM.items() if ground >= first)
    rows = connection.execute(
        "SELECT code::text, name, level FROM gis.grid_at(1) WHERE level <= %s ORDER BY 1", [deepest]
    ).fetchall()
    assert sorted((f.properties["code"], f.properties["name"], f.properties["level"]) for f in labels) == rows
    for feature in labels:
        assert feature.properties["code"].endswith(feature.properties["short"])
        assert inside(vertices(feature.geometry))
    assert len({feature.id for feature in labels}) == len(labels)


def test_codes_are_texts_and_ids_are_those_of_the_codes(connection: Connection) -> None:
    fids = dict(connection.execute("SELECT code::text, fid FROM gis.code").fetchall())
    for name, features in _tile(connection, LEVELS, tile_at(*MIDDLE, 12), WEB_MERCATOR).items():
        for feature in features:
            code = feature.properties["code"]
            assert isinstance(code, str)
            assert feature.id == fids[code]
            assert feature.properties["level"] == int(name[-1])
            assert feature.properties.get("parent", "") == (
                "" if name == "level2" else code[: WIDTHS[int(name[-1]) - 1]]
            )


def test_units_and_centres(connection: Connection) -> None:
    units = _everything(connection, "units", 12, WEB_MERCATOR)
    stored = connection.execute("SELECT count(*) FROM gis.unit_at(1)").fetchone()
    assert stored is not None
    assert len({feature.properties["code"] for feature in units}) == stored[0]
    assert shapely.is_valid(areas(units)).all()
    assert _everything(connection, "units", 11, WEB_MERCATOR) == []
    centres = _everything(connection, "centres", 9, WEB_MERCATOR)
    assert len({feature.id for feature in centres}) == 94
    assert {feature.properties["level"] for feature in centres} == {2, 3, 4}


@pytest.mark.parametrize("z", [0, 6, 9, 16])
def test_equal_contents_are_equal_bytes(connection: Connection, z: int) -> None:
    place = tile_at(*MIDDLE, z)
    layers = [*LEVELS, "borders", "labels", "centres"]
    assert tile(connection, layers, *place, 1) == tile(connection, layers, *place, 1)
    assert _plain(connection, layers, place) == b"".join(_plain(connection, [one], place) for one in layers)


def test_elsewhere_there_is_nothing(connection: Connection) -> None:
    assert _plain(connection, [*LEVELS, "borders", "labels", "units", "centres"], (12, 0, 0)) == b""


def test_layers_that_are_not(connection: Connection) -> None:
    with pytest.raises(NotFound):
        tile(connection, ["level7"], 0, 0, 0, 1)
    for layer in ("households", "disputes"):
        with pytest.raises(NotSignedIn):
            tile(connection, [layer], 0, 0, 0, 1)
    with pytest.raises(NotFound):
        bounds(connection, 0)
