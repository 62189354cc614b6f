"""Items as files: every format holds what GeoJSON answers, all of it, and of one state of the data."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas
import pyarrow.parquet as pq
import pytest
import shapely
from shapely.geometry import shape
from starlette.testclient import TestClient

from api.ogc.downloads.files import short_names
from api.ogc.downloads.formats import DOWNLOADS
from gis.db import connect_admin
from gis.formulas import unguarded
from gis.settings import Settings
from tests.api.ogc.conftest import served
from tests.api.ogc.county import EDITIONS, TEXT, grids, people
from tests.geopackage import complaints

Headers = dict[str, str]
GRIDS, HOUSEHOLDS, DISPUTES = (f"/ogc/collections/{name}/items" for name in ("grids", "households", "disputes"))
FILES = ("gpkg", "fgb", "parquet", "shp")


@pytest.fixture(scope="module")
def small_pages(app_settings: Settings, database_url: str) -> Iterator[TestClient]:
    """A service whose largest page has seven items."""
    with served(app_settings.model_copy(update={"max_page": 7}), database_url) as app, TestClient(app) as client:
        yield client


def opened(body: bytes, name: str, folder: Path) -> Any:
    """What a desktop program makes of a file."""
    path = folder / f"file.{DOWNLOADS[name].suffix}"
    path.write_bytes(body)
    return geopandas.read_parquet(path) if name == "parquet" else geopandas.read_file(path)


def table(client: TestClient, name: str, folder: Path, address: str = GRIDS, **params: Any) -> Any:
    headers = params.pop("headers", {})
    told = client.get(address, params={**params, "f": name}, headers=headers)
    assert told.status_code == 200, told.text
    assert told.headers["content-type"].startswith(DOWNLOADS[name].media)
    return opened(told.content, name, folder)


@pytest.mark.parametrize("system", ["OGC/1.3/CRS84", "EPSG/0/4326", "EPSG/0/4490", "EPSG/0/3857", "EPSG/0/4543"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_has_the_items_of_geojson_with_x_first(
    client: TestClient, tmp_path: Path, name: str, system: str
) -> None:
    params: dict[str, Any] = {
        "crs": f"http://www.opengis.net/def/crs/{system}",
        "filter": "level > 3",
        "sortby": "-area_m2",
    }
    answer = client.get(GRIDS, params=params)
    wanted = answer.json()["features"]
    frame = table(client, name, tmp_path, **params)
    assert list(frame["id"]) == [feature["id"] for feature in wanted]
    for field in ("code", "name", "level", "parent", "area_m2"):
        assert list(frame[field]) == [feature["properties"][field] for feature in wanted]
    flipped = system in {"EPSG/0/4326", "EPSG/0/4490", "EPSG/0/4543"}
    for got, feature in zip(frame.geometry, wanted, strict=True):
        right = shape(feature["geometry"])
        right = shapely.transform(right, lambda xy: xy[:, ::-1]) if flipped else right
        digits = 1e-8 if "3857" not in system and "4543" not in system else 1e-3
        assert shapely.hausdorff_distance(got, right) < digits
    x = frame.geometry.representative_point().x
    known = {"EPSG/0/3857": (11.26e6, 11.3e6), "EPSG/0/4543": (4e5, 5e5)}.get(system, (101, 102))
    assert known[0] < x.min() <= x.max() < known[1]
    named = system.rpartition("/")[2].replace("CRS84", "CRS84" if name == "parquet" else "4326")
    assert frame.crs.to_authority()[1] == named


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_file_is_not_a_page(
    small_pages: TestClient, tmp_path: Path, token: Callable[..., Headers], name: str
) -> None:
    headers = token("grid_staff", "532322101")
    mine = {one.id: one for one in people() if one.grid.startswith("532322101")}
    assert len(mine) > 7
    assert small_pages.get(HOUSEHOLDS, headers=headers).json()["numberReturned"] == 7
    if name == "csv":
        body = small_pages.get(HOUSEHOLDS, params={"f": name}, headers=headers).text
        assert {line.split(",")[0] for line in body.splitlines()[1:]} == set(mine)
        return
    frame = table(small_pages, name, tmp_path, HOUSEHOLDS, headers=headers)
    assert set(frame["id"]) == set(mine)
    for identifier, point in zip(frame["id"], frame.geometry, strict=True):
        assert (point.x, point.y) == pytest.approx((mine[identifier].lon, mine[identifier].lat), abs=1e-8)
    assert set(frame["address"]) == {TEXT}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_personal_files_need_a_token(client: TestClient, token: Callable[..., Headers], name: str) -> None:
    for address in (HOUSEHOLDS, DISPUTES):
        assert client.get(address, params={"f": name}).status_code == 401
    told = client.get(HOUSEHOLDS, params={"f": name, "edition": "2"}, headers=token("grid_staff"))
    assert told.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("name", FILES)
def test_a_file_keeps_dates_moments_and_flags(
    client: TestClient, tmp_path: Path, token: Callable[..., Headers], name: str
) -> None:
    wanted = client.get(DISPUTES, params={"sortby": "number"}, headers=token("mediator")).json()["features"]
    frame = table(client, name, tmp_path, DISPUTES, sortby="number", headers=token("mediator"))
    moments = frame["acceptedat"] if name == "shp" else [one.isoformat() for one in frame["accepted_at"]]
    assert [datetime.fromisoformat(one) for one in moments] == [
        datetime.fromisoformat(feature["properties"]["accepted_at"]) for feature in wanted
    ]
    assert list(frame["title"]) == [feature["properties"]["title"] for feature in wanted]
    editions = table(client, name, tmp_path, "/ogc/collections/editions/items", sortby="number")
    assert [str(day)[:10] for day in editions["valid_from"]] == list(EDITIONS)


@pytest.mark.parametrize("name", FILES)
def test_a_file_obeys_every_filter(client: TestClient, tmp_path: Path, name: str) -> None:
    params: dict[str, Any] = {
        "bbox": "101.2,24.3,101.3,24.4",
        "filter": "area_m2 > 0",
        "level": "6",
        "properties": "name",
        "datetime": "2023-06-01",
        "sortby": "code",
    }
    wanted = [feature["id"] for feature in client.get(GRIDS, params=params).json()["features"]]
    assert 3 < len(wanted) < 16
    frame = table(client, name, tmp_path, **params)
    assert list(frame["id"]) == wanted
    assert set(frame.columns) == {"id", "name", "geometry"}
    assert list(table(client, name, tmp_path, **params, limit="2", offset="1")["id"]) == wanted[1:3]


@pytest.mark.parametrize("name", FILES)
def test_nothing_that_matches_is_an_empty_file(client: TestClient, tmp_path: Path, name: str) -> None:
    for params in ({"level": "6", "bbox": "10,10,11,11"}, {"resulttype": "hits"}):
        frame = table(client, name, tmp_path, **params)
        assert len(frame) == 0
        assert {"code", "geometry"} <= set(frame.columns)


def test_a_file_may_leave_the_geometries_out(client: TestClient, tmp_path: Path) -> None:
    for name, form in DOWNLOADS.items():
        told = client.get(GRIDS, params={"f": name, "skipGeometry": "true"})
        assert told.status_code == 200
        (tmp_path / f"x.{form.suffix}").write_bytes(told.content)
    assert pq.read_table(tmp_path / "x.parquet").column_names == ["id", "code", "name", "level", "parent", "area_m2"]
    for suffix in ("gpkg", "fgb"):
        frame = geopandas.read_file(tmp_path / f"x.{suffix}")
        assert len(frame) == len(grids())
        assert getattr(frame, "geometry", None) is None or frame.geometry.isna().all()
    with zipfile.ZipFile(tmp_path / "x.shp.zip") as file:
        assert set(file.namelist()) == {"README.txt", "grids.dbf", "grids.cpg"}
    assert {f["geometry"] for f in json.loads((tmp_path / "x.geojson").read_bytes())["features"]} == {None}


def test_a_shapefile_says_what_its_short_names_are(client: TestClient) -> None:
    told = client.get("/ogc/collections/lineage/items.shp.zip")
    with zipfile.ZipFile(io.BytesIO(told.content)) as file:
        assert set(file.namelist()) == {
            "README.txt",
            *(f"lineage.{end}" for end in ("shp", "shx", "dbf", "prj", "cpg")),
        }
        assert file.read("lineage.cpg").strip() == b"UTF-8"
        assert b"WGS_1984" in file.read("lineage.prj")
        note = file.read("README.txt").decode("utf-8-sig")
    for line in ("editionnum\tedition_number\t版本号 Number of the edition", "area_share\tarea_share", "演示数据"):
        assert line in note


def test_short_names_stay_different() -> None:
    found = short_names(["accepted_at", "accepted_at_2", "accepted_at_3", "name"])
    assert found == {
        "accepted_at": "acceptedat",
        "accepted_at_2": "accepteda2",
        "accepted_at_3": "accepteda3",
        "name": "name",
    }


def test_geojson_as_a_file_counts_at_its_end(client: TestClient) -> None:
    found = client.get(GRIDS, params={"f": "geojson", "level": "6"}).json()
    page = client.get(GRIDS, params={"level": "6"}).json()
    assert found["features"] == page["features"]
    assert found["numberReturned"] == page["numberMatched"] == 15
    assert found["notice"].startswith(page["notice"])


def test_geoparquet_tells_its_system_and_shapes(client: TestClient) -> None:
    told = client.get(GRIDS, params={"f": "parquet", "crs": "http://www.opengis.net/def/crs/EPSG/0/4543"})
    about = json.loads(pq.read_schema(io.BytesIO(told.content)).metadata[b"geo"])
    column = about["columns"][about["primary_column"]]
    assert about["version"] == "1.1.0"
    assert (column["encoding"], column["geometry_types"]) == ("WKB", ["MultiPolygon"])
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4543}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_formats_are_chosen_by_address_and_accept(client: TestClient, name: str) -> None:
    form = DOWNLOADS[name]
    one = client.get(f"{GRIDS}.{form.suffix}", params={"level": "3"})
    assert one.status_code == 200
    assert one.headers["content-disposition"] == f'attachment; filename="grids-edition2.{form.suffix}"'
    assert one.headers["content-type"].partition(";")[0] == form.media
    if name != "geojson":  # asks for a page
        other = client.get(GRIDS, params={"level": "3"}, headers={"Accept": f"{form.media}, */*;q=0.1"})
        assert other.headers["content-type"] == one.headers["content-type"]
    assert client.head(f"{GRIDS}.{form.suffix}").headers["content-disposition"] == one.headers["content-disposition"]
    assert client.get(f"{GRIDS}.{form.suffix}?f={name}").status_code == 400


def test_pages_are_chosen_by_address(client: TestClient) -> None:
    page = client.get(f"{GRIDS}.json?limit=2").json()
    plain = client.get(f"{GRIDS}?limit=2").json()
    assert page["features"] == plain["features"]
    links = {link["rel"]: link["href"] for link in page["links"]}
    assert "/items?" in links["next"]
    assert client.get(links["next"]).json()["features"][0]["id"] not in {f["id"] for f in page["features"]}
    assert client.get(f"{GRIDS}.html").headers["content-type"].startswith("text/html")
    assert client.get(f"{GRIDS}.docx").status_code == 404


def test_files_of_an_edition_last_and_have_a_tag(client: TestClient) -> None:
    told = client.get(GRIDS, params={"f": "csv", "edition": "1"})
    assert told.headers["cache-control"].endswith("immutable")
    headers = {"If-None-Match": told.headers["etag"]}
    assert client.get(GRIDS, params={"f": "csv", "edition": "1"}, headers=headers).status_code == 304


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_filter_that_cannot_be_evaluated_is_told_in_every_format(client: TestClient, name: str) -> None:
    told = client.get(GRIDS, params={"f": name, "filter": "level ^ 100000 > 1"})
    assert told.status_code == 400
    assert told.json()["code"] == "invalid-input"


def test_the_collection_tells_where_its_files_are(client: TestClient) -> None:
    links = client.get("/ogc/collections/grids").json()["links"]
    found = {link["type"]: link["href"] for link in links if link["rel"] == "enclosure"}
    assert list(found) == [form.media for form in DOWNLOADS.values()]
    for media, href in found.items():
        assert client.get(href).headers["content-type"].partition(";")[0] == media


def test_no_text_of_a_csv_file_is_a_formula(
    client: TestClient, token: Callable[..., Headers], database_url: str
) -> None:
    texts = ['=HYPERLINK("x")', "+86 871", "-2", "@SUM(1)", "'=1", "正常"]
    with connect_admin(database_url) as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM gis.household ORDER BY id LIMIT 6").fetchall()]
        for one, text in zip(ids, texts, strict=True):
            connection.execute("UPDATE gis.household SET address = %s WHERE id = %s", [text, one])
    body = client.get(HOUSEHOLDS, params={"f": "csv"}, headers=token("operator")).text.removeprefix("\ufeff")
    rows = {row["id"]: row["address"] for row in csv.DictReader(io.StringIO(body))}
    told = [rows[str(one)] for one in ids]
    assert not any(text.startswith(tuple("=+-@")) for text in told)
    assert [unguarded(text) for text in told] == texts
    plain = client.get(HOUSEHOLDS, params={"f": "geojson"}, headers=token("operator")).json()["features"]
    assert {one["id"]: one["properties"]["address"] for one in plain}[str(ids[0])] == texts[0]  # a file for programs


@pytest.mark.parametrize("name", ["grids", "units", "lineage", "editions", "households", "disputes"])
def test_geopackages_pass_gdals_validator(
    client: TestClient, token: Callable[..., Headers], tmp_path: Path, name: str
) -> None:
    target = tmp_path / "items.gpkg"
    answer = client.get(f"/ogc/collections/{name}/items.gpkg", headers=token("operator"))
    assert answer.status_code == 200
    target.write_bytes(answer.content)
    assert complaints(target) == ""
