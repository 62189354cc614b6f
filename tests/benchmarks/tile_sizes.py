"""The bytes of a peer's tiles beside ours of the same layers, and its heaviest tile asked for alone."""

import http.client
from collections.abc import Sequence
from statistics import median

from tests.benchmarks.measure import Figure, check, timed
from tests.benchmarks.peers import Peer, Place
from tests.benchmarks.tile_peers import FAMILIAR, Seen

BROWSER = "gzip, deflate, br, zstd"
"""What browsers accept over HTTPS."""
ALONE = 20


def beside(peer: Peer, seen: Seen, ours: Peer, layers: Sequence[str], places: Sequence[Place], made_s: float) -> Figure:
    """A peer's heaviest tile of zoom 8, in times of ``made_s``, and how many of its bytes ours have.

    Parameters
    ----------
    ours : this service, with ``{layers}`` in its address besides the place.
    layers : those that it is asked for; bytes are compared for those that the peer has too, else for all.
    made_s : seconds in which we encode our heaviest tile on request.
    """
    shared = [name for name in layers if name in seen.layers()] or list(layers)
    same = Peer(ours.name, ours.template.replace("{layers}", ",".join(shared)))
    near = sorted({place for place in places if place[0] in FAMILIAR})
    sizes = {coding: _bytes(same, near, coding) / _bytes(peer, near, coding) for coding in ("gzip", BROWSER)}
    note = f"{','.join(shared)} z7–z11: gzip {sizes['gzip']:.2f} ×, browser {sizes[BROWSER]:.2f} ×"
    heavy = max((size, place) for place, size in seen.sizes.items() if place[0] == 8)[1]
    alone_s = median(timed(lambda: _bytes(peer, [heavy], "gzip")) for _ in range(ALONE))
    zh, en = f"{peer.name} 最重的 z8 块，逐一请求", f"{peer.name}: its heaviest z8, one by one"
    return Figure(zh, en, alone_s, ratio=alone_s / made_s, note=note)


def _bytes(peer: Peer, places: Sequence[Place], coding: str) -> int:
    connection, size = http.client.HTTPConnection(peer.host, peer.port, timeout=60), 0
    for place in places:
        connection.request("GET", peer.tile(place), headers={"Accept-Encoding": coding})
        answer = connection.getresponse()
        size += len(answer.read())
        check(answer.status in {200, 204}, f"{peer.name}: tile {place} answers {answer.status}")
    connection.close()
    return size
