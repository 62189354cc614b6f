"""Which PostgreSQL is found, how a missing one is installed, and what is said when neither works."""

import os
from pathlib import Path

import pytest

from gis import pg_programs
from gis.errors import SetupNeeded
from gis.pg_programs import find_programs, install_programs


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def server(home: Path, major: int, *, extensions: tuple[str, ...] = pg_programs.EXTENSIONS) -> Path:
    """A folder that looks like an installed server of version ``major``."""
    for name in ("initdb", "pg_ctl"):
        program(home / "bin" / name, "exit 1")
    program(home / "bin/postgres", f"echo 'postgres (PostgreSQL) {major}.4 (Fedora {major}.4-1)'")
    program(home / "bin/pg_config", f'test "$1" = --bindir && echo "{home}/bin" || echo "{home}/share"')
    (home / "share/extension").mkdir(parents=True)
    for name in extensions:
        (home / f"share/extension/{name}.control").write_text("")
    return home / "bin"


def test_the_newest_suitable_server_is_taken(tmp_path: Path) -> None:
    for major in (14, 16, 9015):
        server(tmp_path / f"pg{major}", major)
    server(tmp_path / "pg9099", 9099, extensions=("btree_gist", "pg_trgm"))
    places = [f"{tmp_path}/pg*/bin"]
    found = find_programs(path="", places=places)
    assert found is not None
    assert (found.major, found.folder) == (9015, tmp_path / "pg9015/bin")
    assert found.path("initdb") == str(tmp_path / "pg9015/bin/initdb")
    exact = find_programs(major=16, path="", places=places)
    assert exact is not None
    assert exact.major == 16
    assert find_programs(major=14, path="", places=places) is None
    assert find_programs(major=9099, path="", places=places) is None


def test_a_server_on_the_path_is_found_by_its_pg_config(tmp_path: Path) -> None:
    folder = server(tmp_path / "own", 17)
    program(tmp_path / "path/pg_config", f'exec {folder}/pg_config "$@"')
    found = find_programs(path=str(tmp_path / "path"), places=())
    assert found is not None
    assert found.folder == folder


def test_without_pg_config_the_usual_folders_are_looked_into(tmp_path: Path) -> None:
    folder = server(tmp_path / "own", 17)
    (folder / "pg_config").unlink()
    assert find_programs(path=str(folder), places=()) is not None


def test_no_server_and_no_way_to_install_one(tmp_path: Path) -> None:
    assert find_programs(path=str(tmp_path), places=()) is None
    with pytest.raises(SetupNeeded) as told:
        install_programs(path=str(tmp_path))
    assert told.value.exit_code == 6
    for lang in ("zh", "en"):
        message = told.value.message(lang)
        assert "WANGGE_DATABASE_URL" in message
        assert "PostGIS" in message
        assert "root" in message


def apt(folder: Path, *, offered: str, result: int = 0) -> str:
    """A search path with an apt that writes down how it was called and what the packages would read."""
    program(folder / "apt-cache", f"printf '%b' '{offered}'")
    program(
        folder / "apt-get",
        f'echo "$@ offline=$SYSTEMD_OFFLINE $(cat {folder}/conf/none.conf 2>/dev/null)" >> {folder}/calls\n'
        f'test "$1" = update && exit 1\necho "E: no such package" >&2\nexit {result}',
    )
    return f"{folder}:{os.environ['PATH']}"


@pytest.fixture
def as_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pg_programs, "_NO_MAIN_CLUSTER", tmp_path / "conf/none.conf")
    return tmp_path


def test_debian_s_packages_are_installed_without_a_cluster_of_their_own(as_root: Path) -> None:
    lines = r"postgresql-14-postgis-3 - old\npostgresql-9015-postgis-3 - new\npostgresql-16-postgis-3 - middle\n"
    told: list[str] = []
    install_programs(path=apt(as_root, offered=lines), tell=lambda zh, en: told.extend((zh, en)))
    update, install = (as_root / "calls").read_text().splitlines()
    assert update.startswith("update")
    assert "--no-install-recommends" in install
    assert "postgresql-9015-postgis-3 postgresql-9015 offline=1 create_main_cluster = false" in install
    assert not (as_root / "conf").exists()
    assert len(told) == 2


def test_a_version_that_is_needed_is_asked_for(as_root: Path) -> None:
    install_programs(major=9016, path=apt(as_root, offered=""))
    assert "postgresql-9016-postgis-3 postgresql-9016 " in (as_root / "calls").read_text()


def test_an_installation_that_fails_says_why_and_leaves_nothing(as_root: Path) -> None:
    with pytest.raises(SetupNeeded, match="no such package"):
        install_programs(path=apt(as_root, offered="postgresql-9015-postgis-3 - new", result=100))
    assert not (as_root / "conf").exists()


def test_nothing_suitable_on_offer(as_root: Path) -> None:
    with pytest.raises(SetupNeeded, match="WANGGE_DATABASE_URL"):
        install_programs(path=apt(as_root, offered="postgresql-14-postgis-3 - old"))
    assert "install" not in (as_root / "calls").read_text()
