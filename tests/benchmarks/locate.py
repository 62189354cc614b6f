"""Point → grid in memory and over HTTP, beside what geometry libraries and the database need for the same points."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import shapely

from gis.arrays import F64, I64, Bools, Geometries, Texts
from gis.locate import Locator
from tests.benchmarks import client, locate_batches
from tests.benchmarks.measure import Figure, Report, Seconds, check, check_same, ratio, side_by_side, timed
from tests.benchmarks.store import column, county_url, rows, server
from tests.conftest import Templates

POINTS, MANY, SAMPLE, SINGLE, REQUESTS = 100_000, 1_000_000, 1_500, 1_000, 1_500
ROUNDS, CONNECTIONS, SPREAD_M = 5, 8, 50
_HOW = {"uniform": ("均匀", "uniform"), "clustered": ("户旁 ±50 米", "households ± 50 m")}


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
    figures = [figure for name in _HOW for figure in _in_memory(ground, locator, name)]
    figures += _building(ground) + _single(ground, locator) + _over_http(ground, locator, templates)
    figures += locate_batches.figures(ground.url, templates.folder, locator, ground.points["clustered"])
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


def _in_memory(ground: Ground, locator: Locator, name: str) -> list[Figure]:
    many = ground.points[name]
    points = many[:POINTS]
    lon, lat = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    tree = shapely.STRtree(ground.shapes)
    shapely.prepare(ground.shapes)
    grids = gpd.GeoDataFrame({"number": np.arange(len(ground.codes))}, geometry=list(ground.shapes), crs=4490)
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4490)
    wanted = locator.locate(lon, lat)
    check(bool((_by_tree(tree, ground.shapes, lon, lat) == wanted).all()), f"STRtree differs ({name})")
    check(bool((_by_join(frame, grids) == wanted).all()), f"sjoin differs ({name})")
    every, others = many[:, 0].copy(), many[:, 1].copy()
    seconds = side_by_side(
        ROUNDS,
        locator=lambda: timed(lambda: locator.locate(lon, lat)),
        million=lambda: timed(lambda: locator.locate(every, others)),
        tree=lambda: timed(lambda: _by_tree(tree, ground.shapes, lon, lat)),
        join=lambda: timed(lambda: _by_join(frame, grids)),
    )
    seconds |= side_by_side(1, postgis=lambda: timed(lambda: _joined(ground.url, points)))
    return [
        _per_point(seconds, "million", name, MANY, "Locator"),
        _per_point(seconds, "locator", name, POINTS, "Locator", "tree"),
        _per_point(seconds, "tree", name, POINTS, "shapely STRtree + intersects_xy"),
        _per_point(seconds, "join", name, POINTS, "geopandas.sjoin", "tree"),
        _per_point(seconds, "postgis", name, POINTS, "PostGIS ST_Intersects"),
    ]


def _per_point(seconds: Seconds, key: str, name: str, count: int, what: str, bound: str | None = None) -> Figure:
    zh, en = _HOW[name]
    times = None if bound is None else ratio(seconds[key], seconds[bound])
    note = "" if bound is None else "÷ STRtree"
    zh, en = f"{what}，{count:,} 点{zh}", f"{what}, {count:,} {en}"
    return Figure(zh, en, median(seconds[key]), count, "points", times, note)


def _by_tree(tree: shapely.STRtree, shapes: Geometries, lon: F64, lat: F64) -> I64:
    """The lowest grid of each point by bounding boxes and prepared geometries, −1 outside."""
    point, grid = tree.query(shapely.points(lon, lat))
    hit: Bools = shapely.intersects_xy(shapes[grid], lon[point], lat[point])
    return _lowest(point[hit], grid[hit], lon.size)


def _by_join(frame: gpd.GeoDataFrame, grids: gpd.GeoDataFrame) -> I64:
    found = gpd.sjoin(frame, grids, predicate="intersects")
    return _lowest(found.index.to_numpy(), found["number"].to_numpy(), len(frame))


def _lowest(point: I64, grid: I64, count: int) -> I64:
    lowest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(lowest, point, grid)
    lowest[lowest == np.iinfo(np.int64).max] = -1
    return lowest


def _building(ground: Ground) -> list[Figure]:
    def tree() -> None:
        fresh = shapely.from_wkb(plain)
        shapely.STRtree(fresh).query(shapely.points(0, 0))
        shapely.prepare(fresh)

    plain = shapely.to_wkb(ground.shapes)
    seconds = side_by_side(
        3,
        ours=lambda: timed(lambda: Locator(ground.codes, shapely.from_wkb(plain))),
        tree=lambda: timed(tree),
    )
    times = ratio(seconds["ours"], seconds["tree"])
    count = len(ground.codes)
    return [
        Figure("建立 Locator", "building Locator", median(seconds["ours"]), count, "grids", times),
        Figure("建立 STRtree", "building STRtree", median(seconds["tree"]), count, "grids"),
    ]


def _single(ground: Ground, locator: Locator) -> list[Figure]:
    points = ground.points["clustered"][:SINGLE]
    pairs = points.tolist()

    def each(look: Callable[[float, float], object]) -> Callable[[], float]:
        return lambda: timed(lambda: [look(lon, lat) for lon, lat in pairs]) / SINGLE

    seconds = side_by_side(3, code=each(locator.codes_at), place=each(locator.locate_one))
    return [
        Figure("一次一点：编码", "one point a call: code", median(seconds["code"]), 1, "calls"),
        Figure("一次一点：编码、边界、邻格", "one point a call: code, border", median(seconds["place"]), 1, "calls"),
    ]


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
