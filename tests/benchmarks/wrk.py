"""Load by wrk (Debian package), processor time of whoever serves a port, and servers of our own to hold beside."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from api.cli.console import say
from gis.settings import ROOT
from tests.benchmarks import client
from tests.benchmarks.measure import check
from tests.walks.conftest import free_port

CONNECTIONS = 16
_TICK = os.sysconf("SC_CLK_TCK")
_START_S = 120
_SCRIPT = """\
local asked = {}
local head = {["Accept-Encoding"] = "gzip", ["Host"] = "localhost"}
for line in io.lines("%s") do asked[#asked + 1] = wrk.format("GET", line, head) end
local at = 0
request = function() at = at %% #asked + 1; return asked[at] end
"""


@dataclass(frozen=True)
class Load:
    """Requests answered in some seconds, the bytes read meanwhile, the processor seconds of the server, and the time
    within which 99 of 100 requests were answered.
    """

    requests: int
    wall_s: float
    read: float
    cpu_s: float
    p99_s: float


def load(host: str, port: int, paths: Sequence[str], folder: Path, seconds: int, token: str = "") -> Load:
    """Let wrk ask for these paths in turn over 16 connections; it must not meet an error. Without wrk, ask them once.

    With a ``token``, every request has it.

    Raises
    ------
    WrongAnswer
        If an answer is none, or has a status of 400 or more.
    """
    if shutil.which("wrk") is None:
        return _own_load(port, paths, token, CONNECTIONS)
    asked, script = folder / "asked.txt", folder / "asked.lua"
    asked.write_text("\n".join(paths), encoding="ascii")
    script.write_text(_SCRIPT % asked, encoding="ascii")
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script)]
    command += ["-H", f"Authorization: Bearer {token}"] if token else []
    before = cpu_s(port)
    done = subprocess.run(
        [*command, f"http://{host}:{port}"], capture_output=True, text=True, check=True, timeout=seconds + 60
    )
    worked = cpu_s(port) - before
    check("Non-2xx" not in done.stdout and "Socket errors" not in done.stdout, f"wrk met errors: {done.stdout}")
    told = re.search(r"(\d+) requests in ([\d.]+)(m?s), ([\d.]+)([KMG]?)B read", done.stdout)
    check(told is not None, f"wrk says {done.stdout}")
    count, wall, unit, read, scale = told.groups() if told else ("0", "0", "s", "0", "")
    factor = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}[scale]
    late = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    p99_s = float(late[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1.0}[late[2]] if late else 0.0
    return Load(int(count), float(wall) / (1000 if unit == "ms" else 1), float(read) * factor, worked, p99_s)


def few(port: int, path: str, times: int) -> Load:
    """Ask for one path some times, one after another, by the own client: for answers that take long.

    Raises
    ------
    WrongAnswer
        If an answer has a status of 400 or more.
    """
    return _own_load(port, [path] * times, "", 1)


def _own_load(port: int, paths: Sequence[str], token: str, connections: int) -> Load:
    before = cpu_s(port)
    asked = [client.get(path, compressed=True, token=token) for path in paths]
    wall, answers = client.load(port, asked, connections)
    check(all(answer.status < 400 for answer in answers), "the own client met errors")
    p99_s = sorted(answer.seconds for answer in answers)[len(answers) * 99 // 100]
    return Load(len(answers), wall, sum(len(answer.body) for answer in answers), cpu_s(port) - before, p99_s)


def cpu_s(port: int) -> float:
    """Processor seconds so far of the processes of this machine that listen on a port."""
    total = 0
    for process in listening(port):
        with suppress(OSError):  # ended meanwhile
            fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / _TICK


def memory_bytes(port: int) -> list[int]:
    """Memory of each process that listens on a port; pages that several share count by their part (PSS)."""
    found: list[int] = []
    for process in listening(port):
        with suppress(OSError):
            text = (process / "smaps_rollup").read_text(encoding="utf-8")
            found.append(int(text.split("\nPss:")[1].split()[0]) * 1024)
    return found


def listening(port: int) -> list[Path]:
    """The folders in /proc of the processes that hold a listening socket of a port."""
    sockets: set[str] = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            lines = (Path("/proc/net") / table).read_text(encoding="utf-8").splitlines()[1:]
            rows = [line.split() for line in lines]
            sockets |= {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1][-4:], 16) == port}
    return [folder for folder in Path("/proc").iterdir() if folder.name.isdigit() and _holds(folder, sockets)]


def _holds(process: Path, sockets: set[str]) -> bool:
    try:
        return any(str(link.readlink()) in sockets for link in (process / "fd").iterdir())
    except OSError:  # ended meanwhile, or somebody else's
        return False


def install_wrk() -> bool:
    """Whether wrk is there; installed as root on Debian. Without it the own client is slower than what it measures."""
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        say("安装 wrk", "installing wrk")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "wrk"]):
            subprocess.run(command, env=environment, capture_output=True, check=False)
    if shutil.which("wrk") is None:
        say("没有 wrk，用自带的客户端测量，比值偏高", "no wrk: the own client measures, and flatters every ratio")
    return shutil.which("wrk") is not None


@contextmanager
def rival(name: str, folder: Path, path: str, **environment: str) -> Generator[int]:
    """The port of one of `tests.benchmarks.rivals`, once it answers ``path``.

    Raises
    ------
    RuntimeError
        If it does not start.
    """
    port = free_port()
    own = {**os.environ, "PYTHONPATH": str(ROOT), "WANGGE_PORT": str(port), **environment}
    with (folder / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-P", "-m", "tests.benchmarks.rivals", name]
        process = subprocess.Popen(command, env=own, stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + _START_S
        while process.poll() is None and time.monotonic() < until:
            try:
                client.load(port, [client.get(path)])
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise RuntimeError((folder / f"{name}.log").read_text(encoding="utf-8")[-2000:])
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
