"""Throw-away clusters end with their block, and those of killed processes with the next one."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from gis.db import connect_admin
from gis.pg_server import Server
from gis.pg_temporary import stopped, temporary


def test_what_killed_tests_left_is_cleared_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    code = (
        "import os; from gis.pg_temporary import temporary\n"
        "with temporary() as cluster: print(cluster.status().pid, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    (abandoned,) = folder.glob("wangge-temporary-*")
    os.utime(abandoned, (time.time() - 100, time.time() - 100))
    assert Server(abandoned / "pg").postmaster() == int(killed.stdout)
    with temporary() as cluster:
        assert not abandoned.exists()
        assert not Path(f"/proc/{killed.stdout.strip()}/cwd").exists()
        assert cluster.status().state == "running"
    assert not list(folder.glob("wangge-temporary-*"))


def test_a_cluster_to_be_copied_ends_with_its_block_and_its_copies_begin_as_it_was() -> None:
    with stopped() as cluster:
        with connect_admin(cluster.ensure()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
        pid = cluster.status().pid
        cluster.stop()
        with temporary(start=cluster.home.parent) as copy, connect_admin(copy.conninfo()) as connection:
            assert connection.execute("SELECT seven FROM kept").fetchall() == [(7,)]
        cluster.ensure()  # and whoever should have stopped it is gone
        again = cluster.status().pid
        assert (cluster.home.parent.exists(), again != pid) == (True, True)
    assert not cluster.home.parent.exists()
    assert not Path(f"/proc/{again}/cwd").exists()
