"""One PostgreSQL server on disk and as processes: initialise, start, find, stop. Knows no locks and no settings."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from gis.errors import DatabaseUnavailable, SetupNeeded, StorageFull, WanggeError
from gis.pg_account import Account
from gis.pg_config import ACCESS
from gis.pg_programs import Programs

USER = "wangge"
START_WAIT_S = 300
STOP_WAIT_S = 60
DYING_S = 2


def trouble(detail: str, home: Path) -> WanggeError:
    """The error for a message of PostgreSQL's own programs, with the place of its logs."""
    if "No space left" in detail:
        return StorageFull(detail=detail)
    return SetupNeeded(
        reason_zh=f"PostgreSQL 无法启动：{detail}（日志：{home / 'log'}）",
        reason_en=f"PostgreSQL does not start: {detail} (logs: {home / 'log'})",
    )


def port_is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass(frozen=True)
class Server:
    """The server in ``home``: ``data`` its files, ``run`` its socket, ``log`` its logs, the rest its configuration.

    Only the three folders belong to the server's account, so that root never writes where that account could have
    laid a symbolic link.
    """

    home: Path

    @property
    def files(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "data"

    def major(self) -> int | None:
        """The major version that made the files; None where there are none."""
        try:
            return int((self.files / "PG_VERSION").read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    def initialise(self, programs: Programs, account: Account, *, durable: bool) -> None:
        """Make the files: beside their place, moved there when complete, so that half a set is never met.

        Parameters
        ----------
        durable : false does not wait for the disk.
        """
        for rest in self.home.glob("data.new-*"):
            shutil.rmtree(rest)
        fresh = self.home / f"data.new-{os.getpid()}"
        fresh.mkdir(mode=0o700)
        account.own(fresh)
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        # A server started by hand without our configuration lets nobody in.
        options = [f"--username={USER}", "--encoding=UTF8", f"--locale={locale}", "--auth=reject", "--data-checksums"]
        options += [] if durable else ["--no-sync"]
        result = account.start([programs.path("initdb"), "--pgdata", str(fresh), *options], home=self.home)
        if result.returncode:
            raise trouble(_reason(result.stderr), self.home)
        fresh.rename(self.files)

    def set_password(self, programs: Programs, account: Account, password: str) -> None:
        """Set the password of the cluster's user while the server stands still."""
        self._clear_leftovers()
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(USER), sql.Literal(password))
        command = [
            programs.path("postgres"),
            "--single",
            "-D",
            str(self.files),
            "-c",
            "logging_collector=off",
            "postgres",
        ]
        result = account.start(command, home=self.home, stdin=statement.as_string(None) + ";\n")
        if result.returncode or re.search(r"^.*(ERROR|FATAL|PANIC):", result.stderr, re.MULTILINE):
            raise trouble(_reason(result.stderr), self.home)

    def start(self, programs: Programs, account: Account, settings: str) -> str:
        """Start with ``settings`` as its configuration; empty when it is ready, else PostgreSQL's reason."""
        self._clear_leftovers()
        config, access, log = self.home / "postgresql.conf", self.home / "pg_hba.conf", self.home / "log/start.log"
        for file, text in ((config, settings), (access, ACCESS)):
            file.write_text(text, encoding="utf-8")
            file.chmod(0o644)
        log.unlink(missing_ok=True)
        places = shlex.join(["-c", f"config_file={config}", "-c", f"hba_file={access}"])
        command = [programs.path("pg_ctl"), "start", "--pgdata", str(self.files), "--silent", "--wait"]
        result = account.start(
            [*command, "--timeout", str(START_WAIT_S), "--log", str(log), "--options", places], home=self.home
        )
        if result.returncode == 0 or self.postmaster() is not None:
            return ""
        return _reason(self._log_tail() + (log.read_text(errors="replace") if log.exists() else result.stderr))

    def postmaster(self) -> int | None:
        """The process id of the running server, None when it stands still.

        The pid file alone proves nothing: after a crash its number may belong to a process of anybody.
        """
        pid = self._noted_pid()
        return pid if pid is not None and self._is_ours(pid) else None

    def wait_until_ready(self) -> None:
        """Wait for a server that is starting (or recovering from a crash) to take connections."""
        deadline = time.monotonic() + START_WAIT_S
        while self.postmaster() is not None and time.monotonic() < deadline:
            if "ready" in self._noted_lines()[7:8]:
                return
            time.sleep(0.05)
        raise trouble(_reason(self._log_tail()), self.home)

    def is_dying(self) -> bool:
        """Whether the server is gone, now or within a moment."""
        deadline = time.monotonic() + DYING_S
        while self.postmaster() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def stop(self) -> bool:
        """Stop the server, ending its connections; false when it was not running."""
        pid = self.postmaster()
        if pid is None:
            return False
        for number, wait_s in ((signal.SIGINT, STOP_WAIT_S), (signal.SIGQUIT, 10)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + wait_s
            while time.monotonic() < deadline:
                if self.postmaster() is None:
                    return True
                time.sleep(0.02)
        raise DatabaseUnavailable(detail=f"PostgreSQL (pid {pid}) does not stop")

    def _clear_leftovers(self) -> None:
        """Take away what would keep a server from starting though none runs here.

        PostgreSQL clears pid files of dead processes itself, but believes one whose number a living process of
        the same account has by now. Removing it is safe: a second lock in shared memory, keyed by the folder,
        still refuses while any process of an old server lives.
        """
        (self.files / "postmaster.pid").unlink(missing_ok=True)
        for rest in (self.home / "run").iterdir():
            rest.unlink()

    def _noted_lines(self) -> list[str]:
        try:
            text = (self.files / "postmaster.pid").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        return [line.strip() for line in text.splitlines()]

    def _noted_pid(self) -> int | None:
        first = self._noted_lines()[:1]
        return int(first[0]) if first and first[0].isdecimal() and int(first[0]) > 1 else None

    def _is_ours(self, pid: int) -> bool:
        """Whether the process is a PostgreSQL that works in our files."""
        process = Path(f"/proc/{pid}")
        if Path("/proc/self").exists():
            try:
                return (process / "cwd").readlink() == self.files and "postgres" in (process / "exe").readlink().name
            except OSError:  # gone, a zombie, or somebody else's
                return False
        told = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return "postgres" in told.stdout and str(self.files) in told.stdout

    def _log_tail(self) -> str:
        """The end of the newest log."""
        logs = sorted((self.home / "log").glob("postgresql-*.log"), key=lambda path: path.stat().st_mtime)
        return logs[-1].read_text(encoding="utf-8", errors="replace")[-4000:] if logs else ""


def _reason(text: str) -> str:
    """The last line of ``text`` that says what went wrong, without date and process number."""
    lines = [line for line in text.splitlines() if line.strip()]
    grave = [line for line in lines if re.search(r"(FATAL|PANIC|ERROR|error):", line)]
    last = (grave or lines or ["PostgreSQL ended without a word"])[-1]
    return re.sub(r"^.*?((FATAL|PANIC|ERROR|error):)", r"\1", last).strip()
