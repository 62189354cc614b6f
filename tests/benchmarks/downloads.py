"""All households of a county as files over HTTP, beside a plain COPY of the same columns by the database's owner."""

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import geopandas
import numpy as np
import orjson

from api.tokens import make_token, token_key
from gis.db import connect_admin
from gis.scope import Scope
from tests.benchmarks import client
from tests.benchmarks.measure import Figure, check, check_same, ratio, side_by_side, timed
from tests.benchmarks.store import Row, copy_out, rows, server
from tests.conftest import COUNTY, Templates

ROUNDS = 5
FORMATS = ("geojson", "fgb", "csv", "parquet", "gpkg")
Place = tuple[str, float, float]


def figures(templates: Templates, url: str) -> list[Figure]:
    """One download in each format, and the COPY."""
    data = Path(tempfile.mkdtemp(dir=templates.folder))
    token, _ = make_token(token_key(data), Scope((COUNTY,), "bench", "operator"), name="bench", hours=1)
    requests = {f: client.get(f"/ogc/collections/households/items?f={f}", token=token) for f in FORMATS}
    found: list[Figure] = []
    with connect_admin(url) as connection, server(url, templates.folder, DATA=str(data)) as port:
        bodies = {form: client.load(port, [request])[1][0].body for form, request in requests.items()}
        _check(url, bodies)
        count = len(rows(url, "places"))
        for form, request in requests.items():
            seconds = side_by_side(
                ROUNDS,
                ours=lambda request=request: client.load(port, [request])[0],
                copy=lambda: timed(lambda: copy_out(connection, "households_table")),
            )
            note = f"{count:,}; {len(bodies[form]) / 1024:,.0f} KiB"
            times = ratio(seconds["ours"], seconds["copy"])
            found.append(
                Figure(f"住户 {form}", f"households {form}", median(seconds["ours"]), count, "items", times, note)
            )
            found.append(Figure("　下界：COPY", "  bound: COPY", median(seconds["copy"]), count, "items"))
    return found


def _check(url: str, bodies: dict[str, bytes]) -> None:
    """Stop unless GeoJSON and FlatGeobuf hold every household where it is, and the others as many bytes as it takes."""
    wanted = rows(url, "places")
    _same_places([_place(f) for f in orjson.loads(bodies["geojson"])["features"]], wanted, "households of GeoJSON")
    with tempfile.TemporaryDirectory(prefix="wangge-bench-") as folder:
        path = Path(folder, "x.fgb")
        path.write_bytes(bodies["fgb"])
        frame = geopandas.read_file(path, use_arrow=True)
    points = zip(frame["id"], frame.geometry.x, frame.geometry.y, strict=True)
    _same_places(list(points), wanted, "households of FlatGeobuf")
    for form, body in bodies.items():
        check(len(body) > 20 * len(wanted), f"{form} is too short")


def _place(feature: dict[str, Any]) -> Place:
    x, y = feature["geometry"]["coordinates"]
    return feature["id"], x, y


def _same_places(got: list[Place], wanted: list[Row], what: str) -> None:
    """Coordinates in GeoJSON have nine decimals."""
    got = sorted(got)
    check_same([one for one, _, _ in got], [one for one, _, _ in wanted], what)
    apart = np.array([row[1:] for row in got]) - np.array([row[1:] for row in wanted])
    check(float(np.abs(apart).max()) <= 1e-9, f"{what}: somewhere else")
