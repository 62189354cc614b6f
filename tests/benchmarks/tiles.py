"""Vector tiles: all of them encoded; cold, warm, and the heaviest, beside reading them and an address that does nothing."""

from statistics import median, quantiles

import mapbox_vector_tile
from morecantile import tms as matrix_sets

from gis.db import connect_admin
from tests.benchmarks import client
from tests.benchmarks.client import Answer
from tests.benchmarks.measure import Figure, Report, check, ratio, side_by_side, timed
from tests.benchmarks.store import SQL, county_url, rows, server
from tests.conftest import Templates
from tiles.features import read_grids, read_units
from tiles.pyramid import encode
from tiles.serve import tile

LAYERS = ("level2", "level3", "level4", "level5", "level6", "borders", "labels")
ROUNDS = 3
Place = tuple[int, int, int]


def run(templates: Templates) -> Report:
    """Measure the tiles over nine spots at zooms 7 to 16, and the one of zoom 8 with most bytes."""
    url = county_url(templates)
    places = _places(url)
    asked = [_request(place) for place in places]
    with (
        connect_admin(url) as connection,
        server(url, templates.folder) as warm,
        server(url, templates.folder, TILE_CACHE_BYTES="0") as cold,
    ):
        made = [tile(connection, LAYERS, *place, 1).packed.plain() for place in places]
        for port in (warm, cold):
            _check(places, client.load(port, asked)[1], made)
        answers: dict[str, list[Answer]] = {"cold": [], "warm": [], "health": []}

        def ask(name: str, port: int, requests: list[bytes]) -> float:
            seconds, found = client.load(port, requests)
            answers[name] += found
            return seconds

        def plain(place: Place) -> None:
            connection.execute(SQL["plain_tile"], dict(zip("zxy", place, strict=True)))

        _, size, heavy = max((place[0] == 8, len(data), place) for place, data in zip(places, made, strict=True))
        seconds = side_by_side(
            ROUNDS,
            cold=lambda: ask("cold", cold, asked),
            warm=lambda: ask("warm", warm, asked),
            health=lambda: ask("health", warm, [client.get("/health")] * len(asked)),
            sql=lambda: timed(lambda: [tile(connection, LAYERS, *place, 1) for place in places]),
            plain=lambda: timed(lambda: [plain(place) for place in places]),
            heavy_cold=lambda: client.load(cold, [_request(heavy)])[0],
            heavy_warm=lambda: client.load(warm, [_request(heavy)])[0],
            heavy_sql=lambda: timed(lambda: tile(connection, LAYERS, *heavy, 1)),
            heavy_plain=lambda: timed(lambda: plain(heavy)),
        )
        grids, units = read_grids(connection, 1), read_units(connection, 1)
        built = encode(grids, units)
        seconds["build"] = [timed(lambda: encode(grids, units))]
        stored = sum(len(part.deflated) for part in built.parts.values())
    sent = sum(len(answer.body) for answer in answers["warm"]) // ROUNDS
    count, name = len(places), "/".join(map(str, heavy))

    def figure(key: str, zh: str, en: str, bound: str | None = None, note: str = "") -> Figure:
        amount = 1 if key.startswith("heavy") else count
        times = None if bound is None else ratio(seconds[key], seconds[bound])
        return Figure(zh, en, median(seconds[key]), amount, "tiles", times, note)

    figures = [
        Figure(
            "全部瓦片编码并压缩，两个矩阵集",
            "all tiles encoded and compressed, both sets",
            median(seconds["build"]),
            len(built.places),
            "tiles",
            None,
            f"{stored / 2**20:,.0f} MiB, {len(built.parts):,} parts",
        ),
        figure("cold", f"{count} 块，冷", f"{count} tiles, cold", "sql", _spread(answers["cold"])),
        figure("sql", "下界：只从库中读取", "bound: reading them alone", note=f"{sum(map(len, made)) / 1024:,.0f} KiB"),
        figure("plain", "对照：原图形 ST_AsMVT，仅 level6", "stored shapes, ST_AsMVT, level6 only"),
        figure("warm", f"{count} 块，热", f"{count} tiles, warm", "health", _spread(answers["warm"])),
        figure("health", "下界：/health", "bound: /health", note=_spread(answers["health"])),
        figure("heavy_cold", f"最重的 z8 块 {name}，冷", f"heaviest z8, {name}, cold", "heavy_sql", f"{size:,} B"),
        figure("heavy_warm", "最重的 z8 块，热", "heaviest z8, warm", note=f"gzip: {sent / 1024:,.0f} KiB / {count}"),
        figure("heavy_sql", "下界：只从库中读取", "bound: reading it alone"),
        figure("heavy_plain", "对照：原图形 ST_AsMVT，仅 level6", "stored shapes, ST_AsMVT, level6 only"),
    ]
    return Report("瓦片", "vector tiles", figures)


def _places(url: str) -> list[Place]:
    """Each tile over the fixed spots once."""
    matrices = matrix_sets.get("WebMercatorQuad")
    spots = rows(url, "spots")
    found = {matrices.tile(lon, lat, z) for z in range(7, 17) for lon, lat in spots}
    return sorted((place.z, place.x, place.y) for place in found)


def _request(place: Place) -> bytes:
    z, x, y = place
    return client.get(f"/editions/1/tiles/{','.join(LAYERS)}/{z}/{x}/{y}.mvt", compressed=True)


def _check(places: list[Place], answers: list[Answer], made: list[bytes]) -> None:
    """Each tile holds what is stored, and can be read."""
    for place, answer, data in zip(places, answers, made, strict=True):
        check(answer.status == 200, f"tile {place} answers {answer.status}")
        check(answer.plain == data, f"tile {place} is not what is stored")
        layers = mapbox_vector_tile.decode(data)
        check(bool(layers["level6"]["features"]), f"tile {place} has no grid")


def _spread(answers: list[Answer]) -> str:
    times = quantiles((answer.seconds * 1000 for answer in answers), n=20)
    return f"p50 {times[9]:.1f} ms, p95 {times[18]:.1f} ms"
