"""Items of `/ogc` ahead of the framework: GeoJSON put together from items that are kept as they are sent.

Answered are the usual questions about public items of an edition: one item, pages, a box, equal properties, a point.
"""

import re
from functools import cache
from typing import NamedTuple

import numpy as np
import shapely
from starlette.datastructures import QueryParams
from starlette.types import Scope

from api.access import NOBODY, Caller, caller_of
from api.addresses import told_base
from api.direct import Fixed, Headers, Reply
from api.ogc import geojson, links
from api.ogc.collections import COLLECTIONS
from api.ogc.config import NOTICE
from api.ogc.context import CRS84
from api.ogc.cql.parse import LANGUAGES
from api.ogc.frames import Frame, Frames
from api.ogc.memory import Items, Memory, common, is_kept
from api.ogc.model import Collection
from api.ogc.parameters import ITEM, ITEMS, ITEMS_FORMATS, ItemsQuery, parse_item, parse_items, single
from api.ogc.visit import VARY, format_of, life
from api.ogc.window import window
from api.problems import language_of
from api.service import Service
from api.tile_answers import matches
from gis.arrays import I64
from gis.codes import WIDTHS, chain
from gis.errors import Lang, WanggeError

_PATH = re.compile(r"/ogc/collections/([a-z0-9-]{1,40})/items(?:/([0-9]{6,20}))?")
_NUMBER = r"(-?[0-9]{1,3}(?:\.[0-9]{1,15})?)"
_POINT = re.compile(rf"S_INTERSECTS\(\s*geometry\s*,\s*POINT\s*\(\s*{_NUMBER}\s+{_NUMBER}\s*\)\s*\)", re.IGNORECASE)
_BORDER_M = 0.01  # nearer to a border the database's own arithmetic decides
_KEPT_QUESTIONS, _LONGEST = 1024, 1000  # and the longest query string of one
_ITEM_ROUTE = "/ogc/collections/{name}/items/{identifier}"
_PAGE_ROUTE = "/ogc/collections/{name}/items"
KEPT = {collection.id: collection for collection in COLLECTIONS.values() if is_kept(collection)}


class Question(NamedTuple):
    """What a query string asks for.

    Attributes
    ----------
    params : as they were given; ``point`` is lon, lat of a filter that asks what lies there.
    """

    params: dict[str, str]
    query: ItemsQuery
    point: tuple[float, float] | None


class ItemsDirect:
    """Answers what it can, see `api.direct`; used by the event loop only."""

    def __init__(self, here: Service, frames: Frames, memory: Memory, key: str) -> None:
        self._here, self._frames, self._memory, self._key = here, frames, memory, key
        self._questions: dict[tuple[str, bool, bytes], Question | None] = {}
        self._current: Frame | None = None

    def __call__(self, scope: Scope, headers: Headers) -> Reply | None:
        """The answer, or None."""
        match = _PATH.fullmatch(scope["path"])
        chosen = KEPT.get(match[1]) if match else None
        if match is None or chosen is None:
            return None
        base = self._base(scope, headers)
        question = self._question(chosen, match[2] is None, scope["query_string"])
        if base is None or question is None:
            return None
        try:
            token = headers.get(b"authorization")
            who = NOBODY if token is None else caller_of(self._key, token.decode("latin-1"))
            return self._answer(chosen, match[2], question, base, headers, who)
        except WanggeError:  # the framework tells it
            return None

    def _answer(
        self, chosen: Collection, identifier: str | None, asked: Question, base: str, headers: Headers, who: Caller
    ) -> Reply | None:
        if format_of(_text(headers, b"accept"), asked.params, ITEMS_FORMATS) != "json":
            return None
        number = self._here.now_edition(asked.query.when, asked.query.edition)
        frame = self._frames.now(number)
        items = None if frame is None else self._memory.now(chosen, frame.edition.number)
        if frame is None or items is None:
            return None
        lang = language_of(asked.params.get("lang") or _text(headers, b"accept-language"), self._here.settings.lang)
        told = Told(
            lang, life(who, lasting=chosen.lasting and "edition" in asked.params), _text(headers, b"if-none-match")
        )
        if identifier is not None:
            return _one(chosen, identifier, asked, f"{base}/ogc", items, told)
        if asked.query.after is not None and asked.query.after not in items.places:
            return None
        places = self._places(chosen, asked, frame, items)
        return None if places is None else _page(chosen, places, asked, f"{base}/ogc", frame, items, told)

    def _places(self, chosen: Collection, asked: Question, frame: Frame, items: Items) -> I64 | None:
        """The items that meet a question, in order; None where memory cannot tell."""
        query, parts = asked.query, list[I64 | None]()
        filters = query.filters if chosen.level is None else (*query.filters, ("level", chosen.level))
        parts += [items.equal(name, value) for name, value in filters]
        if query.box is not None:
            parts.append(items.touching(shapely.from_wkb(window(query.box, query.box_crs, frame.county))))
        if asked.point is not None:
            parts.append(self._around(chosen, frame.edition.number, asked.point, items))
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        found = common(known) if known else items.all()
        return None if query.box is not None and not len(found) else found  # the framework tells why

    def _around(self, chosen: Collection, edition: int, point: tuple[float, float], items: Items) -> I64 | None:
        """The grids of all levels that a point lies in, away from their borders."""
        coverage = self._here.now_coverage(edition)
        if coverage is None or chosen.identifier != "grid":
            return None
        index, _, border_m, _ = coverage.locator.index.place(*point)
        if index < 0 or border_m is None or border_m < _BORDER_M:
            return None
        return items.named(chain(str(coverage.locator.codes[index])))

    def _question(self, chosen: Collection, page: bool, text: bytes) -> Question | None:
        """What is asked; None if it is wrong or unusual. Kept: a client asks much the same again and again."""
        current = self._frames.now(self._here.now_edition())
        if current is None or len(text) > _LONGEST:
            return None
        if current is not self._current or len(self._questions) >= _KEPT_QUESTIONS:
            self._questions, self._current = {}, current
        key = (chosen.id, page, text)
        if key not in self._questions:
            try:
                self._questions[key] = _read(chosen, text, current, self._here.settings.max_page, page=page)
            except WanggeError:
                self._questions[key] = None
        return self._questions[key]

    def _base(self, scope: Scope, headers: Headers) -> str | None:
        """The address of the service; None where only the framework can tell it."""
        settings = self._here.settings
        if settings.public_url is None and b"x-forwarded-proto" in headers:
            return None
        return told_base(settings.public_url, settings.host, scope.get("scheme", "http"), _text(headers, b"host"))


class Told(NamedTuple):
    """How an answer is sent: its language, its Cache-Control, and the tags that the client has."""

    lang: Lang
    life: str
    known: str

    def reply(self, route: str, tag: str, body: bytes | None) -> Reply:
        """The answer; without a body 304."""
        fixed = _fixed(self.life, self.lang, whole=body is not None)
        return Reply(route, 304 if body is None else 200, fixed, body or b"", [(b"etag", tag.encode())])


@cache
def _fixed(life: str, lang: Lang, *, whole: bool) -> Fixed:
    headers = {"cache_control": life, "vary": VARY, "content_language": lang, "content_crs": f"<{CRS84.uri}>"}
    return Fixed(**headers, **({"content_type": links.GEOJSON} if whole else {}))


def _one(chosen: Collection, identifier: str, asked: Question, url: str, items: Items, told: Told) -> Reply | None:
    place = items.places.get(identifier)
    if place is None or (chosen.level is not None and len(identifier) != WIDTHS[chosen.level]):
        return None
    rest = geojson.item_rest(links.of_item(url, chosen, {"id": identifier}, asked.params, told.lang))
    tag = geojson.tag(items.digests[place].tobytes(), rest)
    unchanged = matches(told.known, tag)
    return told.reply(_ITEM_ROUTE, tag, None if unchanged else geojson.item(items.bodies[place], rest))


def _page(chosen: Collection, places: I64, asked: Question, url: str, frame: Frame, items: Items, told: Told) -> Reply:
    query, number = asked.query, frame.edition.number
    first = (
        query.offset if query.after is None else int(np.searchsorted(places, items.places[query.after], side="right"))
    )
    shown = places[first : first + query.limit]
    last = items.ids[shown[-1]] if first + query.limit < len(places) else None
    own = f"{url}/collections/{chosen.id}/items"
    linked = links.of_page(own, asked.params, query, edition=number, last=last, lang=told.lang)
    page = {"numberMatched": len(places), "numberReturned": len(shown), "links": linked, "edition": number}
    page |= links.told_limit(query)
    notice = {"notice": NOTICE[told.lang]} if frame.edition.synthetic else {}
    rest = geojson.page_rest(page | notice)
    tag = geojson.tag(items.digests[shown].tobytes(), rest)
    if matches(told.known, tag):
        return told.reply(_PAGE_ROUTE, tag, None)
    bodies = items.bodies
    return told.reply(_PAGE_ROUTE, tag, geojson.page([bodies[place] for place in shown.tolist()], rest))


def _read(chosen: Collection, text: bytes, frame: Frame, max_page: int, *, page: bool) -> Question | None:
    """What a query string asks for, if it is one of the usual questions.

    Raises
    ------
    InvalidInput, InvalidCrs
    """
    known = (*ITEMS, *(field.name for field in chosen.fields)) if page else ITEM
    params = single(QueryParams(text), known)
    if params.get("lang", "zh") not in {"zh", "en"}:
        return None
    plain, point = dict(params), None
    if "filter" in params:
        match = _POINT.fullmatch(plain.pop("filter").strip())
        if match is None or plain.pop("filter-lang", LANGUAGES[0]) != LANGUAGES[0]:
            return None
        point = (float(match[1]), float(match[2]))
    query = (
        parse_items(plain, chosen, max_page=max_page, crs_list=frame.crs)
        if page
        else parse_item(plain, crs_list=frame.crs)
    )
    unusual = (query.condition, query.sort, query.select, query.skip_geometry, query.hits, query.crs != CRS84)
    return None if any(unusual) else Question(params, query, point)


def _text(headers: Headers, name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")
