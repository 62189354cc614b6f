"""The OpenAPI 3.0 document of ``/ogc``: self-contained, so that it can be read and checked without a network."""

from typing import Any

from api.ogc import schemas, tile_openapi
from api.ogc.collections import COLLECTIONS
from api.ogc.cql.parse import LANGUAGES
from api.ogc.downloads.formats import DOWNLOADS
from api.ogc.model import Collection, Field, Text
from api.ogc.parameters import DEFAULT_LIMIT, ITEMS_FORMATS
from gis.crs import Crs
from gis.errors import Lang

VERSION = "1.0.0"
MEDIA = "application/vnd.oai.openapi+json;version=3.0"
_ERRORS = {"400": "BadRequest", "401": "NotSignedIn", "404": "NotFound", "503": "Unavailable"}
Schema = dict[str, Any]
_BINARY: Schema = {"type": "string", "format": "binary"}


def document(
    *, url: str, title: Text, description: str, ids: tuple[str, ...], crs: tuple[Crs, ...], max_page: int, lang: Lang
) -> Schema:
    """The document for the collections ``ids`` at the address ``url``."""
    paths: Schema = {
        "/": _operation("getLandingPage", "landingPage", Text("首页", "Landing page"), lang),
        "/conformance": _operation("getConformance", "conformance", Text("遵循的标准", "Conformance"), lang),
        "/collections": _operation("getCollections", "collections", Text("数据集", "Collections"), lang),
        "/openapi": _operation("getOpenapi", "any", Text("本文档", "This document"), lang, media=MEDIA),
    }
    for name in ids:
        paths |= _paths(COLLECTIONS[name], lang)
    paths |= tile_openapi.paths(ids, lang)
    return {
        "openapi": "3.0.3",
        "info": {"title": title[lang], "description": description, "version": VERSION},
        "servers": [{"url": url}],
        "tags": [{"name": "server"}] + [{"name": n, "description": COLLECTIONS[n].title[lang]} for n in ids],
        "security": [{}, {"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "parameters": _parameters(crs, max_page, lang),
            "schemas": schemas.documents()
            | tile_openapi.schemas()
            | {f"{n}Feature": schemas.feature(COLLECTIONS[n], lang) for n in ids},
            "responses": {name: _problem(status, lang) for status, name in _ERRORS.items()},
        },
    }


def _paths(collection: Collection, lang: Lang) -> Schema:
    name, root = collection.id, f"/collections/{collection.id}"
    title = collection.title
    found: Schema = {}
    for part, schema, text in (
        ("", "collection", Text(title.zh, title.en)),
        ("/queryables", "any", Text(f"{title.zh}：可筛选的属性", f"{title.en}: queryables")),
        ("/sortables", "any", Text(f"{title.zh}：可排序的属性", f"{title.en}: sortables")),
        ("/schema", "any", Text(f"{title.zh}：属性结构", f"{title.en}: schema")),
    ):
        media = "application/schema+json" if part else "application/json"
        found[root + part] = _operation(
            f"{name}.get{part.strip('/').title()}", schema, text, lang, tag=name, media=media
        )
    shared = ["f", "lang", "crs", "datetime", "edition"]
    paging = ["bbox", "bbox-crs", "limit", "offset", "skipGeometry", "resulttype"]
    paging += ["filter", "filter-lang", "filter-crs"]
    text = Text(f"{title.zh}：要素", f"{title.en}: items")
    items = _operation(
        f"{name}.items", f"{name}Features", text, lang, tag=name, names=["f-items", *shared[1:], *paging], geo=True
    )
    items["get"]["parameters"] += [_listed(collection, "sortby", lang), _listed(collection, "properties", lang)]
    after = Text("从该标识之后的要素起（翻页用）", "Items after the one with this id: where a page follows")
    items["get"]["parameters"].append(_query("after", schemas.identifier(collection), after[lang]))
    items["get"]["parameters"] += [_query(f.name, _value(f), f.title[lang]) for f in collection.fields]
    items["get"]["responses"]["200"]["content"]["application/geo+json"]["schema"] = schemas.features(name)
    files = {form.media: {"schema": _BINARY} for form in DOWNLOADS.values() if form.geometry == "wkb"}
    items["get"]["responses"]["200"]["content"] |= {"text/csv": {"schema": {"type": "string"}}, **files}
    found[f"{root}/items"] = items
    text = Text(f"{title.zh}：一个要素", f"{title.en}: one item")
    item = _operation(f"{name}.item", f"{name}Feature", text, lang, tag=name, names=shared, geo=True)
    item["get"]["parameters"].append(_path(collection, lang))
    found[f"{root}/items/{{featureId}}"] = item
    return found


def _operation(
    identifier: str,
    schema: str,
    summary: Text,
    lang: Lang,
    *,
    tag: str = "server",
    names: list[str] | None = None,
    media: str = "application/json",
    geo: bool = False,
) -> Schema:
    media = "application/geo+json" if geo else media
    reference: Schema = {} if schema == "any" else {"$ref": f"#/components/schemas/{schema}"}
    headers = {"Content-Crs": {"schema": {"type": "string"}}} if geo else {}
    answer: Schema = {
        "description": summary[lang],
        "headers": {"ETag": {"schema": {"type": "string"}}, **headers},
        "content": {media: {"schema": reference}, "text/html": {"schema": {"type": "string"}}},
    }
    responses: Schema = {"200": answer, "304": {"description": "Not Modified"}}
    responses |= {status: {"$ref": f"#/components/responses/{name}"} for status, name in _ERRORS.items()}
    return {
        "get": {
            "operationId": identifier,
            "summary": summary[lang],
            "tags": [tag],
            "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in names or ["f", "lang"]],
            "responses": responses,
        }
    }


def _value(field: Field) -> Schema:
    """The value of a property in an address: no text of the store holds NUL, so none can be asked for."""
    free = field.kind == "string" and field.format is None and not field.values
    return {**field.schema, "pattern": "^[^\\u0000]*$"} if free else field.schema


def _query(name: str, schema: Schema, description: str) -> Schema:
    """A query parameter, in the form that part 1 demands of each of its own."""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "style": "form",
        "explode": False,
        "schema": schema,
    }


def _parameters(crs: tuple[Crs, ...], max_page: int, lang: Lang) -> Schema:
    """Shared parameters; clients look for ``limit`` here to learn the largest page."""
    uris = [system.uri for system in crs]
    system: Schema = {"type": "string", "format": "uri", "enum": uris, "default": uris[0]}
    box: Schema = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    limit: Schema = {"type": "integer", "minimum": 1, "maximum": max_page, "default": min(DEFAULT_LIMIT, max_page)}
    number: Schema = {"type": "integer", "maximum": 2**31 - 1}
    found: list[tuple[str, Schema, Text]] = [
        ("f", {"type": "string", "enum": ["json", "html"]}, Text("格式", "Format of the answer")),
        ("lang", {"type": "string", "enum": ["zh", "en"]}, Text("语言", "Language of the answer")),
        ("crs", system, Text("结果的坐标系", "System of the coordinates answered")),
        ("bbox", box, Text("与此范围相交的要素", "Items that touch this box")),
        ("bbox-crs", system, Text("bbox 的坐标系", "System of the box")),
        (
            "datetime",
            {"type": "string"},
            Text("该日期有效的版本；区间取其末端", "The state valid on that day; of an interval, at its end"),
        ),
        ("edition", {**number, "minimum": 1}, Text("版本号", "Number of the edition")),
        (
            "limit",
            limit,
            Text(
                "每页条数，超过上限按上限计，答复中的 limit 说明；文件不给 limit 即全部",
                "Items in a page, cut to the maximum, which the answer's member `limit` then tells; a file has all of them"
                " unless it is given",
            ),
        ),
        ("offset", {**number, "minimum": 0, "default": 0}, Text("跳过的条数", "Items to skip")),
        ("skipGeometry", {"type": "boolean", "default": False}, Text("不返回几何", "Leave geometries out")),
        (
            "resulttype",
            {"type": "string", "enum": ["results", "hits"], "default": "results"},
            Text("hits 只返回数量", "hits answers the count only"),
        ),
        ("filter", {"type": "string"}, Text("CQL2 筛选条件", "A CQL2 filter over the queryables")),
        (
            "filter-lang",
            {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]},
            Text("筛选条件的语言", "Language of the filter"),
        ),
        ("filter-crs", system, Text("筛选条件中坐标的坐标系", "System of the coordinates in the filter")),
    ]
    files = Text(
        "json、html 为分页；其余为文件，含全部符合条件的要素",
        "json and html are pages; the others are files of all that matches",
    )
    parameters = {name: _query(name, schema, text[lang]) for name, schema, text in found}
    parameters["f-items"] = _query("f", {"type": "string", "enum": list(ITEMS_FORMATS)}, files[lang])
    return parameters


def _listed(collection: Collection, name: str, lang: Lang) -> Schema:
    fields = [f.name for f in collection.fields]
    values = fields + ["-" + f for f in fields] if name == "sortby" else fields
    text = (
        Text("排序，- 为降序", "Sort; - descends") if name == "sortby" else Text("返回的属性", "Properties to answer")
    )
    items: Schema = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": values}}
    return _query(name, items if name == "sortby" else items | {"uniqueItems": True}, text[lang])


def _path(collection: Collection, lang: Lang) -> Schema:
    description = Text("要素标识", "Id of the item")[lang]
    schema = schemas.identifier(collection)
    return {"name": "featureId", "in": "path", "required": True, "description": description, "schema": schema}


def _problem(status: str, lang: Lang) -> Schema:
    texts = {
        "400": Text("参数有误", "A parameter is wrong"),
        "401": Text("需要登录", "Sign in first"),
        "404": Text("没有找到", "Not found"),
        "503": Text("暂时不可用", "Not available at the moment"),
    }
    problem = {"schema": {"$ref": "#/components/schemas/problem"}}
    content = {"application/problem+json": problem, "text/html": {"schema": {"type": "string"}}}
    return {"description": texts[status][lang], "content": content}
