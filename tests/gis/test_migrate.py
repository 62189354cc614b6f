"""Migrations: from nothing to the recorded schema, once, in order, together; edited files are refused."""

import shutil
import threading
from pathlib import Path

import pytest

from api.store import MIGRATIONS
from gis.db import connect_admin, load_queries
from gis.errors import MigrationRefused
from gis.migrate import migrate, pending, read_migrations
from tests.conftest import Templates

SNAPSHOT = Path(__file__).parents[1] / "data" / "schema.txt"
_SQL = load_queries(Path(__file__).with_name("schema.sql"))


def described(url: str) -> str:
    """Tables, columns, constraints, indexes, functions, policies, triggers and grants of the service's schemas."""
    with connect_admin(url) as connection:
        lines = [f"{name}: {row[0]}" for name, query in _SQL.items() for row in connection.execute(query)]
    return "\n".join(lines) + "\n"


def test_schema_from_nothing_equals_the_snapshot(empty_url: str) -> None:
    found = described(empty_url)
    assert found == SNAPSHOT.read_text(encoding="utf-8"), "record the change: python -m tests.gis.test_migrate"


def test_second_run_does_nothing(empty_url: str) -> None:
    assert migrate(empty_url, MIGRATIONS) == []
    assert pending(empty_url, MIGRATIONS) == []


def test_runners_at_once_apply_each_file_once(templates: Templates) -> None:
    url = templates.clone("template0")
    applied: list[str] = []
    threads = [threading.Thread(target=lambda: applied.extend(migrate(url, MIGRATIONS))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert applied == [migration.name for migration in read_migrations(MIGRATIONS)]
    templates.drop(url)


def _copied(folder: Path) -> list[Path]:
    target = folder / "migrations"
    target.mkdir()
    for source in MIGRATIONS:
        for file in source.glob("*.sql"):
            shutil.copy(file, target)
    return [target]


def test_edited_file_is_refused(empty_url: str, tmp_path: Path) -> None:
    folders = _copied(tmp_path)
    with (folders[0] / "0004_disputes.sql").open("a", encoding="utf-8") as file:
        file.write("-- changed afterwards\n")
    with pytest.raises(MigrationRefused, match="0004_disputes"):
        migrate(empty_url, folders)


def test_database_of_a_newer_version_is_refused(empty_url: str, tmp_path: Path) -> None:
    folders = _copied(tmp_path)
    (folders[0] / "0004_disputes.sql").unlink()
    with pytest.raises(MigrationRefused, match="newer"):
        migrate(empty_url, folders)


def test_failing_file_leaves_nothing(empty_url: str, tmp_path: Path) -> None:
    folders = _copied(tmp_path)
    wrong = "CREATE TABLE gis.half (id int);\nSELECT 1 / 0;\n"
    (folders[0] / "9998_wrong.sql").write_text(wrong, encoding="utf-8")
    with pytest.raises(Exception, match="division by zero"):
        migrate(empty_url, folders)
    with connect_admin(empty_url) as connection:
        assert connection.execute("SELECT to_regclass('gis.half')").fetchone() == (None,)
    assert pending(empty_url, folders) == ["9998_wrong.sql"]


def test_misnamed_and_doubled_numbers_are_refused(tmp_path: Path) -> None:
    folders = _copied(tmp_path)
    (folders[0] / "0004_again.sql").write_text("SELECT 1;", encoding="utf-8")
    with pytest.raises(MigrationRefused):
        read_migrations(folders)
    (folders[0] / "0004_again.sql").rename(folders[0] / "later.sql")
    with pytest.raises(MigrationRefused):
        read_migrations(folders)


def record() -> None:
    """Record the present schema as the snapshot."""
    from gis.pg_temporary import temporary

    with temporary() as cluster:
        migrate(cluster.conninfo(), MIGRATIONS)
        SNAPSHOT.write_text(described(cluster.conninfo()), encoding="utf-8")


if __name__ == "__main__":
    record()
