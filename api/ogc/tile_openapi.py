"""OGC API Tiles in the OpenAPI document: its paths and schemas."""

from typing import Any

from api.ogc.collections import COLLECTIONS
from api.ogc.model import Text
from api.ogc.tilesets import LAYERS_OF, MVT
from gis.errors import Lang
from tiles.matrix import MAX_ZOOM, matrix_sets

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_ERRORS = {"400": "BadRequest", "401": "NotSignedIn", "404": "NotFound", "503": "Unavailable"}
_LINKS: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_LIMIT: Schema = {"type": "integer", "minimum": 0}


def paths(ids: tuple[str, ...], lang: Lang) -> Schema:
    """The paths for the dataset and for those of the collections ``ids`` that have tiles."""
    found = {
        "/tileMatrixSets": _get("getTileMatrixSets", "tileMatrixSets", Text("瓦片矩阵集", "Tile matrix sets"), lang),
        "/tileMatrixSets/{tileMatrixSetId}": _get(
            "getTileMatrixSet", "tileMatrixSet", Text("一个瓦片矩阵集", "A tile matrix set"), lang, 1
        ),
    }
    found |= _of("", "dataset", Text("全部数据", "The dataset"), "server", lang)
    for name in ids:
        if name in LAYERS_OF:
            found |= _of(f"/collections/{name}", name, COLLECTIONS[name].title, name, lang)
    return found


def schemas() -> Schema:
    """The schemas that the paths name."""
    common: Schema = {"title": _TEXT, "dataType": {"enum": ["vector"], "type": "string"}, "crs": _TEXT, "links": _LINKS}
    common |= {"tileMatrixSetURI": _TEXT, "tileMatrixSetId": _TEXT}
    limits = dict.fromkeys(("minTileRow", "maxTileRow", "minTileCol", "maxTileCol"), _LIMIT) | {"tileMatrix": _TEXT}
    item = _object(["dataType", "crs", "tileMatrixSetURI", "links"], common)
    matrix = _object(
        ["id", "crs", "tileMatrices"], {"id": _TEXT, "crs": _TEXT, "tileMatrices": _array({"type": "object"})}
    )
    listed = _object(["id", "links"], {"id": _TEXT, "title": _TEXT, "uri": _TEXT, "crs": _TEXT, "links": _LINKS})
    whole = common | {
        "layers": _array(_object(["id", "dataType"], {"id": _TEXT, "dataType": _TEXT})),
        "tileMatrixSetLimits": _array(_object(list(limits), limits)),
        "boundingBox": _object(["lowerLeft", "upperRight"], {"crs": _TEXT}),
    }
    return {
        "tileSets": _object(["tilesets"], {"tilesets": _array(item), "links": _LINKS}),
        "tileSet": _object(["dataType", "crs", "tileMatrixSetURI", "links", "layers"], whole),
        "tileMatrixSets": _object(["tileMatrixSets"], {"tileMatrixSets": _array(listed), "links": _LINKS}),
        "tileMatrixSet": matrix,
    }


def _of(root: str, name: str, title: Text, tag: str, lang: Lang) -> Schema:
    def text(zh: str, en: str) -> Text:
        return Text(f"{title.zh}：{zh}", f"{title.en}: {en}")

    start = f"{root}/tiles"
    one = f"{start}/{{tileMatrixSetId}}"
    tile = _get(f"{name}.getTile", "", text("一个瓦片", "a tile"), lang, 4, tag)
    return {
        start: _get(f"{name}.getTileSets", "tileSets", text("矢量瓦片集", "vector tilesets"), lang, 0, tag),
        one: _get(f"{name}.getTileSet", "tileSet", text("一个瓦片集", "a tileset"), lang, 1, tag),
        f"{one}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": tile,
    }


def _get(identifier: str, schema: str, summary: Text, lang: Lang, parts: int = 0, tag: str = "server") -> Schema:
    """An operation; ``parts`` of a tile's address are in its path, and without a ``schema`` it answers a tile."""
    json: Schema = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    content = json | {"text/html": {"schema": _TEXT}} if schema else {MVT: {"schema": {**_TEXT, "format": "binary"}}}
    responses: Schema = {"200": {"description": summary[lang], "content": content}}
    responses["304"] = {"description": "Not Modified"}
    if not schema:
        responses["204"] = {"description": Text("此处没有内容", "Nothing is there")[lang]}
    responses |= {status: {"$ref": f"#/components/responses/{name}"} for status, name in _ERRORS.items()}
    shared = ["f", "lang"] if schema else ["datetime", "edition"]
    parameters = [{"$ref": f"#/components/parameters/{name}"} for name in shared] + _parts(lang)[:parts]
    operation = {"operationId": identifier, "summary": summary[lang], "tags": [tag]}
    return {"get": operation | {"parameters": parameters, "responses": responses}}


def _parts(lang: Lang) -> list[Schema]:
    number: Schema = {"type": "integer", "minimum": 0}
    zoom: Schema = {**number, "maximum": MAX_ZOOM}
    described: list[tuple[str, Schema, Text]] = [
        ("tileMatrixSetId", {**_TEXT, "enum": list(matrix_sets())}, Text("瓦片矩阵集", "Tile matrix set")),
        ("tileMatrix", zoom, Text("级别", "Zoom")),
        ("tileRow", number, Text("行，自北向南", "Row from the north")),
        ("tileCol", number, Text("列，自西向东", "Column from the west")),
    ]
    return [
        {"name": name, "in": "path", "required": True, "schema": schema, "description": text[lang]}
        for name, schema, text in described
    ]


def _object(required: list[str], properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}
