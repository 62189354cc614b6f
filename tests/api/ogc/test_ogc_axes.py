"""Coordinates: every system in its official axis order, boxes against shapely, rings the way RFC 7946 turns them."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from shapely.geometry import shape
from starlette.testclient import TestClient

from api.ogc.window import parse_box, window
from gis.crs import parse_crs
from gis.errors import InvalidInput
from tests.api.ogc.county import COUNTY, SOUTH, WEST, grids, leaves

ITEMS = "/ogc/collections/grids/items"
SYSTEMS = {
    "OGC:CRS84": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    "EPSG:4326": "http://www.opengis.net/def/crs/EPSG/0/4326",
    "EPSG:4490": "http://www.opengis.net/def/crs/EPSG/0/4490",
    "EPSG:3857": "http://www.opengis.net/def/crs/EPSG/0/3857",
    "EPSG:4543": "http://www.opengis.net/def/crs/EPSG/0/4543",
    "EPSG:4522": "http://www.opengis.net/def/crs/EPSG/0/4522",
}
LAT_FIRST = ("EPSG:4326", "EPSG:4490")


def official(name: str) -> Transformer:
    """From latitude, longitude in EPSG:4490 to the system's own axis order, by pyproj alone."""
    return Transformer.from_crs(CRS("EPSG:4490"), CRS(name))


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("form", ["uri", "item"])
def test_coordinates_in_official_axis_order(client: TestClient, name: str, form: str) -> None:
    if form == "uri":
        answer = client.get(ITEMS, params={"crs": SYSTEMS[name], "level": 6, "limit": 100})
        features = answer.json()["features"]
    else:
        answer = client.get(f"{ITEMS}/{COUNTY}", params={"crs": SYSTEMS[name]})
        features = [answer.json()]
    assert answer.headers["content-crs"] == f"<{SYSTEMS[name]}>"
    for feature in features:
        lon, lat = shapely.get_coordinates(grids()[feature["id"]]).T
        first, second = official(name).transform(lat, lon)
        told = shapely.get_coordinates(shape(feature["geometry"]))
        step = 1e-9 if name.startswith("OGC") or name in LAT_FIRST else 1e-3
        expected = {(round(x / step), round(y / step)) for x, y in zip(first, second, strict=True)}
        near = {(x + i, y + j) for x, y in expected for i in (-1, 0, 1) for j in (-1, 0, 1)}
        assert {(round(x / step), round(y / step)) for x, y in told} <= near


def test_default_is_longitude_first(client: TestClient) -> None:
    answer = client.get(f"{ITEMS}/{COUNTY}")
    x, y = shapely.get_coordinates(shape(answer.json()["geometry"]))[0]
    assert 101 < x < 102
    assert 24 < y < 25
    assert answer.headers["content-crs"] == f"<{SYSTEMS['OGC:CRS84']}>"


def signed_areas(feature: dict[str, Any], *, flipped: bool) -> list[float]:
    found: list[float] = []
    for polygon in feature["geometry"]["coordinates"]:
        x, y = np.array(polygon[0])[:, :2].T
        x, y = (y, x) if flipped else (x, y)
        found.append(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])))
    return found


@pytest.mark.parametrize("name", SYSTEMS)
def test_exterior_rings_turn_counter_clockwise(client: TestClient, name: str) -> None:
    flipped = name not in {"OGC:CRS84", "EPSG:3857"}
    for collection in ("grids", "units"):
        answer = client.get(f"/ogc/collections/{collection}/items", params={"crs": SYSTEMS[name], "limit": 100})
        for feature in answer.json()["features"]:
            assert min(signed_areas(feature, flipped=flipped)) > 0


def touching(box: shapely.Geometry) -> set[str]:
    return {code for code, polygon in leaves().items() if polygon.intersects(box)}


def found(client: TestClient, box: tuple[float, ...], crs: str | None = None) -> set[str]:
    params = {"bbox": ",".join(repr(float(x)) for x in box), "level": "6", "limit": "100"}
    if crs:
        params["bbox-crs"] = crs
    answer = client.get(ITEMS, params=params)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["numberMatched"] == page["numberReturned"] == len(page["features"])
    return {feature["id"] for feature in page["features"]}


LONS = st.floats(WEST - 0.05, WEST + 0.25)
LATS = st.floats(SOUTH - 0.05, SOUTH + 0.25)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(LONS, LONS, LATS, LATS)
def test_boxes_in_degrees_match_shapely(client: TestClient, a: float, b: float, c: float, d: float) -> None:
    west, east, south, north = min(a, b), max(a, b), min(c, d), max(c, d)
    expected = touching(shapely.box(west, south, east, north))
    assert found(client, (west, south, east, north)) == expected
    for name in LAT_FIRST:
        assert found(client, (south, west, north, east), SYSTEMS[name]) == expected


@QUICK
@given(st.sampled_from(["EPSG:3857", "EPSG:4543", "EPSG:4522"]), LONS, LONS, LATS, LATS)
def test_boxes_in_metres_match_shapely(client: TestClient, name: str, a: float, b: float, c: float, d: float) -> None:
    to = official(name)
    corners = np.array(to.transform([c, d], [a, b]))
    (first0, first1), (second0, second1) = np.sort(corners, axis=1)
    box = shapely.box(first0, second0, first1, second1)
    expected: set[str] = set()
    unsure: set[str] = set()
    for code, polygon in leaves().items():
        fine = shapely.segmentize(polygon, 0.001)
        there = shapely.transform(fine, lambda xy: np.column_stack(to.transform(xy[:, 1], xy[:, 0])))
        if there.intersects(box):
            expected.add(code)
        if there.boundary.distance(box) < 0.05 and not there.buffer(-0.05).intersects(box):
            unsure.add(code)
    answer = found(client, (first0, second0, first1, second1), SYSTEMS[name])
    assert answer - unsure == expected - unsure


@pytest.mark.parametrize(
    ("box", "crs", "expected"),
    [
        ((-180, -90, 180, 90), None, set(leaves())),
        ((-90, -180, 90, 180), "EPSG:4490", set(leaves())),
        ((-2.1e7, -2.1e7, 2.1e7, 2.1e7), "EPSG:3857", set(leaves())),
        ((-1e8, -1e8, 1e8, 1e8), "EPSG:4543", set(leaves())),
        ((0, 0, 1, 1), "EPSG:4543", set[str]()),
        ((100, 0, 10, 101.3, 90, 20), None, None),
        ((170, -90, 101.3, 90), None, None),
    ],
)
def test_boxes_that_are_large_high_or_cross_the_antimeridian(
    client: TestClient, box: tuple[float, ...], crs: str | None, expected: set[str] | None
) -> None:
    wanted = touching(shapely.box(-180, -90, 101.3, 90)) if expected is None else expected
    assert found(client, box, SYSTEMS[crs] if crs else None) == wanted


def test_a_box_without_area_is_a_point_or_line(client: TestClient) -> None:
    point = next(iter(leaves().values())).representative_point()
    assert found(client, (point.x, point.y, point.x, point.y)) == touching(point)
    line = shapely.LineString([(WEST, point.y), (WEST + 0.2, point.y)])
    assert found(client, (WEST, point.y, WEST + 0.2, point.y)) == touching(line)
    x, y = Transformer.from_crs(4490, 3857).transform(point.y, point.x)
    assert found(client, (x, y, x, y), SYSTEMS["EPSG:3857"]) == touching(point)


@pytest.mark.parametrize("name", ["EPSG:3857", "EPSG:4543", "EPSG:4522"])
def test_straight_edges_in_metres_are_followed_where_they_bend_in_degrees(name: str) -> None:
    to = official(name)
    corners = np.array(to.transform([24.3, 24.8], [101.1, 101.9]))
    (first0, first1), (second0, second1) = np.sort(corners, axis=1)
    area = shapely.from_wkb(window((first0, second0, first1, second1), parse_crs(name), (101, 24, 102, 25)))
    along = np.linspace(0, 1, 101)
    for first, second in (
        (first0 + along * (first1 - first0), np.full(101, second0)),
        (first0 + along * (first1 - first0), np.full(101, second1)),
        (np.full(101, first0), second0 + along * (second1 - second0)),
        (np.full(101, first1), second0 + along * (second1 - second0)),
    ):
        lat, lon = to.transform(first, second, direction="INVERSE")
        assert shapely.distance(shapely.points(lon, lat), area.boundary).max() < 2e-8  # degrees: 2 mm


def test_flipped_boxes_are_refused_not_answered_empty() -> None:
    with pytest.raises(InvalidInput, match="order of the axes"):
        window((24.3, 101.2, 24.4, 101.3), parse_crs("CRS84"), (101, 24, 102, 25))


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,nan", "1,2,3,inf", "a,b,c,d", "1,2,3,4,5"])
def test_boxes_that_are_none(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_box(text)
