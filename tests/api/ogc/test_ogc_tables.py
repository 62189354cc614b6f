"""Items as CSV: the same values as in GeoJSON, texts unharmed, geometries as WKT."""

import csv
import io
from collections.abc import Callable

import pytest
import shapely
from shapely.geometry import shape
from starlette.testclient import TestClient

from tests.api.ogc.county import TEXT, people

Headers = dict[str, str]
GRIDS = "/ogc/collections/grids/items"


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("system", ["OGC/1.3/CRS84", "EPSG/0/4490", "EPSG/0/3857"])
def test_csv_has_the_values_of_geojson(client: TestClient, system: str) -> None:
    params = {"crs": f"http://www.opengis.net/def/crs/{system}", "filter": "level > 4", "sortby": "-area_m2"}
    told = client.get(GRIDS, params={**params, "f": "csv"})
    assert told.headers["content-type"] == "text/csv; charset=utf-8"
    assert told.headers["content-crs"] == f"<{params['crs']}>"
    features = client.get(GRIDS, params=params).json()["features"]
    rows = table(told.text)
    assert [row["id"] for row in rows] == [feature["id"] for feature in features]
    for row, feature in zip(rows, features, strict=True):
        assert {**row, "level": int(row["level"]), "area_m2": float(row["area_m2"])}.items() >= feature[
            "properties"
        ].items()
        assert shapely.from_wkt(row["geometry"]).equals(shape(feature["geometry"]))


def test_csv_is_chosen_by_accept_and_selects(client: TestClient) -> None:
    params = {"properties": "name,level", "skipGeometry": "true", "limit": "3"}
    told = client.get(GRIDS, params=params, headers={"Accept": "text/csv"})
    rows = table(told.text)
    assert [list(row) for row in rows] == [["id", "name", "level"]] * 3
    again = client.get(GRIDS, params=params, headers={"Accept": "text/csv", "If-None-Match": told.headers["etag"]})
    assert again.status_code == 304
    assert client.get(f"{GRIDS}/532322?f=csv").status_code == 400
    assert client.get("/ogc/collections", headers={"Accept": "text/csv"}).headers["content-type"] == "application/json"


def test_texts_and_dates_come_out_as_they_are(client: TestClient, token: Callable[..., Headers]) -> None:
    address = "/ogc/collections/households/items?f=csv&limit=1000"
    assert client.get(address).status_code == 401
    rows = table(client.get(address, headers=token("grid_staff")).text)
    assert len(rows) == len(people())
    assert {(row["address"], row["since"]) for row in rows} == {(TEXT, "2022-01-01")}
    assert {row["risk"] for row in rows} == {"", "red", "yellow", "green"}
