"""Asks a service on this machine how it is, never through a proxy."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gis.settings import Settings

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - told apart, not listened on


@dataclass(frozen=True, slots=True)
class State:
    """What a service says of itself at ``/ready``.

    Attributes
    ----------
    answers : whether anything answered at all.
    ready : whether it can do its work.
    database : whether it reaches its database.
    edition : the edition it serves, None while nothing is published.
    waiting : the draft that waits for its legal date, and that day as ``2026-01-31``.
    """

    answers: bool = False
    ready: bool = False
    database: bool = False
    edition: int | None = None
    waiting: tuple[int, str] | None = None


def local_url(settings: Settings) -> str:
    """The address under which this machine itself reaches the service."""
    host = _EVERYWHERE.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def ask(url: str, *, timeout_s: float = 5) -> State:
    """The state of the service at ``url``; a service that does not answer is a state too."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        body: dict[str, Any] = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return State()
    finally:
        connection.close()
    waits = body.get("waiting")
    waiting = None if waits is None else (waits["draft"], waits["valid_from"])
    return State(True, answer.status == 200, body.get("database") == "ok", body.get("edition"), waiting)
