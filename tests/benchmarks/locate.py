"""Point → grid in memory and over HTTP, beside what geometry libraries and the database need for the same points."""

from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import orjson
import shapely

from gis.arrays import F64, Geometries, Texts
from gis.locate import Locator
from tests.benchmarks import client
from tests.benchmarks.locate_memory import MANY, in_memory
from tests.benchmarks.measure import Figure, Report, Seconds, check, check_same, ratio, side_by_side, timed
from tests.benchmarks.store import column, county_url, rows, server
from tests.conftest import Templates

POINTS, SAMPLE, REQUESTS = 100_000, 1_500, 1_500
CONNECTIONS, SPREAD_M = 8, 50


@dataclass(frozen=True)
class Ground:
    """The basic grids, ascending by code, and points to look up, by how they were drawn: (n, 2) lon, lat."""

    url: str
    codes: list[str]
    shapes: Geometries
    points: dict[str, F64]


def run(templates: Templates) -> Report:
    """Measure it on a million points of each kind, and a hundred thousand side by side."""
    ground = _ground(county_url(templates))
    locator = Locator(ground.codes, ground.shapes)
    vertices = shapely.get_coordinates(ground.shapes)
    some = np.random.default_rng(1).choice(len(vertices), SAMPLE, replace=False)
    for name, points in {**ground.points, "vertices": vertices[some]}.items():
        check_answers(locator, points[:SAMPLE], _joined(ground.url, points[:SAMPLE]), name)
    figures = in_memory(ground.url, ground.codes, ground.shapes, ground.points)
    figures += _over_http(ground, locator, templates)
    return Report("点查网格", "point → grid", figures)


def check_answers(locator: Locator, points: F64, wanted: list[str | None], what: str) -> None:
    """Stop unless the index gives each of the points (n, 2) the code wanted, None outside.

    Raises
    ------
    WrongAnswer
    """
    got = locator.codes_at(points[:, 0], points[:, 1]).tolist()
    check_same([code or None for code in got], wanted, f"grids of points ({what})")


def _ground(url: str) -> Ground:
    found = rows(url, "leaves")
    shapes = shapely.from_wkb(np.array([bytes(row[1]) for row in found], dtype=object))
    west, south, east, north = shapely.total_bounds(shapes)
    rng = np.random.default_rng(0)
    homes = np.array([row[-2:] for row in rows(url, "people")], dtype=np.float64)
    near = homes[rng.integers(0, len(homes), MANY)]
    reach = SPREAD_M / 111_320 / np.array([np.cos(np.radians((south + north) / 2)), 1])
    points = {
        "uniform": rng.uniform((west, south), (east, north), (MANY, 2)),
        "clustered": near + rng.uniform(-1, 1, (MANY, 2)) * reach,
    }
    return Ground(url, column(found), shapes, points)


def _joined(url: str, points: F64) -> list[str | None]:
    return column(rows(url, "joined", {"lon": points[:, 0].tolist(), "lat": points[:, 1].tolist()}))


def _over_http(ground: Ground, locator: Locator, templates: Templates) -> list[Figure]:
    points = ground.points["clustered"]
    wanted = locator.codes_at(points[:POINTS, 0], points[:POINTS, 1])
    asked = [client.get(f"/locate?lon={lon}&lat={lat}") for lon, lat in points[:REQUESTS].tolist()]
    body = orjson.dumps({"lon": points[:POINTS, 0].tolist(), "lat": points[:POINTS, 1].tolist()})
    with server(ground.url, templates.folder) as port:
        _check_http(port, asked, body, wanted)
        seconds = side_by_side(
            3,
            locate=lambda: client.load(port, asked, CONNECTIONS)[0],
            health=lambda: client.load(port, [client.get("/health")] * REQUESTS, CONNECTIONS)[0],
            post=lambda: client.load(port, [client.post("/locate", body)])[0],
            plain=lambda: timed(lambda: _plain(locator, body)),
        )
    return [
        _request(seconds, "locate", REQUESTS, "requests", "health", "GET /locate"),
        _request(seconds, "health", REQUESTS, "requests", None, "GET /health"),
        _request(seconds, "post", POINTS, "points", "plain", "POST /locate, JSON"),
        _request(seconds, "plain", POINTS, "points", None, "orjson + Locator"),
    ]


def _check_http(port: int, asked: list[bytes], body: bytes, wanted: Texts) -> None:
    answers = client.load(port, asked, CONNECTIONS)[1]
    codes = [orjson.loads(answer.body).get("code", "") for answer in answers]
    # Outside all grids GET answers 404 and the index an empty text.
    check_same([code if len(code) == 17 else "" for code in codes], wanted[: len(codes)].tolist(), "GET /locate")
    [many] = client.load(port, [client.post("/locate", body)])[1]
    check(many.status == 200, f"POST /locate answers {many.status}")
    check_same([code or "" for code in orjson.loads(many.body)["codes"]], wanted.tolist(), "POST /locate")


def _plain(locator: Locator, body: bytes) -> bytes:
    given: dict[str, Any] = orjson.loads(body)
    return orjson.dumps(locator.codes_at(given["lon"], given["lat"]).tolist())


def _request(seconds: Seconds, key: str, count: int, unit: str, bound: str | None, what: str) -> Figure:
    times = None if bound is None else ratio(seconds[key], seconds[bound])
    note = f"{CONNECTIONS} × keep-alive" if unit == "requests" else ""
    return Figure(what, what, median(seconds[key]), count, unit, times, note)
