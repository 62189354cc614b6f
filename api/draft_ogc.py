"""A draft as an OGC API of one collection, ``leaf``: its documents, in both languages."""

from dataclasses import dataclass
from typing import Any

from api.ogc import schemas
from api.ogc.collections import Collection, Field, Text
from api.ogc.context import CRS84
from api.ogc.links import GEOJSON, Link, address
from boundaries.drafts import Draft
from gis.crs import KNOWN, STORAGE
from gis.errors import Lang

Box = tuple[float, float, float, float]
JSON, SCHEMA, OPENAPI = "application/json", "application/schema+json", "application/vnd.oai.openapi+json;version=3.0"
CRS = (CRS84, KNOWN["EPSG:4326"], STORAGE)
"""Degrees only: a border that went to metres and back would have moved by a rounding."""

LEAF = Collection(
    id="leaf",
    title=Text("基础网格（草稿）", "Basic grids of the draft"),
    description=Text(
        "草稿中的基础网格，可新建、修改、注销；怎么画都先收下，检查时再判断",
        "The basic grids as the draft has them, to be created, changed and retired; every save is accepted and judged later",
    ),
    query="",
    geometry="multipolygon",
    identifier="grid",
    fields=(
        Field("code", "string", Text("编码", "Code")),
        Field("parent", "string", Text("上级编码", "Code of the parent")),
        Field("name", "string", Text("名称", "Name")),
    ),
    level=6,
)
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/{name}"
    for name in (
        "ogcapi-common-1/1.0/conf/core",
        "ogcapi-common-1/1.0/conf/json",
        "ogcapi-common-1/1.0/conf/landing-page",
        "ogcapi-common-1/1.0/conf/oas30",
        "ogcapi-common-2/1.0/conf/collections",
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/geojson",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-2/1.0/conf/crs",
        "ogcapi-features-4/1.0/conf/create-replace-delete",
        "ogcapi-features-4/1.0/conf/update",
        "ogcapi-features-4/1.0/conf/optimistic-locking-etags",
        "ogcapi-features-4/1.0/conf/features",
        "ogcapi-features-5/1.0/conf/schemas",
        "ogcapi-features-5/1.0/conf/core-roles-features",
    )
)
_TITLES: dict[str, Text] = {
    "self": Text("本文档", "This document"),
    "data": Text("数据集", "Collections"),
    "conformance": Text("遵循的标准", "Standards that are met"),
    "service-desc": Text("接口描述（OpenAPI）", "API definition (OpenAPI)"),
    "items": Text("要素", "Items"),
    "schema": Text("属性结构", "Schema"),
    "collection": Text("所属数据集", "Its collection"),
    "next": Text("下一页", "Next page"),
    "prev": Text("上一页", "Previous page"),
}
_RELATIONS = {"schema": "http://www.opengis.net/def/rel/ogc/1.0/schema"}
_CODE = schemas.identifier(LEAF)


@dataclass(frozen=True, slots=True)
class DraftApi:
    """A draft at an address: ``url`` of its landing page, ``extent`` of its basic grids in degrees, longitude first."""

    url: str
    draft: Draft
    extent: Box | None
    lang: Lang

    @property
    def items(self) -> str:
        """Address of the items."""
        return f"{self.url}/collections/leaf/items"

    def landing(self) -> dict[str, Any]:
        """The landing page (Features part 1, 7.2)."""
        links = [
            self.link("self", self.url, JSON),
            self.link("service-desc", f"{self.url}/openapi", OPENAPI),
            self.link("conformance", f"{self.url}/conformance", JSON),
            self.link("data", f"{self.url}/collections", JSON),
        ]
        return {"title": self.title(), "description": LEAF.description[self.lang], "links": links}

    def title(self) -> str:
        """Number and title of the draft."""
        return Text(f"草稿 {self.draft.id}：{self.draft.title}", f"Draft {self.draft.id}: {self.draft.title}")[
            self.lang
        ]

    def collections(self) -> dict[str, Any]:
        """All collections, which is one (part 1, 7.13)."""
        return {"links": [self.link("self", f"{self.url}/collections", JSON)], "collections": [self.collection()]}

    def collection(self) -> dict[str, Any]:
        """The collection (part 1, 7.14; part 2, 6.2)."""
        here = f"{self.url}/collections/leaf"
        told = {
            "id": LEAF.id,
            "title": f"{LEAF.title[self.lang]} · {self.draft.title}",
            "description": LEAF.description[self.lang],
            "itemType": "feature",
            "crs": [crs.uri for crs in CRS],
            "storageCrs": STORAGE.uri,
            "links": [
                self.link("self", here, JSON),
                self.link("items", self.items, GEOJSON),
                self.link("schema", f"{here}/schema", SCHEMA),
            ],
        }
        box = {} if self.extent is None else {"spatial": {"bbox": [list(self.extent)], "crs": CRS84.uri}}
        return {**told, "extent": box}

    def schema(self) -> dict[str, Any]:
        """The schema of items (part 5): what they hold, and what of it is given by the service."""
        code, parent, name = ({"title": f.title[self.lang], **f.schema} for f in LEAF.fields)
        under = Text(
            "新建时给出：15 位；或 12 位，则另立一个上级", "Of a new one: 15 digits, or 12 to have a parent made"
        )
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"{self.url}/collections/leaf/schema",
            "type": "object",
            "title": LEAF.title[self.lang],
            "description": LEAF.description[self.lang],
            "required": ["name", "geometry"],
            "properties": {
                "code": {**code, **_CODE, "readOnly": True, "x-ogc-role": "id", "x-ogc-propertySeq": 1},
                "parent": {**parent, "description": under[self.lang], "x-ogc-propertySeq": 2},
                "name": {**name, "minLength": 1, "maxLength": 200, "x-ogc-propertySeq": 3},
                "geometry": {"format": "geometry-multipolygon", "x-ogc-role": "primary-geometry"},
            },
        }

    def page_links(self, given: dict[str, str], *, offset: int, limit: int, matched: int) -> list[Link]:
        """Links of a page of items.

        Parameters
        ----------
        given : the parameters of this request.
        """
        links = [self.link("self", address(self.items, given), GEOJSON)]
        links.append(self.link("collection", f"{self.url}/collections/leaf", JSON))
        if offset + limit < matched:
            links.append(self.link("next", address(self.items, {**given, "offset": offset + limit}), GEOJSON))
        if offset:
            before = {**given, "offset": max(0, offset - limit)}
            links.append(self.link("prev", address(self.items, before), GEOJSON))
        return links

    def link(self, name: str, href: str, media: str) -> Link:
        """A link with its title."""
        return {"rel": _RELATIONS.get(name, name), "href": href, "type": media, "title": _TITLES[name][self.lang]}
