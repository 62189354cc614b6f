"""Index files of editions: the same index as a fresh build, made once, made again when they are damaged."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gis import coverage_files
from gis.coverage import load_coverage
from gis.coverage_files import SUFFIX, file_name, shared_coverage
from gis.db import Connection, Database
from gis.errors import NotFound
from gis.index_file import open_index
from tests.boundaries.squares import SCOPE
from tests.conftest import Templates
from tests.gis.five_editions import five_editions

EDITIONS = range(1, 6)


@pytest.fixture(scope="module")
def url(templates: Templates) -> Iterator[str]:
    with five_editions(templates) as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[Connection]:
    with Database(url, size=1) as database, database.transaction(SCOPE) as connection:
        yield connection


def count_builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The editions whose index is built whole from now on."""
    built: list[int] = []

    def counted(connection: Connection, number: int) -> Any:
        built.append(number)
        return load_coverage(connection, number)

    monkeypatch.setattr(coverage_files, "load_coverage", counted)
    return built


def test_editions_one_after_another_are_brought_forward(
    store: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Splits, merges, new codes and new names; only the first edition is built whole."""
    built = count_builds(monkeypatch)
    for number in EDITIONS:
        shared, fresh = shared_coverage(store, tmp_path, number), load_coverage(store, number)
        assert shared.edition == fresh.edition
        assert shared.names == fresh.names
        parts, wanted = shared.locator.index.parts, fresh.locator.index.parts
        for name in ("codes", "first", "boxes", "xy", "faces", "kind", "coarse", "blocks", "lists"):
            assert np.array_equal(getattr(parts, name), getattr(wanted, name)), name
    assert built == [1]


def test_an_edition_alone_is_built_whole(store: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = count_builds(monkeypatch)
    codes = [shared_coverage(store, tmp_path, 4).locator.codes.tolist() for _ in range(2)]
    assert codes[0] == codes[1] == load_coverage(store, 4).locator.codes.tolist()
    assert built == [4]


def test_the_file_is_one_of_export_index(store: Connection, tmp_path: Path) -> None:
    coverage = shared_coverage(store, tmp_path, 5)
    saved = open_index(tmp_path / file_name(store, 5))
    assert saved.manifest.edition == 5
    assert saved.names == coverage.names


@pytest.mark.parametrize("damage", ["cut short", "one byte", "something else"])
def test_a_damaged_file_is_made_again(store: Connection, tmp_path: Path, damage: str) -> None:
    shared_coverage(store, tmp_path, 3)
    path = tmp_path / file_name(store, 3)
    whole = path.read_bytes()
    path.unlink()  # not written over: it is mapped
    spoiled = {
        "cut short": whole[:-9],
        "one byte": whole[:5000] + b"\xff" + whole[5001:],
        "something else": b"no index",
    }
    path.write_bytes(spoiled[damage])
    assert shared_coverage(store, tmp_path, 3).locator.codes.tolist() == load_coverage(store, 3).locator.codes.tolist()
    assert path.read_bytes() == whole


def test_without_a_folder_the_index_is_this_process_own(store: Connection, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("in the way", encoding="utf-8")
    found = shared_coverage(store, tmp_path / "index", 2)
    assert found.locator.codes.tolist() == load_coverage(store, 2).locator.codes.tolist()


def test_an_edition_that_does_not_exist(store: Connection, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        shared_coverage(store, tmp_path, 99)
    assert not list(tmp_path.glob(f"*{SUFFIX}"))


def test_old_files_go(store: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage_files, "KEPT_FILES", 2)
    for number in EDITIONS:
        shared_coverage(store, tmp_path, number)
    assert {path.name for path in tmp_path.glob(f"*{SUFFIX}")} == {file_name(store, number) for number in (4, 5)}


def _open_in_a_process(url: str, folder: Path, answers: Any) -> None:
    with Database(url, size=1) as database, database.transaction(SCOPE) as connection:
        answers.put(shared_coverage(connection, folder, 5).locator.index.buffer.base is not None)


def test_processes_that_start_together_make_one_file(url: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    started = [context.Process(target=_open_in_a_process, args=(url, tmp_path, answers)) for _ in range(3)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0, 0, 0]
    assert [path.suffix for path in sorted(tmp_path.iterdir()) if path.name != "lock"] == [SUFFIX]
