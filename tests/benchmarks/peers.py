"""Other servers that are asked the same."""

from dataclasses import dataclass
from urllib.parse import urlsplit

Place = tuple[int, int, int]
_MARKS = ("{z}", "{x}", "{y}")


@dataclass(frozen=True)
class Peer:
    """A server by its name and an address: of its tiles, with ``{z}``, ``{x}`` and ``{y}``, or of a collection's items."""

    name: str
    template: str

    @property
    def tiled(self) -> bool:
        """Whether it is asked for tiles."""
        return all(mark in self.template for mark in _MARKS)

    @property
    def host(self) -> str:
        """Where it listens."""
        return urlsplit(self.template).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        """Its port."""
        return urlsplit(self.template).port or 80

    def tile(self, place: Place) -> str:
        """Path and query of a tile."""
        z, x, y = map(str, place)
        return _path(self.template.replace("{z}", z).replace("{x}", x).replace("{y}", y))

    def items(self, rest: str) -> str:
        """Path and query of items: ``/ID`` or ``?…`` after the address."""
        return _path(self.template + rest)


def _path(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def read_peer(text: str) -> Peer:
    """A peer out of ``NAME=http://HOST:PORT/…/{z}/{x}/{y}`` or ``NAME=http://HOST:PORT/…/items``.

    Raises
    ------
    ValueError
        If it is neither.
    """
    name, _, template = text.partition("=")
    peer = Peer(name, template)
    if not name or not template.startswith("http://") or not (peer.tiled or template.endswith("/items")):
        raise ValueError(text)
    return peer
