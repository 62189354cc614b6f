"""A running service as people have it: the command line's own server process over the demonstration county."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gis.settings import ROOT
from tests.conftest import Templates
from tests.walks.machine import Machine

START_S = 60


@dataclass(frozen=True)
class Running:
    """A running service, with the environment in which command lines reach the same store."""

    url: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    database_url: str
    folder: Path

    def get(self, path: str, token: str | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (names in lower case) and body of an address."""
        return self.send("GET", path, None, token, **headers)

    def send(
        self, method: str, path: str, body: Any = None, token: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request with a JSON body."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)  # noqa: S310 - our own server
        given = {"Content-Type": "application/json"} if data else {}
        if token:
            given["Authorization"] = f"Bearer {token}"
        for name, value in {**given, **headers}.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()

    def json(self, path: str, token: str | None = None) -> Any:
        """The JSON of an address that must answer 200."""
        status, _, body = self.get(path, token)
        assert status == 200, (path, status, body[:500])
        return json.loads(body)

    def command(self, *arguments: str, code: int = 0) -> str:
        """Run a verb of the command line on the same store and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "api.cli", *arguments],
            env={**self.environment, "WANGGE_LANG": "en"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def token(self, role: str, scope: str = "532322") -> str:
        """A token signed by the command line."""
        return self.command("token", "--role", role, "--scope", scope).strip()


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def server(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service over a county of the walks' own, stopped by SIGTERM afterwards."""
    database_url = templates.clone(templates.county())
    folder = tmp_path_factory.mktemp("service")
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "WANGGE_DATABASE_URL": database_url,
        "WANGGE_DATA": str(folder),
        "WANGGE_PORT": str(port),
        "WANGGE_LANG": "zh",
        "COLUMNS": "200",
    }
    with (folder / "server.log").open("wb") as log:
        command = [sys.executable, "-P", "-m", "api.cli", "serve"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    running = Running(f"http://127.0.0.1:{port}", environment, process, database_url, folder)
    try:
        _wait_until_ready(running)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)
    assert code == 0, (folder / "server.log").read_text(encoding="utf-8")[-3000:]
    templates.drop(database_url)


def _wait_until_ready(running: Running) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert running.process.poll() is None, (running.folder / "server.log").read_text(encoding="utf-8")[-3000:]
        try:
            if running.get("/ready")[0] == 200:
                return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    pytest.fail("the service did not become ready: " + (running.folder / "server.log").read_text()[-3000:])


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path / "data", free_port())
    machine.folder.mkdir()
    yield machine
    machine.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Playwright ``Browser``."""
    from tests.walks.browsing import launched  # heavy: only for walks in a browser

    with launched() as browser:
        yield browser
