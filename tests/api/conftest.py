"""A live service over the county of four squares, for clients of other makers."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from pydantic import SecretStr

from gis.db import Database
from gis.settings import Settings
from tests.boundaries.squares import SCOPE, first_changes, put
from tests.conftest import Templates


@pytest.fixture
def live(templates: Templates, empty_url: str) -> Iterator[str]:
    """Address of a service over the county of squares."""
    from api.app import create_app  # heavy: only for tests that want it

    with Database(empty_url, size=2) as database, database.transaction(SCOPE) as connection:
        put(connection, first_changes())
    using = Settings(data=templates.folder, database_url=SecretStr(empty_url), log_level="error", max_page=1000)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(using, empty_url), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)
