"""A live service over the county of four squares, for clients of other makers; one that switches editions when told."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from api import announcements
from gis.db import Database
from gis.settings import Settings
from tests.api.editions_told import Editions
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


@pytest.fixture
def editions(monkeypatch: pytest.MonkeyPatch) -> Editions:
    """The service, whose editions differ in one tile: the first, the second number."""

    def summary(_connection: object, base: int, edition: int) -> dict[str, Any]:
        return {"WebMercatorQuad": {"8": [[base, edition]]}}

    monkeypatch.setattr(announcements, "changed_summary", summary)
    return Editions()
