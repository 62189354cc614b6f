"""Grids as GeoJSON through OGC API – Features, beside the same GeoJSON assembled in SQL, and other servers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import orjson

from gis.db import Connection, connect_admin
from tests.benchmarks import client, downloads, wrk
from tests.benchmarks.measure import Figure, Report, check, check_same, ratio, side_by_side, timed
from tests.benchmarks.peers import Peer
from tests.benchmarks.store import SQL, county_url, rows, server
from tests.conftest import Templates

ROUNDS, SECONDS, REPEATS, WARM_S = 5, 2, 3, 10
_ALL, _SPOT = 10_000, 1e-7
_WORLD = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked: what follows the address of the items, over how many connections, and the same for the SQL."""

    zh: str
    en: str
    rest: str
    connections: int = wrk.CONNECTIONS
    limit: int = _ALL
    box: tuple[float, float, float, float] = _WORLD
    like: str = "%"

    @property
    def values(self) -> dict[str, Any]:
        """Parameters of the SQL."""
        west, south, east, north = self.box
        return {"west": west, "south": south, "east": east, "north": north, "limit": self.limit, "like": self.like}


def run(templates: Templates, peers: Sequence[Peer] = ()) -> Report:
    """Measure one item, a code, a point in CQL, a box (16 clients), pages of 100, 1,000 and all (one client),
    and households as files.

    Peers serve a table of the same grids: ``code`` is its key, its geometry is called ``geometry``.
    """
    wrk.install_wrk()
    url = county_url(templates)
    figures: list[Figure] = []
    with connect_admin(url) as connection, server(url, templates.folder, WORKERS="2") as port:
        ours = Peer("wangge", f"http://127.0.0.1:{port}/ogc/collections/grids/items")
        wishes = _wishes(url)
        _warm(ours, wishes[0])
        for wish in wishes:
            figures += _measure(connection, [ours, *peers], wish, templates.folder)
    figures += downloads.figures(templates, url)
    return Report("要素", "items", figures)


def _warm(ours: Peer, wish: Wish) -> None:
    """Ask for a while, over connections that lead to every worker, so that each has its items in memory."""
    for _ in range(WARM_S):
        client.load(ours.port, [client.get(ours.items(wish.rest))] * 8, 8)
        time.sleep(1)


def _wishes(url: str) -> list[Wish]:
    [(code,)] = rows(url, "one_code")
    lon, lat = rows(url, "spots")[0]
    spot = (lon - _SPOT, lat - _SPOT, lon + _SPOT, lat + _SPOT)
    box = (lon - 0.02, lat - 0.02, lon + 0.02, lat + 0.02)
    point = quote(f"S_INTERSECTS(geometry,POINT({lon:.9f} {lat:.9f}))")
    return [
        Wish("一个", "one", f"/{code}", like=code),
        Wish("编码筛选", "by code", f"?code={code}", like=code),
        Wish("CQL2 点", "CQL2 point", f"?filter-lang=cql2-text&filter={point}", box=spot),
        Wish("范围 0.04°", "box of 0.04°", f"?limit={_ALL}&bbox={','.join(map(str, box))}", box=box),
        Wish("100 个", "100", "?limit=100", 1, 100),
        Wish("1,000 个", "1,000", "?limit=1000", 1, 1000),
        Wish("全部", "all", f"?limit={_ALL}", 1),
    ]


def _measure(connection: Connection, peers: Sequence[Peer], wish: Wish, folder: Path) -> list[Figure]:
    def sql() -> bytes:
        row = connection.execute(SQL["features"], wish.values).fetchone()
        return b"" if row is None else str(row[0]).encode()

    def ask(peer: Peer) -> float:
        path = peer.items(wish.rest)
        few = wish.connections == 1
        found = wrk.few(peer.port, path, REPEATS) if few else wrk.load(peer.host, peer.port, [path], folder, SECONDS)
        loads[peer.name].append(found)
        return found.wall_s / found.requests

    loads: dict[str, list[wrk.Load]] = {peer.name: [] for peer in peers}
    sizes = {peer.name: _check(peer, wish, sql(), exact=number == 0) for number, peer in enumerate(peers)}
    runs = {peer.name: (lambda peer=peer: ask(peer)) for peer in peers}
    seconds = side_by_side(ROUNDS, **runs, sql=lambda: timed(lambda: [sql() for _ in range(REPEATS)]) / REPEATS)
    ours = peers[0].name
    figures: list[Figure] = []
    for number, peer in enumerate(peers):
        zh, en = (wish.zh, wish.en) if number == 0 else (f"　{peer.name}", f"  {peer.name}")
        times = None if number == 0 else ratio(seconds[peer.name], seconds[ours])
        count, size = sizes[peer.name]
        late, cpu = (
            median(v) for v in zip(*((one.p99_s, one.cpu_s / one.requests) for one in loads[peer.name]), strict=True)
        )
        note = f"{count:,}; {size / 1024:,.0f} KiB; p99 {late * 1000:.1f} ms; CPU {cpu * 1000:.2f} ms"
        figures.append(Figure(zh, en, median(seconds[peer.name]), 1, "requests", times, note))
    times = ratio(seconds["sql"], seconds[ours])
    return [
        *figures,
        Figure("　对照：SQL，一个连接", "  beside: SQL, one connection", median(seconds["sql"]), 1, "requests", times),
    ]


def _check(peer: Peer, wish: Wish, wanted: bytes, *, exact: bool) -> tuple[int, int]:
    """Items and bytes that a server answers. Ours are equal to the SQL's; a peer's have the same codes.

    Asked several times: every worker shall have its items in memory.
    """
    request = client.get(peer.items(wish.rest))
    answers = client.load(peer.port, [request] * 8, 4)[1]
    for answer in answers:
        check(answer.status == 200, f"{peer.name}: {wish.en} answers {answer.status}")
        if exact:
            check_features(answer.body, wanted)
        else:
            check_same(_codes(answer.body), _codes(wanted), f"{peer.name}: codes of {wish.en}")
    return len(_codes(answers[0].body)), len(answers[0].body)


def _codes(body: bytes) -> list[str]:
    given = orjson.loads(body)
    return sorted(str(feature["properties"]["code"]) for feature in given.get("features", [given]))


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
