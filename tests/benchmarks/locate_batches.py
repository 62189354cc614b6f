"""Many points over HTTP in every form, one worker, each beside what its libraries need to read and write it alone."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.csv as pacsv

from gis.arrays import F64
from gis.locate import Locator
from tests.benchmarks import client
from tests.benchmarks.measure import Figure, check, check_same, ratio, side_by_side, timed
from tests.benchmarks.store import server

REQUEST, REQUESTS, ROUNDS = 10_000, 20, 5
LARGE = 1_000_000
_STREAM = "application/vnd.apache.arrow.stream"


@dataclass(frozen=True)
class Form:
    """A form of bodies.

    Attributes
    ----------
    make : a body of columns of longitude and latitude.
    codes : the codes of an answer, ``None`` outside.
    bound : what reads a body and writes an answer of that size without looking anything up.
    """

    name: str
    kind: str
    make: Callable[[F64, F64], bytes]
    codes: Callable[[bytes], list[str | None]]
    bound: Callable[[bytes, list[str | None]], object]


def figures(url: str, folder: Path, locator: Locator, points: F64) -> list[Figure]:
    """Points a second of each form: requests of 10,000 points, and one of a million.

    Parameters
    ----------
    url, folder : the county's database, and where the server may write.
    points : (n, 2) lon, lat, at least a million.

    Raises
    ------
    WrongAnswer
    """
    lon, lat = np.ascontiguousarray(points[:LARGE, 0]), np.ascontiguousarray(points[:LARGE, 1])
    wanted = [code or None for code in locator.codes_at(lon, lat).tolist()]
    found: list[Figure] = []
    with server(url, folder, MAX_BODY_BYTES=str(1 << 27)) as port:
        for form in FORMS:
            found += _measured(port, form, lon[:REQUEST], lat[:REQUEST], wanted[:REQUEST], REQUESTS)
        for form in FORMS:
            found += _measured(port, form, lon, lat, wanted, 1)
    return found


def _measured(port: int, form: Form, lon: F64, lat: F64, wanted: list[str | None], times: int) -> list[Figure]:
    body = form.make(lon, lat)
    request = client.post("/locate", body, form.kind)
    [answer] = client.load(port, [request])[1]
    check(answer.status == 200, f"POST /locate, {form.name}: {answer.status} {answer.body[:200]!r}")
    check_same(form.codes(answer.body), wanted, f"POST /locate, {form.name}")
    seconds = side_by_side(
        ROUNDS if times > 1 else 3,
        ours=lambda: client.load(port, [request] * times)[0],
        bound=lambda: timed(lambda: [form.bound(body, wanted) for _ in range(times)]),
    )
    count = lon.size * times
    name = f"POST /locate, {form.name}, {lon.size:,}"
    share = ratio(seconds["ours"], seconds["bound"])
    zh, en = f"{form.name} 读写", f"{form.name} read and written"
    return [
        Figure(name, name, median(seconds["ours"]), count, "points", share, f"{len(body):,} → {len(answer.body):,} B"),
        Figure(zh, en, median(seconds["bound"]), count, "points"),
    ]


def _columns(lon: F64, lat: F64) -> bytes:
    return orjson.dumps({"lon": lon.tolist(), "lat": lat.tolist()})


def _pairs(lon: F64, lat: F64) -> bytes:
    return orjson.dumps(np.column_stack([lon, lat]).tolist())


def _features(lon: F64, lat: F64) -> bytes:
    pairs = np.column_stack([lon, lat]).tolist()
    rows = [{"type": "Feature", "geometry": {"type": "Point", "coordinates": pair}, "properties": {}} for pair in pairs]
    return orjson.dumps({"type": "FeatureCollection", "features": rows})


def _lines(lon: F64, lat: F64) -> bytes:
    return b"".join(orjson.dumps(pair) + b"\n" for pair in zip(lon.tolist(), lat.tolist(), strict=True))


def _table(lon: F64, lat: F64) -> bytes:
    out = io.BytesIO()
    pacsv.write_csv(pa.table({"lon": lon, "lat": lat}), out)
    return out.getvalue()


def _arrow(lon: F64, lat: F64) -> bytes:
    out = io.BytesIO()
    table = pa.table({"lon": lon, "lat": lat})
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=65_536)
    return out.getvalue()


def _read_json(body: bytes, wanted: list[str | None]) -> object:
    given: Any = orjson.loads(body)
    numbers = [np.array(given["lon"]), np.array(given["lat"])] if isinstance(given, dict) else np.array(given)
    return numbers, orjson.dumps(wanted)


def _read_features(body: bytes, wanted: list[str | None]) -> object:
    given: Any = orjson.loads(body)
    numbers = np.array([feature["geometry"]["coordinates"] for feature in given["features"]])
    for feature, code in zip(given["features"], wanted, strict=True):
        feature["properties"]["grid_code"] = code
    return numbers, orjson.dumps(given)


def _read_lines(body: bytes, wanted: list[str | None]) -> object:
    numbers = np.array([orjson.loads(line) for line in body.splitlines()])
    return numbers, b"\n".join([orjson.dumps({"code": code}) for code in wanted])


def _read_table(body: bytes, wanted: list[str | None]) -> object:
    table = pacsv.read_csv(io.BytesIO(body))
    out = io.BytesIO()
    pacsv.write_csv(table.append_column("grid_code", _dictionary(wanted).dictionary_decode()), out)
    return out.getvalue()


def _read_arrow(body: bytes, wanted: list[str | None]) -> object:
    table = pa.ipc.open_stream(body).read_all()
    numbers = table["lon"].to_numpy(), table["lat"].to_numpy()
    out = io.BytesIO()
    codes = pa.table({"code": _dictionary(wanted)})
    with pa.ipc.new_stream(out, codes.schema) as writer:
        writer.write_table(codes)
    return numbers, out.getvalue()


_encoded: dict[int, Any] = {}


def _dictionary(wanted: list[str | None]) -> Any:
    """The codes as an Arrow column, made once: the bounds are charged for writing it only."""
    if len(wanted) not in _encoded:
        _encoded[len(wanted)] = pa.array(wanted).dictionary_encode()
    return _encoded[len(wanted)]


def _codes_of_table(body: bytes) -> list[str | None]:
    return [row["grid_code"] or None for row in csv.DictReader(io.StringIO(body.decode(), newline=""))]


def _codes_of_arrow(body: bytes) -> list[str | None]:
    return pa.ipc.open_stream(body).read_all()["code"].to_pylist()


FORMS = (
    Form("JSON columns", "application/json", _columns, lambda body: orjson.loads(body)["codes"], _read_json),
    Form("JSON pairs", "application/json", _pairs, lambda body: orjson.loads(body)["codes"], _read_json),
    Form(
        "GeoJSON",
        "application/geo+json",
        _features,
        lambda body: [feature["properties"]["grid_code"] for feature in orjson.loads(body)["features"]],
        _read_features,
    ),
    Form(
        "NDJSON",
        "application/x-ndjson",
        _lines,
        lambda body: [orjson.loads(line)["code"] for line in body.splitlines()],
        _read_lines,
    ),
    Form("CSV", "text/csv", _table, _codes_of_table, _read_table),
    Form("Arrow", _STREAM, _arrow, _codes_of_arrow, _read_arrow),
)
