"""Grids as GeoJSON through OGC API – Features, beside the same GeoJSON assembled in SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import orjson

from gis.db import Connection, connect_admin
from tests.benchmarks import client, downloads
from tests.benchmarks.measure import Figure, Report, check, check_same, ratio, side_by_side, timed
from tests.benchmarks.store import SQL, county_url, rows, server
from tests.conftest import Templates

ROUNDS, REPEATS = 5, 3
_ALL = 10_000
_WORLD = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked: the address under the collection, and the same for the SQL."""

    zh: str
    en: str
    path: str
    limit: int = _ALL
    box: tuple[float, float, float, float] = _WORLD
    like: str = "%"

    @property
    def values(self) -> dict[str, Any]:
        """Parameters of the SQL."""
        west, south, east, north = self.box
        return {"west": west, "south": south, "east": east, "north": north, "limit": self.limit, "like": self.like}


def run(templates: Templates) -> Report:
    """Measure one item, a box, pages of 100, 1,000 and all, and households as files."""
    url = county_url(templates)
    figures: list[Figure] = []
    with connect_admin(url) as connection, server(url, templates.folder) as port:
        for wish in _wishes(url):
            figures += _measure(connection, port, wish)
    figures += downloads.figures(templates, url)
    return Report("要素", "items", figures)


def _wishes(url: str) -> list[Wish]:
    [(code,)] = rows(url, "one_code")
    lon, lat = rows(url, "spots")[0]
    box = (lon - 0.02, lat - 0.02, lon + 0.02, lat + 0.02)
    window = ",".join(map(str, box))
    return [
        Wish("一个", "one", f"/{code}?f=json", like=code),
        Wish("范围 0.04°", "box of 0.04°", f"?f=json&limit={_ALL}&bbox={window}", box=box),
        Wish("100 个", "100", "?f=json&limit=100", 100),
        Wish("1,000 个", "1,000", "?f=json&limit=1000", 1000),
        Wish("全部", "all", f"?f=json&limit={_ALL}"),
    ]


def _measure(connection: Connection, port: int, wish: Wish) -> list[Figure]:
    request = client.get(f"/ogc/collections/grids/items{wish.path}")

    def sql() -> bytes:
        row = connection.execute(SQL["features"], wish.values).fetchone()
        return b"" if row is None else str(row[0]).encode()

    count, size = check_features(client.load(port, [request])[1][0].body, sql())

    def each(run: Callable[[], object]) -> Callable[[], float]:
        return lambda: timed(lambda: [run() for _ in range(REPEATS)]) / REPEATS

    seconds = side_by_side(ROUNDS, ours=lambda: client.load(port, [request] * REPEATS)[0] / REPEATS, sql=each(sql))
    times = ratio(seconds["ours"], seconds["sql"])
    return [
        Figure(wish.zh, wish.en, median(seconds["ours"]), count, "items", times, f"{count:,}; {size / 1024:,.0f} KiB"),
        Figure("　下界：SQL", "  bound: SQL", median(seconds["sql"]), count, "items"),
    ]


def check_features(got: bytes, wanted: bytes) -> tuple[int, int]:
    """Stop unless two GeoJSON texts hold the same features; returns how many, and the bytes of the first.

    Raises
    ------
    WrongAnswer
    """
    given = orjson.loads(got)
    features = given.get("features", [given])
    right = orjson.loads(wanted)["features"]
    check(bool(right), "there is nothing to compare")
    for part in ("id", "geometry", "properties"):
        check_same([f[part] for f in features], [f[part] for f in right], f"{part} of items")
    return len(features), len(got)
