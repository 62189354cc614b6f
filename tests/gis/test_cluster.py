"""The private cluster against a real PostgreSQL: first start, restart, and everything that goes wrong in between."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gis import pg_account
from gis.cluster import Cluster, database_url, running_database
from gis.db import connect_admin
from gis.errors import DatabaseUnavailable, SetupNeeded
from gis.pg_account import account_for
from gis.settings import Settings

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    made = Cluster(Settings(data=folder / "data"), durable=False)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def shared() -> Iterator[Cluster]:
    """One cluster for the tests that leave it usable."""
    made = Path(tempfile.mkdtemp(prefix="wg"))
    made.chmod(0o711)
    cluster = Cluster(Settings(data=made), durable=False)
    yield cluster
    cluster.stop()
    shutil.rmtree(made)


def pid_of(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    return pid


def keep_a_row(conninfo: str) -> None:
    with connect_admin(conninfo) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT '网格' AS word")


def kept_row(conninfo: str) -> object:
    with connect_admin(conninfo) as connection:
        return connection.execute("SELECT word FROM kept").fetchone()


def test_first_start_stop_and_restart(folder: Path) -> None:
    told: list[str] = []
    cluster = Cluster(Settings(data=folder / "a b'c"), tell=lambda zh, en: told.extend((zh, en)))
    assert cluster.status().state == "absent"
    assert not cluster.stop()
    conninfo = cluster.ensure()
    try:
        first = cluster.status()
        assert first.state == "running"
        assert len(told) == 2
        assert cluster.ensure() == conninfo
        assert cluster.status() == first
        with connect_admin(conninfo) as connection:
            row = connection.execute(
                "SELECT postgis_lib_version(), current_setting('fsync'), current_setting('TimeZone'),"
                " current_setting('server_encoding'), lower('ÄÖ')"
            ).fetchone()
        assert row is not None
        assert row[1:] == ("on", "Asia/Shanghai", "UTF8", "äö")
        keep_a_row(conninfo)
        assert cluster.stop()
        assert cluster.status().state == "stopped"
        with pytest.raises(DatabaseUnavailable), connect_admin(conninfo):
            pass
        assert kept_row(cluster.ensure()) == ("网格",)
        assert cluster.status().port == first.port
    finally:
        cluster.stop()


def test_it_never_runs_as_root_and_asks_for_the_password(shared: Cluster) -> None:
    conninfo = shared.ensure()
    assert Path(f"/proc/{pid_of(shared)}").stat().st_uid != 0
    by_network = make_conninfo(conninfo, host="127.0.0.1")
    with connect_admin(by_network) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    for way in (conninfo, by_network):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(make_conninfo(way, password="wrong"))


def test_a_pid_file_whose_number_is_somebody_elses(shared: Cluster) -> None:
    shared.ensure()
    pid_file = shared.home / "data/postmaster.pid"
    lines = pid_file.read_text().splitlines()
    shared.stop()
    owner = (shared.home / "data").stat()
    as_server = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], cwd="/", **as_server) as stranger:  # pyright: ignore[reportArgumentType, reportCallIssue] keywords by case
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:], ""]))
        shutil.chown(pid_file, owner.st_uid, owner.st_gid)
        assert shared.status().state == "stopped"
        assert not shared.stop()
        shared.ensure()
        assert pid_of(shared) != stranger.pid
        assert stranger.poll() is None
        stranger.kill()


def test_a_port_taken_by_somebody_else(shared: Cluster) -> None:
    shared.ensure()
    port = shared.status().port
    assert port is not None
    shared.stop()
    with socket.create_server(("127.0.0.1", port)):
        conninfo = shared.ensure()
        assert shared.status().port == int(conninfo_to_dict(conninfo)["port"] or 0) != port
        shared.stop()
    moved = shared.status().port
    assert shared.ensure() == conninfo
    assert shared.status().port == moved


def test_a_killed_server_comes_back_with_its_data(folder: Path) -> None:
    cluster = Cluster(Settings(data=folder / "data"))
    conninfo = cluster.ensure()
    try:
        keep_a_row(conninfo)
        with psycopg.connect(conninfo) as busy:
            busy.execute("SELECT 1")
            os.kill(pid_of(cluster), signal.SIGKILL)
            assert kept_row(cluster.ensure()) == ("网格",)
            with pytest.raises(psycopg.OperationalError):
                busy.execute("SELECT 1")
    finally:
        cluster.stop()


def test_an_initialisation_cut_short_is_begun_again(cluster: Cluster) -> None:
    half = cluster.home / "data.new-1"
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    assert cluster.status().state == "absent"
    cluster.ensure()
    assert not half.exists()


def test_a_database_without_its_extension_is_completed(shared: Cluster) -> None:
    conninfo = shared.ensure()
    with connect_admin(make_conninfo(conninfo, dbname="postgres")) as connection:
        connection.execute("DROP DATABASE wangge")
    with connect_admin(shared.ensure()) as connection:
        assert connection.execute("SELECT ST_AsText(ST_Point(101.5, 24.5))").fetchone() == ("POINT(101.5 24.5)",)


def test_two_starters_at_once_meet_one_server(folder: Path) -> None:
    code = (
        "import pathlib, sys; from gis.cluster import Cluster; from gis.settings import Settings\n"
        "cluster = Cluster(Settings(data=pathlib.Path(sys.argv[1]))); cluster.ensure(); print(cluster.status().pid)"
    )
    starters = [
        subprocess.Popen([sys.executable, "-c", code, str(folder / "data")], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    pids = [starter.communicate(timeout=120)[0].strip() for starter in starters]
    cluster = Cluster(Settings(data=folder / "data"))
    try:
        assert pids == [str(pid_of(cluster))] * 2
    finally:
        cluster.stop()


def test_the_last_user_to_leave_stops_it(shared: Cluster) -> None:
    other = Cluster(Settings(data=shared.home.parent), durable=False)
    with shared.running() as conninfo:
        with other.running() as same:
            assert same == conninfo
        assert shared.status().state == "running"
    assert shared.status().state == "stopped"


def test_a_lost_password_is_replaced(shared: Cluster) -> None:
    before = shared.ensure()
    keep_a_row(before)
    shutil.rmtree(shared.home.parent / "secret")
    after = shared.ensure()
    assert before != after
    assert kept_row(after) == ("网格",)
    assert (shared.home.parent / "secret/database").stat().st_mode & 0o777 == 0o600


def test_a_path_too_long_for_a_socket_uses_the_network(folder: Path) -> None:
    cluster = Cluster(Settings(data=folder / ("很长的目录" * 10)), durable=False)
    try:
        conninfo = cluster.ensure()
        assert conninfo_to_dict(conninfo)["host"] == "127.0.0.1"
    finally:
        cluster.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another account")
def test_a_folder_that_only_root_may_enter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = folder / "root's"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(pg_account, "SHARED_HOME", folder / "shared")
    cluster = Cluster(Settings(data=closed / ".data"), durable=False)
    try:
        keep_a_row(cluster.ensure())
        first = cluster.home
        assert (closed / ".data/pg").is_symlink()
        assert first.parent == folder / "shared"
        cluster.stop()
        assert kept_row(cluster.ensure()) == ("网格",)
        cluster.stop()
        shutil.rmtree(closed / ".data")
        with connect_admin(cluster.ensure()) as connection:
            assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)
        assert cluster.home != first
    finally:
        cluster.stop()


def test_postgresql_s_own_reason_is_told(cluster: Cluster) -> None:
    cluster.ensure()
    cluster.stop()
    control = cluster.home / "data/global/pg_control"
    control.write_bytes(b"damaged" * 100)
    with pytest.raises(SetupNeeded) as told:
        cluster.ensure()
    for lang in ("zh", "en"):
        assert "FATAL:  database files are incompatible with server" in told.value.message(lang)
        assert str(cluster.home / "log") in told.value.message(lang)


def test_a_cluster_of_another_version_names_it(cluster: Cluster) -> None:
    files = cluster.home / "data"
    files.mkdir(parents=True)
    (files / "PG_VERSION").write_text("13\n")
    refused = Cluster(Settings(data=cluster.home.parent), find=lambda _: None, install=lambda _major, _tell: None)
    with pytest.raises(SetupNeeded) as told:
        refused.ensure()
    assert "(= 13, with PostGIS)" in told.value.message("en")
    assert "（= 13，含 PostGIS）" in told.value.message("zh")


def test_a_data_folder_that_cannot_be_written(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(SetupNeeded) as told:
        Cluster(Settings(data=folder / "file/data")).ensure()
    assert "file/data" in told.value.message("zh")


def test_a_set_address_leaves_the_cluster_alone(folder: Path) -> None:
    settings = Settings.model_validate({"data": folder / "data", "database_url": "postgresql://db.example/wangge"})
    assert database_url(settings) == "postgresql://db.example/wangge"
    with running_database(settings) as url:
        assert url == "postgresql://db.example/wangge"
    assert not (folder / "data").exists()


def test_a_running_database_is_the_private_cluster(folder: Path) -> None:
    settings = Settings(data=folder / "data", database_url=None)
    with running_database(settings) as url:
        assert database_url(settings) == url
    assert Cluster(settings).status().state == "stopped"


def test_the_account_is_the_owner_of_the_files(shared: Cluster) -> None:
    shared.ensure()
    assert account_for(shared.home).uid == (shared.home / "data").stat().st_uid
