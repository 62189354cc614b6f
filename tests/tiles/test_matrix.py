"""Tiles lie where the standards say, with the right axis first, and nothing out of range is accepted."""

import math

import pytest

from gis.errors import InvalidInput, NotFound
from tiles.matrix import BUFFER, CGCS2000, EXTENT, MAX_ZOOM, WEB_MERCATOR, check_matrix_set, frame, matrix_sets

LON, LAT = 101.6377, 24.6889  # 妥甸, the county's seat


def _mercator_tile(z: int) -> tuple[int, int]:
    """Column and row by the formula of the slippy map, without a library."""
    x = (LON + 180) / 360
    y = (1 - math.asinh(math.tan(math.radians(LAT))) / math.pi) / 2
    return int(x * 2**z), int(y * 2**z)


@pytest.mark.parametrize("z", range(MAX_ZOOM + 1))
def test_web_mercator_holds_the_point(z: int) -> None:
    x, y = _mercator_tile(z)
    place = frame(WEB_MERCATOR, z, x, y)
    assert (place.srid, place.zoom) == (3857, z)
    east = math.radians(LON) * 6_378_137
    north = math.asinh(math.tan(math.radians(LAT))) * 6_378_137
    assert 0 <= (east - place.left) / place.unit < EXTENT
    assert 0 <= (place.top - north) / place.unit < EXTENT
    assert place.west < LON < place.east
    assert place.south < LAT < place.north


@pytest.mark.parametrize("z", range(MAX_ZOOM + 1))
def test_cgcs2000_counts_columns_in_longitude(z: int) -> None:
    x, y = int((LON + 180) / 180 * 2**z), int((90 - LAT) / 180 * 2**z)
    place = frame(CGCS2000, z, x, y)
    assert (place.srid, place.zoom) == (4490, min(z + 1, MAX_ZOOM))
    assert place.left == pytest.approx(-180 + x * 180 / 2**z)
    assert place.top == pytest.approx(90 - y * 180 / 2**z)
    assert place.unit * EXTENT == pytest.approx(180 / 2**z)
    assert place.west < LON < place.east
    assert place.south < LAT < place.north


@pytest.mark.parametrize("tms", [WEB_MERCATOR, CGCS2000])
def test_the_search_box_reaches_beyond_the_buffer(tms: str) -> None:
    x, y = (6406, 3504) if tms == WEB_MERCATOR else (12811, 2972)
    place = frame(tms, 13, x, y)
    width = 360 / 2**13 if tms == WEB_MERCATOR else 180 / 2**13
    west = -180 + x * width
    assert west - place.west > width * BUFFER / EXTENT
    assert place.east - (west + width) > width * BUFFER / EXTENT


def test_the_whole_world_is_searched_at_zoom_0() -> None:
    assert (frame(WEB_MERCATOR, 0, 0, 0).west, frame(WEB_MERCATOR, 0, 0, 0).east) == pytest.approx((-180, 180))
    assert (frame(CGCS2000, 0, 1, 0).south, frame(CGCS2000, 0, 1, 0).north) == (-90, 90)


@pytest.mark.parametrize(
    ("tms", "z", "x", "y", "field"),
    [
        (WEB_MERCATOR, -1, 0, 0, "z"),
        (WEB_MERCATOR, 17, 0, 0, "z"),
        (WEB_MERCATOR, 10**30, 0, 0, "z"),
        (WEB_MERCATOR, 3, 8, 0, "x"),
        (WEB_MERCATOR, 3, -1, 0, "x"),
        (WEB_MERCATOR, 3, 0, 8, "y"),
        (WEB_MERCATOR, 3, 0, 10**30, "y"),
        (CGCS2000, 0, 2, 0, "x"),
        (CGCS2000, 0, 1, 1, "y"),
    ],
)
def test_a_tile_out_of_range_is_refused(tms: str, z: int, x: int, y: int, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        frame(tms, z, x, y)
    assert caught.value.fields["field"] == field


def test_an_unknown_matrix_set_is_told_the_known_ones() -> None:
    with pytest.raises(NotFound, match="WebMercatorQuad, CGCS2000Quad"):
        check_matrix_set("GoogleMapsCompatible")


def test_cgcs2000_is_latitude_first_in_its_own_crs() -> None:
    matrix = matrix_sets()[CGCS2000].matrix(0)
    assert tuple(matrix.pointOfOrigin) == (90, -180)
    assert (matrix.matrixWidth, matrix.matrixHeight) == (2, 1)
    assert matrix_sets()[CGCS2000].crs.to_epsg() == 4490
