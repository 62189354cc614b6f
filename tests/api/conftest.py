"""A live service over the county of four squares, for clients of other makers."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from gis.db import Database
from gis.settings import Settings
from tests.api.listening import listening
from tests.boundaries.squares import SCOPE, first_changes, put
from tests.conftest import Templates


@pytest.fixture
def live(templates: Templates, empty_url: str) -> Iterator[str]:
    """Address of a service over the county of squares."""
    from api.app import create_app  # heavy: only for tests that want it

    with Database(empty_url, size=2) as database, database.transaction(SCOPE) as connection:
        put(connection, first_changes())
    using = Settings(data=templates.folder, database_url=SecretStr(empty_url), log_level="error", max_page=1000)
    with listening(create_app(using, empty_url)) as address:
        yield address
