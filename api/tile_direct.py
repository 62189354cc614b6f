"""Public tiles ahead of the framework: joined from the mapped files of `tiles.atlas`, and kept as they are sent."""

import re
from functools import lru_cache

from starlette.types import Scope

from api.direct import Fixed, Headers, Reply
from api.params import parse_day
from api.service import Service
from api.tile_answers import (
    FOR_EVER,
    MEDIA_TYPE,
    SHORT,
    VARY,
    ZSTD_BYTES,
    Accepted,
    Coding,
    accepted,
    coded,
    coding_for,
    etag_of,
    matches,
)
from gis.errors import WanggeError
from tiles.layers import is_fixed, is_lasting, parse_layers
from tiles.matrix import CGCS2000, MAX_ZOOM, WEB_MERCATOR
from tiles.parts import Packed

_NUMBER = r"(0|[1-9][0-9]{0,5})"
_PATH = re.compile(
    rf"(?:/editions/([1-9][0-9]{{0,8}}))?/tiles/(?:({WEB_MERCATOR}|{CGCS2000})/)?"
    rf"([a-z0-9,]{{1,99}})/{_NUMBER}/{_NUMBER}/{_NUMBER}\.mvt"
)
_QUERY = re.compile(rb"edition=([1-9][0-9]{0,8})|datetime=([0-9TZ:.-]{1,40})")
_REV = re.compile(rb"rev=([1-9][0-9]{0,17})")
_OVERHEAD = 1500  # bytes of an entry besides its body
_PLAIN_BYTES = 16 * 1024  # what is larger takes too long to decompress on the event loop


class Life:
    """The headers of tiles that may be kept for a while."""

    def __init__(self, cache_control: str) -> None:
        self.whole = Fixed(content_type=MEDIA_TYPE, cache_control=cache_control, vary=VARY)
        self.bare = Fixed(cache_control=cache_control, vary=VARY)


_SHORT, _FOR_EVER = Life(SHORT), Life(FOR_EVER)


class Ready:
    """A tile at one address, with the answers to it."""

    __slots__ = ("_empty", "_gzip", "_life", "_packed", "_zstd", "route")

    def __init__(self, route: str, life: Life, packed: Packed) -> None:
        self.route, self._life, self._packed = route, life, packed
        self._gzip = self._coded("gzip")
        self._zstd: Reply | None = None
        self._empty = None if packed.gzipped else Reply(route, 204, life.bare, b"")

    @property
    def weight(self) -> int:
        """Bytes of memory, about, with those of zstd to come."""
        size = len(self._packed.gzipped)
        return _OVERHEAD + (2 * size if size >= ZSTD_BYTES else size)

    def reply(self, headers: Headers) -> Reply | None:
        """The answer to a request; None for a large tile without compression."""
        if self._empty is not None:
            return self._empty
        coding = coding_for(self._packed, _accepted(headers.get(b"accept-encoding", b"")))
        known = headers.get(b"if-none-match")
        if known is not None:
            etag = etag_of(self._packed, coding)
            if matches(known.decode("latin-1"), etag):
                return Reply(self.route, 304, self._life.bare, b"", [(b"etag", etag.encode())])
        if coding == "gzip":
            return self._gzip
        if coding == "zstd":
            self._zstd = self._zstd or self._coded(coding)
            return self._zstd
        if len(self._packed.gzipped) > _PLAIN_BYTES:
            return None
        return self._coded(coding)

    def _coded(self, coding: Coding) -> Reply:
        lines = [(b"etag", etag_of(self._packed, coding).encode())]
        if coding:
            lines.append((b"content-encoding", coding.encode()))
        return Reply(self.route, 200, self._life.whole, coded(self._packed, coding), lines)


class TileDirect:
    """Answers what it can, see `api.direct`; used by the event loop only.

    It keeps tiles as they are sent, up to ``tile_cache_bytes``, and forgets them all when the edition changes: a tile
    is joined again from the mapped file in some tens of microseconds.

    Attributes
    ----------
    limit, size : bytes that are kept at most, and that are kept.
    """

    def __init__(self, here: Service) -> None:
        self._here = here
        self.limit = here.settings.tile_cache_bytes
        self._ready: dict[str, Ready] = {}
        self.size = 0
        self._version: object = None

    def __call__(self, scope: Scope, headers: Headers) -> Reply | None:
        """The answer, or None."""
        version = self._here.tile_version()
        if version != self._version:
            self._ready, self.size, self._version = {}, 0, version
        path, query = scope["path"], scope["query_string"]
        key = f"{path}?{query.decode('latin-1')}" if query else path
        ready = self._ready.get(key)
        if ready is None:
            ready = self._find(path, query)
            if ready is None:
                return None
            self._keep(key, ready)
        return ready.reply(headers)

    def _keep(self, key: str, ready: Ready) -> None:
        self._ready[key] = ready
        self.size += ready.weight
        while self.size > self.limit:
            self.size -= self._ready.pop(next(iter(self._ready))).weight

    def _find(self, path: str, query: bytes) -> Ready | None:
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        named, tms, layers, *numbers = match.groups()
        z, x, y = map(int, numbers)
        if not _in_range(tms or WEB_MERCATOR, z, x, y):
            return None
        try:
            names = parse_layers(layers)
            rev = _REV.fullmatch(query)
            edition = self._edition(named, b"" if rev else query)
        except WanggeError:
            return None
        if edition is None or not is_fixed(names):
            return None
        packed = self._here.tiles.now_tile(edition, tms or WEB_MERCATOR, names, (z, x, y), int(rev[1]) if rev else 0)
        if packed is None:
            return None
        route = ("/editions/{number}" if named else "") + "/tiles" + ("/{tms}" if tms else "") + _END
        return Ready(route, _FOR_EVER if named and is_lasting(names) else _SHORT, packed)

    def _edition(self, named: str | None, query: bytes) -> int | None:
        """The edition that an address is about, None if it is not known at once."""
        if not query:
            return self._here.now_edition(number=int(named) if named else None)
        match = _QUERY.fullmatch(query)
        if match is None or named:
            return None
        number, day = match.groups()
        if number:
            return self._here.now_edition(number=int(number))
        return self._here.now_edition(parse_day(day.decode()))


_END = "/{layers}/{z}/{x}/{y}.mvt"


def _in_range(tms: str, z: int, x: int, y: int) -> bool:
    return z <= MAX_ZOOM and y < 1 << z and x < 1 << (z if tms == WEB_MERCATOR else z + 1)


@lru_cache(maxsize=256)
def _accepted(header: bytes) -> Accepted:
    return accepted(header.decode("latin-1"))
