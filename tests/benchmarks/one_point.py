"""One point a request: GET /locate beside a bare "hello" on the same server, and beside FastAPI asking PostGIS."""

import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from api.tokens import make_token, token_key
from gis.arrays import F64
from gis.locate import Locator
from gis.scope import Scope
from tests.benchmarks import client, wrk
from tests.benchmarks.measure import Figure, check, check_same, ratio, side_by_side
from tests.benchmarks.store import rows, server
from tests.conftest import COUNTY, Templates

ROUNDS, SECONDS, POINTS, SAMPLE = 5, 2, 2_000, 300


@dataclass(frozen=True)
class Target:
    """Something that answers: its port, what it is asked, and with which token."""

    port: int
    paths: Sequence[str]
    token: str = ""

    def asked(self) -> list[bytes]:
        """Whole requests for the own client."""
        return [client.get(path, token=self.token) for path in self.paths]


def run(url: str, locator: Locator, points: F64, templates: Templates) -> list[Figure]:
    """Check the answers, then measure all four in turn.

    Parameters
    ----------
    points : (n, 2) lon, lat; those inside the county are asked.
    """
    wrk.install_wrk()
    inside = points[locator.locate(points[:, 0], points[:, 1]) >= 0][:POINTS]
    paths = [f"/locate?lon={lon!r}&lat={lat!r}" for lon, lat in inside.tolist()]
    data = Path(tempfile.mkdtemp(dir=templates.folder))
    token, _ = make_token(token_key(data), Scope((COUNTY,), "bench", "operator"), name="bench", hours=2)
    with ExitStack() as stack:
        port = stack.enter_context(server(url, templates.folder, DATA=str(data)))
        targets = {
            "hello": Target(stack.enter_context(wrk.rival("hello", data, paths[0])), paths),
            "plain": Target(port, paths),
            "unit": Target(port, paths, token),
            "postgis": Target(
                stack.enter_context(wrk.rival("postgis", data, paths[0], WANGGE_DATABASE_URL=url)), paths
            ),
        }
        _check(targets, url, locator, inside)
        loads: dict[str, list[wrk.Load]] = {name: [] for name in targets}

        def measured(name: str) -> float:
            target = targets[name]
            loads[name].append(wrk.load("127.0.0.1", target.port, target.paths, data, SECONDS, target.token))
            return loads[name][-1].wall_s / loads[name][-1].requests

        seconds = side_by_side(
            ROUNDS,
            hello=lambda: measured("hello"),
            plain=lambda: measured("plain"),
            unit=lambda: measured("unit"),
            postgis=lambda: measured("postgis"),
        )
    cpu = {name: [load.cpu_s / load.requests for load in found] for name, found in loads.items()}
    return [_figure(name, seconds, cpu) for name in _TOLD]


_TOLD = {
    "hello": ("hello，裸 ASGI · 同一服务器", "hello, bare ASGI on the same server"),
    "plain": ("GET /locate，无令牌", "GET /locate without a token"),
    "unit": ("GET /locate，含单元与网格员", "GET /locate with unit and staff"),
    "postgis": ("FastAPI + PostGIS，仅编码与名称", "FastAPI + PostGIS, code and name only"),
}


def _figure(name: str, seconds: dict[str, list[float]], cpu: dict[str, list[float]]) -> Figure:
    zh, en = _TOLD[name]
    times = None if name == "hello" else ratio(seconds[name], seconds["hello"])
    share = ratio(cpu["hello"], cpu[name])
    note = (
        f"CPU {median(cpu[name]) * 1e6:.1f} µs; hello × {share:.2f}, PostGIS × {ratio(cpu['postgis'], cpu[name]):.1f}"
    )
    return Figure(zh, en, median(seconds[name]), 1, "requests", times, note)


def _check(targets: dict[str, Target], url: str, locator: Locator, points: F64) -> None:
    """The right grid of every sampled point, and the unit of its nearest household as the database knows it."""
    wanted = locator.codes_at(points[:SAMPLE, 0], points[:SAMPLE, 1]).tolist()
    for name in ("plain", "unit", "postgis"):
        target = targets[name]
        client.load(target.port, target.asked()[:SAMPLE], 4)  # what is loaded on first use is there afterwards
        time.sleep(2)
        answers = client.load(target.port, target.asked()[:SAMPLE], 4)[1]
        found = [json.loads(answer.body) for answer in answers]
        check_same([one.get("code") for one in found], wanted, f"grids over HTTP ({name})")
        if name == "unit":
            given = {"lon": points[:SAMPLE, 0].tolist(), "lat": points[:SAMPLE, 1].tolist(), "grid": wanted}
            units = [row[0] for row in rows(url, "nearest_unit", given)]
            check_same([one["unit"] and one["unit"]["code"] for one in found], units, "units over HTTP")
            check(all(one["staff"] for one in found), "an answer without staff")
    hello = targets["hello"]
    check(client.load(hello.port, hello.asked()[:1])[1][0].body == b"hello", "hello says something else")
