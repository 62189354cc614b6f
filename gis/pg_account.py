"""Who the private cluster runs as (never root), where it lives, and how its programs are run."""

import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gis.errors import SetupNeeded

SERVER_ACCOUNT = "postgres"
SHARED_HOME = Path("/var/lib/wangge")


@dataclass(frozen=True)
class Account:
    """The operating system's account that owns the cluster's files and runs its processes."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether programs have to change to this account first (only root can)."""
        return self.uid != os.geteuid()

    def own(self, path: Path) -> None:
        """Hand a file or folder that we made to the account."""
        if self.is_other:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def start(self, command: Sequence[str], *, home: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program as this account in a session of its own, so that Ctrl-C does not reach it.

        Parameters
        ----------
        home : folder the program works in, which the account can enter.
        stdin : text given to the program.
        """
        # PG* would lead the programs to another server, NOTIFY_SOCKET would report them as our own service.
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PG") and k != "NOTIFY_SOCKET"}
        return subprocess.run(
            list(command),
            cwd=home,
            env=kept | {"HOME": str(home), "LC_ALL": "C"},
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            start_new_session=True,
            check=False,
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether the account can reach into ``folder`` through all its parents."""
        return self.start(["sh", "-c", 'cd -- "$1"', "sh", str(folder)], home=Path("/")).returncode == 0


def check_owner(home: Path) -> None:
    """Make sure that we may manage the cluster in ``home``, if there is one.

    Raises
    ------
    SetupNeeded
        It belongs to somebody else and we are not root.
    """
    uid = os.geteuid()
    owners = {folder.stat().st_uid for folder in (home, home / "data") if folder.is_dir()}
    if uid != 0 and (foreign := owners - {uid}):
        name = _name(max(foreign))
        raise SetupNeeded(
            reason_zh=f"数据库目录 {home} 属于用户 {name}，请以该用户或 root 运行",
            reason_en=f"the database folder {home} belongs to {name}; run as that user or as root",
        )


def account_for(home: Path) -> Account:
    """The account to run the cluster in ``home`` with: the owner of its files, else ours, else (as root) ``postgres``.

    Raises
    ------
    SetupNeeded
        We are root and no other account can be made.
    """
    files = home / "data"
    if files.is_dir() and (owner := files.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return Account(os.geteuid(), os.getegid()) if os.geteuid() != 0 else _server_account()


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _server_account() -> Account:
    try:
        entry = pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        entry = _made_account()
    return Account(entry.pw_uid, entry.pw_gid)


def _made_account() -> pwd.struct_passwd:
    """Make the system account that Debian's packages would have made."""
    useradd = shutil.which("useradd")
    command = [useradd or "useradd", "--system", "--user-group", "--no-create-home", "--shell", "/bin/false"]
    try:
        if useradd is not None:
            subprocess.run([*command, SERVER_ACCOUNT], check=True, capture_output=True)
        return pwd.getpwnam(SERVER_ACCOUNT)
    except (subprocess.CalledProcessError, KeyError) as error:
        raise SetupNeeded(
            reason_zh=f"PostgreSQL 不能以 root 运行，且无法建立系统用户 {SERVER_ACCOUNT}；请用普通用户运行",
            reason_en=f"PostgreSQL must not run as root and the system user {SERVER_ACCOUNT} could not be made; "
            "run as an ordinary user",
        ) from error


def make_home(place: Path, account: Account) -> Path:
    """Make the cluster's home and return where it really is.

    It is ``place`` itself where the account can get there. Under a folder that only root may enter it is a folder
    of its own below ``/var/lib/wangge`` and ``place`` is a symbolic link to it: opening root's folder to others
    would be worse, and a deleted data folder means a new cluster, as it does everywhere else.
    """
    if place.is_symlink() and not place.exists():
        place.unlink()
    if not place.exists():
        home = place if not account.is_other or account.can_enter(place.parent) else _elsewhere(place)
        home.mkdir(mode=0o711)
        if home != place:
            place.symlink_to(home)
    home = place.resolve()
    home.chmod(0o711)
    for folder in (home / "run", home / "log"):
        folder.mkdir(mode=0o700, exist_ok=True)
        account.own(folder)
    return home


def _elsewhere(place: Path) -> Path:
    SHARED_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    return SHARED_HOME / f"{place.parent.parent.name}-{secrets.token_hex(4)}"
