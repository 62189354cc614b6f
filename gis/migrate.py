"""Applies plain-SQL migrations: each file once, in the order of its number, in a transaction of its own."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString, cast

from gis.db import Connection, connect_admin, translated
from gis.errors import MigrationRefused

LOCK_KEY = 532_322_001
_FILE = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration file."""

    number: int
    name: str
    text: LiteralString
    digest: str


def read_migrations(folders: Sequence[Path]) -> list[Migration]:
    """All migrations of the folders by number.

    Raises
    ------
    MigrationRefused
        If a file is misnamed or a number stands twice.
    """
    found: dict[int, Migration] = {}
    for path in sorted(file for folder in folders for file in folder.glob("*.sql")):
        match = _FILE.match(path.name)
        number = int(match.group(1)) if match else -1
        if match is None or number in found:
            raise MigrationRefused(
                reason_zh=f"文件名或编号有误：{path.name}", reason_en=f"bad name or number: {path.name}"
            )
        text = path.read_text(encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        found[number] = Migration(number, path.name, cast("LiteralString", text), digest)
    return [found[number] for number in sorted(found)]


def migrate(conninfo: str, folders: Sequence[Path]) -> list[str]:
    """Apply what has not been applied yet and return the names of the files applied.

    Concurrent callers wait for each other on an advisory lock.

    Raises
    ------
    MigrationRefused
        If a file that was applied before has been edited, or is missing.
    """
    migrations = read_migrations(folders)
    with connect_admin(conninfo) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        try:
            applied = _applied(connection)
            _refuse_edited(migrations, applied)
            pending = [m for m in migrations if m.number not in applied]
            for migration in pending:
                _apply(connection, migration)
            return [m.name for m in pending]
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])


def pending(conninfo: str, folders: Sequence[Path]) -> list[str]:
    """Names of the files that ``migrate`` would apply.

    Raises
    ------
    MigrationRefused
        If it would refuse.
    """
    migrations = read_migrations(folders)
    with connect_admin(conninfo) as connection:
        applied = _applied(connection)
    _refuse_edited(migrations, applied)
    return [m.name for m in migrations if m.number not in applied]


def _applied(connection: Connection) -> dict[int, tuple[str, str]]:
    connection.execute("SET client_min_messages = warning")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS public.wangge_migration (number int PRIMARY KEY, name text NOT NULL,"
        " digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = connection.execute("SELECT number, name, digest FROM public.wangge_migration").fetchall()
    return {number: (name, digest) for number, name, digest in rows}


def _refuse_edited(migrations: Sequence[Migration], applied: dict[int, tuple[str, str]]) -> None:
    known = {m.number: m for m in migrations}
    for number, (name, digest) in applied.items():
        if number not in known:
            raise MigrationRefused(
                reason_zh=f"数据库由更新的版本建立，缺少文件 {name}",
                reason_en=f"the database comes from a newer version; {name} is not here",
            )
        if known[number].digest != digest:
            raise MigrationRefused(
                reason_zh=f"{name} 执行后被修改过；请恢复原文件并新增一个迁移文件",
                reason_en=f"{name} was edited after it was applied; restore it and add a new file instead",
            )


def _apply(connection: Connection, migration: Migration) -> None:
    with translated(), connection.transaction():
        connection.execute(migration.text)
        connection.execute("RESET ROLE")
        connection.execute(
            "INSERT INTO public.wangge_migration (number, name, digest) VALUES (%s, %s, %s)",
            [migration.number, migration.name, migration.digest],
        )
