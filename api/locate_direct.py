"""``GET /locate`` ahead of the framework: the usual forms of the question, answered from memory.

The answer is put together from pieces of JSON that are made once for each grid, unit and roster.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from starlette.types import Scope

from api.access import NOBODY, Caller, caller_of
from api.bodies import position
from api.direct import Fixed, Headers, Reply
from api.params import parse_day
from api.people import as_json
from api.service import KEPT_EDITIONS, Service
from api.shapes import chain_of, named, sees
from gis.codes import ancestor, chain
from gis.coverage import Coverage
from gis.datum import DATUMS, Datum
from gis.errors import WanggeError
from gis.spots import is_sure

_NUMBER = rb"(-?[0-9]{1,3}(?:\.[0-9]{1,20})?)"
_USUAL = re.compile(rb"lon=" + _NUMBER + rb"&lat=" + _NUMBER + rb"(?:&(.+))?")
_PLAIN = re.compile(r"[A-Za-z0-9.:_-]+")
_LEVEL, _EDITION = re.compile(r"[2-6]"), re.compile(r"[1-9][0-9]{0,8}")
_KIND = "application/json"
_PUBLIC = Fixed(content_type=_KIND, cache_control="public, max-age=60", vary="Authorization")
_PRIVATE = Fixed(content_type=_KIND, cache_control="private, no-store", vary="Authorization")


@dataclass(frozen=True, slots=True)
class Options:
    """What a question says besides the point."""

    level: int = 6
    datum: Datum = "cgcs2000"
    edition: int | None = None
    day: date | None = None


_NO_OPTIONS = Options()
_NOTHING = b'null,"staff":[]}'


class Words:
    """Pieces of the JSON of one edition, by the index of the basic grid; each is made when it is first wanted.

    Attributes
    ----------
    codes : the basic grids.
    names : each with its name; the last entry, of index −1, is null.
    """

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self.codes: list[str] = coverage.locator.codes.tolist()
        self._heads: dict[int, bytes] = {}
        self.names = [*(as_json(named(code, coverage.names)) for code in self.codes), b"null"]

    def head(self, index: int, level: int) -> bytes:
        """Everything up to the value of ``how``, for a point in a basic grid."""
        found = self._heads.get(8 * index + level)
        if found is None:
            grid = self.codes[index]
            told = {
                "edition": self._coverage.edition.number,
                "code": ancestor(grid, level),
                "codes": {str(link): code for link, code in enumerate(chain(grid), start=2)},
                "chain": chain_of(grid, self._coverage.names),
            }
            found = self._heads[8 * index + level] = as_json(told)[:-1] + b',"how":"'
        return found


class LocateDirect:
    """Answers what it can; see `api.direct`."""

    def __init__(self, here: Service, key: str) -> None:
        self._here = here
        self._key = key
        self._near_m = here.settings.near_border_m
        self._words: dict[int, Words] = {}

    def __call__(self, scope: Scope, headers: Headers) -> Reply | None:
        """The answer, or None."""
        asked = read_query(scope["query_string"])
        if asked is None or scope["path"] != "/locate":
            return None
        lon, lat, options = asked
        try:
            token = headers.get(b"authorization")
            who = NOBODY if token is None else caller_of(self._key, token.decode("latin-1"))
            if options.datum != "cgcs2000":
                lon, lat = position(lon, lat, options.datum)
            body = self._body(lon, lat, options, who)
        except WanggeError:
            return None
        if body is None:
            return None
        return Reply("/locate", 200, _PUBLIC if who.scope is None else _PRIVATE, body)

    def _body(self, lon: float, lat: float, options: Options, who: Caller) -> bytes | None:
        edition = self._here.now_edition(options.day, options.edition)
        coverage = None if edition is None else self._here.now_coverage(edition)
        if edition is None or coverage is None:
            return None
        index, on_border, border_m, behind = coverage.locator.index.place(lon, lat)
        if index < 0 or border_m is None:
            return None
        words = self._words.get(edition) or self._words_of(edition, coverage)
        personal = _NOTHING if who.scope is None else self._personal(who, edition, words.codes[index], lon, lat)
        if personal is None:
            return None
        return b'%b%b","border_m":%b,"neighbour":%b,"sure":%b,"unit":%b' % (
            words.head(index, options.level),
            b"border" if on_border else b"inside",
            repr(round(border_m, 3)).encode(),
            words.names[behind],
            b"true" if is_sure(border_m, self._near_m) else b"false",
            personal,
        )

    def _personal(self, who: Caller, edition: int, grid: str, lon: float, lat: float) -> bytes | None:
        """The values of ``unit`` and ``staff`` as far as the caller may see them; None if they are not in memory."""
        unit, staff = b"null", b"[]"
        if who.sees("households.read", grid):
            kept = self._here.people.now_homes(edition)
            if kept is None:
                return None
            place = kept.homes.index.nearest_one(grid, lon, lat)
            unit = unit if place < 0 else kept.units[place]
        if sees(who, grid):
            roster = self._here.people.now_roster()
            if roster is None:
                return None
            staff = roster.json.get(grid, staff)
        return b'%b,"staff":%b}' % (unit, staff)

    def _words_of(self, edition: int, coverage: Coverage) -> Words:
        if len(self._words) >= KEPT_EDITIONS:
            self._words.clear()
        words = self._words[edition] = Words(coverage)
        return words


def read_query(query: bytes) -> tuple[float, float, Options] | None:
    """Point and options of a query string in one of the usual forms; None for any other, however right it may be."""
    match = _USUAL.fullmatch(query) or _USUAL.fullmatch(_sorted(query))
    if match is None:
        return None
    lon, lat, rest = match.groups()
    options = _NO_OPTIONS if rest is None else _read_options(rest)
    return None if options is None else (float(lon), float(lat), options)


def _sorted(query: bytes) -> bytes:
    """The parameters with the longitude first, the latitude second."""
    first = (b"lon=", b"lat=")
    parts = query.split(b"&")
    return b"&".join(
        [part for name in first for part in parts if part[:4] == name]
        + [part for part in parts if part[:4] not in first]
    )


@lru_cache(maxsize=1024)
def _read_options(rest: bytes) -> Options | None:
    found: dict[str, str] = {}
    for part in rest.decode("latin-1").split("&"):
        name, _, value = part.partition("=")
        if name in found or not _PLAIN.fullmatch(value):
            return None
        found[name] = value
    level, datum = found.pop("level", "6"), found.pop("datum", "cgcs2000")
    edition, day = found.pop("edition", None), found.pop("datetime", None)
    if found or datum not in DATUMS or not _LEVEL.fullmatch(level):
        return None
    if edition is not None and not _EDITION.fullmatch(edition):
        return None
    try:
        return Options(int(level), datum, int(edition) if edition else None, parse_day(day) if day else None)
    except WanggeError:
        return None
