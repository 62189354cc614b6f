"""The basic grids of a draft as a collection to be edited: OGC API Features Part 4 (create, replace, update, delete)."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import shapely
from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from api.access import Caller, caller
from api.addresses import base_url
from api.bodies import GridCode, Here, Line, Word
from api.draft_access import DraftId, Reader, Writer, on_draft
from api.draft_ogc import CRS, LEAF, DraftApi
from api.draft_ogc_routes import Format, GeoJson, told
from api.draft_shapes import feature, read_polygon, swapped
from api.ogc.links import GEOJSON, told_limit
from api.ogc.parameters import parse_items
from api.ogc.window import window
from api.problems import language
from api.service import Service
from boundaries.draft_leaves import Leaf, count_draft_leaves, read_draft_leaves
from boundaries.drafts import Change, issue_code, lock_draft, put_changes, read_draft, remove_leaf
from boundaries.rounded import unrounded
from gis.crs import Crs, parse_crs
from gis.db import Connection
from gis.errors import InvalidCrs, InvalidInput, NotFound, PreconditionFailed
from gis.scope import Scope

_EARTH = (-180.0, -90.0, 180.0, 90.0)
router = APIRouter(prefix="/drafts/{draft_id}/ogc/collections/leaf/items", tags=["drafts"])


class _AsWritten(bytes):
    """The name of a header that keeps its capital: QGIS 3.40 finds no new item by ``location``, as uvicorn would have it."""

    def lower(self) -> "_AsWritten":
        return self


class ItemProperties(BaseModel):
    """Of a basic grid. ``parent`` counts when one is created; a ``code`` that comes along then is that of what it was cut from."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)
    code: Word | None = None
    name: Line | None = None
    parent: GridCode | None = None


class Item(BaseModel):
    """A basic grid as a GeoJSON feature (RFC 7946), or what is to be changed of it (RFC 7396)."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["Feature"] = "Feature"
    properties: ItemProperties = ItemProperties()
    geometry: dict[str, Any] | None = None


def parse_system(value: str | None) -> Crs:
    """The system that ``crs`` or ``Content-Crs`` names; longitude and latitude by default.

    Raises
    ------
    InvalidCrs
        If it is not one of the collection's.
    """
    found = CRS[0] if value is None else parse_crs(value.strip().removeprefix("<").removesuffix(">"))
    if found not in CRS:
        raise InvalidCrs(value=value, known=", ".join(crs.uri for crs in CRS))
    return found


def content_crs(
    content_crs: Annotated[str | None, Header(max_length=200, description="system of the coordinates sent")] = None,
) -> Crs:
    """FastAPI dependency: the system of the coordinates sent (part 4). Raises as `parse_system`."""
    return parse_system(content_crs)


AskedIn = Annotated[str | None, Query(alias="crs", description="system of the coordinates answered")]


def page_parameters(
    request: Request,
    _form: Format = "json",
    _crs: AskedIn = None,
    _bbox: Annotated[str | None, Query(alias="bbox", description="items that touch this box")] = None,
    _box_crs: Annotated[str | None, Query(alias="bbox-crs", description="system of the box")] = None,
    _datetime: Annotated[str | None, Query(alias="datetime", description="of no effect: a draft is of no day")] = None,
    _limit: Annotated[int | None, Query(alias="limit", ge=1, description="items in a page")] = None,
    _offset: Annotated[int | None, Query(alias="offset", ge=0, description="items to skip")] = None,
) -> dict[str, str]:
    """FastAPI dependency: the parameters of a page of items, as they were given."""
    return dict(request.query_params)


Given = Annotated[dict[str, str], Depends(page_parameters)]
SentIn = Annotated[Crs, Depends(content_crs)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller works: a draft of the jurisdiction."""

    service: Service
    scope: Scope
    draft: int
    root: str

    @contextmanager
    def locked(self) -> Generator[Connection]:
        """A transaction that has the draft to itself. Raises NotFound if the caller does not see it."""
        with on_draft(self.service, self.scope, self.draft) as connection:
            lock_draft(connection, self.draft)
            yield connection


def place(request: Request, draft_id: DraftId, here: Here, scope: Writer) -> Place:
    """FastAPI dependency: the draft in which a caller writes."""
    return Place(here, scope, draft_id, f"{base_url(request)}/drafts/{draft_id}/ogc/collections/leaf/items")


@dataclass(frozen=True, slots=True)
class Target:
    """An item that a caller is about to change, and the tags of the states in which it may be."""

    place: Place
    code: str
    tags: frozenset[str]

    @contextmanager
    def locked(self) -> Generator[tuple[Connection, Leaf]]:
        """A transaction that has the draft to itself, and the item as the caller saw it.

        Raises
        ------
        NotFound, PreconditionFailed
        """
        with self.place.locked() as connection:
            leaf = _leaf(connection, self.place.draft, self.code)
            if "*" not in self.tags and _etag(self.code, leaf) not in self.tags:
                raise PreconditionFailed(value=self.code)
            yield connection, leaf


def target(
    at: Annotated[Place, Depends(place)],
    code: GridCode,
    if_match: Annotated[str | None, Header(max_length=400, description="ETag of the item that was seen")] = None,
) -> Target:
    """FastAPI dependency: the item to be changed, whatever its state without `If-Match`."""
    return Target(at, code, frozenset(tag.strip() for tag in (if_match or "*").split(",")))


At = Annotated[Target, Depends(target)]


def writable(draft_id: DraftId, here: Here, scope: Reader, who: Annotated[Caller, Depends(caller)]) -> bool:
    """FastAPI dependency: whether the caller may write and the draft is open. Raises NotFound, NotSignedIn, Forbidden."""
    with on_draft(here, scope, draft_id) as connection:
        return who.may("drafts.write") and read_draft(connection, draft_id).state == "open"


Writable = Annotated[bool, Depends(writable)]


@router.options("", status_code=204)
def options(may_write: Writable) -> Response:
    """What the collection takes from this caller."""
    writing = {"Allow": "GET, HEAD, POST, OPTIONS", "Accept-Post": GEOJSON}
    return Response(status_code=204, headers=writing if may_write else {"Allow": "GET, HEAD, OPTIONS"})


@router.options("/{code}", status_code=204)
def item_options(may_write: Writable) -> Response:
    """What an item takes from this caller; clients ask of any code to learn what they may do."""
    writing = {"Allow": "GET, HEAD, PUT, PATCH, DELETE, OPTIONS", "Accept-Patch": "application/merge-patch+json"}
    return Response(status_code=204, headers=writing if may_write else {"Allow": "GET, HEAD, OPTIONS"})


@router.get("", response_class=GeoJson)
def items(request: Request, draft_id: DraftId, here: Here, scope: Reader, given: Given) -> Response:
    """A page of the basic grids of the draft as it stands."""
    query = parse_items(given, LEAF, max_page=here.settings.max_page, crs_list=CRS)
    box = None if query.box is None else window(query.box, query.box_crs, _EARTH)
    with on_draft(here, scope, draft_id) as connection:
        api = DraftApi(
            f"{base_url(request)}/drafts/{draft_id}/ogc", read_draft(connection, draft_id), None, language(request)
        )
        matched = count_draft_leaves(connection, draft_id, window=box)
        leaves = read_draft_leaves(connection, draft_id, window=box, limit=query.limit, offset=query.offset)
    page = {
        "type": "FeatureCollection",
        "features": [_told(code, leaf, query.crs) for code, leaf in leaves.items()],
        "numberMatched": matched,
        "numberReturned": len(leaves),
        "links": api.page_links(given, offset=query.offset, limit=query.limit, matched=matched),
    }
    return told(page | told_limit(query), GEOJSON, Content_Crs=f"<{query.crs.uri}>")


@router.get("/{code}", response_class=GeoJson)
def item(
    draft_id: DraftId, code: GridCode, here: Here, scope: Reader, crs: AskedIn = None, _form: Format = "json"
) -> Response:
    """One basic grid of the draft, with its ETag."""
    system = parse_system(crs)
    with on_draft(here, scope, draft_id) as connection:
        return _answer(connection, draft_id, code, system)


@router.post("", status_code=201, response_class=GeoJson)
def post_item(at: Annotated[Place, Depends(place)], given: Item, sent: SentIn) -> Response:
    """Create a basic grid under `parent`; its code is given by the service."""
    named = given.properties
    if named.name is None or named.parent is None:
        raise InvalidInput(field="properties", reason_zh="name、parent 必填", reason_en="name and parent are required")
    drawn = read_polygon(given.geometry, "geometry", latitude_first=sent.north_first)
    with at.locked() as connection:
        code = issue_code(connection, at.draft, named.parent, name=named.name)
        put_changes(connection, at.draft, [Change(code, "put", named.name, _exact(connection, at.draft, drawn))])
        answer = _answer(connection, at.draft, code, sent, status=201)
    answer.raw_headers.append((_AsWritten(b"Location"), f"{at.root}/{code}".encode()))
    return answer


@router.put("/{code}", response_class=GeoJson)
def put_item(at: At, given: Item, sent: SentIn) -> Response:
    """Replace outline and name of a basic grid; with `If-Match` only if it is still as it was seen."""
    name = given.properties.name
    if name is None:
        raise InvalidInput(field="properties.name", reason_zh="必填", reason_en="is required")
    return _change(at, given, sent, name, read_polygon(given.geometry, "geometry", latitude_first=sent.north_first))


@router.patch("/{code}", response_class=GeoJson)
def patch_item(at: At, given: Item, sent: SentIn) -> Response:
    """Change the outline or the name of a basic grid; `If-Match` as with PUT."""
    name, drawn = given.properties.name, None
    if name is None and "name" in given.properties.model_fields_set:
        raise InvalidInput(field="properties.name", reason_zh="不能删去", reason_en="cannot be removed")
    if "geometry" in given.model_fields_set:
        drawn = read_polygon(given.geometry, "geometry", latitude_first=sent.north_first)
    return _change(at, given, sent, name, drawn)


@router.delete("/{code}", status_code=204)
def delete_item(at: At) -> None:
    """Retire a basic grid; one that the draft created is simply gone. `If-Match` as with PUT."""
    with at.locked() as (connection, _):
        remove_leaf(connection, at.place.draft, at.code)


def _change(at: Target, given: Item, sent: Crs, name: str | None, drawn: Any) -> Response:
    """Write what is given of an item; what is None stays."""
    fixed = {"code": (given.properties.code, at.code), "parent": (given.properties.parent, at.code[:15])}
    for field, (wanted, has) in fixed.items():
        if wanted not in {None, has}:
            raise InvalidInput(
                field=f"properties.{field}",
                reason_zh=f"不能改；要移到别的上级，请在那里新建（POST），再删去 {at.code}",
                reason_en=f"cannot be changed; to move it, create one under the other parent (POST) and delete {at.code}",
            )
    draft = at.place.draft
    with at.locked() as (connection, leaf):
        shape = leaf.geometry if drawn is None else _exact(connection, draft, drawn)
        put_changes(connection, draft, [Change(at.code, "put", name or leaf.name, shape)])
        return _answer(connection, draft, at.code, sent)


def _exact(connection: Connection, draft: int, drawn: Any) -> Any:
    """What was drawn, with the digits that the client's program rounded away."""
    around = shapely.to_wkb(shapely.box(*shapely.bounds(drawn)))
    known = read_draft_leaves(connection, draft, window=around)
    return unrounded(drawn, [leaf.geometry for leaf in known.values()])


def _leaf(connection: Connection, draft: int, code: str) -> Leaf:
    found = read_draft_leaves(connection, draft, code).get(code)
    if found is None:
        raise NotFound(what_zh="网格", what_en="grid", value=code)
    return found


def _answer(connection: Connection, draft: int, code: str, system: Crs, *, status: int = 200) -> Response:
    leaf = _leaf(connection, draft, code)
    tagged = {"ETag": _etag(code, leaf), "Content_Crs": f"<{system.uri}>"}
    return told(_told(code, leaf, system), GEOJSON, status=status, **tagged)


def _told(code: str, leaf: Leaf, system: Crs) -> dict[str, Any]:
    shape = swapped(leaf.geometry) if system.north_first else leaf.geometry
    return {**feature(shape, {"code": code, "parent": code[:15], "name": leaf.name}), "id": code}


def _etag(code: str, leaf: Leaf) -> str:
    content = f"{code}\0{leaf.name}\0".encode() + shapely.to_wkb(leaf.geometry)
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
