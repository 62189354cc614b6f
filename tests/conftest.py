"""Fixtures: a real PostGIS with template databases, a rollback per test, the app, tokens for every role."""

import itertools
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from psycopg import Rollback, sql
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from starlette.testclient import TestClient

from api.store import MIGRATIONS
from api.tokens import make_token, token_key
from gis.db import Connection, Database, connect_admin
from gis.migrate import migrate
from gis.pg_temporary import memory, temporary
from gis.scope import Scope
from gis.settings import Settings

# The same commit gives the same answer: examples are drawn from each test's own name. `wangge test --all` draws new ones.
hypothesis_settings.register_profile("gate", derandomize=True)
hypothesis_settings.register_profile("search")
hypothesis_settings.load_profile("gate")

COUNTY = "532322"
PREPARED = "WANGGE_TEST_COUNTY"
"""The variable that names the folder of a stopped cluster which holds the templates, see `tests.prepare`."""
FILES = "files"
WALKS = Path(__file__).parent / "walks"
_numbers = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Walks first: each takes long, and of two processes none should wait for the other's last one."""
    items.sort(key=lambda item: not item.path.is_relative_to(WALKS))


class Templates:
    """Databases of a throw-away cluster; each is made once and cloned for whoever needs its own."""

    def __init__(self, conninfo: str, folder: Path, made: Iterable[str] = ()) -> None:
        self.maintenance = make_conninfo(conninfo, dbname="postgres")
        self.folder = folder
        self._made = set(made)

    def url(self, name: str) -> str:
        return make_conninfo(self.maintenance, dbname=name)

    def clone(self, template: str) -> str:
        """A fresh database like ``template``."""
        name = f"test_{next(_numbers)}"
        self._create(name, template)
        return self.url(name)

    def drop(self, url: str) -> None:
        with connect_admin(self.maintenance) as connection:
            name = sql.Identifier(url.split("dbname=")[1].split(maxsplit=1)[0])
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def empty(self) -> str:
        """Name of the migrated template without data."""
        if "empty" not in self._made:
            self._create("empty", "template0")
            migrate(self.url("empty"), MIGRATIONS)
            self._made.add("empty")
        return "empty"

    def county(self) -> str:
        """Name of the template with the demonstration county published as edition 1."""
        from api.demo import load_demo  # builds a county: only for tests that want one

        if "county" not in self._made:
            self._create("county", self.empty())
            with Database(self.url("county"), size=2, statement_timeout_s=0) as database:
                load_demo(database, self.folder, lambda _zh, _en: lambda _share: None)
            with connect_admin(self.url("county")) as connection:
                connection.execute("ANALYZE")
            self._made.add("county")
        return "county"

    def _create(self, name: str, template: str) -> None:
        with connect_admin(self.maintenance) as connection:
            # Copied file by file: through the log, as by default, it takes ten times as long.
            parts = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            connection.execute(parts.format(sql.Identifier(name), sql.Identifier(template)))


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    made = os.environ.get(PREPARED)
    if made is None:
        with temporary(within=memory()) as cluster:
            yield Templates(cluster.conninfo(), tmp_path_factory.mktemp("data"))
    else:
        with temporary(start=Path(made), within=memory()) as cluster:
            yield Templates(cluster.conninfo(), cluster.home.parent / FILES, ("empty", "county"))


@pytest.fixture
def empty_url(templates: Templates) -> Iterator[str]:
    """A migrated database without data, for this test only."""
    url = templates.clone(templates.empty())
    yield url
    templates.drop(url)


@pytest.fixture(scope="module")
def database_url(templates: Templates) -> Iterator[str]:
    """A database with the demonstration county, for this module only: its tests may write."""
    url = templates.clone(templates.county())
    yield url
    templates.drop(url)


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[Database]:
    with Database(database_url, size=4, statement_timeout_s=60) as database:
        yield database


@pytest.fixture
def connection(database: Database) -> Generator[Connection]:
    """A transaction over the county with the scope of the whole county; undone after the test."""
    with database.transaction(Scope((COUNTY,), "test", "operator")) as connection:
        yield connection
        raise Rollback


@pytest.fixture(scope="module")
def app_settings(templates: Templates, database_url: str) -> Settings:
    return Settings(data=templates.folder, database_url=SecretStr(database_url), log_level="error")


@pytest.fixture(scope="module")
def client(app_settings: Settings, database_url: str) -> Iterator[TestClient]:
    """The application over this module's county."""
    from api.app import create_app  # heavy: only for tests that want it

    with TestClient(create_app(app_settings, database_url), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def token(templates: Templates) -> Callable[..., dict[str, str]]:
    """Make the header of a signed-in request: ``token("mediator", "532322101")``."""
    key = token_key(templates.folder)

    def header(role: str, *scope: str) -> dict[str, str]:
        prefixes = scope or (COUNTY,)
        text, _ = make_token(key, Scope(prefixes, f"test-{role}", role), name="测试", hours=1)
        return {"Authorization": f"Bearer {text}"}

    return header
