"""A draft read and edited by plain clients over a live server: GDAL's OAPIF driver, OWSLib, and bodies as QGIS sends them."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import numpy as np
import pytest
import shapely
from owslib.ogcapi import features as owslib

from tests.boundaries.squares import leaf, square

Token = Callable[..., dict[str, str]]
needs_gdal = pytest.mark.skipif(
    shutil.which("ogrinfo") is None, reason="GDAL's ogrinfo and ogr2ogr (gdal-bin) are not here"
)


@pytest.fixture
def client(live: str, token: Token) -> Iterator[httpx.Client]:
    """A signed-in client of a draft's OGC API."""
    with httpx.Client(base_url=live, headers=token("planner")) as client:
        number = client.post("/drafts", json={"title": "界线"}).json()["id"]
        client.base_url = f"{live}/drafts/{number}/ogc/"
        yield client


def test_documents_lead_from_the_landing_page_to_the_items(client: httpx.Client) -> None:
    landing = client.get("").json()
    links = {link["rel"]: link["href"] for link in landing["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= links.keys()
    (collection,) = client.get(links["data"]).json()["collections"]
    assert client.get("collections/leaf").json() == collection
    assert collection["extent"]["spatial"]["bbox"] == [[101.5, 24.5, 101.52, 24.52]]
    assert collection["storageCrs"] in collection["crs"]
    below = {link["rel"].rpartition("/")[2]: link["href"] for link in collection["links"]}
    assert len(client.get(below["items"]).json()["features"]) == 4
    schema = client.get(below["schema"])
    assert schema.headers["content-type"] == "application/schema+json"
    assert {name for name, one in schema.json()["properties"].items() if one.get("readOnly")} == {"code"}
    assert any("features-4" in uri for uri in client.get(links["conformance"]).json()["conformsTo"])
    described = client.get(links["service-desc"]).json()
    assert described["components"]["parameters"]["limit"]["schema"]["maximum"] == 1000
    asked = {path: list(methods) for path, methods in described["paths"].items()}
    assert asked["/collections/leaf/items/{featureId}"] == ["get", "put", "patch", "delete"]
    assert client.get("", params={"lang": "en"}).json()["title"].startswith("Draft")
    for path in ("", "conformance", "collections", "collections/leaf", "collections/leaf/items"):
        assert httpx.get(str(client.base_url.join(path))).status_code == 401
        assert client.get(path, params={"x": "1"}).status_code == 400


@needs_gdal
def test_gdal_reads_a_draft(client: httpx.Client, tmp_path: Path) -> None:
    environment = {**os.environ, "GDAL_HTTP_HEADERS": f"Authorization: {client.headers['Authorization']}"}
    source = f"OAPIF:{str(client.base_url).rstrip('/')}"
    target = tmp_path / "leaf.geojson"
    told = ""
    for command in (
        ["ogrinfo", "-ro", "-so", source, "leaf"],
        [
            "ogr2ogr",
            "-f",
            "GeoJSON",
            "-lco",
            "COORDINATE_PRECISION=15",
            str(target),
            source,
            "leaf",
            "-oo",
            "PAGE_SIZE=3",
        ],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr
        told += done.stdout
    for line in ("Feature Count: 4", "code: String", "name: String", "Geometry: Multi Polygon"):
        assert line in told
    read = {f["properties"]["code"]: f for f in json.loads(target.read_text(encoding="utf-8"))["features"]}
    assert sorted(read) == [leaf(n) for n in (1, 2, 3, 4)]
    assert shapely.equals(shapely.geometry.shape(read[leaf(1)]["geometry"]), square(0, 1))


def test_a_new_item_is_found_by_a_header_with_its_capital(client: httpx.Client) -> None:
    made = client.post("collections/leaf/items", json=body("东半", square(0.5, 1, 0.5)))
    names = {name: value.decode() for name, value in made.headers.raw}
    assert names[b"Location"] == f"{client.base_url}collections/leaf/items/{made.json()['id']}"
    assert b"location" not in names


def test_owslib_creates_replaces_and_deletes(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "owslib.ogcapi.REQUEST_HEADERS", {}
    )  # it writes tokens into a dictionary that all objects share
    service = owslib.Features(str(client.base_url), headers={"Authorization": client.headers["Authorization"]})
    assert service.feature_collections() == ["leaf"]
    assert service.collection_items("leaf", limit=3)["numberReturned"] == 3  # pyright: ignore[reportArgumentType]
    service.headers["Content-Type"] = "application/geo+json"
    west, east = (json.dumps(body(name, square(x, 1, 0.5))) for name, x in (("西半", 0), ("东半", 0.5)))
    assert service.collection_item_update("leaf", leaf(1), west)
    assert service.collection_item_create("leaf", east)
    found = service.collection_items("leaf")
    assert {f["properties"]["name"] for f in found["features"]} >= {"西半", "东半"}
    assert client.post("../validate").json()["errors"] == 0
    made = next(f["id"] for f in found["features"] if f["properties"]["name"] == "东半")
    assert service.collection_item_delete("leaf", made)
    assert client.get(f"collections/leaf/items/{made}").status_code == 404


def body(name: str, shape: Any) -> dict[str, Any]:
    properties = {"code": leaf(1), "name": name, "parent": leaf(1)[:15]}
    return {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}


def test_a_border_that_was_rounded_on_the_way_is_not_moved(client: httpx.Client, live: str, token: Token) -> None:
    """QGIS writes six decimals of a degree: 11 cm, which along a border is square metres of gaps."""
    fine = shapely.Polygon(
        [(101.5, 24.51), (101.51, 24.51), (101.5100004449, 24.5151234567), (101.51, 24.52), (101.5, 24.52)]
    )
    east = shapely.Polygon(
        [(101.52, 24.51), (101.52, 24.52), (101.51, 24.52), (101.5100004449, 24.5151234567), (101.51, 24.51)]
    )
    items = "collections/leaf/items"
    for number, shape in ((1, fine), (2, east)):
        geometry = shapely.geometry.mapping(shape)
        assert client.patch(f"{items}/{leaf(number)}", json={"geometry": geometry}).status_code == 200
    assert client.post("../validate").json()["errors"] == 0
    rounded = shapely.transform(fine, lambda vertices: np.round(vertices, 6))
    assert not shapely.equals(rounded, fine)
    sent = {"geometry": shapely.geometry.mapping(rounded), "properties": {"name": "改名"}}
    patched = client.patch(f"{items}/{leaf(1)}", json=sent, headers={"Content-Type": "application/merge-patch+json"})
    assert shapely.equals(shapely.geometry.shape(patched.json()["geometry"]), fine)
    assert client.post("../validate").json()["errors"] == 0
