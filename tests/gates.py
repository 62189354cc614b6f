"""Every gate of the project in one run: style, types, layers, the front end, and the tests. ``wangge test`` calls it."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from ctypes.util import find_library
from pathlib import Path
from typing import IO

from api.cli.console import err, text
from gis.errors import SetupNeeded
from gis.pg_temporary import memory, stopped
from gis.settings import ROOT
from tests.conftest import PREPARED

Check = tuple[str, str, Sequence[str], Path]
"""Its name in Chinese and English, its command and the folder to run it in."""
BIN = Path(sys.executable).parent
COVERAGE_FLOOR = 85
NEEDED = {"chromium": "chromium", "ogrinfo": "gdal-bin", "openssl": "openssl"}
FONT = "fonts-noto-cjk"
JAVA = "openjdk-17-jre-headless"
QGIS = "python3-qgis"


def run_gates(*, everything: bool, only: str) -> int:
    """Run every gate, the checks beside each other; returns the exit code of the first that fails, 0 if all pass."""
    from api import web_build

    _install_tools(everything=everything)
    if not web_build.is_built():
        _tell("构建网页", "building the web pages")
        web_build.build()
    if only:
        return _run_tests(_pytest(everything=everything, only=only), {})
    with stopped(memory()) as cluster:
        folder = cluster.home.parent
        npm, environment = web_build.npm_command()
        if code := _run_checks(_checks(npm, folder), environment):
            return code
        return _run_tests(_pytest(everything=everything, only=only), {PREPARED: str(folder)})


def _run_tests(command: Sequence[str], environment: dict[str, str]) -> int:
    _tell("测试", "tests")
    # Python 3.12 and later can count lines at a fraction of the cost.
    quick = {"COVERAGE_CORE": "sysmon"} if sys.version_info >= (3, 12) else {}
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **quick, **environment}, check=False).returncode


def _run_checks(checks: Sequence[Check], environment: dict[str, str]) -> int:
    """All at once, since most use one core; what they print comes in their order."""
    with ExitStack() as stack:
        running = list[tuple[Check, IO[bytes], subprocess.Popen[bytes]]]()
        for check in checks:
            said = stack.enter_context(tempfile.TemporaryFile())
            command, folder = check[2:]
            process = stack.enter_context(  # which waits for its end
                subprocess.Popen(
                    command,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                )
            )
            stack.callback(process.kill)
            running.append((check, said, process))
        for (zh, en, _, _), said, process in running:
            code = process.wait()
            _tell(zh, en)
            said.seek(0)
            sys.stdout.write(said.read().decode(errors="replace"))
            sys.stdout.flush()
            if code:
                err.print(f"[red]✗ {text(zh, en)}[/red]")
                return code
    return 0


def _checks(npm: Sequence[str], county: Path) -> list[Check]:
    return [
        ("代码检查", "lint", [str(BIN / "ruff"), "check", "."], ROOT),
        ("格式", "format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], ROOT),
        ("分层", "layers", [str(BIN / "lint-imports"), "--no-cache"], ROOT),
        ("网页检查", "front end", [*npm, "run", "check"], ROOT / "api" / "web"),
        ("类型", "types", [str(BIN / "pyright")], ROOT),
        ("测试用的县", "the tests' county", [sys.executable, "-m", "tests.prepare", str(county)], ROOT),
    ]


def _pytest(*, everything: bool, only: str) -> list[str]:
    command = [sys.executable, "-m", "pytest", "-q", "--durations=8"]
    if only:
        return [*command, "-k", only]
    packages = [f"--cov={name}" for name in ("gis", "boundaries", "tiles", "api")]
    command += [*packages, "--cov-report=term:skip-covered", f"--cov-fail-under={COVERAGE_FLOOR}"]
    # Two halves beside each other, whole files in each; the long ones measure memory and kill things, so they stay alone.
    return (
        [*command, "--hypothesis-profile=search"]
        if everything
        else [*command, "-m", "not long", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    )


def _install_tools(*, everything: bool) -> None:
    """The browser, its Chinese font, GDAL, OpenSSL, Spark's Java and QGIS: as root on Debian with apt, else a clear message."""
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if not list(Path("/usr/share/fonts").rglob("NotoSansCJK*")):
        missing.append(FONT)
    if find_library("atomic") is None:  # the node of the browser's driver wants it
        missing.append("libatomic1")
    if everything and shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        missing.append(JAVA)
    if everything and not Path("/usr/lib/python3/dist-packages/qgis/core").exists():
        missing.append(QGIS)
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        names = " ".join(missing)
        raise SetupNeeded(reason_zh=f"测试需要：{names}", reason_en=f"the tests need: {names}")
    _tell(f"安装 {' '.join(missing)}", f"installing {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupNeeded(
            reason_zh=f"apt-get 失败：{done.stderr[-300:]}", reason_en=f"apt-get failed: {done.stderr[-300:]}"
        )


def _tell(zh: str, en: str) -> None:
    err.print(f"[bold]▸ {text(zh, en)}[/bold] [dim]{time.strftime('%H:%M:%S')}[/dim]")
