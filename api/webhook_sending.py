"""Sends one signed message to one address: no private network unless allowed, no redirect, no proxy."""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import time
from urllib.parse import SplitResult, urlsplit

from gis.errors import InvalidInput

TIMEOUT_S = 10


class Refused(Exception):
    """The message did not arrive; says why."""


def signed(body: bytes, secret: str, message: str, *, now: float | None = None) -> dict[str, str]:
    """The headers of a message: its id, the time, and the HMAC-SHA256 of both and the body (Standard Webhooks 1.0.0).

    Parameters
    ----------
    secret : ``whsec_`` and the key in base64.
    message : its id, the same each time that it is sent.
    now : seconds since 1970, the present by default.
    """
    moment = str(int(time.time() if now is None else now))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{message}.{moment}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/cloudevents+json",
        "webhook-id": message,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def check_address(url: str, *, private: bool) -> None:
    """Refuse what is no address to send to.

    Raises
    ------
    InvalidInput
        If it is no http or https address, holds a name or password, cannot be resolved or leads to a private network.
    """
    try:
        _reachable(_parts(url), private=private)
    except (Refused, ValueError) as error:
        raise InvalidInput(field="url", reason_zh=f"不能作为通知地址（{error}）", reason_en=str(error)) from error


def send(url: str, body: bytes, headers: dict[str, str], *, private: bool) -> None:
    """POST a message; any answer but 2xx counts as not arrived.

    Raises
    ------
    Refused
    """
    connection: http.client.HTTPConnection | None = None
    try:
        parts = _parts(url)
        connection = _connect(parts, _reachable(parts, private=private))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {**headers, "User-Agent": "wangge", "Connection": "close"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Refused(f"{type(error).__name__}: {error}") from error
    finally:
        if connection is not None:
            connection.close()
    if not 200 <= status < 300:
        raise Refused(f"HTTP {status}")


def _parts(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError("an http or https address without name and password is needed")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("the address holds characters that must be encoded")
    return parts


def _reachable(parts: SplitResult, *, private: bool) -> str:
    """The network address of the host: what is checked is what is connected to, whatever its name leads to later."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Refused(f"{parts.hostname} is not known: {error}") from error
    addresses = [str(one[4][0]) for one in found]
    if not private and not all(_is_public(one) for one in addresses):
        raise Refused(f"{parts.hostname} is in a private network (WANGGE_WEBHOOKS_PRIVATE allows that)")
    return addresses[0]


def _is_public(address: str) -> bool:
    one = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    mapped = one.ipv4_mapped if isinstance(one, ipaddress.IPv6Address) else None
    known = mapped or one
    return known.is_global and not known.is_multicast


def _connect(parts: SplitResult, address: str) -> http.client.HTTPConnection:
    """A connection to that very address, which still names the host and checks its certificate."""
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    connection.sock = plain = socket.create_connection((address, port), TIMEOUT_S)
    try:
        if secure:
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise
    return connection
