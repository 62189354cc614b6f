"""What the tests of the store share. Property tests are judged by their answers, never by their speed: the machine may be busy."""

import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from psycopg import Rollback

from gis.db import Connection, Database

if TYPE_CHECKING:
    from gis.demo import DemoCounty
    from tests.conftest import Templates

settings.register_profile("wangge", deadline=None)
settings.load_profile("wangge")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account can reach, unlike pytest's own when root runs the tests."""
    made = Path(tempfile.mkdtemp(prefix="wg"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def squares_url(templates: "Templates") -> Iterator[str]:
    """A database with the county of sixteen squares published as edition 1, for this module only."""
    from tests.gis.importer_county import SCOPE, publish  # the boundaries package: only for tests that want it

    url = templates.clone(templates.empty())
    with Database(url, size=1) as database, database.transaction(SCOPE) as connection:
        publish(connection)
    yield url
    templates.drop(url)


@pytest.fixture(scope="module")
def squares(squares_url: str) -> Iterator[Database]:
    # One connection: a pool that grows draws random numbers in its own thread, which hypothesis takes for a fault.
    with Database(squares_url, size=1) as database:
        yield database


@pytest.fixture
def work(squares: Database) -> Generator[Connection]:
    """A transaction over the sixteen squares with the scope of the whole county; undone after the test."""
    from tests.gis.importer_county import SCOPE

    with squares.transaction(SCOPE) as connection:
        yield connection
        raise Rollback


@pytest.fixture(scope="session")
def county() -> "DemoCounty":
    """The demonstration county, not stored."""
    from gis.demo import build  # takes a second: only for tests that want it

    return build()


@pytest.fixture(scope="session")
def other() -> "DemoCounty":
    """Another one."""
    from gis.demo import build

    return build(county=31)
