"""Coordinate systems with real points and explicit axis order, and the shifted datums."""

from math import atan2, cos, pi, sin, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from gis import crs, datum
from gis.errors import InvalidCrs, InvalidInput

LON, LAT = 101.6, 24.5  # in Shuangbai
NUMERIC = [name for name in crs.KNOWN if name.startswith("EPSG:")]
china = st.tuples(st.floats(73.6, 134.7), st.floats(3.9, 53.5))
degrees = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@pytest.mark.parametrize("name", NUMERIC)
def test_official_axis_order_and_meridian_are_those_of_epsg(name: Any) -> None:
    known, official = crs.KNOWN[name], CRS.from_epsg(crs.KNOWN[name].srid)
    assert known.north_first == (official.axis_info[0].direction == "north")
    if known.central_meridian is not None:
        assert official.coordinate_operation is not None
        params = {p.name: p.value for p in official.coordinate_operation.params}
        assert params["Longitude of natural origin"] == known.central_meridian


def test_crs84_is_longitude_first() -> None:
    assert not crs.KNOWN["OGC:CRS84"].north_first
    assert crs.KNOWN["OGC:CRS84"].srid == 4326


def test_all_zones_are_known() -> None:
    assert {c.srid for c in crs.KNOWN.values() if c.kind == "zone"} == set(range(4513, 4555))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (4490, "EPSG:4490"),
        ("4490", "EPSG:4490"),
        ("epsg:4490", "EPSG:4490"),
        ("[EPSG:4490]", "EPSG:4490"),
        (" EPSG:4543 ", "EPSG:4543"),
        ("http://www.opengis.net/def/crs/EPSG/0/4490", "EPSG:4490"),
        ("https://www.opengis.net/def/crs/EPSG/9.9.1/4522", "EPSG:4522"),
        ("[http://www.opengis.net/def/crs/EPSG/0/3857]", "EPSG:3857"),
        ("urn:ogc:def:crs:EPSG::4326", "EPSG:4326"),
        ("CRS84", "OGC:CRS84"),
        ("OGC:CRS84", "OGC:CRS84"),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "OGC:CRS84"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84"),
    ],
)
def test_names_understood(text: Any, name: Any) -> None:
    parsed = crs.parse_crs(text)
    assert parsed.name == name
    assert crs.parse_crs(parsed) is parsed
    assert crs.parse_crs(parsed.uri) is parsed


@pytest.mark.parametrize(
    "text",
    ["", "EPSG:4269", "EPSG:", "OGC:4490", "EPSG:CRS84", "[EPSG:4490", "EPSG:4490;DROP", "٤٤٩٠", 0, "4555"],
)
def test_names_refused(text: Any) -> None:
    with pytest.raises(InvalidCrs):
        crs.parse_crs(text)


@pytest.mark.parametrize("name", ["EPSG:4490", "EPSG:4326", "EPSG:3857", "EPSG:4522", "EPSG:4543", "EPSG:4521"])
def test_a_real_point_agrees_with_proj_in_official_order(name: Any) -> None:
    known = crs.KNOWN[name]
    official = Transformer.from_crs("EPSG:4490", name)  # official order on both sides: latitude first
    expected = official.transform(LAT, LON)
    x, y = crs.from_storage(LON, LAT, name)
    assert ((y, x) if known.north_first else (x, y)) == pytest.approx(expected, abs=1e-9, rel=0)


def test_the_known_point_of_the_county() -> None:
    # Printed by PROJ 9.8 (cs2cs EPSG:4490 EPSG:4522, northing then easting 2710728.2655 34459457.8689).
    x, y = crs.from_storage(LON, LAT, 4522)
    assert (float(x), float(y)) == pytest.approx((34459457.8689, 2710728.2655), abs=1e-4)
    plain, _ = crs.from_storage(LON, LAT, 4543)
    assert float(x - plain) == pytest.approx(34_000_000, abs=1e-6)


@given(st.lists(st.tuples(st.floats(100, 104), st.floats(20, 43)), min_size=1))
def test_round_trip_through_every_kind_of_system(points: Any) -> None:
    lon, lat = np.array(points).T
    for name in ("EPSG:4490", "EPSG:4326", "OGC:CRS84", "EPSG:3857", "EPSG:4522", "EPSG:4543"):
        back = crs.to_storage(*crs.from_storage(lon, lat, name), name)
        assert np.abs(back[0] - lon).max() < 1e-11
        assert np.abs(back[1] - lat).max() < 1e-11


def test_shapes_are_kept_and_inputs_untouched() -> None:
    lon, lat = np.full((2, 3), LON), np.full((2, 3), LAT)
    for name in ("EPSG:4490", "EPSG:4543", "EPSG:3857"):
        x, y = crs.from_storage(lon, lat, name)
        assert x.shape == y.shape == (2, 3)
        assert x.dtype == y.dtype == np.float64
    assert (lon == LON).all()
    assert (lat == LAT).all()
    assert crs.to_storage([], [], 4543)[0].shape == (0,)


@pytest.mark.parametrize(
    ("x", "y", "name"),
    [
        (np.nan, LAT, 4490),
        (LON, np.inf, 4490),
        (np.inf, 1e5, 3857),
        (LAT, LON, 4490),  # flipped
        (181, 0, 4326),
        (2.1e7, 0, 3857),
        (0, -2.1e7, 3857),
        (2710728.3, 459457.9, 4543),  # flipped
        (34459457.9, 2710728.3, 4543),  # a zone number where none belongs
        (459457.9, 2710728.3, 4522),  # the zone number is missing
        (35459457.9, 2710728.3, 4522),  # another zone's number
        (1e300, 0, 4543),
    ],
)
def test_coordinates_that_do_not_fit_are_refused(x: float, y: float, name: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        crs.to_storage([LON, x] if name == 4490 else x, [LAT, y] if name == 4490 else y, name)
    assert refused.value.message("zh") != refused.value.message("en")


@pytest.mark.parametrize("bad", [("a", 1), ([1, 2], [1, 2, 3]), ([[1], [2, 3]], 1), (None, 1)])
def test_what_is_no_number_is_refused(bad: tuple[Any, Any]) -> None:
    with pytest.raises(InvalidInput):
        crs.to_storage(*bad)


def test_from_storage_refuses_what_the_system_does_not_reach() -> None:
    for lon, lat, name in ((110, 24, 4543), (101, 86, 3857), (101, -90, 3857), (np.nan, 0, 4490)):
        with pytest.raises(InvalidInput):
            crs.from_storage(lon, lat, name)


@pytest.mark.parametrize(
    ("lon", "srid"), [(101.6, 4543), (100.5, 4543), (100.4999, 4542), (103.5, 4544), (73.5, 4534), (136.4999, 4554)]
)
def test_metric_crs(lon: float, srid: int) -> None:
    assert crs.metric_crs(lon).srid == srid
    assert crs.metric_crs(lon, zone_prefix=True).srid == srid - 21


@pytest.mark.parametrize("lon", [73.4, 136.5, -101.0, np.nan, np.inf])
def test_metric_crs_outside_china(lon: float) -> None:
    with pytest.raises(InvalidInput):
        crs.metric_crs(lon)


def test_geodesic_length() -> None:
    # One second of latitude at 24.5° N is 30.77 m; from the meridian's radius of curvature M · π / 648000.
    e2 = 0.006_694_380_022_90
    radius = 6_378_137 * (1 - e2) / (1 - e2 * np.sin(np.radians(24.5)) ** 2) ** 1.5
    found = crs.geodesic_m(LON, [24.5 - 1 / 7200, 24.5], LON, [24.5 + 1 / 7200, 24.5])
    assert found == pytest.approx([radius * np.pi / 648_000, 0], abs=1e-6)
    assert crs.ELLIPSOID.es == pytest.approx(e2, abs=1e-14)


def test_geocentric_metres_are_those_of_proj() -> None:
    steps = "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=GRS80"
    official = Transformer.from_pipeline(steps)
    for lon, lat in ((LON, LAT), (0.0, 90.0), (-75.0, -24.0)):
        assert crs.geocentric(lon, lat).tolist() == pytest.approx(official.transform(lon, lat, 0), abs=1e-6)


def test_gcj02_is_some_350_m_off_in_the_county() -> None:
    lon, lat = np.meshgrid(np.linspace(101.07, 102.03, 30), np.linspace(24.22, 24.9, 30))
    off = crs.geodesic_m(lon, lat, *datum.from_cgcs2000(lon, lat, "gcj02"))
    assert 341.5 < off.min() < off.max() < 377.5


def _textbook_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """The shift as it is usually printed, one number at a time: an independent check of the arrays."""
    x, y = lon - 105.0, lat - 35.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    d_lat += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    d_lat += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    d_lat += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    d_lon += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    d_lon += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    d_lon += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    magic = 1 - 0.00669342162296594323 * sin(lat / 180.0 * pi) ** 2
    d_lat = d_lat * 180.0 / (6378245.0 * (1 - 0.00669342162296594323) / (magic * sqrt(magic)) * pi)
    d_lon = d_lon * 180.0 / (6378245.0 / sqrt(magic) * cos(lat / 180.0 * pi) * pi)
    return lon + d_lon, lat + d_lat


@given(china)
def test_gcj02_equals_the_printed_formula(point: tuple[float, float]) -> None:
    found = datum.from_cgcs2000(*point, "gcj02")
    assert [float(v) for v in found] == pytest.approx(_textbook_gcj02(*point), abs=1e-12, rel=0)


def test_bd09_equals_the_printed_formula() -> None:
    x, y = _textbook_gcj02(LON, LAT)
    z = sqrt(x * x + y * y) + 0.00002 * sin(y * pi * 3000 / 180)
    theta = atan2(y, x) + 0.000003 * cos(x * pi * 3000 / 180)
    expected = z * cos(theta) + 0.0065, z * sin(theta) + 0.006
    assert [float(v) for v in datum.from_cgcs2000(LON, LAT, "bd09")] == pytest.approx(expected, abs=1e-12, rel=0)


@pytest.mark.parametrize("name", ["gcj02", "bd09", "wgs84", "cgcs2000"])
@given(points=st.lists(china, min_size=1, max_size=20))
def test_datum_round_trip_is_below_a_micrometre(name: Any, points: Any) -> None:
    lon, lat = np.array(points).T
    there = datum.from_cgcs2000(lon, lat, name)
    back = datum.to_cgcs2000(*there, name)
    assert np.abs(back[0] - lon).max() < 1e-11
    assert np.abs(back[1] - lat).max() < 1e-11
    assert crs.geodesic_m(*back, lon, lat).max() < 1e-6


@pytest.mark.parametrize("name", ["gcj02", "bd09"])
@given(offset=st.floats(-1e-9, 1e-9), lat=st.floats(10, 50))
def test_datum_round_trip_at_the_root_of_105_east(name: Any, offset: float, lat: float) -> None:
    lon = 105 + offset
    back = datum.to_cgcs2000(*datum.from_cgcs2000(lon, lat, name), name)
    assert abs(float(back[0]) - lon) < 1e-11
    assert abs(float(back[1]) - lat) < 1e-11


@pytest.mark.parametrize("name", ["gcj02", "bd09"])
def test_outside_china_nothing_is_shifted(name: Any) -> None:
    outside = [(72.0, 40), (137.84, 40), (100, 0.82), (100, 55.83), (-101.6, 24.5), (101.6, -24.5), (151.2, -33.9)]
    inside = [(72.01, 40), (137.83, 40), (100, 0.83), (100, 55.82), (LON, LAT)]
    for convert in (datum.to_cgcs2000, datum.from_cgcs2000):
        for lon, lat in outside:
            assert [float(v) for v in convert(lon, lat, name)] == [lon, lat]
        for lon, lat in inside:
            assert float(crs.geodesic_m(*convert(lon, lat, name), lon, lat)) > 50


@pytest.mark.parametrize("name", ["gcj02", "bd09"])
@given(points=st.lists(degrees, min_size=1, max_size=20))
def test_every_place_of_the_earth_has_an_answer(name: Any, points: Any) -> None:
    lon, lat = np.array(points).T
    for convert in (datum.to_cgcs2000, datum.from_cgcs2000):
        assert crs.geodesic_m(*convert(lon, lat, name), lon, lat).max() < 3000


def test_datum_refuses_bad_input() -> None:
    refused: list[tuple[float, float, Any]] = [
        (np.nan, 1, "gcj02"),
        (1, np.inf, "bd09"),
        (24.5, 101.6, "gcj02"),
        (LON, LAT, "nad27"),
    ]
    for lon, lat, name in refused:
        with pytest.raises(InvalidInput):
            datum.to_cgcs2000(lon, lat, name)
        with pytest.raises(InvalidInput):
            datum.from_cgcs2000(lon, lat, name)


def test_wgs84_passes_unchanged_as_in_proj() -> None:
    official = Transformer.from_crs("EPSG:4326", "EPSG:4490").transform(LAT, LON)
    assert official == (LAT, LON)
    assert [float(v) for v in datum.to_cgcs2000(LON, LAT, "wgs84")] == [LON, LAT]
    assert Geod(ellps="GRS80").es == pytest.approx(crs.ELLIPSOID.es, abs=1e-12)
