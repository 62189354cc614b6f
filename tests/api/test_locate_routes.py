"""Look-up over HTTP: one point with all that tells how sure it is, and many in every form."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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


def test_columns(client: TestClient, homes: list[tuple[float, float, str]]) -> None:
    lon, lat, grids = (list(column) for column in zip(*homes, strict=True))
    answer = client.post("/locate", json={"lon": [*lon, 0], "lat": [*lat, 0], "level": 6})
    assert answer.json() == {"edition": 1, "codes": [*grids, None]}
    villages = client.post("/locate", json={"lon": lon, "lat": lat, "level": 4}).json()["codes"]
    assert villages == [VILLAGE] * len(homes)
    assert client.post("/locate?level=3", json={"lon": lon, "lat": lat}).json()["codes"][0] == VILLAGE[:9]
    assert client.post("/locate", json={"lon": [], "lat": []}).json() == {"edition": 1, "codes": []}


def test_pairs_in_three_forms(client: TestClient, homes: list[tuple[float, float, str]]) -> None:
    pairs = [[lon, lat] for lon, lat, _ in homes]
    grids = [grid for _, _, grid in homes]
    objects = [{"lon": lon, "lat": lat} for lon, lat in pairs]
    for body in (pairs, {"points": pairs}, objects, {"points": objects, "edition": 1, "datetime": None}):
        assert client.post("/locate", json=body).json()["codes"] == grids


def test_the_batch_agrees_with_single_points(client: TestClient) -> None:
    random = np.random.default_rng(7)
    lon, lat = random.uniform(101.0, 102.1, 60), random.uniform(24.2, 24.95, 60)
    codes = client.post("/locate", json={"lon": lon.tolist(), "lat": lat.tolist()}).json()["codes"]
    for x, y, code in zip(lon.tolist(), lat.tolist(), codes, strict=True):
        assert one(client, {"lon": x, "lat": y}).json().get("codes", {}).get("6") == code
    assert None in codes


def test_a_bad_row_loses_no_other(client: TestClient, homes: list[tuple[float, float, str]]) -> None:
    lon, lat, grid = homes[0]
    bad: list[Any] = [None, "x", float("nan"), float("inf"), 181, [1], {}, 10**400]
    body = json.dumps({"lon": [lon, *bad, lon], "lat": [lat] * (len(bad) + 2)})
    answer = client.post("/locate", content=body, headers={"Content-Type": "application/json"}).json()
    assert answer["codes"] == [grid, *[None] * len(bad), grid]
    assert answer["errors_count"] == len(bad)
    assert [error["row"] for error in answer["errors"]] == list(range(1, len(bad) + 1))
    assert "axes" in answer["errors"][4]["reason_en"]
    ragged = client.post("/locate", json=[[lon, lat], [lon], [], [lon, lat, 5], "x", None, [lon, lat]]).json()
    assert ragged["codes"] == [grid, *[None] * 5, grid]


def test_metres_of_another_zone_are_rows_with_faults(client: TestClient, homes: list[tuple[float, float, str]]) -> None:
    lon, lat, grid = homes[0]
    x, y = (float(value) for value in from_storage(lon, lat, "EPSG:4543"))
    answer = client.post("/locate", json={"lon": [x, 3.5e7, y], "lat": [y, y, x], "crs": "EPSG:4543"}).json()
    assert answer["codes"][0] == grid
    assert [error["row"] for error in answer["errors"]] == [1, 2]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"3",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b'{"lon": 1, "lat": 2}',
        b'{"lon": [1], "lat": []}',
        b'{"lng": [1], "lat": [1]}',
        b'{"points": 5}',
        b'{"lon": [1], "lat": [1], "level": 9}',
        b'{"lon": [1], "lat": [1], "level": "six"}',
        b'{"lon": [1], "lat": [1], "datum": "mars"}',
        b'{"lon": [1], "lat": [1], "crs": []}',
        b'{"lon": [1], "lat": [1], "edition": true}',
        b'{"lon": [1], "lat": [1], "edition": "new"}',
        b'{"lon": [1], "lat": [1], "datetime": "soon"}',
        b"[" * 100_000,
    ],
)
def test_nonsense_bodies_are_told(client: TestClient, body: bytes) -> None:
    answer = client.post("/locate", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-input")


def test_unknown_things_are_told(client: TestClient) -> None:
    body = {"lon": [1], "lat": [1]}
    assert client.post("/locate", json={**body, "crs": "EPSG:1"}).json()["code"] == "invalid-crs"
    assert client.post("/locate", json={**body, "edition": 99}).status_code == 404
    assert client.post("/locate", content=b"x", headers={"Content-Type": "image/png"}).status_code == 400


def test_too_many_points(client: TestClient) -> None:
    body = orjson.dumps({"lon": [1] * 1_000_001, "lat": [1] * 1_000_001})
    answer = client.post("/locate", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_lines(client: TestClient, homes: list[tuple[float, float, str]]) -> None:
    lon, lat, grid = homes[0]
    lines = [{"id": "a", "lon": lon, "lat": lat}, [lon, lat], {"id": 7}, {"id": "b", "lon": 0, "lat": 0}]
    body = "\n".join([*(json.dumps(line) for line in lines), "{broken", ""])
    answer = client.post("/locate", content=body, headers={"Content-Type": "application/x-ndjson"})
    assert answer.headers["wangge-edition"] == "1"
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert found[0] == {"id": "a", "code": grid}
    assert found[1] == {"code": grid}
    assert (found[2]["id"], found[2]["code"], "missing" in found[2]["reason_en"]) == (7, None, True)
    assert found[3] == {"id": "b", "code": None}
    assert found[4]["code"] is None


@pytest.mark.parametrize(("charset", "head"), [("utf-8", "经度,纬度"), ("gbk", "经度,纬度"), ("utf-8-sig", "Lon,LAT")])
def test_tables(client: TestClient, homes: list[tuple[float, float, str]], charset: str, head: str) -> None:
    lon, lat, grid = homes[0]
    text = f'名称,{head}\r\n"妥甸,\n镇",{lon},{lat}\r\n外,0,0\r\n空,,\r\n短\r\n'
    kind = f"text/csv; charset={charset.removesuffix('-sig')}"
    answer = client.post("/locate", content=text.encode(charset), headers={"Content-Type": kind})
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert rows[0] == ["名称", *head.split(","), "grid_code", "problem"]
    assert rows[1] == ["妥甸,\n镇", str(lon), str(lat), grid, ""]
    assert rows[2][3:] == ["", ""]
    assert [row[3] for row in rows[3:]] == ["", ""]
    assert all("missing" in row[4] for row in rows[3:])
    assert len(rows[4]) == 5


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"name,where\r\na,b\r\n", "text/csv"),
        (b"", "text/csv"),
        (b"\xff\xff", "text/csv"),
        (b"lon,lat\r\n1,2\r\n", "text/csv; charset=klingon"),
        (b"lon,lat\r\n" + b"9" * 200_000 + b",1\r\n", "text/csv"),
    ],
)
def test_unreadable_tables_are_told(client: TestClient, body: bytes, kind: str) -> None:
    assert client.post("/locate", content=body, headers={"Content-Type": kind}).status_code == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["lon", "lat", "points", "level", "datum", "crs", "edition"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(JSON)
def test_whatever_is_sent_is_answered(client: TestClient, body: Any) -> None:
    answer = client.post("/locate", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code in {200, 400, 404, 413}, answer.text
