"""The image's steps done in a folder, and its commands run there as an engine would."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.dockerfile import Engine, read_dockerfile

STAGES = read_dockerfile()[1]
IMAGE = STAGES[-1]


def reachable_python() -> str:
    """A Python with venv that the image's user can run: the one of these tests may lie below root's home."""
    base = getattr(sys, "_base_executable", sys.executable)
    for candidate in (base, shutil.which("python3", path="/usr/local/bin:/usr/bin") or base):
        command = [candidate, "-I", "-c", "import venv, ensurepip"]
        try:
            subprocess.run(command, check=True, capture_output=True, cwd="/", **image_user())
        except (OSError, subprocess.CalledProcessError):
            continue
        return candidate
    pytest.fail("no Python that an ordinary user can run: apt-get install python3-venv")


def image_user() -> dict[str, Any]:
    """Arguments that make a process run as the image's user; as ourselves where we are not root."""
    if os.geteuid() != 0:
        return {}
    uid, gid = map(int, IMAGE.all_of("USER")[0].text.split(":"))
    return {"user": uid, "group": gid, "extra_groups": []}


class Container:
    """The image's folder with what an engine adds: its environment, its user, a data volume."""

    def __init__(self, root: Path, database_url: str) -> None:
        engine = Engine(root, reachable_python())
        for stage in STAGES:
            # The last stage's RUN installs a system library and adds the user: not on this machine.
            self.folder = engine.build(stage, run=stage is not IMAGE)
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if (user := image_user()) != {}:
            os.chown(data, user["user"], user["group"])
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = str(probe.getsockname()[1])
        self.environment = {
            **{name: engine.mapped(IMAGE.name, value) for name, value in IMAGE.environment().items()},
            "WANGGE_HOST": "127.0.0.1",
            "WANGGE_PORT": self.port,
            "WANGGE_DATABASE_URL": database_url,
            "HTTP_PROXY": "http://127.0.0.1:9",  # as Docker hands a machine's proxy on
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        program, *rest = command
        found = shutil.which(program, path=self.environment["PATH"])
        assert found is not None, program
        return subprocess.Popen(
            [found, *rest],
            cwd=self.folder / "app",
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **image_user(),
        )

    def command(self, *arguments: str) -> str:
        process = self.start(*json.loads(IMAGE.all_of("ENTRYPOINT")[0].text), *arguments)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
        return output

    def healthy(self) -> bool:
        check = IMAGE.all_of("HEALTHCHECK")[0].text.partition(" CMD ")[2]
        process = self.start(*json.loads(check))
        process.communicate(timeout=30)
        return process.returncode == 0
