"""One point a request: GET /locate beside a bare "hello" on the same server, and beside FastAPI asking PostGIS."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from api.cli.console import say
from api.tokens import make_token, token_key
from gis.arrays import F64
from gis.locate import Locator
from gis.scope import Scope
from gis.settings import ROOT
from tests.benchmarks import client
from tests.benchmarks.measure import Figure, check, check_same, ratio, side_by_side
from tests.benchmarks.store import rows, server
from tests.conftest import COUNTY, Templates
from tests.walks.conftest import free_port

ROUNDS, SECONDS, CONNECTIONS, POINTS, SAMPLE = 5, 2, 16, 2_000, 300
_TICK = os.sysconf("SC_CLK_TCK")
_SCRIPT = """\
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = wrk.format("GET", line) end
local at = 0
request = function() at = at %% #paths + 1; return paths[at] end
"""


@dataclass(frozen=True)
class Target:
    """Something that answers: its port, what it is asked, and with which token."""

    port: int
    paths: Sequence[str]
    token: str = ""

    def asked(self) -> list[bytes]:
        """Whole requests for the own client."""
        extra = f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        return [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{extra}\r\n".encode() for path in self.paths]


@dataclass(frozen=True)
class Load:
    """Requests that were answered in some seconds, and the seconds that the server's processor worked for them."""

    requests: int
    wall_s: float
    cpu_s: float


def run(url: str, locator: Locator, points: F64, templates: Templates) -> list[Figure]:
    """Check the answers, then measure all four in turn.

    Parameters
    ----------
    points : (n, 2) lon, lat; those inside the county are asked.
    """
    install_wrk()
    inside = points[locator.locate(points[:, 0], points[:, 1]) >= 0][:POINTS]
    paths = [f"/locate?lon={lon!r}&lat={lat!r}" for lon, lat in inside.tolist()]
    data = Path(tempfile.mkdtemp(dir=templates.folder))
    token, _ = make_token(token_key(data), Scope((COUNTY,), "bench", "operator"), name="bench", hours=2)
    with ExitStack() as stack:
        port = stack.enter_context(server(url, templates.folder, DATA=str(data)))
        targets = {
            "hello": Target(stack.enter_context(_rival("hello", url, data)), paths),
            "plain": Target(port, paths),
            "unit": Target(port, paths, token),
            "postgis": Target(stack.enter_context(_rival("postgis", url, data)), paths),
        }
        _check(targets, url, locator, inside)
        loads: dict[str, list[Load]] = {name: [] for name in targets}

        def measured(name: str) -> float:
            loads[name].append(_load(targets[name], data))
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


def _load(target: Target, folder: Path) -> Load:
    before = _cpu_s(target.port)
    started = time.perf_counter()
    if shutil.which("wrk") is None:
        count = len(client.load(target.port, target.asked(), CONNECTIONS)[1])
        wall_s = time.perf_counter() - started
    else:
        count, wall_s = _wrk(target, folder)
    return Load(count, wall_s, _cpu_s(target.port) - before)


def _wrk(target: Target, folder: Path) -> tuple[int, float]:
    """Let wrk ask for some seconds; it must not meet an error."""
    asked, script = folder / "paths.txt", folder / "paths.lua"
    asked.write_text("\n".join(target.paths), encoding="ascii")
    script.write_text(_SCRIPT % asked, encoding="ascii")
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script)]
    command += ["-H", f"Authorization: Bearer {target.token}"] if target.token else []
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{target.port}"], capture_output=True, text=True, check=True, timeout=60
    )
    check("Non-2xx" not in done.stdout and "Socket errors" not in done.stdout, f"wrk met errors: {done.stdout}")
    told = re.search(r"(\d+) requests in ([\d.]+)s", done.stdout)
    check(told is not None, f"wrk says {done.stdout}")
    return (int(told[1]), float(told[2])) if told else (0, 0.0)


def install_wrk() -> None:
    """wrk, as root on Debian; else the own client measures, which is slower than the server."""
    if shutil.which("wrk") is not None:
        return
    if os.geteuid() == 0 and shutil.which("apt-get") is not None:
        say("安装 wrk", "installing wrk")
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "wrk"]):
            subprocess.run(
                command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, check=False
            )
    if shutil.which("wrk") is None:
        say("没有 wrk，用自带的客户端测量，比值偏高", "no wrk: the own client measures, and flatters every ratio")


def _cpu_s(port: int) -> float:
    """Processor seconds so far of the processes that serve a port, found by their environment."""
    mark, total = f"WANGGE_PORT={port}".encode(), 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
        except OSError:  # ended meanwhile, or somebody else's
            continue
    return total / _TICK


@contextmanager
def _rival(name: str, url: str, folder: Path) -> Generator[int]:
    """The port of a process that serves one of `tests.benchmarks.rivals` with the service's own server settings."""
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WANGGE_DATABASE_URL": url, "WANGGE_PORT": str(port)}
    with (folder / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-P", "-m", "tests.benchmarks.rivals", name]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until and process.poll() is None:
            try:
                client.load(port, [client.get("/locate?lon=101.6&lat=24.6")])
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
