"""Abstract tests of OGC API – Features – Part 2: coordinate reference systems by reference 1.0 (18-058r1), annex A."""

from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from shapely.geometry import box, mapping, shape

from tests.api.ogc.view import View

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
NUMBERS = (4326, 4490, 3857, 4543)
NORTH_FIRST = {4326, 4490, 4543}
WINDOW = box(101.26, 24.36, 101.31, 24.41)


def in_order(geometry: Any, number: int) -> Any:
    """A geometry in degrees, lon first, as the system with that number writes it: PROJ says how."""
    # CGCS2000 and WGS 84 are taken as equal, so the base is each system's own.
    base = "EPSG:4326" if number in {4326, 3857} else "EPSG:4490"
    to = Transformer.from_crs(base, f"EPSG:{number}")
    return shapely.transform(geometry, lambda xy: np.column_stack(to.transform(xy[:, 1], xy[:, 0])))


def test_crs_md_crs_list(view: View) -> None:
    for one in view.get("/collections")["collections"]:
        assert one["crs"][0] == CRS84
        assert {EPSG + str(number) for number in NUMBERS} <= set(one["crs"])


def test_crs_md_storage_crs(view: View) -> None:
    for one in view.get("/collections")["collections"]:
        assert one["storageCrs"] == f"{EPSG}4490"
        assert one["storageCrs"] in one["crs"]
        assert "storageCrsCoordinateEpoch" not in one  # a dynamic system would need it; CGCS2000 is served as static


@pytest.mark.parametrize("name", ["crs", "bbox-crs"])
def test_crs_fc_crs_and_bbox_crs_definition(view: View, name: str) -> None:
    given = view.parameter("/collections/grids/items", name)
    assert (given["in"], given["required"], given["style"], given["explode"]) == ("query", False, "form", False)
    assert given["schema"]["type"] == "string"
    assert given["schema"]["format"] == "uri"


def test_crs_fc_crs_valid_value_and_invalid_value(view: View) -> None:
    for value in ("x", f"{EPSG}2154", "EPSG:99999"):
        for name in ("crs", "bbox-crs"):
            assert view.ask("/collections/grids/items", bbox="1,1,2,2", **{name: value}).status_code == 400


def test_crs_fc_crs_default_value(view: View) -> None:
    plain, asked = view.ask("/collections/grids/items"), view.ask("/collections/grids/items", crs=CRS84)
    assert plain.headers["content-crs"] == asked.headers["content-crs"] == f"<{CRS84}>"
    assert plain.json()["features"] == asked.json()["features"]


@pytest.mark.parametrize("number", NUMBERS)
def test_crs_fc_crs_action_and_ogc_crs_header(view: View, number: int) -> None:
    for name in view.names():
        plain = view.page(name, limit=3)["features"]
        answer = view.ask(f"/collections/{name}/items", limit=3, crs=f"{EPSG}{number}")
        assert answer.headers["content-crs"] == f"<{EPSG}{number}>"
        for one, other in zip(plain, answer.json()["features"], strict=True):
            wanted, got = in_order(shape(one["geometry"]), number), shape(other["geometry"])
            assert got.hausdorff_distance(wanted) < (1e-6 if number in {4326, 4490} else 0.01)


@pytest.mark.parametrize("number", NUMBERS)
def test_crs_f_crs_action_and_ogc_crs_header(view: View, number: int) -> None:
    page = view.page("grids", limit=1, crs=f"{EPSG}{number}")
    first = page["features"][0]
    answer = view.ask(f"/collections/grids/items/{first['id']}", crs=f"{EPSG}{number}")
    assert answer.headers["content-crs"] == f"<{EPSG}{number}>"
    assert answer.json()["geometry"] == first["geometry"]


@pytest.mark.parametrize("number", NUMBERS)
def test_crs_fc_bbox_crs_action(view: View, number: int) -> None:
    """Boxes in metres are compared by the grids that lie well in or well out of them: their edges bend."""
    lon, lat = zip(*mapping(WINDOW)["coordinates"][0], strict=True)
    corners = in_order(box(min(lon), min(lat), max(lon), max(lat)), number).bounds
    bbox = ",".join(map(repr, corners))
    for name in view.names():
        every = view.page(name, limit=1000)["features"]
        found = {f["id"] for f in view.page(name, limit=1000, bbox=bbox, **{"bbox-crs": f"{EPSG}{number}"})["features"]}
        well_in = {f["id"] for f in every if shape(f["geometry"]).intersects(WINDOW.buffer(-0.002))}
        maybe = {f["id"] for f in every if shape(f["geometry"]).intersects(WINDOW.buffer(0.002))}
        assert well_in <= found <= maybe


@pytest.mark.parametrize("bbox", ["101,24,102,25", "382000,2695000,440000,2720000"])
@pytest.mark.parametrize("number", [4326, 4490, 4543, 4522])
def test_crs_fc_bbox_crs_with_the_axes_in_the_other_order_is_empty_with_a_hint(
    view: View, number: int, bbox: str
) -> None:
    """What the executable suite sends: its tables of systems know no official order of axes but that of EPSG:4326."""
    for name in view.names():
        page = view.page(name, bbox=bbox, **{"bbox-crs": f"{EPSG}{number}"})
        assert page["features"] == []
        assert page["hint"]


def test_crs_geojson_keeps_its_media_type(view: View) -> None:
    answer = view.ask("/collections/grids/items", limit=1, crs=f"{EPSG}4490")
    assert answer.headers["content-type"] == "application/geo+json"
