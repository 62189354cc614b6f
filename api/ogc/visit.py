"""One request to `/ogc`: who asks, in which language and format, for which edition; and how it is answered."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.access import Caller, caller
from api.addresses import base_url
from api.ogc.collections import visible
from api.ogc.config import SUMMARY, configuration, described
from api.ogc.context import CRS84, Asked
from api.ogc.frames import Frame, Frames
from api.ogc.model import Collection
from api.ogc.parameters import COMMON, FORMATS, ItemsQuery, single
from api.ogc.window import window
from api.problems import language
from api.service import Service, service
from api.tile_answers import matches
from gis.errors import InvalidInput, Lang

VARY = "Accept, Accept-Language, Authorization"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request.

    Attributes
    ----------
    base : address of the service, ``url`` of ``/ogc``, ``own`` of this very resource, all without parameters.
    params : the parameters given, each once.
    """

    service: Service
    caller: Caller
    lang: Lang
    format: str
    base: str
    own: str
    params: Mapping[str, str]
    frame: Frame
    frames: Frames

    @property
    def url(self) -> str:
        """Address of the landing page."""
        return f"{self.base}/ogc"

    @property
    def html(self) -> bool:
        """Whether a page is wanted."""
        return self.format == "html"

    @property
    def ids(self) -> tuple[str, ...]:
        """The collections this caller may read."""
        return visible(self.caller)

    def configuration(self) -> dict[str, object]:
        """The configuration of pygeoapi for this caller."""
        return configuration(
            url=self.url,
            title=self.frame.title,
            ids=self.ids,
            county=self.frame.county,
            begin=self.frame.begin,
            synthetic=self.frame.edition.synthetic,
            max_page=self.service.settings.max_page,
        )

    @property
    def summary(self) -> str:
        """What the API is, with the notice where data are synthetic."""
        return described(SUMMARY, synthetic=self.frame.edition.synthetic)[self.lang]

    def at(self, query: ItemsQuery) -> "Visit":
        """The same visit, to the edition that the query is about."""
        return replace(self, frame=self.frames.get(query.edition, query.when))

    def asked(self, collection: Collection, query: ItemsQuery) -> Asked:
        """The context of the provider for a query; the scope goes along only where the collection needs one."""
        scope = self.caller.scope_for(collection.permission) if collection.permission else None
        area = None if query.box is None else window(query.box, query.box_crs, self.frame.county)
        crs = CRS84 if self.html else query.crs  # pages draw a map in degrees
        day = self.frame.day(query.when)
        return Asked(self.service, scope, self.frame.edition, day, crs, area, query.condition, query.after)


def frames_of(request: Request) -> Frames:
    """The application's frames; made on first use."""
    state = request.app.state
    if getattr(state, "ogc_frames", None) is None:
        state.ogc_frames = Frames(service(request))
    return state.ogc_frames


def visit(
    request: Request, known: tuple[str, ...] = COMMON, formats: Mapping[str, str] = FORMATS, form: str | None = None
) -> Visit:
    """Read what every request has in common.

    Parameters
    ----------
    form : the format that the end of the address names, as `f` would.

    Raises
    ------
    InvalidInput
        For a parameter that is unknown, given twice, or names a format or language that is not there.
    NotSignedIn
        For a token that is not valid.
    NotReady, DatabaseUnavailable
    """
    who = caller(request)
    params = single(request.query_params, known)
    own = request.scope["path"].rstrip("/")
    if form is not None:
        own = own.rpartition(".")[0]
        params = _named(params, form)
    base = base_url(request)
    frames = frames_of(request)
    return Visit(
        service=service(request),
        caller=who,
        lang=_language(request, params),
        format=format_of(request.headers.get("accept", ""), params, formats),
        base=base,
        own=base + own,
        params=params,
        frame=frames.get(),
        frames=frames,
    )


def _named(params: dict[str, str], form: str) -> dict[str, str]:
    if "f" in params:
        raise InvalidInput(field="f", reason_zh="地址已指明格式", reason_en="the address names the format already")
    return {**params, "f": form}


def _language(request: Request, params: Mapping[str, str]) -> Lang:
    asked = params.get("lang")
    if asked is not None and asked not in {"zh", "en"}:
        raise InvalidInput(field="lang", reason_zh="应为 zh 或 en", reason_en="zh or en")
    return language(request)


def format_of(accept: str, params: Mapping[str, str], formats: Mapping[str, str]) -> str:
    """``f``, else the first of the Accept header by weight that is offered, else JSON.

    Raises
    ------
    InvalidInput
        If ``f`` names a format that is not there.
    """
    asked = params.get("f")
    if asked is not None:
        if asked not in formats:
            known = ", ".join(formats)
            raise InvalidInput(field="f", reason_zh=f"没有此格式；可用：{known}", reason_en=f"one of {known}")
        return asked
    accepted = [_weighed(part) for part in accept.split(",")]
    for media, _ in sorted(accepted, key=lambda pair: -pair[1]):
        if media == "text/html":
            return "html"
        if media.endswith(("json", "*/*", "application/*")):
            return "json"
        if (wanted := next((name for name, offered in formats.items() if offered == media), None)) is not None:
            return wanted
    return "json"


def _weighed(part: str) -> tuple[str, float]:
    media, *options = (piece.strip().lower() for piece in part.split(";"))
    for option in options:
        name, _, value = option.partition("=")
        if name.strip() == "q":
            try:
                return media, float(value)
            except ValueError:
                return media, 0.0
    return media, 1.0


def answer(
    request: Request,
    seen: Visit,
    body: bytes,
    media: str,
    *,
    lasting: bool = False,
    tag: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer, or 304 if the client has these very bytes already.

    Parameters
    ----------
    lasting : whether the address names an edition, so that the answer never changes.
    tag : its ETag; made of the body if not given.
    """
    tag = tag or f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    told = {"ETag": tag, **shared_headers(seen, lasting=lasting), **(headers or {})}
    if matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=told)
    return Response(body, headers={**told, "Content-Type": media})


def life(who: Caller, *, lasting: bool) -> str:
    """The Cache-Control of an answer to somebody; ``lasting`` as for `answer`."""
    if who.scope is not None:
        return "private, no-cache"
    return "public, max-age=31536000, immutable" if lasting else "public, max-age=0, must-revalidate"


def shared_headers(seen: Visit, *, lasting: bool) -> dict[str, str]:
    """Headers of every answer but the tag; ``lasting`` as for `answer`."""
    return {"Cache-Control": life(seen.caller, lasting=lasting), "Vary": VARY, "Content-Language": seen.lang}


def dumped(document: object) -> bytes:
    """JSON bytes, the same for the same document."""
    return orjson.dumps(document)
