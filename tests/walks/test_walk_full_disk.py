"""A full disk: an import ends with a clear line, nothing is half written, and the service goes on once there is room."""

import csv
import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.walks.conftest import free_port
from tests.walks.machine import Machine

ROOM = "1200m"
ROWS = 40_000

pytestmark = pytest.mark.long  # makes a county of its own on a small disk


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of its own, in memory, where the database's account gets through (as it does not to pytest's folders)."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk of limited size")
    folder = Path(tempfile.mkdtemp(prefix="wangge-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=755", "tmpfs", str(folder)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"this machine mounts no disk of limited size: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture
def machine(small_disk: Path) -> Iterator[Machine]:
    machine = Machine(small_disk / "data", free_port())
    machine.folder.mkdir()
    yield machine
    machine.end()


def fill(folder: Path, *, leave: int) -> Path:
    """Take all room of a disk but ``leave`` bytes."""
    state = os.statvfs(folder)
    size = state.f_bavail * state.f_frsize - leave
    path = folder / "filler"
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    return path


def write_households(path: Path, machine: Machine) -> None:
    """A file of households around the centres of townships and villages."""
    centres = ask(machine, "/ogc/collections/centres/items?limit=100")["features"]
    rng = np.random.default_rng(3)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["户主", "电话", "人口", "经度", "纬度"])
        for number in range(ROWS):
            lon, lat = np.array(centres[number % len(centres)]["geometry"]["coordinates"]) + rng.normal(0, 0.002, 2)
            writer.writerow([f"测试{number}", "", 3, f"{lon:.7f}", f"{lat:.7f}"])


def ask(machine: Machine, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{machine.port}{path}", timeout=30) as answer:
        return json.load(answer)


def accept(machine: Machine, token: str) -> int:
    """Hand a dispute in; returns the status."""
    body = {"title": "界线争议", "category": "neighbour", "source": "visit", "lon": 101.64, "lat": 24.69}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{machine.port}/disputes", json.dumps(body).encode(), headers, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_full_disk_loses_nothing(machine: Machine) -> None:
    machine.up()
    households = "/statistics?grid=532322"
    before = ask(machine, households)
    file = machine.folder.parent / "new.csv"
    write_households(file, machine)
    filler = fill(machine.folder, leave=6 * 2**20)

    told = machine.run("import", "households", str(file), "--accept-valid", "--commit", code=10)
    assert "✗" in told
    assert machine.status("/health") == 200
    machine.wait_for("/ready")
    assert ask(machine, households) == before
    assert machine.status("/tiles/level3/8/200/109.mvt") == 200

    filler.unlink()
    machine.wait_for("/ready")
    token = machine.run("token", "--role", "dispatcher").strip()
    assert accept(machine, token) == 201
    machine.run("import", "households", str(file), "--accept-valid", "--commit")
    assert ask(machine, households)["households"]["total"] > before["households"]["total"]
    assert "✗" not in machine.run("doctor")
