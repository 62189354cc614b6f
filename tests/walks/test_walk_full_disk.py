"""A full disk: an import, a save, a publication end with a clear line and nothing half written; with room all goes on."""

import csv
import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from tests.boundaries.squares import COUNTY, TOWN, VILLAGE, square
from tests.walks.conftest import free_port
from tests.walks.machine import Machine

ROOM = "1200m"
ROWS = 40_000
ROW, GRIDS = 20, 400
LITTLE = 2**16
"""Bytes left on a disk that is full: less than those grids take."""
REFUSED = {503, 507}
"""No room for rows, or none for PostgreSQL's log, which stops it until there is."""

pytestmark = pytest.mark.long  # makes a store of its own on a small disk


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
    """Take all room of a disk but ``leave`` bytes; the database may write meanwhile, so that there is less to be taken."""
    path = folder / "filler"
    with path.open("wb") as file:
        while True:
            state = os.statvfs(folder)
            room = state.f_bavail * state.f_frsize - leave
            if room <= 0:
                return path
            with suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, room)
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


def send(machine: Machine, token: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Send JSON; the status and the JSON of the answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    address = f"http://127.0.0.1:{machine.port}{path}"
    request = urllib.request.Request(address, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - our own server
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


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
    body = {"title": "界线争议", "category": "neighbour", "source": "visit", "lon": 101.64, "lat": 24.69}
    assert send(machine, token, "POST", "/disputes", body)[0] == 201
    machine.run("import", "households", str(file), "--accept-valid", "--commit")
    assert ask(machine, households)["households"]["total"] > before["households"]["total"]
    assert "✗" not in machine.run("doctor")


def a_county(machine: Machine, token: str) -> Any:
    """Publish a county of squares, so many in a row and in a column; they as changes of a draft that renames them."""
    names = {COUNTY: "示例县", TOWN: "示例镇", VILLAGE: "示例村"}
    leaves: list[Any] = []
    for number in range(GRIDS):
        column, row = number % ROW, number // ROW
        leaves.append(change(f"{VILLAGE}{number + 1:03}01", "网格", square(column, row)))
        names[f"{VILLAGE}{number + 1:03}"] = "网格"
    features = [*(change(code, name, None) for code, name in names.items()), *leaves]
    path = opened(machine, token)
    status, saved = send(machine, token, "POST", f"{path}/changes", {"type": "FeatureCollection", "features": features})
    assert status == 200, saved
    status, told = send(machine, token, "POST", f"{path}/publish", {"rev": saved["rev"], "commit": True})
    assert (status, told["edition"]) == (200, 1), told
    renamed = [{**leaf, "properties": {**leaf["properties"], "name": "新名"}} for leaf in leaves]
    return {"type": "FeatureCollection", "features": renamed}


def change(code: str, name: str, shape: Any) -> Any:
    geometry = None if shape is None else shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": {"code": code, "name": name}, "geometry": geometry}


def opened(machine: Machine, token: str) -> str:
    status, told = send(machine, token, "POST", "/drafts", {"title": "改动"})
    assert status == 201, told
    return f"/drafts/{told['id']}"


def test_a_full_disk_saves_and_publishes_all_or_nothing(machine: Machine) -> None:
    machine.up("--no-demo")
    token = machine.run("token", "--role", "planner", "--scope", COUNTY).strip()
    changes = a_county(machine, token)
    path = opened(machine, token)

    filler = fill(machine.folder, leave=LITTLE)
    assert send(machine, token, "POST", f"{path}/changes", changes)[0] in REFUSED
    filler.unlink()
    machine.wait_for("/ready")
    assert send(machine, token, "GET", f"{path}/changes")[1]["features"] == []
    status, saved = send(machine, token, "POST", f"{path}/changes", changes)
    assert (status, len(saved["features"])) == (200, GRIDS)

    publication = {"rev": saved["rev"], "commit": True}
    filler = fill(machine.folder, leave=LITTLE)
    assert send(machine, token, "POST", f"{path}/publish", publication)[0] in REFUSED
    assert ask(machine, "/locate?lon=101.505&lat=24.505")["edition"] == 1
    filler.unlink()
    machine.wait_for("/ready")
    assert send(machine, token, "GET", path)[1]["stage"] in {"open", "validated"}
    status, told = send(machine, token, "POST", f"{path}/publish", publication)
    assert (status, told["edition"]) == (200, 2), told
    assert ask(machine, f"/grids/{VILLAGE}00101?edition=2")["name"] == "新名"
    assert "✗" not in machine.run("doctor")
