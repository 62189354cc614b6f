"""The OpenAPI 3.0 document of a draft's OGC API: clients read the largest page and the methods in it."""

from typing import Any

from api.draft_ogc import CRS, JSON, LEAF, OPENAPI, SCHEMA, DraftApi
from api.ogc import schemas
from api.ogc.collections import Text
from api.ogc.links import GEOJSON
from api.ogc.openapi import VERSION
from api.ogc.parameters import DEFAULT_LIMIT

_PATCH = "application/merge-patch+json"
Schema = dict[str, Any]


def document(api: DraftApi, *, max_page: int) -> Schema:
    """The document, self-contained."""
    items, item = "/collections/leaf/items", "/collections/leaf/items/{featureId}"
    every = [_ref("parameters", name) for name in ("lang", "f")]
    page = [*every, *(_ref("parameters", name) for name in ("crs", "bbox", "bbox-crs", "datetime", "limit", "offset"))]
    one, before = _ref("parameters", "featureId"), _ref("parameters", "If-Match")
    body = _ref("parameters", "Content-Crs")
    feature = "leafFeature"
    paths = {
        "/": {"get": _operation("getLandingPage", every, ("landingPage", JSON))},
        "/conformance": {"get": _operation("getConformance", every, ("conformance", JSON))},
        "/openapi": {"get": _operation("getOpenapi", every, ("any", OPENAPI))},
        "/collections": {"get": _operation("getCollections", every, ("collections", JSON))},
        "/collections/leaf": {"get": _operation("leaf.get", every, ("collection", JSON))},
        "/collections/leaf/schema": {"get": _operation("leaf.getSchema", every, ("any", SCHEMA))},
        items: {
            "get": _operation("leaf.items", page, ("leafFeatures", GEOJSON)),
            "post": _operation("leaf.create", [body], (feature, GEOJSON), status="201", takes=GEOJSON),
        },
        item: {
            "get": _operation("leaf.item", [*every, one, _ref("parameters", "crs")], (feature, GEOJSON)),
            "put": _operation("leaf.replace", [one, before, body], (feature, GEOJSON), takes=GEOJSON),
            "patch": _operation("leaf.update", [one, before, body], (feature, GEOJSON), takes=_PATCH),
            "delete": _operation("leaf.delete", [one, before], None, status="204"),
        },
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": api.title(), "description": LEAF.description[api.lang], "version": VERSION},
        "servers": [{"url": api.url}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "parameters": _parameters(api, max_page),
            "schemas": schemas.documents()
            | {"leafFeature": schemas.feature(LEAF, api.lang), "leafFeatures": schemas.features("leaf"), "any": {}},
        },
    }


def _operation(
    identifier: str, parameters: list[Schema], gives: tuple[str, str] | None, *, status: str = "200", takes: str = ""
) -> Schema:
    answer: Schema = {"description": identifier}
    if gives is not None:
        answer["content"] = {gives[1]: {"schema": _ref("schemas", gives[0])}}
    problem = {"application/problem+json": {"schema": _ref("schemas", "problem")}}
    found: Schema = {
        "operationId": identifier,
        "parameters": parameters,
        "responses": {status: answer, "default": {"description": "problem", "content": problem}},
    }
    if takes:
        found["requestBody"] = {"required": True, "content": {takes: {"schema": {"type": "object"}}}}
    return found


def _parameters(api: DraftApi, max_page: int) -> Schema:
    uris = [crs.uri for crs in CRS]
    system: Schema = {"type": "string", "format": "uri", "enum": uris, "default": uris[0]}
    number: Schema = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}
    limit: Schema = {"type": "integer", "minimum": 1, "maximum": max_page, "default": min(DEFAULT_LIMIT, max_page)}
    box: Schema = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    text: Schema = {"type": "string"}
    found = [
        ("lang", "query", {**text, "enum": ["zh", "en"]}, Text("语言", "Language of the answer")),
        ("f", "query", {**text, "enum": ["json"]}, Text("格式", "Format of the answer")),
        ("crs", "query", system, Text("结果的坐标系", "System of the coordinates answered")),
        ("bbox", "query", box, Text("与此范围相交的要素", "Items that touch this box")),
        ("bbox-crs", "query", system, Text("bbox 的坐标系", "System of the box")),
        (
            "datetime",
            "query",
            text,
            Text("草稿没有时间属性，不起筛选作用", "Nothing in a draft has a time: filters nothing"),
        ),
        ("limit", "query", limit, Text("每页条数", "Items in a page")),
        ("offset", "query", number, Text("跳过的条数", "Items to skip")),
        ("Content-Crs", "header", text, Text("所送坐标的坐标系", "System of the coordinates sent")),
        ("If-Match", "header", text, Text("所见要素的 ETag", "ETag of the item that was seen")),
        ("featureId", "path", schemas.identifier(LEAF), Text("基础网格编码", "Code of the basic grid")),
    ]
    return {name: _parameter(name, place, schema, about[api.lang]) for name, place, schema, about in found}


def _parameter(name: str, place: str, schema: Schema, description: str) -> Schema:
    told: Schema = {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": schema,
    }
    return {**told, "style": "form", "explode": False} if place == "query" else told


def _ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}
