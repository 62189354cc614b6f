"""Which PostgreSQL to run the private cluster with: found on the machine, or installed where that is possible."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gis.errors import SetupNeeded

Tell = Callable[[str, str], None]
"""Called with a Chinese and an English line when something takes long enough to be told."""

OLDEST_MAJOR = 15
EXTENSIONS = ("postgis", "btree_gist", "pg_trgm")
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/bin",
)
# Read by Debian's packages beside their own settings; exists only while our installation runs.
_NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/wangge-installing.conf")


def silent(_zh: str, _en: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Programs:
    """One installed PostgreSQL server: the folder of its programs and its major version."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        """The full path of the program ``name``."""
        return str(self.folder / name)


def find_programs(
    *, major: int | None = None, path: str | None = None, places: Sequence[str] = PLACES
) -> Programs | None:
    """The newest PostgreSQL ≥ 15 with PostGIS on this machine, or None.

    Parameters
    ----------
    major : only this major version (a cluster can be run by the version that made it, no other).
    path : search path instead of the environment's ``PATH``.
    places : glob patterns of folders looked into after the path.
    """
    found = [
        Programs(folder, version)
        for folder, version in _servers(path, places)
        if version >= OLDEST_MAJOR and major in (None, version) and _has_extensions(folder, version)
    ]
    return max(found, key=lambda programs: programs.major, default=None)


def _servers(path: str | None, places: Sequence[str]) -> Iterator[tuple[Path, int]]:
    """Every folder that holds a whole server, once, with its major version."""
    seen: set[Path] = set()
    for folder in (*_on_path(path), *_in_places(places)):
        real = folder.resolve()
        if real in seen or not all(os.access(real / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres")):
            continue
        seen.add(real)
        match = re.search(r"\(PostgreSQL\) (\d+)", _output([str(real / "postgres"), "--version"]))
        if match:
            yield real, int(match[1])


def _on_path(path: str | None) -> Iterator[Path]:
    config = shutil.which("pg_config", path=path)
    if config and (folder := _output([config, "--bindir"]).strip()):
        yield Path(folder)
    initdb = shutil.which("initdb", path=path)
    if initdb:
        yield Path(initdb).resolve().parent


def _in_places(places: Sequence[str]) -> Iterator[Path]:
    for place in places:
        yield from Path("/").glob(place.removeprefix("/"))


def _has_extensions(folder: Path, major: int) -> bool:
    """Whether the server in ``folder`` finds the control files of all extensions needed."""
    config = folder / "pg_config"
    told = _output([str(config), "--sharedir"]).strip() if os.access(config, os.X_OK) else ""
    shares = [
        Path(told) if told else folder.parent / "share",
        folder.parent / "share/postgresql",
        folder.parent / "share/pgsql",
        Path(f"/usr/share/postgresql/{major}"),
    ]
    return any(all((share / f"extension/{name}.control").is_file() for name in EXTENSIONS) for share in shares)


def _output(command: list[str]) -> str:
    """What a program prints; nothing where it cannot be run."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout if result.returncode == 0 else ""


def install_programs(*, major: int | None = None, tell: Tell = silent, path: str | None = None) -> None:
    """Install PostgreSQL with PostGIS from the packages of Debian or Ubuntu; needs root.

    No cluster of the machine's own is made, none that exists is started, stopped or upgraded: the packages
    are told so for the length of the installation and nothing of that stays behind.

    Parameters
    ----------
    major : the version wanted; by default the server that is there already, else the newest on offer.
    path : search path instead of the environment's ``PATH``.

    Raises
    ------
    SetupNeeded
        Not root, no apt, nothing suitable on offer, or apt failed.
    """
    apt_get, apt_cache = (shutil.which(name, path=path) for name in ("apt-get", "apt-cache"))
    if os.geteuid() != 0 or apt_get is None or apt_cache is None:
        raise no_database()
    tell("正在用 apt-get 安装 PostgreSQL 与 PostGIS …", "installing PostgreSQL and PostGIS with apt-get …")
    # A mirror that fails is no reason to stop: what is known already may do, and the installation says so if not.
    apt([apt_get, "update", "-qq"])
    offered = _offered(apt_cache) if major is None else [major]
    if not offered:
        raise no_database()
    present = [version for version in offered if Path(f"/usr/lib/postgresql/{version}/bin/postgres").exists()]
    version = max(present or offered)
    packages = [f"postgresql-{version}-postgis-3"] + ([] if present else [f"postgresql-{version}"])
    with _without_main_cluster():
        options = ["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Options::=--force-confold"]
        failure = apt([apt_get, "install", "-y", "-qq", "--no-install-recommends", *options, *packages])
    if failure:
        raise SetupNeeded(
            reason_zh=f"apt-get 安装 {' '.join(packages)} 失败：{failure}",
            reason_en=f"apt-get could not install {' '.join(packages)}: {failure}",
        )


def _offered(apt_cache: str) -> list[int]:
    """Major versions ≥ 15 for which the package sources have PostGIS."""
    names = _output([apt_cache, "search", "--names-only", r"^postgresql-[0-9]+-postgis-3$"])
    majors = [int(major) for major in re.findall(r"^postgresql-(\d+)-postgis-3 ", names, re.MULTILINE)]
    return [major for major in majors if major >= OLDEST_MAJOR]


def apt(command: list[str]) -> str:
    """Run apt without questions; the last line it complained with, empty when it succeeded."""
    quiet = {
        "DEBIAN_FRONTEND": "noninteractive",
        "NEEDRESTART_SUSPEND": "1",  # Ubuntu's hook would restart services of others
        "SYSTEMD_OFFLINE": "1",  # the packages' scripts would start every cluster of the machine
    }
    result = subprocess.run(
        command, env=os.environ | quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    lines = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    return (lines[-1] if lines else f"exit {result.returncode}") if result.returncode else ""


@contextmanager
def _without_main_cluster() -> Generator[None]:
    """Keep the packages from making the cluster ``main`` while the block runs."""
    made = [folder for folder in reversed(_NO_MAIN_CLUSTER.parents) if not folder.exists()]
    _NO_MAIN_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    _NO_MAIN_CLUSTER.write_text("create_main_cluster = false\n", encoding="utf-8")
    try:
        yield
    finally:
        _NO_MAIN_CLUSTER.unlink(missing_ok=True)
        for folder in reversed(made):
            if not any(folder.iterdir()):
                folder.rmdir()


def no_database(major: int | None = None) -> SetupNeeded:
    """The error that names the three ways to a database.

    Parameters
    ----------
    major : the version an existing private cluster needs.
    """
    wanted = f"= {major}" if major else f"≥ {OLDEST_MAJOR}"
    return SetupNeeded(
        reason_zh=(
            f"没有找到 PostgreSQL（{wanted}，含 PostGIS）。三种办法任选其一："
            f"1) 设置 WANGGE_DATABASE_URL 使用现有数据库；"
            f"2) 安装 PostgreSQL（{wanted}）与 PostGIS；3) 在 Debian 或 Ubuntu 上以 root 运行，自动安装"
        ),
        reason_en=(
            f"no PostgreSQL ({wanted}, with PostGIS) was found. Any of three ways helps: "
            "1) set WANGGE_DATABASE_URL to a database you have; "
            f"2) install PostgreSQL ({wanted}) with PostGIS; "
            "3) run as root on Debian or Ubuntu, where it is installed for you"
        ),
    )
