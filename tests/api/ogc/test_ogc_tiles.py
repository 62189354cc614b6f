"""OGC API Tiles: documents that hold what the standards want, and tiles with the bytes of the plain addresses."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import morecantile
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import tile_routes
from gis.db import connect_admin
from tests.api.ogc.county import STEP, grids
from tests.conftest import Templates
from tests.tiles.decoded import decode, tile_at
from tiles.build import build
from tiles.layers import STORED
from tiles.matrix import CGCS2000, MAX_ZOOM, WEB_MERCATOR

Headers = dict[str, str]
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
MVT = "application/vnd.mapbox-vector-tile"
LON, LAT = 101.28, 24.36
LAYERS = {
    None: ",".join(STORED),
    "grids": "level2,level3,level4,level5,level6",
    **{f"grids-level{level}": f"level{level}" for level in range(2, 7)},
    "units": "units",
    "centres": "centres",
}


@pytest.fixture(scope="module")
def database_url(templates: Templates, small_county: str) -> Iterator[str]:
    url = templates.clone(small_county)
    with connect_admin(url) as connection:
        # The small county's second units lie inside the first ones; real units, which tiles show, do not overlap.
        connection.execute("DELETE FROM gis.unit WHERE code LIKE '%002'")
        for edition in (1, 2):
            build(connection, edition)
    yield url
    templates.drop(url)


@pytest.fixture(scope="module")
def app(app: FastAPI) -> FastAPI:
    """With the plain addresses, to compare."""
    app.include_router(tile_routes.router)
    return app


@pytest.fixture(scope="module")
def openapi(client: TestClient) -> dict[str, Any]:
    return client.get("/ogc/openapi").json()


def root(collection: str | None) -> str:
    return "/ogc" if collection is None else f"/ogc/collections/{collection}"


def link(document: dict[str, Any], rel: str) -> dict[str, Any]:
    found = [one for one in document["links"] if one["rel"] in {rel, REL + rel}]
    assert len(found) == 1, (rel, document["links"])
    return found[0]


def path(href: str) -> str:
    return href.removeprefix("http://testserver")


def check(openapi: dict[str, Any], name: str, document: Any) -> None:
    """A document fits its schema in the API description."""
    jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": openapi["components"]}
    ).validate(document)


def test_the_way_from_the_landing_page_to_a_tile(client: TestClient, openapi: dict[str, Any]) -> None:
    listed = client.get(path(link(client.get("/ogc").json(), "tilesets-vector")["href"])).json()
    check(openapi, "tileSets", listed)
    for entry in listed["tilesets"]:
        tileset = client.get(path(link(entry, "self")["href"])).json()
        check(openapi, "tileSet", tileset)
        item = link(tileset, "item")
        assert (item["type"], item["templated"]) == (MVT, True)
        tms = entry["tileMatrixSetId"]
        z, x, y = tile_at(LON, LAT, 12, tms)
        answer = client.get(path(item["href"].format(tileMatrix=z, tileRow=y, tileCol=x)))
        assert (answer.status_code, answer.headers["content-type"]) == (200, MVT)
        assert client.get(path(link(tileset, "tiling-scheme")["href"])).json()["id"] == tms
        tilejson = client.get(path(link(tileset, "describedby")["href"])).json()
        assert [one["id"] for one in tilejson["vector_layers"]] == [one["id"] for one in tileset["layers"]]


@pytest.mark.parametrize("collection", LAYERS)
@pytest.mark.parametrize("tms", [WEB_MERCATOR, CGCS2000])
def test_a_tile_has_the_bytes_of_the_plain_address(client: TestClient, collection: str | None, tms: str) -> None:
    some = False
    for zoom in (8, 12, 14):
        z, x, y = tile_at(LON, LAT, zoom, tms)
        for query in ("", "?edition=1", "?datetime=2023-06-01", "?f=mvt"):
            ours = client.get(f"{root(collection)}/tiles/{tms}/{z}/{y}/{x}{query}")
            plain = client.get(f"/tiles/{tms}/{LAYERS[collection]}/{z}/{x}/{y}.mvt{query.replace('?f=mvt', '')}")
            assert (ours.status_code, ours.content) == (plain.status_code, plain.content)
            assert ours.headers.get("etag") == plain.headers.get("etag")
            if query == "?edition=1":  # units are changed by hand within an edition, and centres between editions
                changing = {"units", "centres"} & set(LAYERS[collection].split(","))
                assert ("immutable" in ours.headers["cache-control"]) == (not changing)
            some = some or ours.status_code == 200
        tag = {"If-None-Match": ours.headers.get("etag", "none")}
        assert client.get(str(ours.url), headers=tag).status_code in ({304} if ours.status_code == 200 else {204})
    assert some


def test_row_comes_before_column(client: TestClient) -> None:
    z, x, y = tile_at(LON, LAT, 12)
    assert x != y
    tile = client.get(f"/ogc/collections/grids-level6/tiles/{WEB_MERCATOR}/{z}/{y}/{x}")
    assert decode(tile.content)["level6"]
    assert client.get(f"/ogc/collections/grids-level6/tiles/{WEB_MERCATOR}/{z}/{x}/{y}").status_code == 404


@pytest.mark.parametrize("tms", [WEB_MERCATOR, CGCS2000])
def test_limits_hold_every_tile_with_something_in_it(client: TestClient, tms: str) -> None:
    tileset = client.get(f"/ogc/tiles/{tms}").json()
    limits = {one["tileMatrix"]: one for one in tileset["tileMatrixSetLimits"]}
    assert list(limits) == [str(z) for z in range(MAX_ZOOM + 1)]
    for zoom in (0, 9, 13):
        one = limits[str(zoom)]
        corners = [
            tile_at(*corner, zoom, tms)[1:]
            for county in [grids()["532322"].bounds]
            for corner in (county[:2], county[2:])
        ]
        (west, south), (east, north) = corners
        assert one["minTileCol"] <= west <= east <= one["maxTileCol"] <= east + 1
        assert one["minTileRow"] <= north <= south <= one["maxTileRow"] <= south + 1
    box = tileset["boundingBox"]
    assert box["lowerLeft"] == pytest.approx(grids()["532322"].bounds[:2], abs=STEP / 100)


def test_tile_matrix_sets_are_those_of_the_standard(client: TestClient, openapi: dict[str, Any]) -> None:
    listed = client.get(path(link(client.get("/ogc").json(), "tiling-schemes")["href"])).json()
    check(openapi, "tileMatrixSets", listed)
    assert [one["id"] for one in listed["tileMatrixSets"]] == [WEB_MERCATOR, CGCS2000]
    for one in listed["tileMatrixSets"]:
        document = client.get(path(link(one, "self")["href"])).json()
        check(openapi, "tileMatrixSet", document)
        read = morecantile.TileMatrixSet.model_validate(document)  # the reference model of 17-083r4
        assert read.id == one["id"]
        assert document["title"] == one["title"]
        assert document["uri"] == one["uri"]
        first = document["tileMatrices"][0]
        if one["id"] == CGCS2000:
            assert (document["orderedAxes"], first["pointOfOrigin"]) == (["Lat", "Lon"], [90, -180])
            assert (first["matrixWidth"], first["matrixHeight"]) == (2, 1)
        else:
            assert document["uri"] == "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
            assert first["scaleDenominator"] == pytest.approx(559082264.0287178)


@pytest.mark.parametrize(
    ("lang", "titles"),
    [
        ("zh", ["网络墨卡托（EPSG:3857）", "国家大地坐标系经纬度（EPSG:4490）"]),
        ("en", ["Web Mercator (EPSG:3857)", "CGCS2000, longitude and latitude (EPSG:4490)"]),
    ],
)
def test_tile_matrix_sets_have_titles_in_both_languages(client: TestClient, lang: str, titles: list[str]) -> None:
    heads = {"Accept-Language": lang}
    assert [one["title"] for one in client.get("/ogc/tileMatrixSets", headers=heads).json()["tileMatrixSets"]] == titles
    named = [one["title"] for one in client.get("/ogc/tiles", headers=heads).json()["tilesets"]]
    assert [one.split(" · ")[-1] for one in named] == titles


def test_every_public_collection_leads_to_its_tiles(client: TestClient, token: Callable[..., Headers]) -> None:
    signed = token("operator")
    for one in client.get("/ogc/collections", headers=signed).json()["collections"]:
        leads = [link for link in one["links"] if link["rel"] == f"{REL}tilesets-vector"]
        assert bool(leads) is (one["id"] in LAYERS)
        if leads:
            sets = client.get(path(leads[0]["href"])).json()["tilesets"]
            assert [entry["tileMatrixSetId"] for entry in sets] == [WEB_MERCATOR, CGCS2000]


def test_people_are_in_no_tileset(client: TestClient, token: Callable[..., Headers]) -> None:
    z, x, y = tile_at(LON, LAT, 12)
    for name in ("households", "disputes"):
        for rest in ("", f"/{WEB_MERCATOR}", f"/{WEB_MERCATOR}/{z}/{y}/{x}"):
            assert client.get(f"/ogc/collections/{name}/tiles{rest}").status_code == 401
            assert client.get(f"/ogc/collections/{name}/tiles{rest}", headers=token("operator")).status_code == 404


@pytest.mark.parametrize(
    ("address", "status", "word"),
    [
        ("/ogc/tiles/Nonsense", 404, WEB_MERCATOR),
        ("/ogc/tiles/Nonsense/0/0/0", 404, WEB_MERCATOR),
        ("/ogc/tileMatrixSets/Nonsense", 404, WEB_MERCATOR),
        ("/ogc/collections/nothing/tiles", 404, "nothing"),
        ("/ogc/collections/nothing/tiles/WebMercatorQuad/0/0/0", 404, "nothing"),
        ("/ogc/tiles/WebMercatorQuad/17/0/0", 400, "z"),
        ("/ogc/tiles/WebMercatorQuad/3/8/0", 400, "y"),
        ("/ogc/tiles/WebMercatorQuad/3/0/8", 400, "x"),
        ("/ogc/tiles/CGCS2000Quad/0/1/0", 400, "y"),
        ("/ogc/tiles/WebMercatorQuad/3/0/a", 400, "col"),
        ("/ogc/tiles/WebMercatorQuad/3/-1/0", 400, "y"),
        ("/ogc/tiles/WebMercatorQuad/0/0/0?f=png", 400, "mvt"),
        ("/ogc/tiles/WebMercatorQuad/0/0/0?edition=99", 404, "99"),
        ("/ogc/tiles/WebMercatorQuad/0/0/0?bbox=1,2,3,4", 400, "bbox"),
        ("/ogc/tiles?f=mvt", 400, "html"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(client: TestClient, address: str, status: int, word: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert word in answer.json()["detail_en"]


def test_nothing_there_is_204_and_beyond_the_limits_404(client: TestClient) -> None:
    root = "/ogc/collections/centres/tiles/WebMercatorQuad"
    corner = client.get(root).json()["tileMatrixSetLimits"][-1]
    assert client.get(f"{root}/16/{corner['minTileRow']}/{corner['minTileCol']}").status_code == 204
    beyond = client.get(f"{root}/16/{corner['minTileRow'] - 1}/{corner['minTileCol']}")
    assert beyond.status_code == 404
    assert f"16/{corner['minTileRow'] - 1}/{corner['minTileCol']}" in beyond.json()["detail_en"]


PAGES = ["/ogc/tiles", "/ogc/tiles/CGCS2000Quad", "/ogc/tileMatrixSets", "/ogc/tileMatrixSets/WebMercatorQuad",
         "/ogc/collections/grids/tiles", "/ogc/collections/units/tiles/WebMercatorQuad"]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_pages_in_both_languages(client: TestClient, address: str) -> None:
    for lang, word in (("zh", "瓦片"), ("en", "English")):
        page = client.get(f"{address}?f=html&lang={lang}")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert word in page.text or lang == "en"
        assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in page.text
        assert "<script" not in page.text
    assert client.get(address, headers={"Accept": "text/html"}).text.startswith("<!doctype html>")
    document = client.get(address)
    assert document.headers["content-type"] == "application/json"
    assert link(document.json(), "self")["href"] == f"http://testserver{address}?f=json"
    again = client.get(address, headers={"If-None-Match": document.headers["etag"]})
    assert again.status_code == 304


def test_the_description_names_every_address(client: TestClient, openapi: dict[str, Any]) -> None:
    tile = "{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"
    for collection in LAYERS:
        start = root(collection).removeprefix("/ogc") + "/tiles"
        for rest in ("", "/{tileMatrixSetId}", f"/{tile}"):
            assert start + rest in openapi["paths"]
    for address, operations in openapi["paths"].items():
        parameters = [one["name"] for one in operations["get"]["parameters"] if one.get("in") == "path"]
        assert sorted(parameters) == sorted(part[1:-1] for part in address.split("/") if part.startswith("{"))
    declared = client.get("/ogc/conformance").json()["conformsTo"]
    for name in ("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "mvt", "oas30"):
        assert f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}" in declared


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL's ogrinfo (gdal-bin) is not here")
def test_gdal_reads_a_tile(client: TestClient, tmp_path: Path) -> None:
    z, x, y = tile_at(LON, LAT, 12)
    tile = client.get(f"/ogc/collections/grids-level6/tiles/{WEB_MERCATOR}/{z}/{y}/{x}")
    (tmp_path / "tile.mvt").write_bytes(tile.content)
    place = [option for name, value in zip("XYZ", (x, y, z), strict=True) for option in ("-oo", f"{name}={value}")]
    command = ["ogr2ogr", "-f", "GeoJSON", "/vsistdout/", f"MVT:{tmp_path / 'tile.mvt'}", *place]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    codes = {feature["properties"]["code"] for feature in json.loads(done.stdout)["features"]}
    assert codes
    assert codes <= set(grids())
