"""Processes that encode tiles: the same bytes as here, and they do not outlive who started them."""

import multiprocessing
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gis.settings import ROOT
from tests.tiles.decoded import parts_of
from tests.tiles.small_coverage import small_coverage
from tests.tiles.test_encode import grids_in
from tiles import pyramid
from tiles.crew import Crew
from tiles.pyramid import GridSource


def test_other_processes_encode_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid, "_CHUNK", 40)
    source = GridSource(grids_in(*small_coverage()))
    with Crew() as crew:
        crew.start()
        count, encoded = crew.encode(source)
        found = list(encoded)
    assert len(found) == count > 10
    for one, chunk in zip(found, source.chunks(), strict=True):
        wanted = source.encoded(chunk)
        assert (one.places == wanted.places).all()
        assert (one.parts == wanted.parts).all()
        assert parts_of(one.found) == parts_of(wanted.found)


def test_a_small_change_starts_no_process() -> None:
    """One border touches every zoom, so its chunks are many, but its tiles are few."""
    source = GridSource(grids_in(*small_coverage()))
    with Crew() as crew:
        count, encoded = crew.encode(source)
        assert len(list(encoded)) == count > 20
        assert not multiprocessing.active_children()


def test_a_killed_publisher_leaves_no_process_behind() -> None:
    command = [sys.executable, "-P", "-m", "tests.tiles.killed_crew"]
    process = subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    children = process.stdout.readline().split()
    assert children
    process.kill()
    process.wait()
    process.stdout.close()
    until = time.monotonic() + 60
    while any(_is_python(child) for child in children):
        assert time.monotonic() < until, "they go on"
        time.sleep(0.1)


def _is_python(number: str) -> bool:
    try:
        return "spawn_main" in Path(f"/proc/{number}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return False
