"""Backup of the whole store to one file, and back. A restore replaces the store in one step or not at all."""

import os
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gis.db import connect_admin, load_queries
from gis.errors import FileUnreadable, InvalidInput, StorageFull, WanggeError
from gis.migrate import migrate
from gis.pg_programs import Programs

ROLES = ("wangge_owner", "wangge_service", "wangge_reader", "wangge_planner", "wangge_counter")
_OURS = " TABLE DATA public wangge_migration "
_SQL = load_queries(Path(__file__).with_suffix(".sql"))


def backup(programs: Programs, conninfo: str, target: Path) -> int:
    """Write the store to ``target`` (PostgreSQL's custom format) and return its size in bytes.

    The file appears complete or not at all, readable by its owner only; an earlier file of that name is kept until then.

    Raises
    ------
    InvalidInput
        If there cannot be such a file.
    StorageFull
        If the disk is full.
    WanggeError
        If the store cannot be read.
    """
    part = target.with_name(target.name + ".part")
    try:
        _make_private(part)
        _run([programs.path("pg_dump"), "--format=custom", f"--file={part}"], conninfo)
        _run([programs.path("pg_restore"), "--list", str(part)], conninfo)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def _make_private(part: Path) -> None:
    """An empty file that nobody else can read, before there is anything to read in it."""
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidInput(
            field=str(part.with_suffix("")), reason_zh=f"无法写入（{reason}）", reason_en=reason
        ) from error


def check_backup(programs: Programs, source: Path) -> None:
    """Make sure that a file is a backup of this service, as far as its table of contents tells.

    Raises
    ------
    FileUnreadable
        If it is missing or something else.
    """
    if not source.is_file():
        raise FileUnreadable(path=source, reason_zh="没有这个文件", reason_en="there is no such file")
    try:
        contents = _run([programs.path("pg_restore"), "--list", str(source)])
    except WanggeError as error:
        reason = str(error.fields.get("detail"))
        raise FileUnreadable(
            path=source, reason_zh=f"不是备份文件（{reason}）", reason_en=f"it is no backup ({reason})"
        ) from error
    if _OURS not in contents:
        raise FileUnreadable(path=source, reason_zh="不是本服务的备份", reason_en="it is the backup of something else")


def restore(programs: Programs, conninfo: str, source: Path, migrations: Sequence[Path]) -> None:
    """Replace the store by a backup, brought up to date; the present store stays until all of that is done.

    Parameters
    ----------
    migrations : folders of the migrations that the store has to have.

    Raises
    ------
    FileUnreadable
        If the file is missing or no backup.
    MigrationRefused
        If the backup comes from a newer version of the service.
    StorageFull, WanggeError
        If it cannot be restored. The store is then as it was, as with any other error.
    """
    check_backup(programs, source)
    name = str(conninfo_to_dict(conninfo)["dbname"])
    fresh, old = f"{name}_restoring", f"{name}_replaced"
    maintenance = make_conninfo(conninfo, dbname="postgres")
    try:
        _drop(maintenance, fresh, old)
        with connect_admin(maintenance) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
            for role in ROLES:
                _make_role(maintenance, role)
        _run([programs.path("pg_restore"), "--exit-on-error", f"--dbname={fresh}", str(source)], conninfo)
        with connect_admin(make_conninfo(conninfo, dbname=fresh)) as connection:
            connection.execute(_SQL["keep_index_under_policies"])
        migrate(make_conninfo(conninfo, dbname=fresh), migrations)
        with connect_admin(make_conninfo(conninfo, dbname=fresh)) as connection:
            connection.execute("ANALYZE")
        with connect_admin(maintenance, autocommit=False) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(name), sql.Identifier(old)))
            connection.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
    finally:
        with suppress(WanggeError):  # what cannot be dropped now is dropped before the next restore
            _drop(maintenance, fresh, old)


def _drop(maintenance: str, *names: str) -> None:
    with connect_admin(maintenance) as connection:
        for name in names:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _make_role(maintenance: str, role: str) -> None:
    """The roles that the backup grants to belong to the cluster, not to the backup."""
    with connect_admin(maintenance) as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def _run(command: list[str], conninfo: str = "") -> str:
    """Run one of PostgreSQL's programs and return what it prints; nothing of the connection shows in ``ps``."""
    given = conninfo_to_dict(conninfo)
    environment = {**os.environ, **{_VARIABLES[k]: str(v) for k, v in given.items() if k in _VARIABLES}}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return done.stdout
    lines = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
    reason = next((line for line in lines if "error:" in line), lines[-1])
    reason = re.sub(r"^.*?error: ", "", reason)
    if re.search("No space left|Disk quota", done.stderr):
        raise StorageFull(detail=reason)
    raise WanggeError(detail=reason)


_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "dbname": "PGDATABASE",
    "service": "PGSERVICE",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "gssencmode": "PGGSSENCMODE",
    "channel_binding": "PGCHANNELBINDING",
}
