"""Backup of the whole store to one file, and back. A restore replaces the store in one step or not at all."""

import os
import subprocess
from pathlib import Path

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gis.db import connect_admin, load_queries
from gis.errors import FileUnreadable, WanggeError
from gis.pg_programs import Programs

ROLES = ("wangge_owner", "wangge_service", "wangge_reader", "wangge_planner", "wangge_counter")
_SQL = load_queries(Path(__file__).with_suffix(".sql"))


def backup(programs: Programs, conninfo: str, target: Path) -> int:
    """Write the store to ``target`` (PostgreSQL's custom format) and return its size in bytes.

    The file appears complete or not at all; an earlier file of that name is kept until then.

    Raises
    ------
    WanggeError
        If it cannot be written.
    """
    part = target.with_name(target.name + ".part")
    try:
        _run([programs.path("pg_dump"), "--format=custom", f"--file={part}"], conninfo)
        _run([programs.path("pg_restore"), "--list", str(part)], conninfo)
        part.chmod(0o600)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def restore(programs: Programs, conninfo: str, source: Path) -> None:
    """Replace the store by a backup; the present store stays until the backup is read completely.

    Raises
    ------
    FileUnreadable
        If the file is missing or no backup.
    WanggeError
        If it cannot be restored; the store is then as it was.
    """
    if not source.is_file():
        raise FileUnreadable(path=source, reason_zh="没有这个文件", reason_en="there is no such file")
    try:
        _run([programs.path("pg_restore"), "--list", str(source)], conninfo)
    except WanggeError as error:
        raise FileUnreadable(path=source, reason_zh="不是备份文件", reason_en="it is no backup") from error
    name = str(conninfo_to_dict(conninfo)["dbname"])
    fresh, old = f"{name}_restoring", f"{name}_replaced"
    maintenance = make_conninfo(conninfo, dbname="postgres")
    _drop(maintenance, fresh)
    with connect_admin(maintenance) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
        for role in ROLES:
            _make_role(maintenance, role)
    try:
        command = [programs.path("pg_restore"), "--exit-on-error", "--no-comments", f"--dbname={fresh}", str(source)]
        _run(command, conninfo)
        with connect_admin(make_conninfo(conninfo, dbname=fresh)) as connection:
            connection.execute(_SQL["keep_index_under_policies"])
    except WanggeError:
        _drop(maintenance, fresh)
        raise
    with connect_admin(maintenance, autocommit=False) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(name), sql.Identifier(old)))
        connection.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
    _drop(maintenance, old)


def _drop(maintenance: str, name: str) -> None:
    with connect_admin(maintenance) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _make_role(maintenance: str, role: str) -> None:
    """The roles that the backup grants to belong to the cluster, not to the backup."""
    with connect_admin(maintenance) as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))


def _run(command: list[str], conninfo: str) -> None:
    """Run one of PostgreSQL's programs; the connection goes through the environment, so no password shows in ``ps``."""
    given = conninfo_to_dict(conninfo)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    environment = {**os.environ, **{names[k]: str(v) for k, v in given.items() if k in names}}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WanggeError(detail=(done.stderr.strip().splitlines() or ["?"])[-1])
