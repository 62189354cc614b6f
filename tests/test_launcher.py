"""The launcher with a Python that only says how it was called: places, locks, stamps, refusals."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gis.settings import ROOT

NAMES = ("run", "test", "node", "spark", "spark-build")
TOOLS = ("sh", "cat", "chmod", "cksum", "grep", "id", "mkdir", "mv", "readlink", "rm", "tail")


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


# Answers the launcher's probe, makes a "virtual environment" with itself inside, and tells every other call.
PYTHON = r"""
case "$*" in
*"import importlib.util"*) echo "VERSION $0" ;;
*"import fcntl"*) ;;
*"-m venv "*) for folder in "$@"; do :; done; mkdir -p "$folder/bin"; cat "$0" > "$folder/bin/python"
    chmod 755 "$folder/bin/python"; echo made >> "$LOG" ;;
*"-m pip --version") ;;
*"-m pip install"*) for lock in "$@"; do :; done; echo "installed ${lock##*/}" >> "$LOG"; test ! -e "$LOG.broken" ;;
*"-m compileall"*) ;;
*) echo "PYTHONPATH=$PYTHONPATH"; printf '<%s>' "$@" ;;
esac
"""


class Tree:
    """A copy of the launcher and the locks, and a search path that holds little else."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "my tree"
        self.tools = folder / "tools"
        self.log = folder / "log"
        (self.root / "locks").mkdir(parents=True)
        self.tools.mkdir()
        shutil.copy(ROOT / "wangge", self.root)
        for name in ("run", "test", "spark", "spark-build"):
            (self.root / f"locks/{name}.lock").write_text(f"{name}==1\n", encoding="utf-8")
        for name in TOOLS:
            found = shutil.which(name)
            assert found is not None, name
            (self.tools / name).symlink_to(found)

    def add_python(self, name: str = "python3", *, rank: int = 10013000, version: str = "3.13.0") -> None:
        program(self.tools / name, PYTHON.replace("VERSION", f"{rank} {version}"))

    def run(self, *words: str, launcher: str | None = None, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.tools), "LOG": str(self.log), "HOME": str(self.tools), "PYTHONHOME": "/wrong"}
        command = [launcher or str(self.root / "wangge"), *words]
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)

    def told(self) -> list[str]:
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_it_installs_once_and_hands_every_word_over(tree: Tree) -> None:
    tree.add_python()
    first = tree.run("--lang", "en", "up", "a b", "")
    assert first.returncode == 0, first.stderr
    assert first.stdout == f"PYTHONPATH={tree.root}\n<-P><-m><api.cli><--lang><en><up><a b><>"
    assert tree.told() == ["made", "installed run.lock"]
    again = tree.run("up")
    assert (again.returncode, again.stderr) == (0, "")
    assert tree.told() == []


def test_through_symbolic_links_from_any_folder(tree: Tree, tmp_path: Path) -> None:
    tree.add_python()
    (tmp_path / "links").mkdir()
    (tmp_path / "links/one").symlink_to("../my tree/wangge")
    (tmp_path / "two").symlink_to(tmp_path / "links/one")
    for launcher in (str(tmp_path / "two"), "./two", "links/one"):
        assert f"PYTHONPATH={tree.root}\n" in tree.run("up", launcher=launcher, cwd=tmp_path).stdout


def test_tests_and_benchmarks_have_their_own_lock(tree: Tree) -> None:
    tree.add_python()
    tree.run("up", "test")
    assert tree.told() == ["made", "installed run.lock"]
    tree.run("--lang", "zh", "test")
    assert tree.told() == ["installed test.lock"]
    tree.run("--lang", "test", "up")
    tree.run("bench")
    assert tree.told() == []


@pytest.mark.parametrize(
    "words",
    [
        ("assign", "a.parquet", "b", "--engine", "spark"),
        ("assign", "--engine=spark", "a", "b"),
        ("bench", "spark"),
        ("--lang", "en", "test", "-k", "x", "--all"),
    ],
)
def test_spark_is_installed_for_those_who_ask_for_it(tree: Tree, words: tuple[str, ...]) -> None:
    tree.add_python()
    tree.run("test")
    assert tree.told() == ["made", "installed test.lock"]
    assert tree.run(*words).returncode == 0
    assert tree.told() == ["installed spark-build.lock", "installed spark.lock"]
    tree.run(*words)
    tree.run("assign", "a", "b", "--engine", "local")
    assert tree.told() == []


def test_a_failed_installation_of_spark_spares_the_rest(tree: Tree) -> None:
    tree.add_python()
    tree.run("up")
    tree.told()
    broken = tree.log.with_name("log.broken")
    broken.write_text("", encoding="utf-8")
    assert tree.run("assign", "a", "b", "--engine", "spark").returncode == 6
    assert tree.told() == ["installed spark-build.lock"]
    assert tree.run("up").returncode == 0
    assert tree.told() == []
    broken.unlink()
    assert tree.run("assign", "a", "b", "--engine", "spark").returncode == 0
    assert tree.told() == ["installed spark-build.lock", "installed spark.lock"]


def test_a_changed_lock_is_installed_over_what_is_there(tree: Tree) -> None:
    tree.add_python()
    tree.run("up")
    (tree.root / "locks/run.lock").write_text("run==2\n", encoding="utf-8")
    tree.told()
    tree.run("up")
    assert tree.told() == ["installed run.lock"]


def test_a_failed_installation_says_so_and_is_begun_anew(tree: Tree) -> None:
    tree.add_python()
    broken = tree.log.with_name("log.broken")
    broken.write_text("", encoding="utf-8")
    failed = tree.run("up")
    assert (failed.returncode, failed.stdout) == (6, "")
    assert "软件包安装失败" in failed.stderr
    assert "could not be installed" in failed.stderr
    broken.unlink()
    tree.told()
    assert tree.run("up").returncode == 0
    assert tree.told() == ["made", "installed run.lock"]


def test_a_moved_tree_gets_a_new_environment(tree: Tree, tmp_path: Path) -> None:
    tree.add_python()
    tree.run("up")
    tree.told()
    tree.root = tree.root.rename(tmp_path / "elsewhere")
    assert f"PYTHONPATH={tmp_path}/elsewhere\n" in tree.run("up").stdout
    assert tree.told() == ["made", "installed run.lock"]


def test_the_newest_python_that_can_make_environments_is_taken(tree: Tree) -> None:
    program(tree.tools / "python3.14", "exit 127")  # a pyenv shim of a version that is not active
    tree.add_python("python3.13", rank=13000, version="3.13.0")
    tree.add_python("python3.11", rank=10011002, version="3.11.2")
    tree.add_python("python3", rank=10012001, version="3.12.1")
    assert "Python 3.12.1" in tree.run("up").stderr


def test_pyenv_s_versions_are_found(tree: Tree) -> None:
    versions = tree.tools / ".pyenv/versions"
    program(versions / "3.12.1/bin/python3", PYTHON.replace("VERSION", "10012001 3.12.1"))
    program(versions / "broken/bin/python3", "exit 1")
    assert "Python 3.12.1" in tree.run("up").stderr


def test_without_a_python_it_says_what_to_do(tree: Tree) -> None:
    missing = tree.run("up")
    assert missing.returncode == 6
    assert "没有找到合适的 Python" in missing.stderr
    assert "No suitable Python was found" in missing.stderr
    tree.add_python(rank=13000)
    unable = tree.run("up")
    assert unable.returncode == 6
    assert "缺少 ensurepip" in unable.stderr
    assert "lacks ensurepip" in unable.stderr


def test_the_locks_agree_and_name_no_address() -> None:
    texts = {name: (ROOT / f"locks/{name}.lock").read_text(encoding="utf-8") for name in NAMES}
    pins = {name: set(re.findall(r"^\S.*?(?= \\$)", text, re.MULTILINE)) for name, text in texts.items()}
    assert pins["run"]
    assert pins["run"] <= pins["test"]
    for name, text in texts.items():
        assert "://" not in text
        assert all("==" in pin for pin in pins[name])
        assert all("--hash=sha256:" in block for block in re.split(r"\n(?=\S)", text.strip()))
