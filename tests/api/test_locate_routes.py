"""Look-up of one point over HTTP, with all that tells how sure it is."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from gis.crs import from_storage
from gis.datum import from_cgcs2000

Token = Callable[..., dict[str, str]]
VILLAGE, OTHER = "532322101202", "532322203"


@pytest.fixture(scope="module")
def homes(client: TestClient, token: Token) -> list[tuple[float, float, str]]:
    """Positions and grids of some households."""
    page = client.get("/households", params={"grid": VILLAGE, "limit": 40}, headers=token("operator")).json()
    return [(row["lon"], row["lat"], row["grid"]) for row in page["households"]]


def one(client: TestClient, query: dict[str, Any], who: dict[str, str] | None = None) -> Any:
    return client.get("/locate", params=query, headers=who or {})


def test_one_point(client: TestClient, token: Token, homes: list[tuple[float, float, str]]) -> None:
    lon, lat, grid = homes[0]
    answer = one(client, {"lon": lon, "lat": lat})
    assert answer.headers["cache-control"] == "public, max-age=60"
    place = answer.json()
    assert place["code"] == place["codes"]["6"] == grid
    assert place["codes"] == {str(link["level"]): link["code"] for link in place["chain"]}
    assert (place["edition"], place["how"]) == (1, "inside")
    assert place["border_m"] > 0
    assert place["sure"] == (place["border_m"] >= 15)
    assert (place["unit"], place["staff"]) == (None, [])
    mine = one(client, {"lon": lon, "lat": lat}, token("grid_staff", VILLAGE)).json()
    assert mine["unit"]["code"].startswith(grid)
    assert mine["unit"]["name"]
    assert mine["staff"][0]["phone"]
    other = one(client, {"lon": lon, "lat": lat}, token("operator", OTHER)).json()
    assert other == place


def test_levels(client: TestClient, homes: list[tuple[float, float, str]]) -> None:
    lon, lat, grid = homes[0]
    for level, width in ((2, 6), (3, 9), (4, 12), (5, 15), (6, 17)):
        assert one(client, {"lon": lon, "lat": lat, "level": level}).json()["code"] == grid[:width]


def test_datums_and_systems(client: TestClient, homes: list[tuple[float, float, str]]) -> None:
    for lon, lat, grid in homes[:5]:
        for datum in ("gcj02", "bd09"):
            x, y = from_cgcs2000(lon, lat, datum)
            assert one(client, {"lon": float(x), "lat": float(y), "datum": datum}).json()["code"] == grid
        for crs in ("EPSG:4543", "EPSG:3857", "OGC:CRS84"):
            x, y = from_storage(lon, lat, crs)
            assert one(client, {"lon": float(x), "lat": float(y), "crs": crs}).json()["code"] == grid


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("lon=0&lat=0", 404, "outside"),
        ("lon=101.6", 400, "invalid-input"),
        ("lon=x&lat=24", 400, "invalid-input"),
        ("lon=nan&lat=24", 400, "invalid-input"),
        ("lon=101.6&lat=-inf", 400, "invalid-input"),
        ("lon=1e999&lat=24", 400, "invalid-input"),
        ("lon=24.6&lat=101.6", 400, "invalid-input"),
        ("lon=101.6&lat=24.6&level=7", 400, "invalid-input"),
        ("lon=101.6&lat=24.6&datum=mars", 400, "invalid-input"),
        ("lon=101.6&lat=24.6&crs=EPSG:1", 400, "invalid-crs"),
        ("lon=500000&lat=2700000&crs=EPSG:4543&datum=gcj02", 400, "invalid-input"),
        ("lon=101.6&lat=24.6&edition=9", 404, "not-found"),
        ("lon=101.6&lat=24.6&edition=0", 400, "invalid-input"),
        ("lon=101.6&lat=24.6&datetime=1900-01-01", 404, "not-found"),
    ],
)
def test_nonsense_is_told(client: TestClient, query: str, status: int, code: str) -> None:
    answer = client.get(f"/locate?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
