"""An operator: starts everything from nothing, looks, backs up, stops, restores, starts again; nothing is left behind."""

import json
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.walks.machine import Machine


def forked_from(parent: int) -> set[int]:
    """The processes for workers, and the one that forks them, whose parent is this one."""
    found = set[int]()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            command = (folder / "cmdline").read_bytes()
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"multiprocessing.forkserver" in command and above == parent:
                found.add(int(folder.name))
    return found


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_life_of_an_empty_service(machine: Machine) -> None:
    assert "not running" in machine.run("status")
    process = machine.up("--no-demo")
    assert machine.status("/ready") == 503
    assert machine.status("/locate?lon=101.5&lat=24.5") == 503
    assert f"127.0.0.1:{machine.port}" in machine.run("status")
    assert "already running" in machine.run("up", code=7)
    machine.run("down")
    assert process.wait(timeout=60) == 0
    assert machine.is_free()
    assert "not running" in machine.run("status")


@pytest.mark.long  # the cluster's own tests kill its server always
def test_killed_service_leaves_nothing_that_hinders(machine: Machine) -> None:
    process = machine.up("--no-demo")
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    until = time.monotonic() + 60
    while not machine.is_free():
        assert time.monotonic() < until, "a worker outlived its supervisor"
        time.sleep(0.2)
    again = machine.up("--no-demo")
    again.send_signal(signal.SIGINT)
    assert again.wait(timeout=60) in {0, 130}
    assert machine.is_free()


def test_killed_worker_and_killed_fork_server_are_replaced(machine: Machine) -> None:
    supervisor = machine.up("--no-demo").pid
    [forker] = forked_from(supervisor)
    workers = forked_from(forker)
    assert len(workers) == 2
    os.kill(min(workers), signal.SIGKILL)
    wait_until(lambda: len(forked_from(forker)) == 2 and forked_from(forker) != workers)
    assert machine.status("/health") == 200
    os.kill(forker, signal.SIGKILL)
    wait_until(lambda: any(len(forked_from(other)) == 2 for other in forked_from(supervisor) - {forker}))
    assert machine.status("/health") == 200
    machine.run("down")
    wait_until(machine.is_free)


def test_occupied_port_is_told_at_once(machine: Machine) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", machine.port))
        other.listen()
        assert "WANGGE_PORT" in machine.run("up", code=6)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["upp"], 2),
        (["locate", "101.5"], 2),
        (["publish", "--commmit"], 2),
        (["token", "--role", "king"], 2),
        (["token", "--scope", "%"], 9),
        (["import", "castles", "x.csv"], 3),
        (["import", "grids", "missing.gpkg"], 3),
        (["restore", "missing.dump", "--commit"], 3),
        (["--lang", "fr", "status"], 2),
    ],
)
def test_mistakes_get_one_clear_line_and_a_number(machine: Machine, arguments: list[str], code: int) -> None:
    told = machine.run(*arguments, code=code)
    assert "✗" in told


@pytest.mark.long
def test_first_start_backup_restore_second_start(machine: Machine) -> None:
    process = machine.up()
    until = time.monotonic() + 30
    while "Ctrl-C" not in machine.said():
        assert time.monotonic() < until, machine.said()
        time.sleep(0.1)
    said = machine.said()
    for word in ("/map", "/docs", "/ogc", "diaoduyuan"):
        assert word in said
    assert machine.status("/ready") == 200
    assert "✗" not in machine.run("doctor")
    backup = machine.folder.parent / "county.dump"
    machine.run("backup", str(backup))
    assert backup.stat().st_mode & 0o077 == 0
    machine.run("restore", str(backup), "--commit", code=7)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    machine.run("restore", str(backup), code=3)
    assert list((machine.folder / "tiles").glob("*.tiles"))
    machine.run("restore", str(backup), "--commit")
    assert not list((machine.folder / "tiles").glob("*.tiles")), "made from another store, they may bear a name to come"
    machine.up()
    address = f"http://127.0.0.1:{machine.port}/statistics?grid=532322&from=2023-01-01&to=2023-12-31"
    with urllib.request.urlopen(address, timeout=30) as answer:
        figures = json.load(answer)["disputes"]
    assert (figures["accepted"], figures["succeeded"]) == (1381, 1367)
    assert machine.status("/households") == 401
