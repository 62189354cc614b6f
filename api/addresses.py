"""The address under which people reach the service: for links that must be absolute."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.requests import Request

from gis.settings import Settings

_NETLOC = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def base_url(request: Request) -> str:
    """Scheme, host and path before the service's own addresses, without a slash at the end.

    ``public_url`` where it is set. Else the Host header if it names this machine or the configured host, because
    a made-up header must not end up in links that others read; else the socket the request came in by.
    """
    settings: Settings = request.app.state.service.settings
    url = request.url
    told = told_base(settings.public_url, settings.host, url.scheme, url.netloc)
    if told is not None:
        return told
    host, port = request.scope.get("server") or (settings.host, settings.port)
    name = f"[{host}]" if ":" in host else host
    plain = port is None or port == {"http": 80, "https": 443}.get(url.scheme)
    return f"{url.scheme}://{name}" if plain else f"{url.scheme}://{name}:{port}"


@lru_cache(maxsize=256)
def told_base(public_url: str | None, configured: str, scheme: str, netloc: str) -> str | None:
    """What `base_url` says without knowing the socket; None if it has to look there."""
    if public_url is not None:
        return public_url.rstrip("/")
    if _NETLOC.fullmatch(netloc) and _is_ours(urlsplit(f"//{netloc}").hostname or "", configured):
        return f"{scheme}://{netloc}"
    return None


def _is_ours(hostname: str, configured: str) -> bool:
    if hostname in {"localhost", configured}:
        return True
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return False
