"""QGIS in a process of its own, by the system's Python or by that of another root folder; called by name."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

Call = Callable[..., Any]
PYTHON = "/usr/bin/python3"
HAS_QGIS = bool(list(Path("/usr/lib/python3/dist-packages").glob("qgis/core")))
ROOT_FOLDER = os.environ.get("WANGGE_QGIS_ROOT")
"""A root folder, such as debootstrap makes, with a later QGIS than the machine's."""


@cache
def python_with(version: int) -> tuple[str, ...] | None:
    """The command of a Python whose QGIS is ``version`` (as 33200) or later; None if there is none."""
    commands: list[tuple[str, ...]] = [(PYTHON,)] if HAS_QGIS else []
    if ROOT_FOLDER and shutil.which("chroot"):
        commands.append(("chroot", ROOT_FOLDER, PYTHON))
    for command in commands:
        ask = [*command, "-I", "-c", "from qgis.core import Qgis; print(Qgis.versionInt())"]
        told = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()
        if told.isdigit() and int(told) >= version:
            return command
    return None


@contextmanager
def calling(python: Sequence[str], driver: Path, environment: Mapping[str, str] | None = None) -> Generator[Call]:
    """A driver that answers a line of JSON with a line of JSON; call its functions by name."""
    command = [*python, "-I", "-c", driver.read_text(encoding="utf-8")]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **(environment or {})}
    ) as process:
        assert process.stdin
        assert process.stdout
        stdin, stdout = process.stdin, process.stdout

        def call(name: str, *arguments: Any) -> Any:
            stdin.write(json.dumps([name, arguments]) + "\n")
            stdin.flush()
            line = stdout.readline()
            assert line, process.communicate()[1][-3000:]
            return json.loads(line)

        yield call
        process.communicate(timeout=60)
