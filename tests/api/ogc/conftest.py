"""The small county in a database of each module's own, the service over it, and a live server for real clients."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from api import problems
from api.ogc.error_page import error_page
from api.ogc.routes import router
from api.service import Service
from api.tokens import token_key
from gis.db import Database, connect_admin
from gis.settings import Settings
from tests.api.listening import listening
from tests.api.ogc.county import TOWNSHIPS, fill
from tests.api.ogc.view import View
from tests.conftest import Templates


@pytest.fixture(scope="session")
def small_county(templates: Templates) -> str:
    """Name of a template database with the small county."""
    url = templates.clone(templates.empty())
    with connect_admin(url) as connection:
        fill(connection)
    return url.split("dbname=")[1].split(maxsplit=1)[0]


@pytest.fixture(scope="module")
def database_url(templates: Templates, small_county: str) -> Iterator[str]:
    url = templates.clone(small_county)
    yield url
    templates.drop(url)


@contextmanager
def served(settings: Settings, url: str) -> Generator[FastAPI]:
    """An application of the OGC addresses alone."""
    with Database(url, size=4, statement_timeout_s=20) as database:
        app = FastAPI()
        app.state.service = Service(settings, database)
        app.state.token_key = token_key(settings.data)
        problems.install(app, error_page)
        app.include_router(router)
        yield app


@pytest.fixture(scope="module")
def app_settings(templates: Templates, database_url: str) -> Settings:
    return Settings(data=templates.folder, database_url=SecretStr(database_url), log_level="error", max_page=1000)


@pytest.fixture(scope="module")
def app(app_settings: Settings, database_url: str) -> Iterator[FastAPI]:
    with served(app_settings, database_url) as app:
        yield app


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module", params=["public", "scoped"])
def view(client: TestClient, token: Callable[..., dict[str, str]], request: pytest.FixtureRequest) -> View:
    """The API as nobody sees it, and as a leader of one township does: the standards' tests hold for both."""
    return View(client, token("leader", TOWNSHIPS[0]) if request.param == "scoped" else {})


@pytest.fixture(scope="module")
def live(app: FastAPI) -> Iterator[str]:
    """Address of the landing page of a live server."""
    with listening(app, "off") as address:
        yield f"{address}/ogc"
