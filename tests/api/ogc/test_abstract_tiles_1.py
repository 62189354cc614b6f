"""Abstract tests of OGC API – Tiles – Part 1: Core 1.0 (20-057), annex A: core, tilesets, their list, MVT, OpenAPI 3.0."""

from collections.abc import Iterator
from typing import Any

import mapbox_vector_tile
import pytest

from gis.db import connect_admin
from tests.api.ogc.county import STEP, WEST
from tests.api.ogc.view import REL, View, links
from tests.conftest import Templates
from tests.tiles.decoded import tile_at
from tiles.build import build
from tiles.matrix import CGCS2000, WEB_MERCATOR

MVT = "application/vnd.mapbox-vector-tile"
SPOT = (WEST + STEP, 24.35)
ROOTS = ("", "/collections/grids", "/collections/units")


@pytest.fixture(scope="module")
def database_url(templates: Templates, small_county: str) -> Iterator[str]:
    url = templates.clone(small_county)
    with connect_admin(url) as connection:
        connection.execute("DELETE FROM gis.unit WHERE code LIKE '%002'")  # as real ones, units shall not overlap
        build(connection, 2)
    yield url
    templates.drop(url)


def tilesets(view: View, root: str) -> list[dict[str, Any]]:
    """The full tilesets that a list leads to."""
    return [view.get(links(one, "self")[0]["href"]) for one in view.get(f"{root}/tiles")["tilesets"]]


@pytest.mark.parametrize("root", ROOTS)
def test_core_tc_op_and_success(view: View, root: str) -> None:
    for tms in (WEB_MERCATOR, CGCS2000):
        z, x, y = tile_at(*SPOT, 12, tms)
        answer = view.ask(f"{root}/tiles/{tms}/{z}/{y}/{x}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, MVT)


def test_core_tc_error(view: View) -> None:
    root = f"/tiles/{WEB_MERCATOR}"
    for path, status in (
        (f"{root}/1/2/0", 400),
        (f"{root}/99/0/0", 400),
        (f"{root}/x/0/0", 400),
        ("/tiles/Mars/0/0/0", 404),
    ):
        assert view.ask(path).status_code == status, path


@pytest.mark.parametrize("root", ROOTS)
def test_core_tc_error_beyond_the_limits_of_the_tileset(view: View, root: str) -> None:
    for tileset in tilesets(view, root):
        path = f"{root}/tiles/{tileset['tileMatrixSetId']}"
        for limit in tileset["tileMatrixSetLimits"]:
            rows, cols = (limit["minTileRow"], limit["maxTileRow"]), (limit["minTileCol"], limit["maxTileCol"])
            beyond = [(rows[0] - 1, cols[0]), (rows[1] + 1, cols[0]), (rows[0], cols[0] - 1), (rows[0], cols[1] + 1)]
            for row, col in beyond:
                assert view.ask(f"{path}/{limit['tileMatrix']}/{row}/{col}").status_code in {400, 404}
            inside = f"{path}/{limit['tileMatrix']}/{rows[1]}/{cols[0]}"
            assert view.ask(inside).status_code in {200, 204}


@pytest.mark.parametrize("root", ROOTS)
def test_tileset_desc_links_and_success(view: View, root: str) -> None:
    for tileset in tilesets(view, root):
        assert tileset["dataType"] == "vector"
        (item,) = links(tileset, "item")
        assert item["templated"] is True
        assert all(mark in item["href"] for mark in ("{tileMatrix}", "{tileRow}", "{tileCol}"))
        (scheme,) = links(tileset, f"{REL}tiling-scheme")
        assert view.get(scheme["href"])["id"] == tileset["tileMatrixSetId"]


@pytest.mark.parametrize("root", ROOTS)
def test_tilesets_list_tsl_op_and_success(view: View, root: str) -> None:
    listed = view.get(f"{root}/tiles")
    assert [one["tileMatrixSetId"] for one in listed["tilesets"]] == [WEB_MERCATOR, CGCS2000]
    for one in listed["tilesets"]:
        assert {"dataType", "crs", "tileMatrixSetURI", "links"} <= one.keys()
        assert links(one, "self")


def test_dataset_tilesets_landing_page_link(view: View) -> None:
    (link,) = links(view.get("/"), f"{REL}tilesets-vector")
    assert view.ask(link["href"]).status_code == 200


def test_geodata_tilesets_collection_links(view: View) -> None:
    for one in view.get("/collections")["collections"]:
        for link in links(one, f"{REL}tilesets-vector"):
            assert view.get(link["href"])["tilesets"]
    assert links(view.get("/collections/grids"), f"{REL}tilesets-vector")


def test_mvt_content(view: View) -> None:
    z, x, y = tile_at(*SPOT, 12)
    layers: dict[str, Any] = mapbox_vector_tile.decode(view.ask(f"/tiles/{WEB_MERCATOR}/{z}/{y}/{x}").content)
    assert layers
    tileset = next(one for one in tilesets(view, "") if one["tileMatrixSetId"] == WEB_MERCATOR)
    assert layers.keys() <= {layer["id"] for layer in tileset["layers"]}


def test_oas30_completeness(view: View) -> None:
    paths = view.get("/openapi")["paths"]
    for root in ROOTS:
        assert f"{root}/tiles" in paths
        assert any(path.startswith(f"{root}/tiles/") and path.endswith("/{tileCol}") for path in paths)
