"""Backups: restored where nothing was before, and never at the cost of what stands."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from api.store import MIGRATIONS
from gis.backup import backup, check_backup, restore
from gis.cluster import Cluster
from gis.db import connect_admin
from gis.errors import FileUnreadable, InvalidInput, MigrationRefused, WanggeError
from gis.pg_programs import Programs, find_programs
from gis.pg_temporary import temporary

CODES = "SELECT count(*) FROM gis.code"
POLICIES = "SELECT count(*) FROM pg_policies WHERE schemaname = 'gis'"
INDEX_KEPT = "SELECT proleakproof FROM pg_proc WHERE proname = 'geometry_overlaps'"


@pytest.fixture(scope="module")
def programs() -> Programs:
    found = find_programs()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Cluster]:
    """A cluster in which the service was never set up: not even its roles are there."""
    with temporary() as cluster:
        yield cluster


def one(url: str, query: str) -> object:
    with connect_admin(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def fill(url: str) -> None:
    with connect_admin(url) as connection:
        connection.execute("INSERT INTO gis.code (code) VALUES ('532322'), ('532322101')")


def test_a_backup_makes_a_whole_store_elsewhere(
    empty_url: str, programs: Programs, elsewhere: Cluster, tmp_path: Path
) -> None:
    fill(empty_url)
    file = tmp_path / "county.dump"
    assert backup(programs, empty_url, file) == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [file]
    restore(programs, elsewhere.conninfo(), file, MIGRATIONS)
    for query in (CODES, POLICIES, INDEX_KEPT):
        assert one(elsewhere.conninfo(), query) == one(empty_url, query), query
    assert one(elsewhere.conninfo(), INDEX_KEPT) is True


def test_a_restore_replaces_the_store(empty_url: str, programs: Programs, tmp_path: Path) -> None:
    file = tmp_path / "county.dump"
    backup(programs, empty_url, file)
    fill(empty_url)
    restore(programs, empty_url, file, MIGRATIONS)
    assert one(empty_url, CODES) == 0


@pytest.mark.parametrize("content", [None, b"", b"PGDMP and then nothing of sense", b"id,name\n1,x\n"])
def test_what_is_no_backup_changes_nothing(
    empty_url: str, programs: Programs, tmp_path: Path, content: bytes | None
) -> None:
    fill(empty_url)
    file = tmp_path / "county.dump"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(FileUnreadable) as caught:
        restore(programs, empty_url, file, MIGRATIONS)
    assert "—" not in caught.value.message("zh") + caught.value.message("en")
    assert one(empty_url, CODES) == 2


def test_half_a_backup_changes_nothing(empty_url: str, programs: Programs, tmp_path: Path) -> None:
    fill(empty_url)
    file = tmp_path / "county.dump"
    backup(programs, empty_url, file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 9 // 10])
    with pytest.raises(WanggeError):
        restore(programs, empty_url, file, MIGRATIONS)
    assert one(empty_url, CODES) == 2


def test_an_earlier_backup_stays_when_the_new_one_fails(empty_url: str, programs: Programs, tmp_path: Path) -> None:
    file = tmp_path / "county.dump"
    file.write_text("earlier", encoding="ascii")
    with pytest.raises(WanggeError):
        backup(programs, empty_url.replace("dbname=", "dbname=no_"), file)
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_text(encoding="ascii") == "earlier"


def test_another_programs_backup_is_refused(empty_url: str, programs: Programs, tmp_path: Path) -> None:
    file = tmp_path / "other.dump"
    with connect_admin(empty_url) as connection:
        connection.execute("DROP TABLE public.wangge_migration")
    backup(programs, empty_url, file)
    with pytest.raises(FileUnreadable, match="something else"):
        check_backup(programs, file)


def test_a_newer_versions_backup_changes_nothing(empty_url: str, programs: Programs, tmp_path: Path) -> None:
    file = tmp_path / "newer.dump"
    newer = "INSERT INTO public.wangge_migration (number, name, digest) VALUES (9999, '9999_later.sql', '')"
    with connect_admin(empty_url) as connection:
        connection.execute(newer)
    backup(programs, empty_url, file)
    with connect_admin(empty_url) as connection:
        connection.execute("DELETE FROM public.wangge_migration WHERE number = 9999")
    fill(empty_url)
    with pytest.raises(MigrationRefused):
        restore(programs, empty_url, file, MIGRATIONS)
    assert one(empty_url, CODES) == 2


def test_no_backup_without_a_place_for_it(empty_url: str, programs: Programs, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        backup(programs, empty_url, tmp_path / "missing" / "county.dump")


def test_neither_password_nor_contents_show_to_others(empty_url: str, programs: Programs, tmp_path: Path) -> None:
    """A stand-in for pg_dump notes what others could have seen while it ran: the process list, the file's mode."""
    seen = tmp_path / "seen"
    for name in ("pg_dump", "pg_restore"):
        script = tmp_path / name
        script.write_text(
            f'#!/bin/sh\ntr "\\0" " " </proc/$$/cmdline >>{seen}\nstat -c %a {tmp_path}/county.dump.part >>{seen}\n'
            f'exec {programs.path(name)} "$@"\n',
            encoding="utf-8",
        )
        script.chmod(0o755)
    password = str(conninfo_to_dict(empty_url)["password"])
    backup(Programs(tmp_path, programs.major), empty_url, tmp_path / "county.dump")
    noted = seen.read_text(encoding="utf-8")
    assert noted.count("600") == 2
    assert "--file=" in noted
    assert password not in noted
