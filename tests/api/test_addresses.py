"""Absolute links: the configured address, else this machine's; never what a stranger writes into a header."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from api.addresses import base_url
from gis.settings import Settings


def asked(host: str, *, public_url: str | None = None, listens: str = "127.0.0.1", scheme: str = "http") -> str:
    settings = Settings(data=Path("unused"), public_url=public_url, host=listens)
    state = SimpleNamespace(service=SimpleNamespace(settings=settings))
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": scheme,
        "path": "/ogc",
        "query_string": b"",
        "headers": [(b"host", host.encode("latin-1"))],
        "server": ("192.0.2.7", 8000),
        "app": SimpleNamespace(state=state),
    }
    return base_url(Request(scope))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:9000", "http://localhost:9000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("evil.example", "http://192.0.2.7:8000"),
        ("localhost.evil.example", "http://192.0.2.7:8000"),
        ("someone@localhost", "http://192.0.2.7:8000"),
        ("localhost:80x", "http://192.0.2.7:8000"),
        ("", "http://192.0.2.7:8000"),
    ],
)
def test_host_header(host: str, expected: str) -> None:
    assert asked(host) == expected


def test_configured_addresses_are_trusted() -> None:
    assert asked("grid.example:8000", listens="grid.example") == "http://grid.example:8000"
    assert asked("evil.example", public_url="https://grid.example/county/") == "https://grid.example/county"
    assert asked("localhost", scheme="https") == "https://localhost"
