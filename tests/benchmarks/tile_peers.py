"""The list of tiles that a map client asks for, and other servers that are asked for the same ones."""

import gzip
import http.client
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
from google.protobuf.message import DecodeError
from morecantile import tms as matrix_sets

from tests.benchmarks.measure import check
from tests.benchmarks.peers import Peer, Place
from tests.benchmarks.store import rows

ZOOMS = range(7, 17)
FAMILIAR = range(7, 12)
"""Zooms in which bytes are compared: closer in, tiles hold little but their head."""


def client_list(url: str) -> list[Place]:
    """360 requests: at nine spots and zooms 7 to 16 the four tiles around the spot, as a small map shows them."""
    matrices = matrix_sets.get("WebMercatorQuad")
    found: list[Place] = []
    for lon, lat in rows(url, "spots"):
        for z in ZOOMS:
            here = matrices.tile(lon, lat, z)
            found += [(z, here.x + dx, here.y + dy) for dx in (0, 1) for dy in (0, 1)]
    return found


@dataclass(frozen=True)
class Seen:
    """What a peer answers to each place: compressed bytes, and features by layer."""

    sizes: dict[Place, int]
    features: dict[Place, dict[str, int]]

    def bytes_near(self) -> int:
        """Bytes of the tiles whose sizes are compared."""
        return sum(size for place, size in self.sizes.items() if place[0] in FAMILIAR)

    def total(self, layer: str) -> int:
        """Features of a layer in all tiles."""
        return sum(found.get(layer, 0) for found in self.features.values())

    def layers(self) -> set[str]:
        """The layers that any tile has."""
        return {layer for found in self.features.values() for layer in found}


def look_at(peer: Peer, places: Sequence[Place]) -> Seen:
    """Ask for every tile once.

    Raises
    ------
    WrongAnswer
        If an answer is neither a tile that can be decoded nor empty.
    """
    connection = http.client.HTTPConnection(peer.host, peer.port, timeout=60)
    sizes: dict[Place, int] = {}
    features: dict[Place, dict[str, int]] = {}
    for place in sorted(set(places)):
        connection.request("GET", peer.tile(place), headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        check(answer.status in {200, 204}, f"{peer.name}: tile {place} answers {answer.status}")
        sizes[place] = len(body)
        features[place] = _features(peer, place, body, answer.headers.get("Content-Encoding", ""))
    connection.close()
    return Seen(sizes, features)


def _features(peer: Peer, place: Place, body: bytes, coding: str) -> dict[str, int]:
    try:
        plain = gzip.decompress(body) if coding == "gzip" and body else body
        layers: dict[str, Any] = mapbox_vector_tile.decode(plain) if plain else {}
    except (OSError, EOFError, zlib.error, ValueError, TypeError, DecodeError) as error:
        check(False, f"{peer.name}: tile {place} cannot be read: {error}")
        return {}
    return {name: len(layer["features"]) for name, layer in layers.items()}


def check_plausible(peer: Peer, seen: Seen, wanted: Seen, layer: str) -> None:
    """Stop unless a peer's tiles hold about as many features of a layer as ours: as many grids, give or take half.

    The layer of the same name counts; without one, the peer's largest.

    Raises
    ------
    WrongAnswer
    """
    names = seen.layers()
    check(bool(names), f"{peer.name}: no tile holds anything")
    told = layer if layer in names else max(names, key=seen.total)
    mine, theirs = wanted.total(layer), seen.total(told)
    check(mine / 2 <= theirs <= mine * 2, f"{peer.name}: {theirs} features in {told}, ours are {mine} in {layer}")
