"""The basic grids of a draft as a collection to be edited: OGC API Features Part 4 (create, replace, update, delete)."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import shapely
from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api.bodies import GridCode, Here, Line
from api.draft_access import DraftId, Reader, Writer, on_draft
from api.draft_shapes import collection, feature, read_polygon
from api.service import Service
from api.shapes import private
from boundaries.drafts import Change, issue_code, lock_draft, put_changes, remove_leaf
from boundaries.offline import read_draft_leaves
from boundaries.offline_file import Leaf
from gis.db import Connection
from gis.errors import InvalidInput, NotFound, PreconditionFailed
from gis.scope import Scope

ITEMS = "/drafts/{draft_id}/ogc/collections/leaf/items"
router = APIRouter(prefix=ITEMS, tags=["drafts"], dependencies=[Depends(private)])
IfMatch = Annotated[str | None, Header(max_length=400, description="ETag of the item that was seen")]


class ItemProperties(BaseModel):
    """Of a basic grid; ``parent`` counts when one is created."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)
    name: Line | None = None
    parent: GridCode | None = None


class Item(BaseModel):
    """A basic grid as a GeoJSON feature (RFC 7946), or what is to be changed of it (RFC 7396)."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["Feature"] = "Feature"
    properties: ItemProperties = ItemProperties()
    geometry: dict[str, Any] | None = None


@router.options("", status_code=204)
def options(response: Response) -> None:
    """What the collection takes."""
    response.headers["Allow"] = "GET, HEAD, POST, OPTIONS"
    response.headers["Accept-Post"] = "application/geo+json"


@router.get("")
def items(draft_id: DraftId, here: Here, scope: Reader) -> dict[str, Any]:
    """The basic grids of the draft as it stands."""
    with on_draft(here, scope, draft_id) as connection:
        leaves = read_draft_leaves(connection, draft_id)
    return collection(_told(code, leaf) for code, leaf in leaves.items())


@router.post("", status_code=201)
def post_item(draft_id: DraftId, given: Item, response: Response, here: Here, scope: Writer) -> dict[str, Any]:
    """Create a basic grid under `parent`; its code is given by the service."""
    named = given.properties
    if named.name is None or named.parent is None:
        raise InvalidInput(field="properties", reason_zh="name、parent 必填", reason_en="name and parent are required")
    shape = read_polygon(given.geometry, "geometry")
    with on_draft(here, scope, draft_id) as connection:
        code = issue_code(connection, draft_id, named.parent, name=named.name)
        put_changes(connection, draft_id, [Change(code, "put", named.name, shape)])
        response.headers["Location"] = f"{ITEMS.format(draft_id=draft_id)}/{code}"
        return _answer(connection, draft_id, code, response)


@router.options("/{code}", status_code=204)
def item_options(response: Response) -> None:
    """What an item takes."""
    response.headers["Allow"] = "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"
    response.headers["Accept-Patch"] = "application/merge-patch+json"


@router.get("/{code}")
def item(draft_id: DraftId, code: GridCode, response: Response, here: Here, scope: Reader) -> dict[str, Any]:
    """One basic grid of the draft, with its ETag."""
    with on_draft(here, scope, draft_id) as connection:
        return _answer(connection, draft_id, code, response)


@router.put("/{code}")
def put_item(
    draft_id: DraftId,
    code: GridCode,
    given: Item,
    response: Response,
    here: Here,
    scope: Writer,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Replace outline and name of a basic grid; with `If-Match` only if it is still as it was seen."""
    if given.properties.name is None:
        raise InvalidInput(field="properties.name", reason_zh="必填", reason_en="is required")
    change = Change(code, "put", given.properties.name, read_polygon(given.geometry, "geometry"))
    with _seen(here, scope, draft_id, code, if_match) as (connection, _):
        put_changes(connection, draft_id, [change])
        return _answer(connection, draft_id, code, response)


@router.patch("/{code}")
def patch_item(
    draft_id: DraftId,
    code: GridCode,
    given: Item,
    response: Response,
    here: Here,
    scope: Writer,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Change the outline or the name of a basic grid; `If-Match` as with PUT."""
    with _seen(here, scope, draft_id, code, if_match) as (connection, leaf):
        shape = leaf.geometry if given.geometry is None else read_polygon(given.geometry, "geometry")
        put_changes(connection, draft_id, [Change(code, "put", given.properties.name or leaf.name, shape)])
        return _answer(connection, draft_id, code, response)


@router.delete("/{code}", status_code=204)
def delete_item(draft_id: DraftId, code: GridCode, here: Here, scope: Writer, if_match: IfMatch = None) -> None:
    """Retire a basic grid; one that the draft created is simply gone. `If-Match` as with PUT."""
    with _seen(here, scope, draft_id, code, if_match) as (connection, _):
        remove_leaf(connection, draft_id, code)


@contextmanager
def _seen(
    here: Service, scope: Scope, draft: int, code: str, if_match: str | None
) -> Generator[tuple[Connection, Leaf]]:
    """A transaction that has the draft to itself, and the item, if it is as the caller saw it.

    Raises
    ------
    NotFound, PreconditionFailed
    """
    with on_draft(here, scope, draft) as connection:
        lock_draft(connection, draft)
        leaf = _leaf(connection, draft, code)
        known = {tag.strip() for tag in (if_match or "*").split(",")}
        if "*" not in known and _etag(code, leaf) not in known:
            raise PreconditionFailed(value=code)
        yield connection, leaf


def _leaf(connection: Connection, draft: int, code: str) -> Leaf:
    found = read_draft_leaves(connection, draft, code).get(code)
    if found is None:
        raise NotFound(what_zh="网格", what_en="grid", value=code)
    return found


def _answer(connection: Connection, draft: int, code: str, response: Response) -> dict[str, Any]:
    leaf = _leaf(connection, draft, code)
    response.headers["ETag"] = _etag(code, leaf)
    return _told(code, leaf)


def _told(code: str, leaf: Leaf) -> dict[str, Any]:
    told = feature(leaf.geometry, {"code": code, "parent": code[:15], "name": leaf.name})
    return {**told, "id": code}


def _etag(code: str, leaf: Leaf) -> str:
    content = f"{code}\0{leaf.name}\0".encode() + shapely.to_wkb(leaf.geometry)
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
