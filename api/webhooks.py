"""Webhooks: addresses that are told of every published edition, in order, until they confirm it.

A table holds how far each has been told, so nothing is lost by a crash; a receiver may get an edition twice, with the
same ``webhook-id``. What is sent is a CloudEvent, signed as the Standard Webhooks specification 1.0.0 says.
"""

import base64
import logging
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from api.webhook_sending import Refused, check_address, send, signed
from gis.coverage import Edition, current_edition, read_edition
from gis.db import Connection, Database, load_queries
from gis.errors import Conflict, NotFound, WanggeError

log = logging.getLogger("wangge.webhooks")
_SQL = load_queries(Path(__file__).with_name("webhooks.sql"))
LOOK_S = 5.0
LEASE_S = 60
"""Seconds for which one worker has a delivery to itself; after a crash another takes it then."""
FIRST_S, MOST_S = 10, 3600
"""Seconds to the first repetition; each further one comes after twice the time, at most an hour."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address and how far it has been told; ``tries`` counts the failures since."""

    id: int
    url: str
    added_by: str
    added_at: datetime
    told: int
    tries: int
    next_try: datetime
    last_error: str | None


def add_webhook(connection: Connection, url: str, *, by: str, private: bool) -> tuple[int, str]:
    """Register an address, which is told of the editions from the next on; its number and its secret.

    Parameters
    ----------
    private : whether addresses inside a private network are allowed.

    Raises
    ------
    InvalidInput
        If it is no http or https address, or leads to a private network.
    Conflict
        If it is registered already.
    """
    check_address(url, private=private)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    row = connection.execute(_SQL["add"], [url, secret, by, current_edition(connection) or 0]).fetchone()
    if row is None:
        raise Conflict(reason_zh=f"{url} 已登记", reason_en=f"{url} is registered already")
    return row[0], secret


def list_webhooks(connection: Connection) -> list[Webhook]:
    """All of them, by number."""
    return [Webhook(*row) for row in connection.execute(_SQL["list"])]


def remove_webhook(connection: Connection, number: int) -> None:
    """Tell an address no more.

    Raises
    ------
    NotFound
    """
    if connection.execute(_SQL["remove"], [number]).fetchone() is None:
        raise NotFound(what_zh="通知地址", what_en="webhook", value=number)


def deliver(database: Database, *, private: bool) -> bool:
    """Tell one address one edition, if something is due; whether something was."""
    with database.transaction() as connection:
        claim = {"lease": LEASE_S, "current": current_edition(connection) or 0}
        row = connection.execute(_SQL["claim"], claim).fetchone()
        if row is None:
            return False
        number, url, secret, edition = row
        event = _event(read_edition(connection, edition))
    headers = signed(event, secret, f"edition-{edition}")
    try:
        send(url, event, headers, private=private)
    except Refused as error:
        log.warning("a webhook failed", extra={"webhook": number, "edition": edition, "reason": str(error)})
        values = {"id": number, "why": str(error), "first": FIRST_S, "most": MOST_S}
        with database.transaction() as connection:
            connection.execute(_SQL["put_off"], values)
        return True
    with database.transaction() as connection:
        connection.execute(_SQL["confirm"], {"id": number, "edition": edition})
    return True


def watch_webhooks(database: Database, stop: threading.Event, *, private: bool) -> None:
    """Tell what is due, now and then, until ``stop`` is set."""
    while not stop.wait(LOOK_S):
        try:
            while not stop.is_set() and deliver(database, private=private):
                pass
        except WanggeError as error:
            log.warning("webhooks wait", extra={"reason": error.message("en")})
        except Exception:  # whatever it is, the next look must come
            log.exception("webhooks failed")


def _event(edition: Edition) -> bytes:
    """A published edition as a CloudEvent (CloudEvents 1.0, JSON format)."""
    event = {
        "specversion": "1.0",
        "id": f"edition-{edition.number}",
        "source": "/editions",
        "type": "wangge.edition.published",
        "subject": str(edition.number),
        "datacontenttype": "application/json",
        "data": {
            "edition": edition.number,
            "title": edition.title,
            "valid_from": edition.valid_from.isoformat(),
            "changes": f"/changes?since={edition.number - 1}",
        },
    }
    return orjson.dumps(event)
