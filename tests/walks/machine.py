"""A machine of its own for a walk: a data folder, a port, and the command line over both."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from gis.settings import ROOT

START_S = 240


@dataclass
class Machine:
    """A data folder of its own and the command line over it."""

    folder: Path
    port: int
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        given = {key: value for key, value in os.environ.items() if key != "WANGGE_DATABASE_URL"}
        own = {"WANGGE_DATA": str(self.folder), "WANGGE_PORT": str(self.port), "WANGGE_LANG": "en", "COLUMNS": "200"}
        return {**given, "PYTHONPATH": str(ROOT), **own}

    def run(self, *arguments: str, code: int = 0) -> str:
        command = [sys.executable, "-P", "-m", "api.cli", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def up(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``up`` and wait until the service is ready."""
        command = [sys.executable, "-P", "-m", "api.cli", "up", *arguments]
        with (self.folder.parent / "up.log").open("wb") as log:
            process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        self.started.append(process)
        until = time.monotonic() + START_S
        while self.status("/health") != 200:
            assert process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.1)
        return process

    def said(self) -> str:
        return (self.folder.parent / "up.log").read_text(encoding="utf-8")

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def wait_for(self, path: str) -> None:
        """Wait until an address answers 200."""
        until = time.monotonic() + START_S
        while self.status(path) != 200:
            assert time.monotonic() < until, self.said()
            time.sleep(0.2)

    def end(self) -> None:
        """Stop all that was started."""
        for process in self.started:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=60)
        if (self.folder / "pg").exists():
            self.run("down")

    def is_free(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0
