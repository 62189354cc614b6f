"""Real clients against a live server: GDAL's OAPIF driver and OWSLib read counts, axes, pages and boxes."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import shapely
from owslib.ogcapi.features import Features

from api.ogc.collections import COLLECTIONS
from api.ogc.downloads.formats import DOWNLOADS
from gis.crs import from_storage
from tests.api.ogc.county import grids, leaves, people

Headers = dict[str, str]
gdal = pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL's ogrinfo and ogr2ogr (gdal-bin) are not here")


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def export(live: str, folder: Path, layer: str, *options: str, **environment: str) -> list[dict[str, Any]]:
    target = folder / f"{layer}.geojson"
    run("ogr2ogr", "-f", "GeoJSON", *options, str(target), f"OAPIF:{live}", layer, **environment)
    return json.loads(target.read_text(encoding="utf-8"))["features"]


@gdal
def test_gdal_lists_the_public_collections(live: str) -> None:
    told = run("ogrinfo", "-ro", f"OAPIF:{live}")
    assert {line.split()[1] for line in told.splitlines() if line[:1].isdigit()} == {
        name for name, one in COLLECTIONS.items() if one.permission is None
    }


@gdal
def test_gdal_reads_count_extent_and_types(live: str) -> None:
    told = run("ogrinfo", "-ro", "-so", f"OAPIF:{live}", "grids")
    assert f"Feature Count: {len(grids())}" in told
    west, south, east, north = shapely.total_bounds(list(grids().values()))
    assert f"Extent: ({west:.6f}, {south:.6f}) - ({east:.6f}, {north:.6f})" in told
    assert 101 < west < 102
    assert 24 < south < 25
    for line in ("code: String", "level: Integer", "area_m2: Real", "Geometry: Multi Polygon"):
        assert line in told


@gdal
@pytest.mark.parametrize("page", [7, 37, 1000])
def test_gdal_reads_every_item_whatever_the_page(live: str, tmp_path: Path, page: int) -> None:
    features = export(live, tmp_path, "grids", "-oo", f"PAGE_SIZE={page}")
    assert sorted(feature["properties"]["code"] for feature in features) == sorted(grids())
    for feature in features:
        shape = shapely.geometry.shape(feature["geometry"])
        assert shapely.equals_exact(shape.normalize(), grids()[feature["properties"]["code"]].normalize(), 1e-8)


@gdal
def test_gdal_reads_a_box_and_a_filter(live: str, tmp_path: Path) -> None:
    box = shapely.box(101.21, 24.31, 101.29, 24.36)
    spat = ["-spat", *(str(number) for number in box.bounds)]
    features = export(live, tmp_path, "grids-level6", *spat)
    assert {feature["properties"]["code"] for feature in features} == {
        code for code, polygon in leaves().items() if polygon.intersects(box)
    }
    villages = export(live, tmp_path, "grids", "-where", "level = 4")
    assert {feature["properties"]["code"] for feature in villages} == {code for code in grids() if len(code) == 12}


@gdal
def test_gdal_reads_households_with_a_token(live: str, tmp_path: Path, token: Callable[..., Headers]) -> None:
    told = token("grid_staff", "532322101")["Authorization"]
    features = export(live, tmp_path, "households", GDAL_HTTP_HEADERS=f"Authorization: {told}")
    expected = {one.id: one for one in people() if one.grid.startswith("532322101")}
    assert {feature["properties"]["id"] for feature in features} == set(expected)
    for feature in features:
        lon, lat = feature["geometry"]["coordinates"]
        one = expected[feature["properties"]["id"]]
        assert (lon, lat) == pytest.approx((one.lon, one.lat), abs=1e-8)


@gdal
@pytest.mark.parametrize("name", ["geojson", "csv", "gpkg", "fgb", "shp"])
def test_debians_gdal_opens_the_files(live: str, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"grids.{DOWNLOADS[name].suffix}"
    path.write_bytes(httpx2.get(f"{live}/collections/grids/items.{DOWNLOADS[name].suffix}", timeout=60).content)
    options = ["-oo", "GEOM_POSSIBLE_NAMES=geometry"] if name == "csv" else []
    told = run("ogrinfo", "-ro", "-so", "-al", *options, f"/vsizip/{path}" if name == "shp" else str(path))
    assert "Warning" not in told
    assert f"Feature Count: {len(grids())}" in told
    west, south, east, north = shapely.total_bounds(list(grids().values()))
    assert f"Extent: ({west:.6f}, {south:.6f}) - ({east:.6f}, {north:.6f})" in told


_NEWER = """
import json, sys, pyogrio
url, layer, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
options = {name: tuple(value) if name == "bbox" else value for name, value in options.items()}
frame = pyogrio.read_dataframe("OAPIF:" + url, layer=layer, **options)
print(json.dumps([str(frame.crs.to_authority()[1]), dict(zip(frame["code"], frame.bounds.to_numpy().tolist()))]))
"""


def newer(live: str, layer: str, **options: Any) -> tuple[str, dict[str, list[float]]]:
    """What the GDAL inside of pyogrio reads: the code of the system, and the boxes by code."""
    crs, boxes = json.loads(run(sys.executable, "-c", _NEWER, live, layer, json.dumps(options)))
    return crs, boxes


@pytest.mark.parametrize("system", ["CRS84", "4326", "4490", "3857", "4543"])
def test_a_newer_gdal_reads_each_system_with_x_first(live: str, system: str) -> None:
    name = "OGC:CRS84" if system == "CRS84" else f"EPSG:{system}"
    crs, boxes = newer(live, "grids", CRS=name)
    assert crs == system.replace("4326", "CRS84")  # GDAL asks for CRS84 where it may
    assert set(boxes) == set(grids())
    for code, box in boxes.items():
        if system in {"3857", "4543"}:
            corners = shapely.get_coordinates(grids()[code])
            x, y = from_storage(corners[:, 0], corners[:, 1], name)
            assert box == pytest.approx((x.min(), y.min(), x.max(), y.max()), abs=1e-3)
        else:
            assert box == pytest.approx(grids()[code].bounds, abs=1e-8)


def test_a_newer_gdal_has_the_service_filter(live: str) -> None:
    _, found = newer(live, "grids", where="level = 6 AND area_m2 > 0 AND name LIKE '网格%'", PAGE_SIZE=5)
    assert set(found) == set(leaves())
    _, boxed = newer(live, "grids-level6", bbox=[101.21, 24.31, 101.29, 24.36])
    box = shapely.box(101.21, 24.31, 101.29, 24.36)
    assert set(boxed) == {code for code, polygon in leaves().items() if polygon.intersects(box)}


def test_owslib_reads_the_service(live: str) -> None:
    service = Features(live + "/")
    public = [name for name, one in COLLECTIONS.items() if one.permission is None]
    assert service.feature_collections() == public
    assert any(uri.endswith("ogcapi-features-2/1.0/conf/crs") for uri in service.conformance()["conformsTo"])
    assert set(service.collection_queryables("grids")["properties"]) == {
        "geometry",
        *(field.name for field in COLLECTIONS["grids"].fields),
    }
    query: Any = {"limit": 5, "level": 6, "bbox": [101.2, 24.3, 101.3, 24.4]}
    page = service.collection_items("grids", **query)
    assert page["numberReturned"] == 5
    x, y = page["features"][0]["geometry"]["coordinates"][0][0][0]
    assert 101 < x < 102
    assert 24 < y < 25
    assert service.collection_item("grids", "532322")["id"] == "532322"
    assert service.api()["openapi"].startswith("3.0")
