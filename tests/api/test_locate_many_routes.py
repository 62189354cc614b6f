"""Many points over HTTP, in every form, over the demonstration county."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from gis.crs import from_storage
from gis.datum import from_cgcs2000
from tests.examples import examples

Token = Callable[..., dict[str, str]]
VILLAGE = "532322101202"
CSV, NDJSON, GEOJSON = "text/csv", "application/x-ndjson", "application/geo+json"
STREAM, FILE = "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"


@pytest.fixture(scope="module")
def homes(client: TestClient, token: Token) -> list[tuple[float, float, str]]:
    """Positions and grids of some households."""
    page = client.get("/households", params={"grid": VILLAGE, "limit": 40}, headers=token("operator")).json()
    return [(row["lon"], row["lat"], row["grid"]) for row in page["households"]]


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
        assert client.get(f"/locate?lon={x!r}&lat={y!r}").json().get("codes", {}).get("6") == code
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
    for kind in ("image/png", "csv", "text/html", "application/vnd.ms-excel"):
        answer = client.post("/locate", content=b"x", headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-type")
        assert "text/csv" in answer.json()["detail_zh"]
    answer = client.post("/locate", content=b"x", headers={"Content-Encoding": "br"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-type")


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


@settings(max_examples=examples(50, 150), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(JSON)
def test_whatever_is_sent_is_answered(client: TestClient, body: Any) -> None:
    answer = client.post("/locate", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code in {200, 400, 404, 413}, answer.text


def arrow(lon: Any, lat: Any, *, make: Callable[..., Any] = pa.ipc.new_stream) -> bytes:
    sink = pa.BufferOutputStream()
    batch = pa.record_batch({"lon": pa.array(lon, pa.float64()), "lat": pa.array(lat, pa.float64())})
    with make(sink, batch.schema) as out:
        out.write_batch(batch)
    return sink.getvalue().to_pybytes()


def bodies(homes: list[tuple[float, float, str]]) -> dict[str, bytes]:
    """The homes and a point outside, in every form."""
    lon, lat = [*(home[0] for home in homes), 0.0], [*(home[1] for home in homes), 0.0]
    pairs = list(zip(lon, lat, strict=True))
    features = [
        {"type": "Feature", "properties": {"n": n}, "geometry": {"type": "Point", "coordinates": pair}}
        for n, pair in enumerate(pairs)
    ]
    return {
        "application/json": orjson.dumps({"lon": lon, "lat": lat}),
        GEOJSON: orjson.dumps({"type": "FeatureCollection", "features": features}),
        NDJSON: b"".join(orjson.dumps(pair) + b"\n" for pair in pairs),
        CSV: "".join(["lon,lat\n", *(f"{x!r},{y!r}\n" for x, y in pairs)]).encode(),
        STREAM: arrow(lon, lat),
        FILE: arrow(lon, lat, make=pa.ipc.new_file),
    }


def codes_of(kind: str, body: bytes) -> list[str | None]:
    """The codes of an answer of a form."""
    if kind == "application/json":
        return json.loads(body)["codes"]
    if kind == GEOJSON:
        return [feature["properties"]["grid_code"] for feature in json.loads(body)["features"]]
    if kind == NDJSON:
        return [json.loads(line)["code"] for line in body.splitlines()]
    if kind == CSV:
        return [row["grid_code"] or None for row in csv.DictReader(io.StringIO(body.decode(), newline=""))]
    opened = pa.ipc.open_stream(body) if kind == STREAM else pa.ipc.open_file(body)
    return opened.read_all()["code"].to_pylist()


FORMS = ["application/json", GEOJSON, NDJSON, CSV, STREAM, FILE]


@pytest.mark.parametrize("asked", FORMS)
@pytest.mark.parametrize("wanted", [None, *FORMS])
def test_every_form_to_every_other(
    client: TestClient, homes: list[tuple[float, float, str]], asked: str, wanted: str | None
) -> None:
    headers = {"Content-Type": asked} | ({} if wanted is None else {"Accept": wanted})
    answer = client.post("/locate", content=bodies(homes)[asked], headers=headers)
    if wanted == GEOJSON and asked != GEOJSON:
        assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
        return
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind == (wanted or asked)
    assert answer.headers["wangge-edition"] == "1"
    assert "Accept" in answer.headers["vary"]
    assert codes_of(kind, answer.content) == [*(home[2] for home in homes), None]


def zstd(body: bytes) -> bytes:
    return pa.compress(body, "zstd", asbytes=True)


@pytest.mark.parametrize("coding", ["gzip", "zstd", "deflate"])
def test_compressed_bodies(client: TestClient, homes: list[tuple[float, float, str]], coding: str) -> None:
    pack: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "zstd": zstd,
    }
    for kind, body in bodies(homes).items():
        headers = {"Content-Type": kind, "Content-Encoding": coding}
        answer = client.post("/locate", content=pack[coding](body), headers=headers)
        assert codes_of(kind, answer.content) == [*(home[2] for home in homes), None]
        cut = client.post("/locate", content=pack[coding](body)[:-9], headers=headers)
        assert cut.status_code == 400
        assert cut.headers["content-type"] == "application/problem+json"


def test_what_the_address_asks_for(client: TestClient, homes: list[tuple[float, float, str]]) -> None:
    lon, lat, grid = homes[0]
    one = client.get(f"/locate?lon={lon}&lat={lat}").json()
    x, y = (float(value) for value in from_cgcs2000(lon, lat, "gcj02"))
    query = "/locate?level=4&chain=true&detail=border&datum=gcj02&edition=1"
    answer = client.post(query, json={"lon": [x], "lat": [y]}).json()
    assert answer["codes"] == [VILLAGE]
    assert answer["level3"] == [VILLAGE[:9]]
    assert "level5" not in answer
    assert answer["border_m"][0] == pytest.approx(one["border_m"], abs=0.002)
    assert (answer["how"], answer["neighbour"]) == ([one["how"]], [one["neighbour"] and one["neighbour"]["code"]])
    assert client.post("/locate?datetime=1900-01-01", json=[[lon, lat]]).status_code == 404
    assert client.post("/locate?edition=5", json={"lon": [lon], "lat": [lat], "edition": 1}).json()["codes"] == [grid]
    for wrong in ("level=7", "chain=perhaps", "detail=all", "edition=0", "datum=mars", "crs=EPSG:1", "datetime=soon"):
        assert client.post(f"/locate?{wrong}", json=[[lon, lat]]).status_code == 400, wrong


def test_metres_in_a_table(client: TestClient, homes: list[tuple[float, float, str]]) -> None:
    x, y = (float(value) for value in from_storage(*homes[0][:2], "EPSG:4543"))
    body = f"x,y\n{x!r},{y!r}\n".encode()
    answer = client.post("/locate?crs=EPSG:4543", content=body, headers={"Content-Type": CSV})
    assert codes_of(CSV, answer.content) == [homes[0][2]]
