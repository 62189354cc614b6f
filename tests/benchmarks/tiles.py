"""Vector tiles over HTTP beside bytes from memory on the same server, ST_AsMVT alone, and any other server."""

import tempfile
import time
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

from gis.db import Connection, connect_admin
from tests.benchmarks import client, wrk
from tests.benchmarks.measure import Figure, Report, Seconds, check, ratio, side_by_side, timed
from tests.benchmarks.peers import Peer, Place
from tests.benchmarks.store import SQL, county_url, server, until_in_memory
from tests.benchmarks.tile_peers import Seen, check_plausible, client_list, look_at
from tests.benchmarks.tile_sizes import beside
from tests.conftest import Templates
from tiles.features import read_grids
from tiles.matrix import WEB_MERCATOR
from tiles.parts import packed, part
from tiles.serve import tile
from tiles.sheet import Sheet

LAYERS = ("level3", "level4", "level5", "level6", "borders", "labels")
ROUNDS, SECONDS, SQL_TILES, RESTARTED, REQUESTED = 5, 2, 20, 400, 50
_PATH = f"/tiles/{','.join(LAYERS)}/{{z}}/{{x}}/{{y}}.mvt"


def run(templates: Templates, peers: Sequence[Peer] = ()) -> Report:
    """Measure the list of `tests.benchmarks.tile_peers`, and the heaviest tile of zoom 8 right after a restart."""
    wrk.install_wrk()
    url = county_url(templates)
    places = client_list(url)
    data = Path(tempfile.mkdtemp(dir=templates.folder))
    with connect_admin(url) as connection, ExitStack() as stack:
        with server(url, templates.folder, DATA=str(data), WORKERS="2") as port:
            until_in_memory(data)
            ours = Peer("wangge", f"http://127.0.0.1:{port}{_PATH}")
            seen, heavy = _check(connection, ours, places)
            _keep_bodies(ours, places, data / "bodies.zip")
        on_request = _on_request(connection, heavy)
        port = stack.enter_context(server(url, templates.folder, DATA=str(data), WORKERS="2"))
        after = _asked_one_by_one(port, heavy)
        bodies = {"BENCH_BODIES": str(data / "bodies.zip")}
        constant = stack.enter_context(wrk.rival("constant", data, ours.tile(heavy), **bodies))
        all_peers = [Peer("wangge", ours.template.replace(f":{ours.port}/", f":{port}/")), *peers]
        all_peers.insert(1, Peer("bytes", ours.template.replace(f":{ours.port}/", f":{constant}/")))
        looks = {"wangge": seen, "bytes": seen}
        for peer in peers:
            looks[peer.name] = look_at(peer, places)
            check_plausible(peer, looks[peer.name], seen, "level6")
        loads: dict[str, list[wrk.Load]] = {peer.name: [] for peer in all_peers}
        seconds = _measure(connection, all_peers, places, loads, data)
        memory = max(wrk.memory_bytes(port), default=0)
        open_ = Peer("wangge", f"http://127.0.0.1:{port}/tiles/{{layers}}/{{z}}/{{x}}/{{y}}.mvt")
        others = [beside(peer, looks[peer.name], open_, LAYERS, places, on_request.seconds) for peer in peers]
    figures = _figures(all_peers, seconds, loads, looks, after, heavy, seen, memory)
    return Report("瓦片", "vector tiles", [*figures, on_request, *others])


def _measure(
    connection: Connection, peers: Sequence[Peer], places: Sequence[Place], loads: dict[str, list[wrk.Load]], data: Path
) -> Seconds:
    """Seconds per request of every peer and per tile of plain SQL, in interleaved rounds."""

    def ask(peer: Peer) -> float:
        paths = [peer.tile(place) for place in places]
        loads[peer.name].append(wrk.load(peer.host, peer.port, paths, data, SECONDS))
        return loads[peer.name][-1].wall_s / loads[peer.name][-1].requests

    def plain() -> float:
        chosen = places[:: len(places) // SQL_TILES]
        return timed(lambda: [connection.execute(SQL["plain_tile"], _zxy(place)) for place in chosen]) / len(chosen)

    runs = {peer.name: (lambda peer=peer: ask(peer)) for peer in peers}
    return side_by_side(ROUNDS, **runs, sql=plain)


def _zxy(place: Place) -> dict[str, int]:
    return dict(zip("zxy", place, strict=True))


def _check(connection: Connection, ours: Peer, places: Sequence[Place]) -> tuple[Seen, Place]:
    """Every tile is what the store holds and can be read; what was seen, and the tile of zoom 8 with most bytes."""
    asked = sorted(set(places))
    answers = client.load(ours.port, [client.get(ours.tile(place), compressed=True) for place in asked])[1]
    for place, answer in zip(asked, answers, strict=True):
        wanted = tile(connection, LAYERS, *place, 1).packed.plain()
        check(answer.status == (200 if wanted else 204), f"tile {place} answers {answer.status}")
        check((answer.plain if wanted else answer.body) == wanted, f"tile {place} is not what is stored")
    seen = look_at(ours, asked)
    check(seen.total("level6") > len(asked), "there are hardly any grids")
    return seen, max((size, place) for place, size in seen.sizes.items() if place[0] == 8)[1]


def _keep_bodies(ours: Peer, places: Sequence[Place], path: Path) -> None:
    """Write down the answers, for a server that gives them without a thought."""
    asked = sorted({ours.tile(place) for place in places})
    answers = client.load(ours.port, [client.get(path, compressed=True) for path in asked])[1]
    with zipfile.ZipFile(path, "w") as archive:
        for name, answer in zip(asked, answers, strict=True):
            archive.writestr(name, answer.body)


def _asked_one_by_one(port: int, place: Place) -> list[float]:
    """Seconds of each of the first requests after a start, over connections that are each other's to every worker."""
    request = client.get(_PATH.format(**_zxy(place)), compressed=True)
    found: list[float] = []
    for _ in range(RESTARTED // 40):
        found += [answer.seconds for answer in client.load(port, [request] * 40, 2)[1]]
    return found


def _on_request(connection: Connection, place: Place) -> Figure:
    """Seconds to encode and compress a tile of a draft or a part, from the coverage in memory."""
    sheet = Sheet(read_grids(connection, 1))
    wanted = tile(connection, LAYERS, *place, 1).packed.plain()
    check(sheet.tile(WEB_MERCATOR, LAYERS, *place) == wanted, "a tile made on request is not the stored one")

    def make() -> object:
        return packed([part([sheet.tile(WEB_MERCATOR, LAYERS, *place)], once=True)])

    name = "/".join(map(str, place))
    began = time.thread_time()
    taken = [timed(make) for _ in range(REQUESTED)]
    cpu = (time.thread_time() - began) / REQUESTED
    zh, en = f"最重的 z8 块 {name}，按请求编码", f"heaviest z8, {name}, encoded on request"
    return Figure(zh, en, median(taken), note=f"CPU {cpu * 1000:.1f} ms; ≤ 10 ms")


def _figures(
    peers: Sequence[Peer],
    seconds: Seconds,
    loads: dict[str, list[wrk.Load]],
    looks: dict[str, Seen],
    after: Sequence[float],
    heavy: Place,
    seen: Seen,
    memory: int,
) -> list[Figure]:
    told = {
        "wangge": ("本服务，2 个进程", "this service, 2 workers"),
        "bytes": ("下界：同一服务器原样字节", "bound: bare ASGI"),
    }
    figures: list[Figure] = []
    for peer in peers:
        times = None if peer.name == "wangge" else ratio(seconds[peer.name], seconds["wangge"])
        zh, en = told.get(peer.name, (peer.name, peer.name))
        note = _note(loads[peer.name], looks[peer.name])
        if peer.name == "wangge":
            note += f"; {memory / 2**20:,.0f} MiB PSS"
        figures.append(Figure(zh, en, median(seconds[peer.name]), 1, "requests", times, note))
    sql = ratio(seconds["sql"], seconds["wangge"])
    zh, en = "对照：ST_AsMVT，原图形，仅 level6", "beside: ST_AsMVT of stored shapes, level6 only"
    figures.append(Figure(zh, en, median(seconds["sql"]), 1, "tiles", sql))
    steps = quantiles((one * 1000 for one in after), n=20)
    note = f"p50 {steps[9]:.2f} ms, p95 {steps[18]:.2f} ms, {max(after) * 1000:.1f} ms; {seen.sizes[heavy]:,} B gzip"
    name = "/".join(map(str, heavy))
    figures.append(
        Figure(f"最重的 z8 块 {name}，重启后", f"heaviest z8, {name}, after a restart", median(after), note=note)
    )
    return figures


def _note(loads: Sequence[wrk.Load], seen: Seen) -> str:
    cpu = median(load.cpu_s / load.requests for load in loads)
    size = median(load.read / load.requests for load in loads)
    return f"CPU {cpu * 1e6:.0f} µs, {size / 1024:.1f} KiB; z7–z11 {seen.bytes_near() / 1024:,.0f} KiB"
